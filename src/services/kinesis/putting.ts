import { hash } from "node:crypto";
import { formatTraceHeader } from "../../kernel/trace.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { type Named, requireStream, type Stream } from "./catalog.ts";
import { invalid, violated } from "./faults.ts";
import { shardId } from "./names.ts";
import {
  addDue,
  type Block,
  readStream,
  readTip,
  type StreamRecord,
  writeBlock,
  writeTip,
} from "./records.ts";
import { sequenceNumbers } from "./sequence.ts";
import { hashText, type Shard, shardFor } from "./shards.ts";
import { dueMsOf } from "./trimming.ts";

/** One record as it is put. */
export interface Entry {
  readonly Data?: Uint8Array | undefined;
  readonly PartitionKey?: string | undefined;
  readonly ExplicitHashKey?: string | undefined;
}

/** Where a record came to lie. */
export interface Placed {
  readonly ShardId: string;
  readonly SequenceNumber: string;
}

/** Records of one shard. */
export interface Load {
  readonly shard: Shard;
  /** Which of the entries. */
  readonly places: readonly number[];
}

/** A stream, and which of its shards each record goes to. */
export interface Plan {
  readonly stream: Stream;
  readonly loads: readonly Load[];
}

/** A block is read as a whole: it holds no more than a reader of few records can stand. */
const BLOCK_BYTES = 64 * 1024;
const KIB = 1024;

/** Throws what is wrong with the stream or a record. */
export async function planPut(
  { store, scope, ids }: Context,
  named: Named,
  entries: readonly Entry[],
  path: (at: number) => string,
): Promise<Plan> {
  const stream = await store.transact((tx) => requireStream(store, tx, scope, named));
  const { record, routing } = stream;
  const loads = new Map<number, { shard: Shard; places: number[] }>();
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at] as Entry;
    checkEntry(record, entry, path(at));
    const shard =
      record.distribution === "AUTO"
        ? (routing.open[Math.floor(ids.fraction() * routing.open.length)] as Shard)
        : shardFor(routing, hashOf(entry));
    const load = loads.get(shard.index);
    if (load) load.places.push(at);
    else loads.set(shard.index, { shard, places: [at] });
  }
  return { stream, loads: [...loads.values()] };
}

export function bytesOf({ Data, PartitionKey }: Entry): number {
  return (Data?.length ?? 0) + (PartitionKey === undefined ? 0 : Buffer.byteLength(PartitionKey));
}

function checkEntry(stream: StreamRecord, entry: Entry, path: string): void {
  if (entry.PartitionKey === undefined && stream.distribution !== "AUTO") {
    throw violated(" null", `${path}partitionKey`, "Member must not be null");
  }
  const most = stream.maxRecordKib * KIB;
  if (bytesOf(entry) > most) {
    throw violated("", `${path}data`, `Member must have length less than or equal to ${most}`);
  }
}

function hashOf({ PartitionKey = "", ExplicitHashKey }: Entry): string {
  if (ExplicitHashKey === undefined) return hash("md5", PartitionKey, "hex");
  const text = hashText(BigInt(ExplicitHashKey));
  if (text.length <= 32) return text;
  throw invalid(
    "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. " +
      `Specified value was ${ExplicitHashKey}`,
  );
}

/**
 * Writes the loads of a plan, and says by the places of the entries where they lie. Undefined when the
 * stream's shards are not those of the plan any more.
 */
export function writePut(
  { store, clock, trace }: Context,
  { stream: { record: planned } }: Plan,
  loads: readonly Load[],
  entries: readonly Entry[],
): Promise<Map<number, Placed> | undefined> {
  const header = formatTraceHeader(trace);
  return store.transact(async (tx) => {
    const record = await readStream(tx, planned);
    if (record?.revision !== planned.revision) return undefined;
    const tip = await readTip(tx, record.number);
    // Within the transaction: then the records of a shard are in the order of their times.
    const nowMs = clock.now();
    const placed = new Map<number, Placed>();
    let { next } = tip;
    for (const load of loads) {
      const numbers = sequenceNumbers(load.shard, next, load.places.length, nowMs);
      const ShardId = shardId(load.shard.index);
      for (let at = 0; at < numbers.length; at++) {
        placed.set(load.places[at] ?? 0, { ShardId, SequenceNumber: numbers[at] ?? "" });
      }
      const common = {
        v: 1 as const,
        atMs: nowMs,
        trace: header,
        ...(record.keyId ? { kms: true as const } : {}),
      };
      next = writeLoad(tx, record, load, entries, next, common);
    }
    const dueMs = tip.dueMs ?? dueMsOf(nowMs, record);
    if (tip.dueMs === undefined) addDue(tx, record, dueMs);
    writeTip(tx, record.number, { v: 1, next, dueMs });
    return placed;
  });
}

/** Writes a load in blocks from a place on, and gives the place behind it. */
function writeLoad(
  tx: Transaction,
  { number }: StreamRecord,
  { shard, places }: Load,
  entries: readonly Entry[],
  from: number,
  common: Pick<Block, "v" | "atMs" | "trace" | "kms">,
): number {
  let next = from;
  let keys: (string | null)[] = [];
  let data: Uint8Array[] = [];
  let bytes = 0;
  for (const place of places) {
    const entry = entries[place] as Entry;
    keys.push(entry.PartitionKey ?? null);
    data.push(entry.Data ?? new Uint8Array());
    bytes += bytesOf(entry);
    next++;
    if (bytes < BLOCK_BYTES && place !== places.at(-1)) continue;
    writeBlock(tx, number, shard.index, next - 1, { ...common, keys, data });
    keys = [];
    data = [];
    bytes = 0;
  }
  return next;
}
