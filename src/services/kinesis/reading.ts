import type { _Record } from "@aws-sdk/client-kinesis";
import type { Transaction } from "../../store/store.ts";
import type { Stream } from "./catalog.ts";
import { shardId } from "./names.ts";
import { type Block, blocksFrom, readTip } from "./records.ts";
import { sequenceNumbers } from "./sequence.ts";
import { childrenOf, hashNumber, isOpen, type Shard } from "./shards.ts";

/**
 * A record with the trace header of the request that put it, for event sources. The wire's schema does not
 * know the member, so that no client ever sees it.
 */
export type TracedRecord = _Record & { readonly Trace: string };

/** What one read of a shard gave. */
export interface ShardPage {
  readonly records: readonly TracedRecord[];
  readonly bytes: number;
  /** The place to go on from; absent when the shard is closed and read to its end. */
  readonly next?: number;
  readonly behindMs: number;
}

export interface PageLimits {
  readonly records: number;
  readonly bytes: number;
}

const HOUR_MS = 3_600_000;
const MOST_BLOCKS = 256;

/** Reads a shard from a place on; records that have expired are passed over. */
export async function readShard(
  tx: Transaction,
  { record }: Stream,
  shard: Shard,
  from: number,
  limits: PageLimits,
  nowMs: number,
): Promise<ShardPage> {
  const horizonMs = nowMs - record.retentionHours * HOUR_MS;
  const records: TracedRecord[] = [];
  let bytes = 0;
  let next = from;
  // One block tells how many records blocks have: of a put of many, it may be all that is asked for.
  for (let most = 1; ; most = blocksFor(limits.records, records.length, most)) {
    let seen = 0;
    for await (const { first, last, block } of blocksFrom(tx, record.number, shard.index, next, most)) {
      seen++;
      const start = Math.max(first, next);
      next = last + 1;
      if (block.atMs <= horizonMs) continue;
      let end = start;
      for (; end <= last; end++) {
        const size = sizeAt(block, end - first);
        const count = records.length + end - start;
        if (count >= limits.records || (count > 0 && bytes + size > limits.bytes)) break;
        bytes += size;
      }
      addRecords(records, shard, block, { first, start, end });
      // Never 0, or the reader would think that he has caught up.
      const behindMs = Math.max(1, Math.floor(nowMs - block.atMs));
      if (end <= last) return { records, bytes, next: end, behindMs };
    }
    if (seen < most) break;
  }
  return { records, bytes, behindMs: 0, ...(isOpen(shard) ? { next } : {}) };
}

/** How many blocks to read next, when so many had so many records; one more tells that there is more. */
function blocksFor(wanted: number, found: number, blocks: number): number {
  const each = Math.max(1, found / blocks);
  return Math.min(Math.ceil((wanted - found) / each) + 1, blocks * 16, MOST_BLOCKS);
}

function sizeAt({ keys, ends }: Block, at: number): number {
  return (ends[at] ?? 0) - (ends[at - 1] ?? 0) + Buffer.byteLength(keys[at] ?? "");
}

/** Adds those of a block's records that lie from `start` up to `end`, which is not one of them. */
function addRecords(
  records: TracedRecord[],
  shard: Shard,
  { atMs, trace, keys, bytes, ends, kms }: Block,
  { first, start, end }: { readonly first: number; readonly start: number; readonly end: number },
): void {
  const numbers = sequenceNumbers(shard, start, end - start, atMs);
  const arrived = new Date(atMs);
  for (let at = start - first; at < end - first; at++) {
    records.push({
      SequenceNumber: numbers[at - start + first],
      ApproximateArrivalTimestamp: arrived,
      Data: bytes.subarray(ends[at - 1] ?? 0, ends[at]),
      PartitionKey: keys[at] ?? undefined,
      ...(kms ? { EncryptionType: "KMS" as const } : {}),
      Trace: trace,
    });
  }
}

/** The place of the first record that came at a time or later. Times grow with the places. */
export async function placeAt(
  tx: Transaction,
  { record }: Stream,
  shard: Shard,
  timeMs: number,
): Promise<number> {
  let low = 0;
  let high = (await readTip(tx, record.number)).next;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    let found: { readonly last: number; readonly block: Block } | undefined;
    for await (const each of blocksFrom(tx, record.number, shard.index, middle, 1)) found = each;
    if (!found || found.block.atMs >= timeMs) high = middle;
    else low = found.last + 1;
  }
  return low;
}

/** Where the records of a closed shard go on, as reads of its end tell. */
export function childShards({ shards }: Stream, shard: Shard) {
  return childrenOf(shards, shard).map((child) => ({
    ShardId: shardId(child.index),
    ParentShards: child.parents.map(shardId),
    HashKeyRange: hashKeyRange(child),
  }));
}

export function hashKeyRange({ from, to }: Shard) {
  return { StartingHashKey: hashNumber(from).toString(), EndingHashKey: hashNumber(to).toString() };
}
