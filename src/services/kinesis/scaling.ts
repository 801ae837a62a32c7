import { hashNumber, isOpen, rescale, type Shard, split } from "./shards.ts";

/**
 * How an on-demand stream follows its traffic: pure rules.
 * https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html
 */

/** What a stream begins with: 4 MB a second. */
export const ON_DEMAND_SHARDS = 4;
/** Traffic is looked at by the minute. A shard that takes more than half of what it can is split. */
const MINUTE_SECONDS = 60;
const MIB = 1024 * 1024;
const RECORDS = 1000;
const HOT_BYTES = 500_000;
/** AWS tells of bytes only; but half of the records that a shard takes leave as little room. */
const HOT_RECORDS = RECORDS / 2;
/** Within this time of being noticed. */
const SPLIT_AFTER_MS = 15 * 60_000;
/** There is room for twice the peak of this time. */
const PEAK_MS = 30 * 86_400_000;
const HOUR_MS = 3_600_000;

/** What was written in a minute. */
export interface Tally {
  readonly bytes: number;
  readonly records: number;
}

/** What is worth to be remembered of a minute. */
export interface Traffic {
  /** Shards that took much. */
  readonly hot: readonly number[];
  /** How many shards the whole of it fills. */
  readonly load: number;
}

/** Kept with a stream once there was such traffic. */
export interface Scaling {
  readonly v: 1;
  /** From the highest to the latest. */
  readonly peaks: readonly { readonly atMs: number; readonly load: number }[];
  /** Shards that are to be split. */
  readonly hot: readonly number[];
  /** When it is to be looked at again. */
  readonly dueMs?: number;
}

export function isHot({ bytes, records }: Tally): boolean {
  return bytes > HOT_BYTES * MINUTE_SECONDS || records > HOT_RECORDS * MINUTE_SECONDS;
}

/** How many shards a minute's traffic fills. */
export function loadOf({ bytes, records }: Tally): number {
  return Math.max(bytes / MIB, records / RECORDS) / MINUTE_SECONDS;
}

/** Whether a load needs more than what every stream has. */
export function isNotable(load: number): boolean {
  return load * 2 > ON_DEMAND_SHARDS;
}

export function withTraffic(known: Scaling | undefined, { hot, load }: Traffic, nowMs: number): Scaling {
  const peaks = (known?.peaks ?? []).filter((peak) => peak.load > load);
  const isLower = peaks.some(({ atMs }) => atMs > nowMs - HOUR_MS);
  if (!isLower) peaks.push({ atMs: nowMs, load });
  const all = [...new Set([...(known?.hot ?? []), ...hot])];
  const splitMs =
    all.length > 0 ? Math.min(known?.dueMs ?? Number.POSITIVE_INFINITY, nowMs + SPLIT_AFTER_MS) : undefined;
  const dueMs = splitMs ?? known?.dueMs ?? expiryOf(peaks);
  return { v: 1, peaks, hot: all, ...(dueMs === undefined ? {} : { dueMs }) };
}

function expiryOf(peaks: Scaling["peaks"]): number | undefined {
  const [first] = peaks;
  return first && first.atMs + PEAK_MS;
}

/** The shards that a stream has room enough with. */
function shardsWanted(peaks: Scaling["peaks"], warmMibps: number): number {
  return Math.max(ON_DEMAND_SHARDS, warmMibps, ...peaks.map(({ load }) => Math.ceil(load * 2)));
}

/** For a warm throughput that was asked for: at least that, and what the last hour filled. */
export function warmShards(scaling: Scaling | undefined, warmMibps: number, nowMs: number): number {
  const recent = (scaling?.peaks ?? []).filter(({ atMs }) => atMs > nowMs - HOUR_MS);
  return Math.max(ON_DEMAND_SHARDS, warmMibps, ...recent.map(({ load }) => Math.ceil(load)));
}

/** Splits what was hot, or merges what the peaks of 30 days do not need. `most`: shards that may be open. */
export function reviewed(
  scaling: Scaling,
  shards: readonly Shard[],
  warmMibps: number,
  most: number,
  nowMs: number,
): { readonly scaling: Scaling; readonly shards: readonly Shard[] } {
  const peaks = scaling.peaks.filter(({ atMs }) => atMs > nowMs - PEAK_MS);
  const wanted = shardsWanted(peaks, warmMibps);
  let next = shards;
  for (const index of scaling.hot) {
    const shard = next.find((each) => each.index === index && isOpen(each));
    if (shard && openCount(next) < most) next = split(next, shard, middleOf(shard), nowMs);
  }
  if (next === shards && openCount(shards) > wanted) next = rescale(shards, wanted, nowMs);
  const dueMs = expiryOf(peaks);
  return { shards: next, scaling: { v: 1, peaks, hot: [], ...(dueMs === undefined ? {} : { dueMs }) } };
}

function openCount(shards: readonly Shard[]): number {
  return shards.filter(isOpen).length;
}

function middleOf({ from, to }: Shard): bigint {
  return (hashNumber(from) + hashNumber(to)) / 2n + 1n;
}
