import { createHash } from "node:crypto";
import type { LineageEntry, Trace } from "../kernel/trace.ts";

/**
 * Runs of one function in one chain of events before the next is stopped.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
export const MOST_ROUNDS = 16;

/** Functions in one lineage; a chain through more of them forgets those that ran least. */
const MOST_ENTRIES = 16;

/** 8 hex digits that stand for a function in a lineage. */
export function lineageOf(functionArn: string): string {
  return createHash("sha256").update(functionArn).digest("hex").slice(0, 8);
}

/** How often the function has already run in the chain that led here. */
export function roundsOf(trace: Trace, resource: string): number {
  return trace.lineage.find((entry) => entry.resource === resource)?.count ?? 0;
}

/** The chain with one more run of the function. Only its own chain counts: a fan-out stays at one each. */
export function addRound(trace: Trace, resource: string): Trace {
  const mine: LineageEntry = { resource, count: roundsOf(trace, resource) + 1 };
  const others = trace.lineage.filter((entry) => entry.resource !== resource);
  if (others.length >= MOST_ENTRIES) {
    const least = others.reduce((low, entry) => (entry.count < low.count ? entry : low));
    others.splice(others.indexOf(least), 1);
  }
  return { ...trace, lineage: [...others, mine] };
}
