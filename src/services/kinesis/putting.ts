import { hash } from "node:crypto";
import type { Ids } from "../../kernel/ids.ts";
import { formatTraceHeader } from "../../kernel/trace.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context } from "../define.ts";
import type { Stream } from "./catalog.ts";
import { invalid, violated } from "./faults.ts";
import { shardId } from "./names.ts";
import {
  addDue,
  type Block,
  DUE,
  joined,
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

/** A block is read as a whole: it holds no more than a reader of few records can stand. */
const BLOCK_BYTES = 32 * 1024;
const KIB = 1024;

/** Which shard each record goes to. Throws what is wrong with a record; `path`: how its members are named. */
export function loadsOf(
  { record, routing }: Stream,
  entries: readonly Entry[],
  path: (at: number) => string,
  ids: Ids,
): Load[] {
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
  return [...loads.values()];
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

/** Writes records into the shards of a stream, and says by the places of the entries where they lie. */
export async function writeLoads(
  tx: Transaction,
  record: StreamRecord,
  loads: readonly Load[],
  entries: readonly Entry[],
  { clock, trace }: Pick<Context, "clock" | "trace">,
): Promise<Map<number, Placed>> {
  const tip = await readTip(tx, record.number);
  // Within the transaction: then the records of a shard are in the order of their times.
  const nowMs = clock.now();
  const encrypted = record.keyId === undefined ? {} : { kms: true as const };
  const common = { v: 2 as const, atMs: nowMs, trace: formatTraceHeader(trace), ...encrypted };
  const placed = new Map<number, Placed>();
  let { next } = tip;
  for (const load of loads) {
    const numbers = sequenceNumbers(load.shard, next, load.places.length, nowMs);
    const ShardId = shardId(load.shard.index);
    for (let at = 0; at < numbers.length; at++) {
      placed.set(load.places[at] ?? 0, { ShardId, SequenceNumber: numbers[at] ?? "" });
    }
    next = writeLoad(tx, record, load, entries, next, common);
  }
  const dueMs = tip.dueMs ?? dueMsOf(nowMs, record);
  if (tip.dueMs === undefined) addDue(tx, DUE, record, dueMs);
  writeTip(tx, record.number, { v: 1, next, dueMs });
  return placed;
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
    writeBlock(tx, number, shard.index, next - 1, { ...common, keys, ...joined(data) });
    keys = [];
    data = [];
    bytes = 0;
  }
  return next;
}
