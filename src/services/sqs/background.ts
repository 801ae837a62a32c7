import type { Key } from "../../store/store.ts";
import type { Background } from "../define.ts";
import { moveOn } from "./moving.ts";
import { ACTIVE_TASKS, DRAINS } from "./records.ts";

/** Keys removed in one transaction: others get their turn in between. */
const REMOVED_AT_ONCE = 500;
const PAUSE_MS = 1000;

/** What goes on between calls: message move tasks, and the emptying of what was purged or deleted. */
export async function background(world: Background): Promise<void> {
  await Promise.all([
    whenever(world, ACTIVE_TASKS, () => moveOn(world)),
    whenever(world, DRAINS, () => drain(world)),
  ]);
}

/**
 * Works at the start, whenever something changes under a key, and when the work itself says that more is
 * due (epoch milliseconds).
 */
async function whenever(world: Background, key: Key, work: () => Promise<number | undefined>): Promise<void> {
  const { store, clock, signal, log } = world;
  let end = world.begin();
  while (!signal.aborted) {
    const stop = new AbortController();
    try {
      const news = store.watch(key, stop.signal);
      const dueMs = await work();
      if (dueMs === undefined || dueMs > clock.now()) {
        end();
        end = await nextTurn(world, news, dueMs);
      }
    } catch (error) {
      if (signal.aborted) break;
      log.error("background work of sqs failed, and is tried again", { error });
      end();
      end = await nextTurn(world, new Promise(() => {}), clock.now() + PAUSE_MS);
    } finally {
      stop.abort();
    }
  }
  end();
}

/** Waits for news or a moment; counts as work from then on, and gives what ends it. */
function nextTurn(world: Background, news: Promise<void>, dueMs: number | undefined): Promise<() => void> {
  const { clock, signal } = world;
  return new Promise((resolve) => {
    let waiting = true;
    const wake = () => {
      if (!waiting) return;
      waiting = false;
      timer?.cancel();
      signal.removeEventListener("abort", wake);
      resolve(world.begin());
    };
    const timer = dueMs === undefined ? undefined : clock.at(dueMs, wake);
    if (signal.aborted) wake();
    signal.addEventListener("abort", wake);
    news.then(wake, wake);
  });
}

/** Removes a piece of what was left behind; due again at once until nothing is left. */
async function drain({ store }: Background): Promise<number | undefined> {
  const more = await store.transact(async (tx) => {
    for await (const [marker] of tx.range({ prefix: DRAINS }, { limit: 1 })) {
      let removed = 0;
      const prefix = marker.slice(DRAINS.length);
      for await (const [key] of tx.range({ prefix }, { limit: REMOVED_AT_ONCE })) {
        tx.delete(key);
        removed++;
      }
      if (removed < REMOVED_AT_ONCE) tx.delete(marker);
      return true;
    }
    return false;
  });
  return more ? 0 : undefined;
}
