import type { Store } from "../../../store/store.ts";
import { parseStreamArn } from "./arn.ts";
import { shardMissing, streamMissing } from "./faults.ts";
import { SETTLING_MS } from "./reader.ts";
import { changesBefore, findStream, type Stream, watchSlot, watchStream } from "./records.ts";
import { type Shard, sequenceNumber, shardsOf } from "./shards.ts";

/** What is known of a shard that is watched. */
export interface ShardSight {
  /** Resolves when changes may have been added, or the stream was split or switched off. */
  readonly news: Promise<unknown>;
  /** When the shard has ended by the passing of time. */
  readonly nextMs?: number;
}

/**
 * Watches a shard from the moment this resolves: watch first and read then, and nothing is missed. Throws
 * ResourceNotFoundException.
 */
export async function watchShard(
  store: Store,
  arn: string,
  shardId: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<ShardSight> {
  const { stream, shard } = await shardOf(store, arn, shardId, nowMs);
  const news = Promise.race([watchSlot(store, stream, shard, signal), watchStream(store, stream, signal)]);
  // Watched only now: what came between the look and the watch is read by whoever reads after it.
  const isLasting = Number.isFinite(shard.endMs) && shard.isOpen;
  return isLasting ? { news, nextMs: shard.endMs + SETTLING_MS + 1 } : { news };
}

/** The sequence number of a shard's last change before a time, or undefined where there is none. */
export async function lastBefore(
  store: Store,
  arn: string,
  shardId: string,
  timeMs: number,
  nowMs: number,
): Promise<string | undefined> {
  const { stream, shard } = await shardOf(store, arn, shardId, nowMs);
  const count = await store.transact((tx) => changesBefore(tx, stream, shard, timeMs));
  return count === undefined ? undefined : sequenceNumber(stream, shard, count);
}

async function shardOf(
  store: Store,
  arn: string,
  shardId: string,
  nowMs: number,
): Promise<{ stream: Stream; shard: Shard }> {
  const { scope, table, label } = parseStreamArn(arn);
  const stream = await store.transact((tx) => findStream(tx, scope, table, label));
  if (!stream) throw streamMissing(arn);
  const shard = shardsOf(stream, nowMs).find(({ id }) => id === shardId);
  if (!shard) throw shardMissing(arn);
  return { stream, shard };
}
