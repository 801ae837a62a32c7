import type { Key, Transaction, Value } from "../../../store/store.ts";
import type { Background } from "../../define.ts";
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
