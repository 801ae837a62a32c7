import { type EncodedKey, encodeKey, encodeRange } from "../../../store/keys.ts";
import type { Key, KeyRange, RangeOptions, Transaction, Value } from "../../../store/store.ts";
import type { Context } from "../../define.ts";
import { getItemAt, recentPrefix } from "../records.ts";
import type { Index, Table } from "../tables/catalog.ts";
import type { Item } from "../values/value.ts";
import { entryPlaceOf, projectedItem } from "./places.ts";

/** What an item was before a change of late; absent when there was none. */
interface RecentRecord {
  readonly v: 1;
  readonly place: readonly Value[];
  readonly before?: Item;
}

/** Notes a change, for reads that lag behind it, and forgets those that no read lags behind any more. */
export function recordRecent(
  tx: Transaction,
  { number }: Table,
  place: Key,
  before: Item | undefined,
  nowMs: number,
  lagMs: number,
): void {
  const prefix = recentPrefix(number);
  const record: RecentRecord = {
    v: 1,
    place: place as readonly Value[],
    ...(before ? { before } : {}),
  };
  tx.clear({ prefix, lt: [...prefix, nowMs - lagMs] });
  tx.set([...prefix, nowMs, ...place], record as unknown as Value);
}

/**
 * A transaction that reads a table and its indexes as they were some time ago, where the platform is to lag
 * and the read need not be consistent: code that relies on reading at once what it wrote then fails here
 * too. Without a lag it is the transaction itself.
 */
export async function laggingReads(
  tx: Transaction,
  { lagMs, clock }: Pick<Context, "lagMs" | "clock">,
  table: Table,
  isConsistent: boolean,
): Promise<Transaction> {
  if (lagMs === 0 || isConsistent) return tx;
  const then = new Map<EncodedKey, Then>();
  const prefix = recentPrefix(table.number);
  for await (const [, value] of tx.range({ prefix, gt: [...prefix, clock.now() - lagMs, true] })) {
    const { place, before } = value as unknown as RecentRecord;
    const key = place as Key;
    // The first change since then tells what the item was.
    if (then.has(encodeKey(key))) continue;
    const now = (await getItemAt(tx, key))?.item;
    then.set(encodeKey(key), { key, value: before });
    for (const index of table.indexes) undoEntry(then, table, index, now, before);
  }
  return then.size === 0 ? tx : new LaggingReads(tx, then);
}

/** What lay under a key; nothing where `value` is undefined. */
interface Then {
  readonly key: Key;
  readonly value: Item | undefined;
}

function undoEntry(
  then: Map<EncodedKey, Then>,
  table: Table,
  index: Index,
  now: Item | undefined,
  before: Item | undefined,
): void {
  const key = now && entryPlaceOf(table, index, now);
  if (key) then.set(encodeKey(key), { key, value: undefined });
  const old = before && entryPlaceOf(table, index, before);
  if (old) then.set(encodeKey(old), { key: old, value: projectedItem(index, before) });
}

/** Lays what was over what is. It is for reading only. */
class LaggingReads implements Transaction {
  readonly #tx: Transaction;
  readonly #then: ReadonlyMap<EncodedKey, Then>;

  constructor(tx: Transaction, then: ReadonlyMap<EncodedKey, Then>) {
    this.#tx = tx;
    this.#then = then;
  }

  async get(key: Key): Promise<Value | undefined> {
    const then = this.#then.get(encodeKey(key));
    return then ? (then.value as unknown as Value | undefined) : this.#tx.get(key);
  }

  range(range: KeyRange, options: RangeOptions = {}): AsyncIterable<readonly [Key, Value]> {
    return { [Symbol.asyncIterator]: () => this.#iterate(range, options) };
  }

  async *#iterate(range: KeyRange, options: RangeOptions): AsyncGenerator<readonly [Key, Value]> {
    const { limit = Number.POSITIVE_INFINITY, reverse = false } = options;
    const { from, to } = encodeRange(range);
    const own = [...this.#then]
      .filter(([key]) => key >= from && key < to)
      .sort(([one], [other]) => (one < other === reverse ? 1 : -1));
    let left = limit;
    const isBefore = (one: EncodedKey, other: EncodedKey) => (reverse ? one > other : one < other);
    for await (const [key, value] of this.#tx.range(range, { reverse })) {
      const encoded = encodeKey(key);
      for (let next = own[0]; next && isBefore(next[0], encoded); next = own[0]) {
        own.shift();
        if (next[1].value && left-- > 0) yield [next[1].key, next[1].value as unknown as Value];
      }
      if (left <= 0) return;
      // What was under this very key comes in its turn: it is the first that is left of its own.
      if (this.#then.has(encoded)) continue;
      yield [key, value];
      if (--left <= 0) return;
    }
    for (const [, { key, value }] of own) if (value && left-- > 0) yield [key, value as unknown as Value];
  }

  set(key: Key, value: Value): void {
    this.#tx.set(key, value);
  }

  delete(key: Key): void {
    this.#tx.delete(key);
  }

  clear(range: KeyRange): void {
    this.#tx.clear(range);
  }

  add(key: Key, delta: bigint): void {
    this.#tx.add(key, delta);
  }

  append(prefix: Key, value: Value): { readonly key: Key } {
    return this.#tx.append(prefix, value);
  }
}
