import type { Transaction } from "../../store/store.ts";
import type { Background, Context } from "../define.ts";
import { withShards } from "./catalog.ts";
import { checkShardLimit, onDemandShards, shardLimit, usageOf } from "./limits.ts";
import {
  addDue,
  firstDue,
  readScaling,
  readStream,
  removeDue,
  SCALING,
  type StreamRecord,
  writeScaling,
} from "./records.ts";
import { replaceShards } from "./resharding.ts";
import { reviewed, type Scaling, type Traffic, warmShards, withTraffic } from "./scaling.ts";
import { rescale } from "./shards.ts";

/** Remembers traffic that an on-demand stream is to follow. */
export async function noteTraffic(
  { store, clock }: Pick<Context, "store" | "clock">,
  stream: StreamRecord,
  traffic: Traffic,
): Promise<void> {
  await store.transact(async (tx) => {
    const record = await readStream(tx, stream);
    if (record?.number !== stream.number || record.mode !== "ON_DEMAND") return;
    const known = await readScaling(tx, record.number);
    keep(tx, record, known, withTraffic(known, traffic, Math.floor(clock.now())));
  });
}

/** Writes an on-demand stream with the shards that its warm throughput asks for, which it has at once. */
export async function warm(
  tx: Transaction,
  context: Pick<Context, "store" | "clock" | "ids" | "fidelity">,
  record: StreamRecord,
): Promise<StreamRecord> {
  const nowMs = context.clock.now();
  const count = warmShards(await readScaling(tx, record.number), record.warmMibps ?? 0, nowMs);
  await checkShardLimit(tx, record, count - record.openShards);
  const stream = await withShards(context.store, tx, record);
  return replaceShards(tx, context, stream, rescale(stream.shards, count, nowMs));
}

function keep(tx: Transaction, record: StreamRecord, known: Scaling | undefined, next: Scaling): void {
  if (known?.dueMs !== undefined) removeDue(tx, SCALING, record.number, known.dueMs);
  if (next.dueMs !== undefined) addDue(tx, SCALING, record, next.dueMs);
  writeScaling(tx, record.number, next);
}

/** Has a stream follow what was noted of it; gives when the next one is due. */
export function follow(world: Background): Promise<number | undefined> {
  const { store, clock } = world;
  return store.transact(async (tx) => {
    const due = await firstDue(tx, SCALING);
    const nowMs = Math.floor(clock.now());
    if (!due || due.dueMs > nowMs) return due?.dueMs;
    const record = await readStream(tx, due.name);
    const known = await readScaling(tx, due.number);
    if (record?.number !== due.number || record.mode !== "ON_DEMAND" || !known) {
      removeDue(tx, SCALING, due.number, due.dueMs);
      return 0;
    }
    const stream = await withShards(store, tx, record);
    const room = shardLimit(record) - (await usageOf(tx, record)).openShards;
    const most = Math.min(onDemandShards(record), record.openShards + room);
    const next = reviewed(known, stream.shards, record.warmMibps ?? 0, most, nowMs);
    keep(tx, record, known, next.scaling);
    if (next.shards !== stream.shards) await replaceShards(tx, world, stream, next.shards);
    return 0;
  });
}
