import type { Span } from "../kernel/telemetry.ts";
import type { Observe } from "../observe/observe.ts";
import { type Bill, billOf, timesBill } from "./bill.ts";
import { type Hop, roundPath } from "./loop-path.ts";
import { usageOf } from "./loop-usage.ts";

/** A recursive loop that was stopped: what it ran through, how fast, and what it would have cost. */
export interface LoopReport {
  readonly functionName: string;
  readonly functionArn: string;
  readonly region: string;
  /** One round; its first and its last link are the function. */
  readonly path: readonly Hop[];
  /** How often the loop was stopped since, in one trace each. The rest is of the latest of them. */
  readonly chains: number;
  readonly traceId: string;
  /** Epoch milliseconds. */
  readonly stoppedMs: number;
  /** Runs of the function before it was stopped. */
  readonly rounds: number;
  /** Undefined when all rounds were run in one moment of the clock. */
  readonly roundsPerSecond?: number;
  /** What one round used. */
  readonly round: Bill;
  /** What the chain would have come to by itself, had nobody stopped it: at the pace it had here. */
  readonly hour?: Bill;
  readonly dayUsd?: number;
}

export interface LoopList {
  /** The latest first. */
  readonly loops: readonly LoopReport[];
  /** Older traces with loops were not looked at. */
  readonly more: boolean;
}

export interface LoopQuery {
  readonly sinceMs?: number;
  readonly functionName?: string;
}

const MOST_TRACES = 100;
const HOUR_SECONDS = 3600;

/** The loops that the guard has stopped, those of the same path taken together. */
export async function findLoops(
  observe: Pick<Observe, "traces" | "trace">,
  query: LoopQuery,
): Promise<LoopList> {
  const list = await observe.traces({ ...query, stopped: true, limit: MOST_TRACES });
  const byPath = new Map<string, LoopReport>();
  for (const { traceId } of list.traces) {
    const detail = await observe.trace(traceId);
    for (const loop of loopsIn(detail?.spans ?? [])) {
      if (query.functionName !== undefined && loop.functionName !== query.functionName) continue;
      const key = `${loop.functionArn} ${JSON.stringify(loop.path)}`;
      const latest = byPath.get(key);
      byPath.set(key, latest ? { ...latest, chains: latest.chains + 1 } : loop);
    }
  }
  return { loops: [...byPath.values()], more: list.more };
}

/** The loops of one trace, by what the guard noted in it: one for each function that it stopped. */
function loopsIn(spans: readonly Span[]): LoopReport[] {
  const stops = new Map<string, Span>();
  for (const span of spans) {
    if (span.kind === "stopped" && span.resource && !stops.has(span.resource)) stops.set(span.resource, span);
  }
  return [...stops].map(([arn, stopped]) => reportOn(spans, arn, stopped));
}

function reportOn(spans: readonly Span[], functionArn: string, stopped: Span): LoopReport {
  const runs = spans.filter(({ kind, resource }) => kind === "invoke" && resource === functionArn);
  const firstMs = Math.min(stopped.startMs, ...runs.map(({ startMs }) => startMs));
  const seconds = (stopped.startMs - firstMs) / 1000;
  const rounds = Number(stopped.attributes.count ?? runs.length);
  // What led to the first run was no round of it.
  const ofLoop = spans.filter(({ startMs, durationMs }) => startMs + durationMs >= firstMs);
  const round = timesBill(billOf(usageOf(ofLoop)), 1 / Math.max(1, rounds));
  const pace = seconds > 0 ? rounds / seconds : undefined;
  const hour = pace === undefined ? undefined : timesBill(round, pace * HOUR_SECONDS);
  return {
    functionName: stopped.name,
    functionArn,
    region: stopped.region,
    path: roundPath(spans, stopped),
    chains: 1,
    traceId: stopped.traceId,
    stoppedMs: stopped.startMs,
    rounds,
    ...(pace === undefined ? {} : { roundsPerSecond: pace }),
    round,
    ...(hour === undefined ? {} : { hour, dayUsd: hour.usd * 24 }),
  };
}
