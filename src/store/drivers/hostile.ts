import { setImmediate } from "node:timers";
import type { Key, KeyRange, RangeOptions, Store, Transaction, Value } from "../store.ts";

/** How often each annoyance happens, of 1. */
const THROWS_AWAY = 0.25;
const DELAYS = 0.3;
const WAKES_FOR_NOTHING = 0.1;
const LONGEST_DELAY_TURNS = 3;

/**
 * A store that does all that the interface allows and a kind one seldom does: bodies run several times
 * and their results are thrown away, reads take their time, so that others commit in between and bodies
 * conflict, watchers wake for nothing, and
 * values are frozen. A service that is right on this one is right on any.
 *
 * `chance` gives numbers in [0, 1), such as `Ids.fraction` of a pinned source.
 */
export function createHostileStore(store: Store, chance: () => number): Store {
  const underWay = new Set<Promise<unknown>>();
  let closed = false;
  const runSeveralTimes = async <T>(body: (tx: Transaction) => Promise<T>): Promise<T> => {
    while (!closed && chance() < THROWS_AWAY) await runInVain(store, (tx) => body(hinder(tx, chance)));
    return store.transact((tx) => body(hinder(tx, chance)));
  };
  return {
    async transact(body) {
      if (closed) return store.transact(body);
      const running = runSeveralTimes(body);
      underWay.add(running);
      try {
        return await running;
      } finally {
        underWay.delete(running);
      }
    },
    watch(prefix, signal) {
      return chance() < WAKES_FOR_NOTHING ? turn() : store.watch(prefix, signal);
    },
    clear: () => store.clear(),
    async close() {
      closed = true;
      await Promise.allSettled(underWay);
      await store.close();
    },
  };
}

class ThrownAway extends Error {}

/** Whether the body ends well or throws, it was not the run that counts. */
async function runInVain(store: Store, body: (tx: Transaction) => Promise<unknown>): Promise<void> {
  const run = async (tx: Transaction) => {
    await body(tx).catch(() => {});
    throw new ThrownAway();
  };
  await store.transact(run).catch((error: unknown) => {
    if (!(error instanceof ThrownAway)) throw error;
  });
}

function hinder(tx: Transaction, chance: () => number): Transaction {
  const dawdle = async () => {
    if (chance() >= DELAYS) return;
    for (let turns = Math.ceil(chance() * LONGEST_DELAY_TURNS); turns > 0; turns--) await turn();
  };
  return {
    async get(key) {
      await dawdle();
      const value = await tx.get(key);
      await dawdle();
      return frozen(value);
    },
    range: (range, options) => slowly(tx, range, options, dawdle),
    set: (key, value) => tx.set(key, value),
    delete: (key: Key) => tx.delete(key),
    clear: (range) => tx.clear(range),
    add: (key, delta) => tx.add(key, delta),
    append: (prefix, value) => tx.append(prefix, value),
  };
}

async function* slowly(
  tx: Transaction,
  range: KeyRange,
  options: RangeOptions | undefined,
  dawdle: () => Promise<void>,
) {
  await dawdle();
  for await (const entry of tx.range(range, options)) {
    frozen(entry[1]);
    yield entry;
    await dawdle();
  }
}

/** Values are the store's own: whoever changes one meets a TypeError here. */
function frozen<T extends Value | undefined>(value: T): T {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
