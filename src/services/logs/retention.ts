import { whenever } from "../../store/whenever.ts";
import type { Background } from "../define.ts";
import { BUCKET_MS, bucketOf, firstGone, GONE, oldestBucket, removeBlocks, removeGone } from "./blocks.ts";
import { expiryOf } from "./reading.ts";
import { addBytes, RETAINED, readGroup, retainedGroups } from "./records.ts";

const DAY_MS = 86_400_000;
/** Events go a while after nobody sees them any more, so that many go at once. */
const SLACK_MS = 60_000;
/** Blocks removed in one transaction: others get their turn in between. */
const REMOVED_AT_ONCE = 200;

/** Events that have expired are removed, and those of groups and streams that were deleted. */
export async function trimming(world: Background): Promise<void> {
  await Promise.all([
    whenever(world, RETAINED, () => trim(world)),
    whenever(world, GONE, () => drain(world)),
  ]);
}

/** Removes a piece of what has expired in each group; gives when more is due. */
async function trim({ store, clock }: Background): Promise<number | undefined> {
  const names = await store.transact(async (tx) => {
    const all = [];
    for await (const name of retainedGroups(tx)) all.push(name);
    return all;
  });
  let nextMs: number | undefined;
  for (const name of names) {
    const dueMs = await store.transact(async (tx) => {
      const group = await readGroup(tx, name);
      if (group?.retentionDays === undefined) return undefined;
      const nowMs = clock.now();
      const { number, retentionDays } = group;
      const { bytes, isAll } = await removeBlocks(
        tx,
        number,
        bucketOf(expiryOf(group, nowMs)),
        REMOVED_AT_ONCE,
      );
      if (bytes > 0) addBytes(tx, number, -bytes);
      if (!isAll) return 0;
      const oldest = await oldestBucket(tx, number);
      // What comes into an empty group is not due before a day has passed, or nobody sees it.
      if (oldest === undefined) return nowMs + DAY_MS;
      return (oldest + 1) * BUCKET_MS + retentionDays * DAY_MS + SLACK_MS;
    });
    if (dueMs !== undefined) nextMs = Math.min(nextMs ?? dueMs, dueMs);
  }
  return nextMs;
}

async function drain({ store }: Background): Promise<number | undefined> {
  const isMore = await store.transact(async (tx) => {
    const gone = await firstGone(tx);
    if (!gone) return false;
    const bytes = await removeGone(tx, gone, REMOVED_AT_ONCE);
    // A group's own count went with it.
    if (gone.length > 1 && bytes > 0) addBytes(tx, gone[0] ?? 0, -bytes);
    return true;
  });
  return isMore ? 0 : undefined;
}
