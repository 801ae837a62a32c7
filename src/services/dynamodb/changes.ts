import type { Key, Transaction, Value } from "../../store/store.ts";
import type { Table } from "./tables/catalog.ts";
import type { Item } from "./values/value.ts";

/** Who changed an item: a request, or the service itself, removing what has expired. */
export type Actor = "request" | "expiry" | "replication";

/** One change of one item. */
export interface ItemChange {
  readonly key: Item;
  readonly oldImage: Item | undefined;
  readonly newImage: Item | undefined;
  readonly actor: Actor;
  readonly nowMs: number;
}

/** A change as the log keeps it. */
export interface ChangeRecord {
  readonly v: 1;
  readonly key: Item;
  readonly old?: Item;
  readonly new?: Item;
  readonly actor: Actor;
  readonly atMs: number;
}

/** A table's changes lie under this, in the order of their commits. */
export function changeLog(tableNumber: number): Key {
  return ["ddb", "log", tableNumber];
}

/**
 * Appends a change to the table's log, in the transaction that makes the change: for its stream and for
 * point-in-time recovery. A table that has neither keeps no log.
 */
export function recordChange(tx: Transaction, table: Table, change: ItemChange): void {
  const { stream, recovery } = table.record;
  if (!stream?.enabled && !recovery) return;
  const { key, oldImage, newImage, actor, nowMs } = change;
  const record: ChangeRecord = {
    v: 1,
    key,
    ...(oldImage ? { old: oldImage } : {}),
    ...(newImage ? { new: newImage } : {}),
    actor,
    atMs: nowMs,
  };
  tx.append(changeLog(table.number), record as unknown as Value);
}
