import type { Store, Transaction } from "../../store/store.ts";
import { whenever } from "../../store/whenever.ts";
import type { Background } from "../define.ts";
import { withShards } from "./catalog.ts";
import { follow } from "./demand.ts";
import type { StreamName } from "./names.ts";
import {
  addDue,
  blocksFrom,
  DUE,
  deleteBlock,
  deleteRecords,
  firstDue,
  firstGone,
  GONE,
  LEAVING,
  readStream,
  readTip,
  removeDue,
  removeSome,
  SCALING,
  type StreamRecord,
  writeTip,
} from "./records.ts";

const HOUR_MS = 3_600_000;
/** Records are removed a while after nobody sees them any more, so that many go at once. */
const SLACK_MS = 60_000;
/** Blocks removed in one transaction: others get their turn in between. */
const REMOVED_AT_ONCE = 200;

/** When a record that came at a time may be removed. */
export function dueMsOf(atMs: number, { retentionHours }: StreamRecord): number {
  return Math.ceil(atMs) + retentionHours * HOUR_MS + SLACK_MS;
}

/** Has a stream looked through anew, because its retention changed. */
export async function reconsider(tx: Transaction, stream: StreamRecord, nowMs: number): Promise<void> {
  const tip = await readTip(tx, stream.number);
  if (tip.dueMs === undefined) return;
  removeDue(tx, DUE, stream.number, tip.dueMs);
  const dueMs = Math.floor(nowMs);
  addDue(tx, DUE, stream, dueMs);
  writeTip(tx, stream.number, { ...tip, dueMs });
}

/** What goes on between calls: streams leave and scale, and records go that have expired or lost theirs. */
export async function trimming(world: Background): Promise<void> {
  await Promise.all([
    whenever(world, DUE, () => trim(world)),
    whenever(world, LEAVING, () => leave(world)),
    whenever(world, GONE, () => drain(world)),
    whenever(world, SCALING, () => follow(world)),
  ]);
}

/** Removes a piece of what has expired; gives when more is due. */
function trim({ store, clock }: Background): Promise<number | undefined> {
  return store.transact(async (tx) => {
    const due = await firstDue(tx, DUE);
    const nowMs = clock.now();
    if (!due || due.dueMs > nowMs) return due?.dueMs;
    removeDue(tx, DUE, due.number, due.dueMs);
    await trimStream(store, tx, due.name, due.number, nowMs);
    return 0;
  });
}

async function trimStream(
  store: Store,
  tx: Transaction,
  name: StreamName,
  number: number,
  nowMs: number,
): Promise<void> {
  const record = await readStream(tx, name);
  if (record?.number !== number) return;
  const { shards } = await withShards(store, tx, record);
  const horizonMs = nowMs - record.retentionHours * HOUR_MS;
  let room = REMOVED_AT_ONCE;
  let oldestMs = Number.POSITIVE_INFINITY;
  for (const { index } of shards) {
    // One more than may be removed: it tells when the next is due.
    for await (const { last, block } of blocksFrom(tx, number, index, 0, room + 1)) {
      if (block.atMs > horizonMs || room === 0) {
        oldestMs = Math.min(oldestMs, block.atMs);
        break;
      }
      deleteBlock(tx, number, index, last);
      room--;
    }
  }
  const { next } = await readTip(tx, number);
  if (oldestMs === Number.POSITIVE_INFINITY) return writeTip(tx, number, { v: 1, next });
  const dueMs = room === 0 ? Math.floor(nowMs) : dueMsOf(oldestMs, record);
  addDue(tx, DUE, record, dueMs);
  writeTip(tx, number, { v: 1, next, dueMs });
}

/** Removes a stream whose deletion was to take its time; gives when the next one goes. */
function leave({ store, clock }: Background): Promise<number | undefined> {
  return store.transact(async (tx) => {
    const due = await firstDue(tx, LEAVING);
    if (!due || due.dueMs > clock.now()) return due?.dueMs;
    removeDue(tx, LEAVING, due.number, due.dueMs);
    const record = await readStream(tx, due.name);
    if (record?.number === due.number) {
      const { shards } = await withShards(store, tx, record);
      deleteRecords(tx, record, shards, await readTip(tx, record.number));
    }
    return 0;
  });
}

async function drain({ store }: Background): Promise<number | undefined> {
  const isMore = await store.transact(async (tx) => {
    const number = await firstGone(tx);
    if (number === undefined) return false;
    await removeSome(tx, number, REMOVED_AT_ONCE);
    return true;
  });
  return isMore ? 0 : undefined;
}
