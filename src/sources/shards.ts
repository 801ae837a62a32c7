import { createHash } from "node:crypto";
import type { StartingPosition } from "../kernel/sources.ts";
import { finalPiece, isAfter, type Piece } from "./pieces.ts";
import type { LaneRecord, LanesBefore, Position, ShardRecord, WindowRecord } from "./records.ts";
import type { ShardFacts } from "./shard-reader.ts";
import { windowEvent } from "./windows.ts";

/** What is to be done about a stream's shards. */
export interface ShardPlan {
  /** Shards that are met for the first time. */
  readonly found: ReadonlyMap<string, ShardRecord>;
  /** Shards that are there no more, and were remembered. */
  readonly forgotten: readonly string[];
  /** Shards that are to be read now: their parents have been. */
  readonly ready: ReadonlyMap<string, Progress>;
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
  const ready = new Map<string, Progress>();
  for (const { id, parents } of shards) {
    const shard = known.get(id) ?? found.get(id);
    if (!shard || shard.done) continue;
    const waits = parents.some(
      (parent) => there.has(parent) && !(known.get(parent) ?? found.get(parent))?.done,
    );
    if (!waits) ready.set(id, { from: shard.from, before: shard.before ?? [] });
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

/** How far lanes of a shard have come: where others begin, and what these pass over. */
export interface Progress {
  readonly from: Position;
  readonly before: readonly LanesBefore[];
}

/** One of the lanes of a shard, as it is written down. */
export interface LaneBefore {
  readonly lane: number;
  readonly lanes: number;
  readonly record: LaneRecord;
}

/** Numbers of lanes that are remembered: after more changes than that, records may come twice. */
const MOST_BEFORE = 10;

/**
 * Where another number of lanes begins: where the slowest has come to. What the faster ones have done beyond
 * it is passed over, so that no record is given again for the change.
 *
 * @param lanes those that have something written down, of `count` in all
 */
export function progressOf(
  lanes: readonly LaneBefore[],
  count: number,
  { from, before }: Progress,
): Progress {
  const doneTo = Array.from({ length: count }, (_, lane) => {
    const record = lanes.find((each) => each.lane === lane)?.record;
    return record?.from.at === "AFTER" ? record.from.sequence : null;
  });
  const open = doneTo.filter((_, lane) => !lanes.find((each) => each.lane === lane)?.record.ended);
  const start = slowest(open.length > 0 ? open : doneTo, from);
  const all = [...before, { doneTo }].filter(({ doneTo: ends }) => ends.some((end) => isBeyond(end, start)));
  return { from: start, before: all.slice(-MOST_BEFORE) };
}

/**
 * What lanes are to begin with, where those before had tumbling windows open. A window goes on in the lane of
 * the same number, and one that has no such lane any more ends early: no function loses what it counted.
 */
export function heirsOf(
  lanes: readonly LaneBefore[],
  count: number,
  from: Position,
): ReadonlyMap<number, LaneRecord> {
  const heirs = new Map<number, LaneRecord>();
  for (const { lane, record } of lanes) {
    const { pieces = [], window } = record;
    const inherited = pieces.filter(({ isInherited }) => isInherited);
    if (window && lane >= count) inherited.push(endingOf(window, record));
    const own = window && lane < count ? { window } : {};
    const heir = heirs.get(lane % count) ?? { v: 1, edition: 1, from };
    const all = [...(heir.pieces ?? []), ...inherited];
    heirs.set(lane % count, { ...heir, ...own, ...(all.length > 0 ? { pieces: all } : {}) });
  }
  return heirs;
}

function endingOf(window: WindowRecord, { from }: LaneRecord): Piece {
  const final = windowEvent({ ...window, isEarly: true }, window.startMs, window.lengthMs, true);
  return { ...finalPiece(final, from.at === "AFTER" ? from.sequence : ""), isInherited: true };
}

function slowest(doneTo: readonly (string | null)[], from: Position): Position {
  let first: string | undefined;
  for (const end of doneTo) {
    if (end === null) return from;
    if (first === undefined || isAfter(first, end)) first = end;
  }
  return first === undefined ? from : { at: "AFTER", sequence: first };
}

const isBeyond = (end: string | null, from: Position): boolean =>
  end !== null && (from.at !== "AFTER" || isAfter(end, from.sequence));

/** Whether lanes before have done a record. */
export function isDoneBefore(
  before: readonly LanesBefore[],
  { id, key }: { id: string; key: string },
): boolean {
  return before.some(({ doneTo }) => {
    const end = doneTo[laneOf(key, doneTo.length)] ?? null;
    return end !== null && !isAfter(id, end);
  });
}

/** All records of a key are in one lane. */
export function laneOf(key: string, lanes: number): number {
  return lanes === 1 ? 0 : createHash("md5").update(key).digest().readUInt32BE(0) % lanes;
}
