import type { Store } from "../../../store/store.ts";

/**
 * Items that a transaction under way is about to write, by the number of their table and their key. AWS
 * refuses whatever meets them, instead of having it wait. This is no truth: the store keeps transactions
 * apart in any case.
 */
const held = new WeakMap<Store, Map<string, symbol>>();

/** Whether another transaction than `by` holds the item. */
export function isHeld(store: Store, item: string, by?: symbol): boolean {
  const holder = held.get(store)?.get(item);
  return holder !== undefined && holder !== by;
}

/** Whether any transaction is under way: most of the time none is. */
export function anyHeld(store: Store): boolean {
  return (held.get(store)?.size ?? 0) > 0;
}

export function hold(store: Store, items: readonly string[], by: symbol): void {
  const holders = held.get(store) ?? new Map<string, symbol>();
  held.set(store, holders);
  for (const item of items) holders.set(item, by);
}

export function release(store: Store, items: readonly string[], by: symbol): void {
  const holders = held.get(store);
  for (const item of items) if (holders?.get(item) === by) holders.delete(item);
}
