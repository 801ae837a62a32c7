import type { Store } from "../../../store/store.ts";
import type { Background } from "../../define.ts";
import { firstDoomed, removeSome, WORK_PREFIX } from "../records.ts";
import { fillNext } from "./backfill.ts";

/** Entries removed in one transaction: others wait for no more than that. */
const REMOVED_AT_ONCE = 500;

/**
 * What tables have to do between calls: removing what deleted tables and indexes held, and adding older
 * items to new indexes. All of it is noted in the store, so that a restart takes it up again.
 */
export async function workOnTables(background: Background): Promise<void> {
  const { store, signal } = background;
  while (!signal.aborted) {
    const noted = store.watch(WORK_PREFIX, signal);
    const end = background.begin();
    try {
      while (!signal.aborted && (await fillNext(background))) await turnsOfOthers(background);
      while (!signal.aborted && (await removeNext(store))) await turnsOfOthers(background);
    } finally {
      end();
    }
    await noted;
  }
}

/** Requests that wait go first. */
function turnsOfOthers({ store }: Background): Promise<void> {
  return store.transact(async () => {});
}

function removeNext(store: Store): Promise<boolean> {
  return store.transact(async (tx) => {
    const doomed = await firstDoomed(tx);
    if (doomed) await removeSome(tx, doomed, REMOVED_AT_ONCE);
    return doomed !== undefined;
  });
}
