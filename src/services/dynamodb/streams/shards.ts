import { createHash } from "node:crypto";

/**
 * From a moment on, a stream has this many lanes side by side: 1, 2, 4, … Each holds an equal part of the
 * hashes of partition keys, so that all changes of a key are in one lane.
 */
export interface Era {
  readonly sinceMs: number;
  readonly lanes: number;
}

/** What makes a stream's shards: everything else about them follows. */
export interface Lineage {
  readonly label: string;
  readonly eras: readonly Era[];
  /** When the stream was switched off, or its table deleted. */
  readonly endedMs?: number;
}

/** Where a change is kept: a lane, within one slot of time, within an era. */
export interface Slot {
  readonly era: number;
  readonly slot: number;
  readonly lane: number;
}

export interface Shard extends Slot {
  readonly id: string;
  readonly parentId?: string;
  readonly startMs: number;
  /** When it closed or will close; its last record is not later. */
  readonly endMs: number;
  readonly isOpen: boolean;
}

/** Shards are rolled over after this time, as AWS does about every four hours. */
const SHARD_MS = 4 * 3_600_000;
/** A change is kept for a day. */
export const RETENTION_MS = 24 * 3_600_000;
const HASH_BITS = 32;
const MOST_LANES = 1024;
/** The last digits of a sequence number count within the slot, those before it count the slots. */
const COUNT_DIGITS = 21;
const SLOT_STEP = 100n;
const COUNT_BASE = 10n ** BigInt(COUNT_DIGITS);

/** How many lanes so many partitions come to: a power of two, so that a lane's children are its halves. */
export function lanesFor(partitions: number): number {
  let lanes = 1;
  while (lanes < partitions && lanes < MOST_LANES) lanes *= 2;
  return lanes;
}

/**
 * The eras with one more, where more lanes are needed: every open shard is split, and its children go on
 * with its halves. Lanes never become fewer, as on AWS.
 */
export function split(eras: readonly Era[], lanes: number, nowMs: number): readonly Era[] {
  const last = eras.at(-1);
  return last && last.lanes >= lanes ? eras : [...eras, { sinceMs: nowMs, lanes }];
}

/** Where a change of a key with this 32-bit hash is kept. */
export function slotAt(eras: readonly Era[], hash: number, nowMs: number): Slot {
  let era = eras.length - 1;
  while (era > 0 && (eras[era]?.sinceMs ?? 0) > nowMs) era--;
  const { sinceMs, lanes } = eras[era] ?? { sinceMs: nowMs, lanes: 1 };
  const slot = Math.max(0, Math.floor((nowMs - sinceMs) / SHARD_MS));
  return { era, slot, lane: Math.floor((hash >>> 0) / 2 ** (HASH_BITS - Math.log2(lanes))) };
}

/** The shards that hold what is not older than a day, the parents before their children. */
export function shardsOf(lineage: Lineage, nowMs: number): Shard[] {
  const shards: Shard[] = [];
  const endMs = Math.min(lineage.endedMs ?? Number.POSITIVE_INFINITY, nowMs);
  for (const [era, { lanes }] of lineage.eras.entries()) {
    for (let slot = firstKept(lineage, era, nowMs); ; slot++) {
      const span = spanOf(lineage, era, slot);
      if (span === undefined || span.startMs > endMs) break;
      if (span.endMs <= nowMs - RETENTION_MS) continue;
      const isOpen = span.endMs > nowMs && lineage.endedMs === undefined;
      for (let lane = 0; lane < lanes; lane++) {
        const parentId = parentOf(lineage, { era, slot, lane });
        const own = { era, slot, lane, ...span, isOpen, id: shardId(lineage, { era, slot, lane }) };
        shards.push(parentId === undefined ? own : { ...own, parentId });
      }
    }
  }
  return shards;
}

/** When the next of the slots is a day old as a whole, with the slot; undefined when none is left. */
export function nextToTrim(lineage: Lineage, trimmed: Pick<Slot, "era" | "slot"> | undefined) {
  let era = trimmed?.era ?? 0;
  let slot = trimmed === undefined ? 0 : trimmed.slot + 1;
  while (era < lineage.eras.length) {
    const span = spanOf(lineage, era, slot);
    if (span) return { era, slot, atMs: span.endMs + RETENTION_MS };
    era++;
    slot = 0;
  }
  return undefined;
}

/**
 * A change's sequence number, 24 digits or more: it grows along a lane and from parent to child.
 * `count` is the number the change was appended under.
 */
export function sequenceNumber(lineage: Lineage, slot: Slot, count: number): string {
  const serial = BigInt(slotsBefore(lineage, slot) + 1) * SLOT_STEP;
  return (serial * COUNT_BASE + BigInt(count)).toString();
}

/** The count within the slot that a sequence number stands for: -1 before the slot, infinite after it. */
export function countOf(lineage: Lineage, slot: Slot, sequence: string): number {
  const offset = BigInt(sequence) - BigInt(slotsBefore(lineage, slot) + 1) * SLOT_STEP * COUNT_BASE;
  if (offset < 0n) return -1;
  return offset >= COUNT_BASE ? Number.POSITIVE_INFINITY : Number(offset);
}

/** [start, end) of a slot, or undefined when the era or the stream ends before it. */
function spanOf({ eras, endedMs }: Lineage, era: number, slot: number) {
  const begin = eras[era]?.sinceMs;
  if (begin === undefined) return undefined;
  const eraEndMs = Math.min(
    eras[era + 1]?.sinceMs ?? Number.POSITIVE_INFINITY,
    endedMs ?? Number.POSITIVE_INFINITY,
  );
  const startMs = begin + slot * SHARD_MS;
  if (slot > 0 && startMs >= eraEndMs) return undefined;
  return { startMs, endMs: Math.min(startMs + SHARD_MS, eraEndMs) };
}

/** The first slot of an era that ended less than a day ago. */
function firstKept({ eras }: Lineage, era: number, nowMs: number): number {
  const begin = eras[era]?.sinceMs ?? 0;
  return Math.max(0, Math.floor((nowMs - RETENTION_MS - begin) / SHARD_MS));
}

function parentOf(lineage: Lineage, { era, slot, lane }: Slot): string | undefined {
  if (slot > 0) return shardId(lineage, { era, slot: slot - 1, lane });
  const before = lineage.eras[era - 1];
  const here = lineage.eras[era];
  if (!before || !here) return undefined;
  const last = Math.max(0, Math.ceil((here.sinceMs - before.sinceMs) / SHARD_MS) - 1);
  return shardId(lineage, {
    era: era - 1,
    slot: last,
    lane: Math.floor((lane * before.lanes) / here.lanes),
  });
}

/** `shardId-<20 digits: when it began, in milliseconds>-<8 hex>` */
function shardId(lineage: Lineage, slot: Slot): string {
  const startMs = Math.floor(spanOf(lineage, slot.era, slot.slot)?.startMs ?? 0);
  const name = `${lineage.label}/${slot.era}/${slot.slot}/${slot.lane}`;
  const mark = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `shardId-${String(startMs).padStart(20, "0")}-${mark}`;
}

function slotsBefore({ eras }: Lineage, { era, slot }: Slot): number {
  let before = slot;
  for (let at = 0; at < era; at++) {
    const lengthMs = (eras[at + 1]?.sinceMs ?? 0) - (eras[at]?.sinceMs ?? 0);
    before += Math.max(1, Math.ceil(lengthMs / SHARD_MS));
  }
  return before;
}
