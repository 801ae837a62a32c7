import { encodeKey } from "../../../store/keys.ts";
import type { Key, Store } from "../../../store/store.ts";
import { placePrefix } from "../records.ts";
import { keptItem } from "../values/kept.ts";
import type { Item } from "../values/value.ts";
import { type PastRecord, pastPrefix, pastSince } from "./past.ts";

/**
 * The moment to go back to: a time, or an entry of the past, all after which is undone (undefined: all of
 * it).
 */
export type Since = { readonly atMs: number } | { readonly after: Key | undefined };

/** Items read in one transaction. */
const AT_ONCE = 200;

/**
 * A table's items as they were at a moment, in pieces, while others go on writing: what was changed since
 * is undone from the table's past. Each piece is read in one transaction with what the past has gained
 * since the last, so an item is taken either as it lies there, or as it was before its first change.
 */
export async function* snapshotOf(store: Store, tableNumber: number, since: Since): AsyncGenerator<Item[]> {
  const undone = new Map<string, Item | undefined>();
  let seen: Key | undefined;
  let cursor: Key | undefined;
  for (let isLast = false; !isLast; ) {
    const page = await readPage(store, tableNumber, since, seen, cursor);
    seen = page.seen;
    for (const { place, before } of page.past) {
      const id = encodeKey(place as Key);
      if (undone.has(id)) continue;
      // What lies behind the cursor has been given out already, as it was.
      const isGiven = cursor !== undefined && id <= encodeKey(cursor);
      undone.set(id, isGiven ? undefined : before);
    }
    yield page.items.filter(([place]) => !undone.has(encodeKey(place))).map(([, item]) => item);
    cursor = page.items.at(-1)?.[0] ?? cursor;
    isLast = page.items.length < AT_ONCE;
  }
  let piece: Item[] = [];
  for (const item of undone.values()) {
    if (item) piece.push(item);
    if (piece.length < AT_ONCE) continue;
    yield piece;
    piece = [];
  }
  yield piece;
}

interface Page {
  readonly past: readonly PastRecord[];
  readonly seen: Key | undefined;
  readonly items: readonly (readonly [Key, Item])[];
}

function readPage(
  store: Store,
  tableNumber: number,
  since: Since,
  seen: Key | undefined,
  cursor: Key | undefined,
): Promise<Page> {
  return store.transact(async (tx) => {
    const past: PastRecord[] = [];
    let last = seen;
    for await (const [key, value] of tx.range(pastRange(tableNumber, since, seen))) {
      const record = value as unknown as PastRecord;
      if (!("atMs" in since) || record.atMs > since.atMs) past.push(record);
      last = key;
    }
    const items: (readonly [Key, Item])[] = [];
    const prefix = placePrefix(tableNumber, 0);
    for await (const [key, stored] of tx.range(cursor ? { prefix, gt: cursor } : { prefix })) {
      items.push([key, keptItem(stored).item]);
      if (items.length === AT_ONCE) break;
    }
    return { past, seen: last, items };
  });
}

function pastRange(tableNumber: number, since: Since, seen: Key | undefined) {
  const prefix = pastPrefix(tableNumber);
  if (seen) return { prefix, gt: seen };
  if ("atMs" in since) return { prefix, gte: pastSince(tableNumber, since.atMs) };
  return since.after ? { prefix, gt: since.after } : { prefix };
}
