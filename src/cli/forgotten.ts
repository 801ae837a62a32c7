import type { EvictionList } from "../console/evictions.ts";
import type { Eviction } from "../observe/records.ts";
import { ask } from "./client.ts";
import { counted, printable } from "./terminal.ts";

/** What the kinds of records are called; what is counted of them beside is of no use to a reader. */
const NOUNS: Readonly<Partial<Record<Eviction["kind"], string>>> = {
  line: "log line",
  span: "span",
  event: "event",
  strike: "error",
  usage: "usage record",
};

const MOST_GROUPS = 3;

export async function readEvictions(endpoint: string): Promise<readonly Eviction[]> {
  const { evictions } = (await (await ask(endpoint, "/_nuage/evictions")).json()) as EvictionList;
  return evictions;
}

/** What retention has removed, a line for each kind, with the groups that had the most of it. */
export function drawForgotten(evictions: readonly Eviction[]): string[] {
  return Object.entries(NOUNS).flatMap(([kind, noun]) => {
    const own = evictions.filter((eviction) => eviction.kind === kind);
    if (own.length === 0) return [];
    const total = own.reduce((sum, { count }) => sum + count, 0);
    const named = own.slice(0, MOST_GROUPS).map(({ group }) => printable(group));
    const rest = own.length > MOST_GROUPS ? [`${own.length - MOST_GROUPS} more`] : [];
    return [`${counted(total, noun)} of ${[...named, ...rest].join(", ")}`];
  });
}
