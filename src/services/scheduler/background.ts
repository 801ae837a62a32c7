import { whenever } from "../../store/whenever.ts";
import type { Background } from "../define.ts";
import { runDue } from "./due.ts";
import { invoke } from "./invoke.ts";
import { invocations } from "./outbox.ts";
import { DELETING, DUE, firstDeleting, removeSchedule, schedulesAfter } from "./records.ts";

/** Schedules removed in one transaction: others get their turn in between. */
const REMOVED_AT_ONCE = 200;

/** What goes on between calls: occurrences, invocations, and the deletion of groups. */
export async function background(world: Background): Promise<void> {
  await Promise.all([
    whenever(world, DUE, () => runDue(world)),
    invocations.run(world, (job) => invoke(world, job)),
    whenever(world, DELETING, () => deleteGroups(world)),
  ]);
}

/** Deletes some schedules of a group that is being deleted, and the group behind the last of them. */
async function deleteGroups({ store }: Background): Promise<number | undefined> {
  const more = await store.transact(async (tx) => {
    const deleting = await firstDeleting(tx);
    if (!deleting) return false;
    let removed = 0;
    for await (const schedule of schedulesAfter(tx, deleting.of, deleting.of.group, undefined)) {
      if (removed++ === REMOVED_AT_ONCE) return true;
      removeSchedule(tx, schedule);
    }
    deleting.forget();
    return true;
  });
  return more ? 0 : undefined;
}
