import { Fault } from "../../kernel/faults.ts";
import type { Store, Transaction } from "../../store/store.ts";

/** Work in a transaction that is shared with others: what it refuses it refuses before it writes anything. */
export type Turn<World, Result> = (tx: Transaction, world: World) => Promise<Result>;

interface Waiting {
  readonly turn: Turn<never, unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Requests that share one transaction. */
const MOST_TOGETHER = 64;

/** By what they contend for: those that wait while a transaction is under way. */
const byStore = new WeakMap<Store, Map<string, Waiting[]>>();

/**
 * Has requests that contend for the same counter take turns within one transaction, rather than undo each
 * other's: who comes while one is under way goes with the next. `open` reads what all of them need.
 */
export function takeTurn<World, Result>(
  store: Store,
  place: string,
  open: (tx: Transaction) => Promise<World>,
  turn: Turn<World, Result>,
): Promise<Result> {
  const places = byStore.get(store) ?? new Map<string, Waiting[]>();
  byStore.set(store, places);
  return new Promise<Result>((resolve, reject) => {
    const one = { turn, resolve, reject } as Waiting;
    const line = places.get(place);
    if (line) return void line.push(one);
    places.set(place, [one]);
    void goOn(store, places, place, open as (tx: Transaction) => Promise<never>);
  });
}

async function goOn(
  store: Store,
  places: Map<string, Waiting[]>,
  place: string,
  open: (tx: Transaction) => Promise<never>,
): Promise<void> {
  const line = places.get(place) ?? [];
  while (line.length > 0) {
    const group = line.splice(0, MOST_TOGETHER);
    try {
      const ends = await store.transact(async (tx) => {
        const world = await open(tx);
        const ends: (() => void)[] = [];
        for (const one of group) ends.push(await endOf(one, tx, world));
        return ends;
      });
      for (const end of ends) end();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
  places.delete(place);
}

/** Takes one turn; a refusal is its own affair. */
async function endOf({ turn, resolve, reject }: Waiting, tx: Transaction, world: never): Promise<() => void> {
  try {
    const result = await turn(tx, world);
    return () => resolve(result as never);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return () => reject(error);
  }
}
