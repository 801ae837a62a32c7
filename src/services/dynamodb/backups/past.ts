import { encodeKey } from "../../../store/keys.ts";
import type { Key, Store, Transaction, Value } from "../../../store/store.ts";
import type { Background } from "../../define.ts";
import { getItemAt } from "../records.ts";
import { findTable } from "../tables/catalog.ts";
import { type Due, setDue } from "../time/due.ts";
import type { Item } from "../values/value.ts";

/** What an item was before a change: enough to undo it. */
export interface PastRecord {
  readonly v: 1;
  /** The item's key in the store. */
  readonly place: readonly Value[];
  /** Absent when there was no item. */
  readonly before?: Item;
  readonly atMs: number;
}

const DAY_MS = 86_400_000;

/** All of a table's past, day by day, each in the order of its commits. */
export function pastPrefix(tableNumber: number): Key {
  return ["ddb", "past", tableNumber];
}

/** Where the changes after a moment begin to lie. */
export function pastSince(tableNumber: number, atMs: number): Key {
  return [...pastPrefix(tableNumber), dayOf(atMs)];
}

export function recordPast(
  tx: Transaction,
  tableNumber: number,
  place: Key,
  before: Item | undefined,
  atMs: number,
): void {
  const record: PastRecord = {
    v: 1,
    place: place as readonly Value[],
    ...(before ? { before } : {}),
    atMs,
  };
  tx.append([...pastPrefix(tableNumber), dayOf(atMs)], record as unknown as Value);
}

/** The last entry of a table's past, or undefined when there is none. */
export async function lastOfPast(tx: Transaction, tableNumber: number): Promise<Key | undefined> {
  for await (const [key] of tx.range({ prefix: pastPrefix(tableNumber) }, { limit: 1, reverse: true }))
    return key;
  return undefined;
}

/** Has the day of `nowMs` dropped when it lies `days` back, and the days after it in their turn. */
export function schedulePast(
  tx: Transaction,
  { account, region, name, number }: { account: string; region: string; name: string; number: number },
  nowMs: number,
  days: number,
): void {
  const day = dayOf(nowMs);
  setDue(tx, (day + 1 + days) * DAY_MS, "past", [number, day], [account, region, name]);
}

/** Drops a day of a table's past; the next one's turn comes as long as anyone may ask for it. */
export async function trimPast(tx: Transaction, { id, value }: Due, { store }: Background): Promise<void> {
  const [account, region, name] = value as readonly [string, string, string];
  const [number, day] = id.map(Number) as [number, number];
  tx.clear({ prefix: [...pastPrefix(number), day] });
  const table = await findTable(tx, store, { account, region }, name);
  const recovery = table?.number === number ? table.record.recovery : undefined;
  if (recovery) schedulePast(tx, { account, region, name, number }, (day + 1) * DAY_MS, recovery.days);
  else tx.clear({ prefix: pastPrefix(number) });
}

function dayOf(atMs: number): number {
  return Math.floor(atMs / DAY_MS);
}

/** What became of an item between two moments. */
export interface NetChange {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  /** When it changed last within them. */
  readonly atMs: number;
}

/** The items that changed in (fromMs, toMs], each with what it was and what it had become. */
export function pastChanges(
  store: Store,
  tableNumber: number,
  fromMs: number,
  toMs: number,
): Promise<NetChange[]> {
  return store.transact(async (tx) => {
    const changes = new Map<string, { place: Key; change: NetChange; isSettled: boolean }>();
    const range = { prefix: pastPrefix(tableNumber), gte: pastSince(tableNumber, fromMs) };
    for await (const [, value] of tx.range(range)) {
      const { place, before, atMs } = value as unknown as PastRecord;
      const id = encodeKey(place as Key);
      const known = changes.get(id);
      if (atMs > toMs) {
        // The first change after the window tells what the last one within it left.
        if (known && !known.isSettled) {
          changes.set(id, { ...known, change: { ...known.change, after: before }, isSettled: true });
        }
      } else if (atMs > fromMs) {
        const change = { before: known ? known.change.before : before, after: undefined, atMs };
        changes.set(id, { place: place as Key, change, isSettled: false });
      }
    }
    const found: NetChange[] = [];
    for (const { place, change, isSettled } of changes.values()) {
      found.push(isSettled ? change : { ...change, after: (await getItemAt(tx, place))?.item });
    }
    return found;
  });
}
