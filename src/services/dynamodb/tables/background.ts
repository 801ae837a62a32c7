import type { Log } from "../../../kernel/log.ts";
import type { Store } from "../../../store/store.ts";
import { firstDoomed, removeSome } from "../records.ts";

export interface Platform {
  readonly store: Store;
  readonly log: Log;
}

/** Entries removed in one transaction: others wait for no more than that. */
const REMOVED_AT_ONCE = 500;

const underWay = new WeakMap<Store, Set<string>>();

/**
 * Runs `work` beside the requests, once at a time for each name. It ends when the platform does, and is
 * taken up again by the first request that finds it unfinished: what is to be done is in the store.
 */
export function inBackground({ store, log }: Platform, name: string, work: () => Promise<void>): void {
  const names = underWay.get(store) ?? new Set<string>();
  underWay.set(store, names);
  if (names.has(name)) return;
  names.add(name);
  work()
    .catch((error: unknown) => log.debug(`${name} was given up`, { error }))
    .finally(() => names.delete(name));
}

/** Removes what deleted tables and indexes held. */
export function removeDoomed(platform: Platform): void {
  inBackground(platform, "removing what deleted tables held", async () => {
    while (await removeNext(platform.store));
  });
}

function removeNext(store: Store): Promise<boolean> {
  return store.transact(async (tx) => {
    const doomed = await firstDoomed(tx);
    if (doomed) await removeSome(tx, doomed, REMOVED_AT_ONCE);
    return doomed !== undefined;
  });
}
