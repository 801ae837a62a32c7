import type { Key, Transaction } from "../../../store/store.ts";
import type { ExpiryRecord, TableRecord } from "../records.ts";
import { attributeOf, type Item } from "../values/value.ts";
import { dropDue, setDue } from "./due.ts";

/** What expired longer ago than this is taken for a mistake and kept. */
const TOO_OLD_MS = 5 * 365 * 86_400_000;
/** Later moments no clock can name. */
const LATEST_MS = 8.64e15;
/** Parts of an item's key before those that name the item within its table: root, kind and table. */
const TABLE_PARTS = 3;

/**
 * When an item expires, in epoch milliseconds, or undefined when it does not: the attribute is absent, no
 * number, or names a moment more than five years ago.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html
 */
export function expiresAtMs(item: Item | undefined, expiry: ExpiryRecord, nowMs: number): number | undefined {
  const text = item && attributeOf(item, expiry.attribute)?.N;
  if (text === undefined) return undefined;
  const atMs = Number(text) * 1000;
  return atMs >= nowMs - TOO_OLD_MS && atMs <= LATEST_MS ? atMs : undefined;
}

/** One item's change, as its expiry sees it. */
export interface ExpiryChange {
  readonly place: Key;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly nowMs: number;
}

/** Keeps what is due in step with an item, in the transaction that writes it. */
export function moveExpiry(
  tx: Transaction,
  record: TableRecord,
  expiry: ExpiryRecord,
  { place, before, after, nowMs }: ExpiryChange,
): void {
  // An expiry that was five years old lies in no index; removing what is not there does no harm.
  const fromMs = expiresAtMs(before, expiry, Number.NEGATIVE_INFINITY);
  const toMs = expiresAtMs(after, expiry, nowMs);
  if (fromMs === toMs) return;
  const id = expiryId(record.number, place);
  if (fromMs !== undefined) dropDue(tx, fromMs, "item", id);
  if (toMs !== undefined) setDue(tx, toMs, "item", id, [record.account, record.region, record.name]);
}

/** Notes an item that was there before its table had an expiry. */
export function noteExpiry(
  tx: Transaction,
  record: TableRecord,
  expiry: ExpiryRecord,
  place: Key,
  item: Item,
  nowMs: number,
): void {
  moveExpiry(tx, record, expiry, { place, before: undefined, after: item, nowMs });
}

function expiryId(table: number, place: Key) {
  return [table, ...place.slice(TABLE_PARTS)];
}
