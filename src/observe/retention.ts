import type { Numbered } from "./model.ts";

/**
 * The largest number of records a group may keep so that all groups together keep at most `capacity`,
 * and none more than `perGroup`. Groups below the level lose nothing: only the largest give way, so one
 * noisy function never evicts the others.
 */
export function fairLevel(counts: Iterable<number>, capacity: number, perGroup: number): number {
  const ascending = [...counts].sort((a, b) => a - b);
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

/** Drops the oldest records of the groups above the fair level. `records` are in order of recording. */
export function thin<T>(
  records: readonly Numbered<T>[],
  groupOf: (record: T) => string,
  capacity: number,
  perGroup: number,
): Thinned<T> {
  const counts = new Map<string, number>();
  for (const { record } of records) {
    const group = groupOf(record);
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  const level = fairLevel(counts.values(), capacity, perGroup);
  const surplus = new Map<string, number>();
  for (const [group, count] of counts) if (count > level) surplus.set(group, count - level);
  const dropped = new Map(surplus);
  const kept = records.filter(({ record }) => {
    const group = groupOf(record);
    const excess = surplus.get(group) ?? 0;
    if (excess === 0) return true;
    surplus.set(group, excess - 1);
    return false;
  });
  return { kept, dropped };
}
