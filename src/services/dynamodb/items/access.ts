import type { Key, Transaction } from "../../../store/store.ts";
import { recordChange, type Writer } from "../changes.ts";
import { fault } from "../faults.ts";
import {
  addTotals,
  collectionBytes,
  getItemAt,
  putCollectionBytes,
  putItemAt,
  removeItemAt,
  tableRecord,
} from "../records.ts";
import type { Actor } from "../streams/records.ts";
import { compileTable, type Index, type Table } from "../tables/catalog.ts";
import { equalValues } from "../values/compare.ts";
import type { KeptItem } from "../values/kept.ts";
import { keyPart } from "../values/keys.ts";
import { itemSize } from "../values/size.ts";
import { attributeOf, type Item } from "../values/value.ts";
import { type WrittenVector, writeVectors } from "../vectors/entries.ts";
import { entryPlaceOf, placeOf, projectedItem } from "./places.ts";

/** One item's change: what was read under its key, and what it becomes; absent where there is no item. */
export interface ItemWrite {
  readonly before: KeptItem | undefined;
  readonly after: Item | undefined;
  readonly actor: Actor;
  readonly nowMs: number;
  /** Of the request, where there is one. */
  readonly by: Writer;
}

/** What a write came to, in bytes; entries of indexes it did not touch are left out. */
export interface Written {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly entries: readonly WrittenEntry[];
  readonly vectors?: readonly WrittenVector[];
  /** Of the item's collection after the write, for tables with local indexes. */
  readonly collectionBytes?: number;
}

export interface WrittenEntry {
  readonly index: Index;
  /** Of the entry that was taken out, and of the one that was put in; 0 for none. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Whether the entry stayed in its place: then it counts as one write, not two. */
  readonly inPlace: boolean;
}

const MOST_COLLECTION_BYTES = 10 * 1024 ** 3;
const UNTOUCHED: readonly WrittenEntry[] = [];

/** The item under a key of canonical values. */
export function readItem(tx: Transaction, table: Table, key: Item): Promise<KeptItem | undefined> {
  return getItemAt(tx, placeOf(table, key));
}

/**
 * Writes an item, its entries in all indexes, the totals and the change log. Every write of an item passes
 * here. The item has been checked; `before` is what `readItem` gave in the same transaction.
 * Faults: ItemCollectionSizeLimitExceededException.
 */
export async function writeItem(tx: Transaction, table: Table, write: ItemWrite): Promise<Written> {
  const { before, after } = write;
  const item = after ?? before?.item;
  if (!item) return { bytesBefore: 0, bytesAfter: 0, entries: UNTOUCHED };
  const place = placeOf(table, item);
  const bytesBefore = before?.sizeBytes ?? 0;
  const bytesAfter = after ? itemSize(after) : 0;
  if (after) putItemAt(tx, place, after, bytesAfter);
  else removeItemAt(tx, place);
  addTotals(tx, table.number, 0, change(bytesBefore, bytesAfter));
  const entries = table.indexes.length === 0 ? UNTOUCHED : await writeEntries(tx, table, write);
  recordChange(tx, table, { ...write, place });
  if (table.record.group?.consistency === "STRONG") await writeToReplicas(tx, table, write);
  const vectors = await writeVectors(tx, table, before, after);
  const written = { bytesBefore, bytesAfter, entries, ...(vectors.length > 0 ? { vectors } : {}) };
  if (!table.hasLocals) return written;
  return { ...written, collectionBytes: await growCollection(tx, table, item, written) };
}

/** A strong group's replicas hold the same at every moment. */
async function writeToReplicas(tx: Transaction, { record }: Table, write: ItemWrite): Promise<void> {
  if (write.actor === "replication") return;
  for (const { region } of record.group?.others ?? []) {
    const replica = await tableRecord(tx, { account: record.account, region }, record.name);
    if (replica) await writeItem(tx, compileTable(replica), { ...write, actor: "replication" });
  }
}

function change(bytesBefore: number, bytesAfter: number): { items: number; bytes: number } {
  const items = (bytesAfter > 0 ? 1 : 0) - (bytesBefore > 0 ? 1 : 0);
  return { items, bytes: bytesAfter - bytesBefore };
}

async function writeEntries(tx: Transaction, table: Table, write: ItemWrite): Promise<WrittenEntry[]> {
  const entries: WrittenEntry[] = [];
  for (const index of table.indexes) {
    const entry = await writeEntry(tx, table, index, write);
    if (entry) entries.push(entry);
  }
  return entries;
}

async function writeEntry(
  tx: Transaction,
  table: Table,
  index: Index,
  { before, after }: ItemWrite,
): Promise<WrittenEntry | undefined> {
  const from = before && entryPlaceOf(table, index, before.item);
  const to = after && entryPlaceOf(table, index, after);
  if (!from && !to) return undefined;
  let old = from && before ? projectedItem(index, before.item) : undefined;
  // An item that was there before its index may not be in it yet.
  if (from && index.state === "backfilling") old = (await getItemAt(tx, from))?.item;
  const fresh = to && after ? projectedItem(index, after) : undefined;
  const inPlace = from !== undefined && to !== undefined && samePlace(from, to);
  if (inPlace && old && fresh && equalValues({ M: { ...old } }, { M: { ...fresh } })) return undefined;
  if (from && !inPlace) removeItemAt(tx, from);
  const bytesBefore = old ? itemSize(old) : 0;
  const bytesAfter = fresh ? itemSize(fresh) : 0;
  if (to && fresh) putItemAt(tx, to, fresh, bytesAfter);
  addTotals(tx, table.number, index.number, change(bytesBefore, bytesAfter));
  return { index, bytesBefore, bytesAfter, inPlace };
}

/** Adds an item that was there before the index to it, unless it is in it already. */
export async function addEntry(tx: Transaction, table: Table, index: Index, item: Item): Promise<void> {
  const place = entryPlaceOf(table, index, item);
  if (!place || (await getItemAt(tx, place))) return;
  const entry = projectedItem(index, item);
  const sizeBytes = itemSize(entry);
  putItemAt(tx, place, entry, sizeBytes);
  addTotals(tx, table.number, index.number, change(0, sizeBytes));
}

function samePlace(one: Key, other: Key): boolean {
  return one.every((part, at) => samePart(part, other[at]));
}

function samePart(one: Key[number] | undefined, other: Key[number] | undefined): boolean {
  if (one instanceof Uint8Array) return other instanceof Uint8Array && Buffer.compare(one, other) === 0;
  if (typeof one === "object" && one !== null) {
    return typeof other === "object" && other !== null && "decimal" in other && one.decimal === other.decimal;
  }
  return one === other;
}

/** Counts the item and its local index entries; more than 10 GB under one partition key are refused. */
async function growCollection(
  tx: Transaction,
  table: Table,
  item: Item,
  { bytesBefore, bytesAfter, entries }: Written,
): Promise<number> {
  const partition = keyPart(attributeOf(item, table.schema.partition.name) ?? { NULL: true });
  let grown = bytesAfter - bytesBefore;
  for (const entry of entries) {
    if (entry.index.kind === "local") grown += entry.bytesAfter - entry.bytesBefore;
  }
  const bytes = (await collectionBytes(tx, table.number, partition)) + grown;
  if (grown > 0 && bytes > MOST_COLLECTION_BYTES) {
    throw fault(
      "ItemCollectionSizeLimitExceededException",
      "Item collection size limit of 10 gigabytes exceeded.",
    );
  }
  if (grown !== 0) putCollectionBytes(tx, table.number, partition, bytes);
  return bytes;
}
