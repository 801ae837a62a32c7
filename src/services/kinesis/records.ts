import type { Scope } from "../../kernel/scope.ts";
import type { Key, Store, Transaction, Value } from "../../store/store.ts";
import type { StreamName } from "./names.ts";
import type { Scaling } from "./scaling.ts";
import type { Shard } from "./shards.ts";

export interface StreamRecord extends StreamName {
  readonly v: 1;
  /** Among all streams that there ever were: what belongs to it lies under it. */
  readonly number: number;
  /** `[a-z0-9]{20}-[a-z0-9]{3}` */
  readonly id: string;
  readonly createdMs: number;
  readonly mode: "PROVISIONED" | "ON_DEMAND";
  /** Changes with its shards: what is remembered of them elsewhere is known by it. */
  readonly revision: string;
  readonly openShards: number;
  readonly retentionHours: number;
  /** The key of its encryption; absent while it has none. */
  readonly keyId?: string;
  /** Metrics by shard. */
  readonly monitored: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly policy?: string;
  readonly maxRecordKib: number;
  readonly warmMibps?: number;
  /** `AUTO`: records go to any shard, whatever their keys are. */
  readonly distribution: "AUTO" | "USER_PARTITION_KEY";
  /** When its shard count was updated, and its mode, in the last 24 hours. */
  readonly scaledMs: readonly number[];
  readonly switchedMs: readonly number[];
  readonly passage?: Passage;
}

/**
 * What a stream or a consumer goes through before it is as it was asked to be. It is done at once in any
 * case; with `--fidelity` it shows after a time, as on AWS, and other changes are refused so long.
 */
export interface Passage<Status = "CREATING" | "UPDATING" | "DELETING"> {
  readonly status: Status;
  readonly untilMs: number;
}

/** Records of one put in one shard, or a part of them. */
export interface Block {
  readonly v: 2;
  readonly atMs: number;
  /** The header of the trace that the put belongs to. */
  readonly trace: string;
  readonly keys: readonly (string | null)[];
  /** Of all records, one behind the other: who wants a few of them copies none of the others. */
  readonly bytes: Uint8Array;
  /** Where the bytes of each record end. */
  readonly ends: readonly number[];
  readonly kms?: true;
}

/** As the first releases wrote it. */
interface FirstBlock extends Omit<Block, "v" | "bytes" | "ends"> {
  readonly v: 1;
  readonly data: readonly Uint8Array[];
}

/** How far a stream's records have come. */
export interface Tip {
  readonly v: 1;
  /** The place of the next record; they begin at 1. */
  readonly next: number;
  /** When something of it may be removed; absent while it holds nothing. */
  readonly dueMs?: number;
}

export interface ConsumerRecord {
  readonly v: 1;
  readonly name: string;
  readonly createdMs: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly policy?: string;
  readonly passage?: Passage<"CREATING">;
}

/** Who reads a shard for a consumer. */
export interface LeaseRecord {
  readonly v: 1;
  readonly id: string;
  readonly sinceMs: number;
}

export interface AccountRecord {
  readonly v: 1;
  readonly commitment: "ENABLED" | "DISABLED";
  readonly startedMs: number;
  readonly endedMs?: number;
}

const ROOT = "kinesis";
const streamKey = ({ account, region, name }: StreamName): Key => [ROOT, "stream", account, region, name];
const idKey = (id: string): Key => [ROOT, "id", id];
const shardsKey = (stream: number): Key => [ROOT, "shards", stream];
const tipKey = (stream: number): Key => [ROOT, "tip", stream];
const consumerKey = (stream: number, ...name: string[]): Key => [ROOT, "consumer", stream, ...name];
const leaseKey = (stream: number, consumer: string, ...shard: number[]): Key => [
  ROOT,
  "lease",
  stream,
  consumer,
  ...shard,
];
const loadKey = (stream: number): Key => [ROOT, "load", stream];
const accountKey = ({ account, region }: Scope): Key => [ROOT, "account", account, region];
const SERIAL: Key = [ROOT, "serial"];
/** Streams by the time when something of them expires. */
export const DUE: Key = [ROOT, "due"];
/** Streams that are being deleted, by the time when they will be gone. */
export const LEAVING: Key = [ROOT, "leaving"];
/** On-demand streams by the time when they follow their traffic. */
export const SCALING: Key = [ROOT, "scaling"];
/** Streams that were deleted and still hold records. */
export const GONE: Key = [ROOT, "gone"];
const blocksKey = (stream: number, ...shard: number[]): Key => ["kinesisBlock", stream, ...shard];
/** Sorts before every block; it changes when the shard is closed, or its stream deleted. */
const bellKey = (stream: number, shard: number): Key => [...blocksKey(stream, shard), "bell"];

const read = async <Shape>(tx: Transaction, key: Key) => (await tx.get(key)) as Shape | undefined;
const write = (tx: Transaction, key: Key, record: object) => tx.set(key, record as Value);

export const readStream = (tx: Transaction, name: StreamName) => read<StreamRecord>(tx, streamKey(name));
export const writeStream = (tx: Transaction, stream: StreamRecord) => write(tx, streamKey(stream), stream);
export const nameOfId = (tx: Transaction, id: string) => read<StreamName>(tx, idKey(id));

/** Streams of an account and region in order of name, those after `after` first. */
export async function* streamsOf(tx: Transaction, { account, region }: Scope, after?: string) {
  const prefix = [ROOT, "stream", account, region];
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as StreamRecord;
}

/** A number for a new stream. */
export async function nextNumber(tx: Transaction): Promise<number> {
  const next = ((await read<number>(tx, SERIAL)) ?? 0) + 1;
  tx.set(SERIAL, next);
  return next;
}

export function createRecords(tx: Transaction, stream: StreamRecord, shards: readonly Shard[]): void {
  const { account, region, name, id, number } = stream;
  writeStream(tx, stream);
  write(tx, idKey(id), { account, region, name });
  writeShards(tx, number, shards);
  writeTip(tx, number, { v: 1, next: 1 });
}

/** Its records are removed later: they cannot be reached any more. */
export function deleteRecords(
  tx: Transaction,
  stream: StreamRecord,
  shards: readonly Shard[],
  tip: Tip,
): void {
  const { number } = stream;
  for (const key of [streamKey(stream), idKey(stream.id), shardsKey(number), tipKey(number)]) tx.delete(key);
  tx.clear({ prefix: consumerKey(number) });
  tx.clear({ prefix: [ROOT, "lease", number] });
  for (const { index } of shards) ringBell(tx, number, index);
  if (tip.dueMs !== undefined) removeDue(tx, DUE, number, tip.dueMs);
  tx.delete(loadKey(number));
  tx.set([...GONE, number], null);
}

export async function readShards(tx: Transaction, stream: number): Promise<readonly Shard[]> {
  return (await read<{ shards: readonly Shard[] }>(tx, shardsKey(stream)))?.shards ?? [];
}

export function writeShards(tx: Transaction, stream: number, shards: readonly Shard[]): void {
  write(tx, shardsKey(stream), { v: 1, shards });
}

export const readScaling = (tx: Transaction, stream: number) => read<Scaling>(tx, loadKey(stream));
export const writeScaling = (tx: Transaction, stream: number, scaling: Scaling) =>
  write(tx, loadKey(stream), scaling);

export async function readTip(tx: Transaction, stream: number): Promise<Tip> {
  return (await read<Tip>(tx, tipKey(stream))) ?? { v: 1, next: 1 };
}

export const writeTip = (tx: Transaction, stream: number, tip: Tip) => write(tx, tipKey(stream), tip);

/** @param last the place of the block's last record: it is found by the places of all its records. */
export function writeBlock(tx: Transaction, stream: number, shard: number, last: number, block: Block): void {
  write(tx, [...blocksKey(stream, shard), last], block);
}

/** Blocks that have a place from `from` on, at most `most`, each with the place of its first record. */
export async function* blocksFrom(
  tx: Transaction,
  stream: number,
  shard: number,
  from: number,
  most: number,
): AsyncGenerator<{ readonly first: number; readonly last: number; readonly block: Block }> {
  const prefix = blocksKey(stream, shard);
  for await (const [key, value] of tx.range({ prefix, gte: [...prefix, from] }, { limit: most })) {
    const stored = value as unknown as Block | FirstBlock;
    const block = stored.v === 1 ? renewed(stored) : stored;
    const last = Number(key.at(-1));
    yield { first: last - block.keys.length + 1, last, block };
  }
}

function renewed({ data, ...block }: FirstBlock): Block {
  return { ...block, v: 2, ...joined(data) };
}

export function joined(data: readonly Uint8Array[]): Pick<Block, "bytes" | "ends"> {
  let end = 0;
  const ends = data.map((each) => {
    end += each.length;
    return end;
  });
  const [first] = data;
  return { ends, bytes: first && data.length === 1 ? first : Buffer.concat(data, end) };
}

export function deleteBlock(tx: Transaction, stream: number, shard: number, last: number): void {
  tx.delete([...blocksKey(stream, shard), last]);
}

/** Tells who waits for records of a shard to look again. */
export function ringBell(tx: Transaction, stream: number, shard: number): void {
  tx.set(bellKey(stream, shard), null);
}

/** Resolves when records may have been added to a shard, or it was closed. */
export function watchBlocks(store: Store, stream: number, shard: number, signal: AbortSignal): Promise<void> {
  return store.watch(blocksKey(stream, shard), signal);
}

/** Removes up to `most` of what a deleted stream held; whether there may be more. */
export async function removeSome(tx: Transaction, stream: number, most: number): Promise<boolean> {
  let removed = 0;
  for await (const [key] of tx.range({ prefix: blocksKey(stream) }, { limit: most })) {
    tx.delete(key);
    removed++;
  }
  if (removed < most) tx.delete([...GONE, stream]);
  return removed === most;
}

export async function firstGone(tx: Transaction): Promise<number | undefined> {
  for await (const [key] of tx.range({ prefix: GONE }, { limit: 1 })) return Number(key.at(-1));
  return undefined;
}

/** Keeps a stream by a time: under `DUE`, `LEAVING` or `SCALING`. */
export function addDue(
  tx: Transaction,
  prefix: Key,
  { account, region, name, number }: StreamRecord,
  dueMs: number,
): void {
  write(tx, [...prefix, dueMs, number], { account, region, name });
}

export function removeDue(tx: Transaction, prefix: Key, stream: number, dueMs: number): void {
  tx.delete([...prefix, dueMs, stream]);
}

/** The stream whose time comes first. */
export async function firstDue(
  tx: Transaction,
  prefix: Key,
): Promise<{ dueMs: number; number: number; name: StreamName } | undefined> {
  for await (const [key, value] of tx.range({ prefix }, { limit: 1 })) {
    const [dueMs, number] = key.slice(prefix.length);
    return { dueMs: Number(dueMs), number: Number(number), name: value as unknown as StreamName };
  }
  return undefined;
}

export const readConsumer = (tx: Transaction, stream: number, name: string) =>
  read<ConsumerRecord>(tx, consumerKey(stream, name));
export const writeConsumer = (tx: Transaction, stream: number, consumer: ConsumerRecord) =>
  write(tx, consumerKey(stream, consumer.name), consumer);

export function deleteConsumer(tx: Transaction, stream: number, name: string): void {
  tx.delete(consumerKey(stream, name));
  tx.clear({ prefix: leaseKey(stream, name) });
}

/** Consumers of a stream in order of name, those after `after` first. */
export async function* consumersOf(tx: Transaction, stream: number, after?: string) {
  const prefix = consumerKey(stream);
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as ConsumerRecord;
}

export const readLease = (tx: Transaction, stream: number, consumer: string, shard: number) =>
  read<LeaseRecord>(tx, leaseKey(stream, consumer, shard));
export const writeLease = (
  tx: Transaction,
  stream: number,
  consumer: string,
  shard: number,
  lease: LeaseRecord,
) => write(tx, leaseKey(stream, consumer, shard), lease);

/** Resolves when somebody else took over, or the consumer is gone. */
export function watchLease(
  store: Store,
  stream: number,
  consumer: string,
  shard: number,
  signal: AbortSignal,
): Promise<void> {
  return store.watch(leaseKey(stream, consumer, shard), signal);
}

export const readAccount = (tx: Transaction, scope: Scope) => read<AccountRecord>(tx, accountKey(scope));
export const writeAccount = (tx: Transaction, scope: Scope, account: AccountRecord) =>
  write(tx, accountKey(scope), account);
