import type { Background } from "../define.ts";
import { drainOnce, expireArchived, oldestArchivedMs, retainedArchives } from "./records.ts";

const DAY_MS = 86_400_000;
const REMOVED_AT_ONCE = 200;

/** Removes the events that archives keep no longer, and gives when the next one goes. */
export async function expireArchives({ store, clock }: Background): Promise<number | undefined> {
  const nowMs = clock.now();
  const archives = await store.transact(async (tx) => {
    const found: { readonly id: string; readonly keptMs: number }[] = [];
    for await (const { id, retentionDays } of retainedArchives(tx)) {
      found.push({ id, keptMs: retentionDays * DAY_MS });
    }
    return found;
  });
  let nextMs: number | undefined;
  for (const { id, keptMs } of archives) {
    const oldestMs = await store.transact(async (tx) => {
      await expireArchived(tx, id, nowMs - keptMs, REMOVED_AT_ONCE);
      return oldestArchivedMs(tx, id);
    });
    // Whatever comes from now on goes after that time.
    const dueMs = (oldestMs ?? nowMs) + keptMs;
    nextMs = Math.min(nextMs ?? dueMs, dueMs);
  }
  return nextMs;
}

/** Removes a piece of what deleted archives left; due again at once until nothing is left. */
export async function drain({ store }: Background): Promise<number | undefined> {
  return (await store.transact((tx) => drainOnce(tx, REMOVED_AT_ONCE))) ? 0 : undefined;
}
