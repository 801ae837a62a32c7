import { whenever } from "../../store/whenever.ts";
import type { Background } from "../define.ts";
import { moveOn } from "./moving.ts";
import { ACTIVE_TASKS, DRAINS } from "./records.ts";

/** Keys removed in one transaction: others get their turn in between. */
const REMOVED_AT_ONCE = 500;

/** What goes on between calls: message move tasks, and the emptying of what was purged or deleted. */
export async function background(world: Background): Promise<void> {
  await Promise.all([
    whenever(world, ACTIVE_TASKS, () => moveOn(world)),
    whenever(world, DRAINS, () => drain(world)),
  ]);
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
