import type { Key, KeyRange, Transaction } from "../../store/store.ts";
import { comparePositions, type LogEvent } from "./event.ts";
import { write } from "./records.ts";

// Events are kept in blocks: those of one put that fall into the same bucket of time. Blocks lie by group and
// bucket first, so that a whole group is read, and trimmed, in the order of time; an index by stream leads to
// the buckets in which a stream has something.

/** Events of one bucket are sorted in memory: blocks in it may overlap. */
export const BUCKET_MS = 10_000;

interface Block {
  readonly v: 1;
  readonly stream: string;
  /** When they were put. */
  readonly putMs: number;
  readonly times: readonly number[];
  readonly messages: readonly string[];
  /** What they weigh. */
  readonly bytes: number;
}

/** What an event weighs beyond its message. */
export const EVENT_OVERHEAD_BYTES = 26;

const BLOCKS = "logsEvents";
const BUCKETS = "logsBuckets";
const blocksKey = (group: number, ...more: number[]): Key => [BLOCKS, group, ...more];
const bucketsKey = (group: number, stream: number, ...bucket: number[]): Key => [
  BUCKETS,
  group,
  stream,
  ...bucket,
];
/** Groups and streams that were deleted and whose blocks are still there. */
export const GONE: Key = ["logsGone"];

export const bucketOf = (timeMs: number): number => Math.floor(timeMs / BUCKET_MS);

interface PutEvent {
  readonly timeMs: number;
  readonly message: string;
  readonly bytes: number;
}

interface PutStream {
  readonly group: number;
  readonly stream: number;
  readonly streamName: string;
  /** How many blocks the stream has had. */
  readonly blocks: number;
  readonly putMs: number;
}

/** Writes events that come in the order of their times; gives them with their positions. */
export function putEvents(
  tx: Transaction,
  { group, stream, streamName, blocks, putMs }: PutStream,
  events: readonly PutEvent[],
): { readonly events: LogEvent[]; readonly blocks: number } {
  const written: LogEvent[] = [];
  let block = blocks;
  for (let from = 0; from < events.length; ) {
    const bucket = bucketOf(events[from]?.timeMs ?? 0);
    let until = from + 1;
    while (until < events.length && bucketOf(events[until]?.timeMs ?? 0) === bucket) until++;
    const some = events.slice(from, until);
    const record: Block = {
      v: 1,
      stream: streamName,
      putMs,
      times: some.map(({ timeMs }) => timeMs),
      messages: some.map(({ message }) => message),
      bytes: some.reduce((sum, { bytes }) => sum + bytes, 0),
    };
    write(tx, blocksKey(group, bucket, stream, block), record);
    tx.set(bucketsKey(group, stream, bucket), null);
    written.push(...eventsIn(record, stream, block));
    block++;
    from = until;
  }
  return { events: written, blocks: block };
}

function eventsIn({ stream: streamName, putMs, times, messages }: Block, stream: number, block: number) {
  return messages.map((message, index): LogEvent => {
    const timeMs = times[index] ?? 0;
    return { timeMs, stream, block, index, isLine: false, streamName, message, ingestedMs: putMs };
  });
}

/** Which events of a group are read. */
export interface Wanted {
  readonly group: number;
  /** Numbers of streams; all of them when absent. */
  readonly streams?: ReadonlySet<number>;
  /** Buckets, both included. */
  readonly from: number;
  readonly until: number;
  readonly reverse: boolean;
  /** Whole buckets are read until there are so many events. */
  readonly enough: number;
}

export interface BucketPage {
  readonly events: LogEvent[];
  /** The bucket that was read last; absent when there is no more. */
  readonly last?: number;
}

/** Blocks of other streams that one transaction passes over. */
const MOST_LOOKED_AT = 5_000;
/** A stream's index is worth following where few streams are wanted. */
const MOST_FOLLOWED = 16;

/** Events of whole buckets, in the order of their positions, or in reverse. */
export function readBuckets(tx: Transaction, wanted: Wanted): Promise<BucketPage> {
  const { streams } = wanted;
  return streams !== undefined && streams.size <= MOST_FOLLOWED
    ? followStreams(tx, wanted, [...streams])
    : scanGroup(tx, wanted);
}

async function scanGroup(tx: Transaction, wanted: Wanted): Promise<BucketPage> {
  const { group, streams, from, until, reverse, enough } = wanted;
  const prefix = blocksKey(group);
  const events: LogEvent[] = [];
  let bucketEvents: LogEvent[] = [];
  let last: number | undefined;
  let looked = 0;
  const close = () => {
    // One by one: a bucket may hold more events than a call takes arguments.
    for (const event of sorted(bucketEvents, reverse)) events.push(event);
    bucketEvents = [];
  };
  const range = { prefix, gte: [...prefix, from], lt: [...prefix, until + 1] };
  for await (const [key, value] of tx.range(range, { reverse })) {
    const [bucket, stream, block] = key.slice(2) as number[];
    if (bucket !== last) {
      close();
      const isEnough = events.length >= enough || looked >= MOST_LOOKED_AT;
      if (isEnough && last !== undefined) return { events, last };
      last = bucket;
    }
    looked++;
    if (streams && !streams.has(stream ?? 0)) continue;
    bucketEvents.push(...eventsIn(value as unknown as Block, stream ?? 0, block ?? 0));
  }
  close();
  return { events };
}

async function followStreams(
  tx: Transaction,
  { group, from, until, reverse, enough }: Wanted,
  streams: readonly number[],
): Promise<BucketPage> {
  const events: LogEvent[] = [];
  let [low, high] = [from, until];
  for (;;) {
    const next: number[] = [];
    for (const stream of streams) {
      const bucket = await nextBucket(tx, group, stream, { low, high, reverse });
      if (bucket !== undefined) next.push(bucket);
    }
    if (next.length === 0) return { events };
    const bucket = reverse ? Math.max(...next) : Math.min(...next);
    const found: LogEvent[] = [];
    for (const stream of streams) {
      for await (const [key, value] of tx.range({ prefix: blocksKey(group, bucket, stream) })) {
        found.push(...eventsIn(value as unknown as Block, stream, Number(key.at(-1))));
      }
    }
    for (const event of sorted(found, reverse)) events.push(event);
    if (events.length >= enough) return { events, last: bucket };
    if (reverse) high = bucket - 1;
    else low = bucket + 1;
  }
}

async function nextBucket(
  tx: Transaction,
  group: number,
  stream: number,
  { low, high, reverse }: { readonly low: number; readonly high: number; readonly reverse: boolean },
): Promise<number | undefined> {
  const prefix = bucketsKey(group, stream);
  const range = { prefix, gte: [...prefix, low], lt: [...prefix, high + 1] };
  for await (const [key] of tx.range(range, { limit: 1, reverse })) return Number(key.at(-1));
  return undefined;
}

function sorted(events: LogEvent[], reverse: boolean): LogEvent[] {
  return events.sort(reverse ? (one, other) => comparePositions(other, one) : comparePositions);
}

/** The oldest bucket in which a group has events. */
export async function oldestBucket(tx: Transaction, group: number): Promise<number | undefined> {
  for await (const [key] of tx.range({ prefix: blocksKey(group) }, { limit: 1 })) return Number(key[2]);
  return undefined;
}

/** Removes some blocks of a group before a bucket; gives what they weighed, and whether it was all. */
export async function removeBlocks(
  tx: Transaction,
  group: number,
  before: number,
  most: number,
): Promise<Removed> {
  const prefix = blocksKey(group);
  return remove(tx, { prefix, lt: [...prefix, before] }, most, ([bucket = 0, stream = 0]) => {
    // Nobody is led to what of the bucket may be left: it has expired.
    tx.delete(bucketsKey(group, stream, bucket));
  });
}

/** Marks a group, or a stream of it, as gone: its blocks are removed later. */
export const writeGone = (tx: Transaction, ...of: number[]) => tx.set([...GONE, ...of], null);

/** What is gone and comes first: a group, or a group and a stream. */
export async function firstGone(tx: Transaction): Promise<number[] | undefined> {
  for await (const [key] of tx.range({ prefix: GONE }, { limit: 1 })) return key.slice(1) as number[];
  return undefined;
}

/** Removes some blocks of what is gone, and the mark with the last; gives what they weighed. */
export async function removeGone(tx: Transaction, gone: readonly number[], most: number): Promise<number> {
  const [group = 0, stream] = gone;
  const { bytes, isAll } =
    stream === undefined
      ? await removeGroup(tx, group, most)
      : await removeFirstBucket(tx, group, stream, most);
  if (isAll) tx.delete([...GONE, ...gone]);
  return bytes;
}

interface Removed {
  readonly bytes: number;
  readonly isAll: boolean;
}

async function removeGroup(tx: Transaction, group: number, most: number): Promise<Removed> {
  const removed = await remove(tx, { prefix: blocksKey(group) }, most);
  if (removed.isAll) tx.clear({ prefix: [BUCKETS, group] });
  return removed;
}

/** Blocks of a stream, one bucket at a time: the index leads to the next as long as it has any. */
async function removeFirstBucket(
  tx: Transaction,
  group: number,
  stream: number,
  most: number,
): Promise<Removed> {
  const bounds = { low: Number.MIN_SAFE_INTEGER, high: Number.MAX_SAFE_INTEGER - 1, reverse: false };
  const bucket = await nextBucket(tx, group, stream, bounds);
  if (bucket === undefined) return { bytes: 0, isAll: true };
  const { bytes, isAll } = await remove(tx, { prefix: blocksKey(group, bucket, stream) }, most);
  if (isAll) tx.delete(bucketsKey(group, stream, bucket));
  return { bytes, isAll: false };
}

async function remove(
  tx: Transaction,
  range: KeyRange,
  most: number,
  also: (place: readonly number[]) => void = () => {},
): Promise<Removed> {
  let bytes = 0;
  let count = 0;
  for await (const [key, value] of tx.range(range, { limit: most })) {
    tx.delete(key);
    also(key.slice(2) as number[]);
    bytes += (value as unknown as Block).bytes;
    count++;
  }
  return { bytes, isAll: count < most };
}
