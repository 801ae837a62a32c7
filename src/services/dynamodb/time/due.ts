import type { Key, KeyPart, Transaction, Value } from "../../../store/store.ts";

/**
 * What happens at a moment of the clock: an item expires; a piece of a table is searched for items that do; a
 * slot of a stream, or a day of a table's past, is dropped; a replica's deletion is forgotten.
 */
export type DueKind = "deletion" | "fill" | "item" | "past" | "stream";

export interface Due {
  readonly key: Key;
  readonly atMs: number;
  readonly kind: DueKind;
  /** What tells it from others of its kind at the same moment. */
  readonly id: readonly KeyPart[];
  readonly value: Value;
}

/** All that is due lies under this, in the order of its time. */
export const DUE_PREFIX: Key = ["ddb", "due"];

export function setDue(
  tx: Transaction,
  atMs: number,
  kind: DueKind,
  id: readonly KeyPart[],
  value: Value,
): void {
  tx.set([...DUE_PREFIX, atMs, kind, ...id], value);
}

export function dropDue(tx: Transaction, atMs: number, kind: DueKind, id: readonly KeyPart[]): void {
  tx.delete([...DUE_PREFIX, atMs, kind, ...id]);
}

/** The first `limit` of what is or will be due, whatever its time. */
export async function firstDue(tx: Transaction, limit: number): Promise<Due[]> {
  const found: Due[] = [];
  for await (const [key, value] of tx.range({ prefix: DUE_PREFIX }, { limit })) {
    const [, , atMs, kind, ...id] = key;
    found.push({ key, atMs: Number(atMs), kind: String(kind) as DueKind, id, value });
  }
  return found;
}
