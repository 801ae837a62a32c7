import type { StartingPosition } from "../kernel/sources.ts";
import { isAfter } from "./pieces.ts";
import type { LaneRecord, Position, ShardRecord } from "./records.ts";
import type { ShardFacts } from "./shard-reader.ts";

/** What is to be done about a stream's shards. */
export interface ShardPlan {
  /** Shards that are met for the first time. */
  readonly found: ReadonlyMap<string, ShardRecord>;
  /** Shards that are there no more, and were remembered. */
  readonly forgotten: readonly string[];
  /** Shards that are to be read now: their parents have been. */
  readonly ready: ReadonlyMap<string, Position>;
}

/**
 * Which shards of a stream are to be read, and from where. A child begins when all of its parents have been
 * read to their end; what begins later than the mapping is read from its beginning, wherever that began.
 */
export function planShards(
  shards: readonly ShardFacts[],
  known: ReadonlyMap<string, ShardRecord>,
  start: StartingPosition,
): ShardPlan {
  const there = new Set(shards.map(({ id }) => id));
  const found = new Map<string, ShardRecord>();
  const isFirst = known.size === 0;
  for (const { id, isOpen } of shards) {
    if (known.has(id)) continue;
    const from = isFirst ? firstPosition(start) : laterPosition(start);
    // LATEST passes over what was closed before the mapping began.
    const isPast = isFirst && start.at === "LATEST" && !isOpen;
    found.set(id, isPast ? { v: 1, from, done: true } : { v: 1, from });
  }
  const ready = new Map<string, Position>();
  for (const { id, parents } of shards) {
    const shard = known.get(id) ?? found.get(id);
    if (!shard || shard.done) continue;
    const waits = parents.some(
      (parent) => there.has(parent) && !(known.get(parent) ?? found.get(parent))?.done,
    );
    if (!waits) ready.set(id, shard.from);
  }
  return { found, ready, forgotten: [...known.keys()].filter((id) => !there.has(id)) };
}

function firstPosition(start: StartingPosition): Position {
  return start.at === "TRIM_HORIZON" ? { at: "TRIM_HORIZON" } : { at: "AT_TIMESTAMP", timeMs: start.timeMs };
}

function laterPosition(start: StartingPosition): Position {
  // A shard that is found late may have been there at the time all along.
  return start.at === "AT_TIMESTAMP" ? firstPosition(start) : { at: "TRIM_HORIZON" };
}

/** The position from which nothing is missed of what any of the lanes has still to do. */
export function slowest(lanes: readonly Pick<LaneRecord, "from" | "ended">[], from: Position): Position {
  const open = lanes.filter(({ ended }) => !ended);
  let first: Position | undefined;
  for (const { from: position } of open.length > 0 ? open : lanes) {
    if (position.at !== "AFTER") return from;
    if (first?.at !== "AFTER" || isAfter(first.sequence, position.sequence)) first = position;
  }
  return first ?? from;
}
