import type { Store } from "../../store/store.ts";
import { shardOf } from "./get.ts";
import type { StreamName } from "./names.ts";
import { watchBlocks } from "./records.ts";

/**
 * Watches a shard from the moment this resolves: `news` resolves when records may have been added to it, when
 * it is closed, when its stream is deleted, or when the signal aborts. Watch first and read then, and nothing
 * is missed. Throws ResourceNotFoundException.
 */
export async function watchShard(
  store: Store,
  name: StreamName,
  shardId: string,
  signal: AbortSignal,
): Promise<{ readonly news: Promise<void> }> {
  // All that is not trimmed: a closed shard that has expired has no news either.
  const nowMs = Number.NEGATIVE_INFINITY;
  const { stream, shard } = await store.transact((tx) => shardOf({ store }, tx, name, shardId, nowMs));
  // In an object: a promise of a promise would be waited for.
  return { news: watchBlocks(store, stream.record.number, shard.index, signal) };
}
