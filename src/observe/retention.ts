import type { LogLine } from "../kernel/telemetry.ts";
import { LINE_OVERHEAD_BYTES, type Numbered } from "./model.ts";

/**
 * The most that one group may keep so that all groups together keep at most `capacity`, and none more
 * than `perGroup`. Groups below the level lose nothing: only the largest give way, so one noisy function
 * never evicts the others. `sizes` are in the unit of `capacity`: records or bytes.
 */
export function fairLevel(sizes: Iterable<number>, capacity: number, perGroup: number): number {
  const ascending = [...sizes].map((size) => Math.min(size, perGroup)).sort((a, b) => a - b);
  let left = capacity;
  for (const [index, count] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - index));
    if (count > share) return Math.min(share, perGroup);
    left -= count;
  }
  return perGroup;
}

export interface Thinned<T> {
  readonly kept: Numbered<T>[];
  /** How many each group lost. */
  readonly dropped: ReadonlyMap<string, number>;
}

export interface Share<T> {
  readonly groupOf: (record: T) => string;
  /** What a record counts for. */
  readonly weigh: (record: T) => number;
  readonly capacity: number;
  readonly perGroup: number;
}

/** Drops the oldest records of the groups above the fair level. `records` are in order of recording. */
export function thin<T>(records: readonly Numbered<T>[], share: Share<T>): Thinned<T> {
  const sizes = new Map<string, number>();
  for (const { record } of records) {
    const group = share.groupOf(record);
    sizes.set(group, (sizes.get(group) ?? 0) + share.weigh(record));
  }
  const level = fairLevel(sizes.values(), share.capacity, share.perGroup);
  const surplus = new Map<string, number>();
  for (const [group, size] of sizes) if (size > level) surplus.set(group, size - level);
  const dropped = new Map<string, number>();
  const kept = records.filter(({ record }) => {
    const group = share.groupOf(record);
    const excess = surplus.get(group) ?? 0;
    if (excess <= 0) return true;
    surplus.set(group, excess - share.weigh(record));
    dropped.set(group, (dropped.get(group) ?? 0) + 1);
    return false;
  });
  return { kept, dropped };
}

export function weighLine(line: LogLine): number {
  return line.message.length + LINE_OVERHEAD_BYTES;
}
