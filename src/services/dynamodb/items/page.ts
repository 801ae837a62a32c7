import type { KeyRange, Transaction } from "../../../store/store.ts";
import type { ReadyCondition } from "../expressions/expressions.ts";
import type { Index, Table } from "../tables/catalog.ts";
import { type KeptItem, keptItem } from "../values/kept.ts";
import { type AttributeValue, attributeOf, type Item, setAttribute } from "../values/value.ts";
import { readItem } from "./access.ts";

/** What one answer of a Query or Scan reads at most. */
export const PAGE_BYTES = 1024 * 1024;

export interface PageRequest {
  readonly table: Table;
  readonly index?: Index | undefined;
  readonly range: KeyRange;
  readonly reverse: boolean;
  readonly limit: number | undefined;
  /** Whether each entry's whole item is fetched from the table. */
  readonly fetches: boolean;
  readonly filter?: ReadyCondition | undefined;
}

export interface Page {
  /** Those that the filter lets through. */
  readonly items: readonly KeptItem[];
  readonly scanned: number;
  /** Bytes read from the table or index, and the sizes of items fetched from the table besides. */
  readonly bytes: number;
  readonly fetchedBytes: readonly number[];
  /** Where the next page begins, when the page ended before the range was known to. */
  readonly lastKey?: Item;
}

/** Reads entries until the limit or 1 MB is reached. */
export async function readPage(tx: Transaction, request: PageRequest): Promise<Page> {
  const { table, index, range, reverse, limit = Number.POSITIVE_INFINITY, filter } = request;
  const items: KeptItem[] = [];
  const fetchedBytes: number[] = [];
  let scanned = 0;
  let bytes = 0;
  for await (const [, stored] of tx.range(range, { reverse, limit, keys: false })) {
    const entry = keptItem(stored);
    let kept = entry;
    bytes += entry.sizeBytes;
    scanned++;
    if (request.fetches) {
      kept = (await readItem(tx, table, entry.item)) ?? entry;
      fetchedBytes.push(kept.sizeBytes);
    }
    if (!filter || filter.holds(kept.item)) items.push(kept);
    if (scanned === limit || bytes >= PAGE_BYTES) {
      const lastKey = startKeyOf(index?.keyNames ?? table.keyNames, entry.item);
      return { items, scanned, bytes, fetchedBytes, lastKey };
    }
  }
  return { items, scanned, bytes, fetchedBytes };
}

function startKeyOf(names: readonly string[], entry: Item): Item {
  const key: Record<string, AttributeValue> = {};
  for (const name of names) {
    const value = attributeOf(entry, name);
    if (value !== undefined) setAttribute(key, name, value);
  }
  return key;
}
