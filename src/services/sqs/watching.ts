import type { Store } from "../../store/store.ts";
import { Box } from "./box.ts";
import type { QueueName } from "./names.ts";
import { watchBox } from "./records.ts";
import { requireQueue } from "./require.ts";

/**
 * Watches a queue from the moment this resolves: `news` resolves when messages may have become visible other
 * than by the passing of time, when the queue is purged or deleted, or when the signal aborts. Watch first
 * and receive then, and nothing is missed. Throws QueueDoesNotExist.
 */
export async function watchQueue(
  store: Store,
  name: QueueName,
  signal: AbortSignal,
): Promise<{ readonly news: Promise<void> }> {
  const { box } = await store.transact((tx) => requireQueue(tx, name));
  // In an object: a promise of a promise would be waited for.
  return { news: watchBox(store, box, signal) };
}

/** When the first of the messages that were hidden at a time shows itself; undefined where none was. */
export async function nextVisibleMs(
  store: Store,
  name: QueueName,
  nowMs: number,
): Promise<number | undefined> {
  return store.transact(async (tx) => {
    const box = new Box(tx, await requireQueue(tx, name));
    const nextMs = await box.nextDueMs(Math.floor(nowMs));
    box.close();
    return nextMs;
  });
}
