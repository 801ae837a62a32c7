import type { Scope } from "../../kernel/scope.ts";
import type { Key, KeyPart, Transaction, Value } from "../../store/store.ts";
import type { GroupRecord, OverridesRecord } from "./replicas/group.ts";
import type { InsightsRecord, PolicyRecord, TagRecord } from "./tables/settings.ts";
import { type KeptItem, keptItem, storedItem } from "./values/kept.ts";
import type { Item } from "./values/value.ts";
import type { VectorIndexRecord } from "./vectors/record.ts";

/** A table's definition and settings. Items and counters have keys of their own. */
export interface TableRecord {
  readonly v: 1;
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** A UUID, as AWS gives it. */
  readonly id: string;
  /** Short and never used again: the keys of everything the table holds begin with it. */
  readonly number: number;
  readonly createdMs: number;
  readonly attributes: readonly AttributeDefinitionRecord[];
  readonly keys: readonly KeyElementRecord[];
  readonly billing: BillingRecord;
  readonly locals: readonly IndexRecord[];
  readonly globals: readonly GlobalIndexRecord[];
  readonly vectors?: readonly VectorIndexRecord[];
  readonly tableClass?: TableClassRecord;
  readonly encryption?: { readonly keyArn: string };
  readonly deletionProtection: boolean;
  readonly onDemandLimits?: UnitsRecord;
  readonly warmThroughput?: UnitsRecord;
  readonly tags: readonly TagRecord[];
  readonly policy?: PolicyRecord;
  /** Of its streams, by their labels. */
  readonly streamPolicies?: Readonly<Record<string, PolicyRecord>>;
  /** Names of the table (`""`) and of indexes whose contributor insights were switched on. */
  readonly insights?: readonly InsightsRecord[];
  /** The stream, on or off: its label outlives switching off. */
  readonly stream?: StreamRecord;
  /** Kinesis streams that get its changes, or got them once. */
  readonly destinations?: readonly DestinationRecord[];
  /** Time to live. */
  readonly expiry?: ExpiryRecord;
  /** Point-in-time recovery: since when, and how many days back. */
  readonly recovery?: { readonly sinceMs: number; readonly days: number };
  /** Backups that are being taken: until the last of them is done, changes are noted as for recovery. */
  readonly copying?: readonly string[];
  /** Its items are still being brought in: nobody else may read or change them. */
  readonly loading?: true;
  /** Where the table came from, as DescribeTable shows it. */
  readonly restored?: RestoreRecord;
  /** The global table that it is a replica of. */
  readonly group?: GroupRecord;
  readonly overrides?: OverridesRecord;
  /** It may be joined by replicas of other accounts, with which it then shares its settings. */
  readonly sharesSettings?: true;
  /** The next number for an index of this table. */
  readonly nextIndex: number;
}

export interface AttributeDefinitionRecord {
  readonly name: string;
  readonly type: "S" | "N" | "B";
}

export interface KeyElementRecord {
  readonly name: string;
  readonly role: "HASH" | "RANGE";
}

export interface UnitsRecord {
  readonly read: number;
  readonly write: number;
}

export interface ThroughputRecord extends UnitsRecord {
  readonly increasedMs?: number;
  readonly decreasedMs?: number;
  /** Decreases on the UTC day of `decreasedMs`. */
  readonly decreases: number;
}

export interface BillingRecord {
  readonly mode: "PROVISIONED" | "PAY_PER_REQUEST";
  /** Whether the mode was ever named or changed: only then DescribeTable summarises it. */
  readonly onDemandSinceMs?: number;
  /** When it was changed to on-demand of late: that may be done a few times a day. */
  readonly switchesMs?: readonly number[];
  /** Units of 0 while the table is on demand. */
  readonly throughput: ThroughputRecord;
}

export interface TableClassRecord {
  readonly name: "STANDARD" | "STANDARD_INFREQUENT_ACCESS";
  readonly updatedMs?: number;
}

export interface IndexRecord {
  readonly number: number;
  readonly name: string;
  readonly keys: readonly KeyElementRecord[];
  readonly projection: "ALL" | "KEYS_ONLY" | "INCLUDE";
  readonly included: readonly string[];
}

export interface GlobalIndexRecord extends IndexRecord {
  readonly throughput: ThroughputRecord;
  readonly onDemandLimits?: UnitsRecord;
  readonly warmThroughput?: UnitsRecord;
  /** `backfilling`: writes already reach it, older items are still being added; it cannot be read. */
  readonly state: "active" | "backfilling" | "deleting";
}

export interface StreamRecord {
  readonly view: "NEW_IMAGE" | "OLD_IMAGE" | "NEW_AND_OLD_IMAGES" | "KEYS_ONLY";
  /** The moment it was switched on, in AWS's form: part of the stream's ARN. */
  readonly label: string;
  readonly enabled: boolean;
  /** How many lanes side by side it has had since when: its shards follow from them. */
  readonly eras: readonly { readonly sinceMs: number; readonly lanes: number }[];
  /** When it was switched off. */
  readonly endedMs?: number;
}

export interface DestinationRecord {
  readonly streamArn: string;
  readonly status: "ACTIVE" | "DISABLED" | "ENABLE_FAILED";
  /** Why it could not be enabled. */
  readonly reason?: string;
  /** Of the times of changes; absent for milliseconds that nobody asked for. */
  readonly precision?: "MILLISECOND" | "MICROSECOND";
}

export interface ExpiryRecord {
  readonly attribute: string;
  readonly enabled: boolean;
  readonly changedMs: number;
}

export interface RestoreRecord {
  readonly backupArn?: string;
  readonly tableArn?: string;
  readonly atMs: number;
}

/** What a table or index holds. */
export interface Totals {
  readonly items: number;
  readonly bytes: number;
}

/** Everything of the service lies under this part. */
const ROOT = "ddb";
/** A table's name to its revision, which changes with every change of its record. */
const REVISION = "r";
const TABLE = "t";
const ITEM = "i";
const INDEX = "x";
const TOTALS = "n";
/** Bytes of an item collection, for tables with local indexes. */
const COLLECTION = "c";
/** When items of replicas were written last. */
const VERSION = "version";
/** What changed of late, where reads are to lag behind. */
const RECENT = "recent";
/** What is still to be done between calls: it is watched. */
const WORK = "w";
const REMOVE = "remove";
const FILL = "fill";
const SERIAL: Key = [ROOT, "serial"];

/** The table itself among the places that hold entries; indexes are numbered from 1. */
const TABLE_PLACE = 0;

const revisionKey = ({ account, region }: Scope, name: string): Key => [
  ROOT,
  REVISION,
  account,
  region,
  name,
];
const tableKey = ({ account, region }: Scope, name: string): Key => [ROOT, TABLE, account, region, name];
const totalsKey = (table: number, place: number): Key => [ROOT, TOTALS, table, place];

export function revisionOf(tx: Transaction, scope: Scope, name: string): Promise<string | undefined> {
  return tx.get(revisionKey(scope, name)) as Promise<string | undefined>;
}

export function tableRecord(tx: Transaction, scope: Scope, name: string): Promise<TableRecord | undefined> {
  return tx.get(tableKey(scope, name)) as Promise<unknown> as Promise<TableRecord | undefined>;
}

/** `revision` is new for every write: what is remembered of the table elsewhere is known by it. */
export function putTableRecord(tx: Transaction, record: TableRecord, revision: string): void {
  tx.set(revisionKey(record, record.name), revision);
  tx.set(tableKey(record, record.name), record as unknown as Value);
}

/** Removes the table; what it held is removed later, piece by piece: it cannot be reached any more. */
export function removeTableRecord(tx: Transaction, record: TableRecord): void {
  tx.delete(revisionKey(record, record.name));
  tx.delete(tableKey(record, record.name));
  tx.set([ROOT, WORK, REMOVE, record.number, TABLE_PLACE], null);
}

/** Where work between calls is noted. */
export const WORK_PREFIX: Key = [ROOT, WORK];

/** An index of a live table whose older items are still to be added to it. */
export interface Fill extends Scope {
  readonly name: string;
  /** The table's and the index's number. */
  readonly table: number;
  readonly index: number;
  /** The last item that was added. */
  readonly after?: Key;
}

export function noteFill(tx: Transaction, { table, index, ...rest }: Fill): void {
  tx.set([ROOT, WORK, FILL, table, index], rest as unknown as Value);
}

export async function firstFill(tx: Transaction): Promise<Fill | undefined> {
  const prefix = [ROOT, WORK, FILL];
  for await (const [[, , , table, index], place] of tx.range({ prefix }, { limit: 1 })) {
    const rest = place as unknown as Omit<Fill, "table" | "index">;
    return { ...rest, table: Number(table), index: Number(index) };
  }
  return undefined;
}

export function forgetFill(tx: Transaction, { table, index }: Fill): void {
  tx.delete([ROOT, WORK, FILL, table, index]);
}

/** Has an index's entries removed. */
export function doomIndex(tx: Transaction, table: number, index: number): void {
  tx.set([ROOT, WORK, REMOVE, table, index], null);
}

/** A number for a new table. */
export async function nextTableNumber(tx: Transaction): Promise<number> {
  const last = await tx.get(SERIAL);
  const next = (typeof last === "number" ? last : 0) + 1;
  tx.set(SERIAL, next);
  return next;
}

/** Names of a scope's tables in order, after `after`. */
export async function tableNames(
  tx: Transaction,
  { account, region }: Scope,
  after: string | undefined,
  limit: number,
): Promise<string[]> {
  const prefix = [ROOT, REVISION, account, region];
  const names: string[] = [];
  const range = { prefix, ...(after === undefined ? {} : { gt: [...prefix, after] }) };
  for await (const [key] of tx.range(range, { limit })) names.push(String(key[4]));
  return names;
}

/** The scopes and names of all tables. */
export async function allTables(tx: Transaction): Promise<(Scope & { readonly name: string })[]> {
  const tables: (Scope & { readonly name: string })[] = [];
  for await (const [[, , account, region, name]] of tx.range({ prefix: [ROOT, REVISION] })) {
    tables.push({ account: String(account), region: String(region), name: String(name) });
  }
  return tables;
}

/** The key of an item: `place` 0, the hash of its partition key, and its key. */
export function itemKey(table: number, hash: number, key: readonly KeyPart[]): Key {
  return [ROOT, ITEM, table, hash, ...key];
}

/** The key of an item by all parts of it that follow the table's. */
export function itemPlace(table: number, parts: readonly KeyPart[]): Key {
  return [ROOT, ITEM, table, ...parts];
}

/** The key of an index's entry: the hash of the index's partition key, its key, and the item's. */
export function entryKey(table: number, index: number, hash: number, key: readonly KeyPart[]): Key {
  return [ROOT, INDEX, table, index, hash, ...key];
}

/** Items and entries by place: the parts all keys of a place begin with. */
export function placePrefix(table: number, place: number): Key {
  return place === TABLE_PLACE ? [ROOT, ITEM, table] : [ROOT, INDEX, table, place];
}

export async function getItemAt(tx: Transaction, key: Key): Promise<KeptItem | undefined> {
  const stored = await tx.get(key);
  return stored === undefined ? undefined : keptItem(stored);
}

export function putItemAt(tx: Transaction, key: Key, item: Item, sizeBytes: number): void {
  tx.set(key, storedItem(item, sizeBytes));
}

export function removeItemAt(tx: Transaction, key: Key): void {
  tx.delete(key);
}

/** Under it a replica notes when its items were written, by the parts of their places. */
export function versionsPrefix(table: number): Key {
  return [ROOT, VERSION, table];
}

/** Under it a table notes what changed of late, by its time. */
export function recentPrefix(table: number): Key {
  return [ROOT, RECENT, table];
}

/** Both totals in one counter: how many in the upper part, bytes in the lower. */
const ITEMS_SHIFT = 64n;

export function addTotals(tx: Transaction, table: number, place: number, change: Totals): void {
  const { items, bytes } = change;
  if (items === 0 && bytes === 0) return;
  tx.add(totalsKey(table, place), (BigInt(items) << ITEMS_SHIFT) + BigInt(bytes));
}

export async function totalsOf(tx: Transaction, table: number, place: number): Promise<Totals> {
  const both = await tx.get(totalsKey(table, place));
  if (typeof both !== "bigint") return { items: 0, bytes: 0 };
  return { items: Number(both >> ITEMS_SHIFT), bytes: Number(both & ((1n << ITEMS_SHIFT) - 1n)) };
}

/** Bytes of the items and local index entries under one partition key. */
export async function collectionBytes(tx: Transaction, table: number, partition: KeyPart): Promise<number> {
  const bytes = await tx.get([ROOT, COLLECTION, table, partition]);
  return typeof bytes === "bigint" ? Number(bytes) : 0;
}

export function putCollectionBytes(tx: Transaction, table: number, partition: KeyPart, bytes: number): void {
  const key = [ROOT, COLLECTION, table, partition];
  if (bytes > 0) tx.set(key, BigInt(bytes));
  else tx.delete(key);
}

/** One place whose entries are to be removed. */
export interface Doomed {
  readonly table: number;
  readonly place: number;
}

export async function firstDoomed(tx: Transaction): Promise<Doomed | undefined> {
  const prefix = [ROOT, WORK, REMOVE];
  for await (const [[, , , table, place]] of tx.range({ prefix }, { limit: 1 })) {
    return { table: Number(table), place: Number(place) };
  }
  return undefined;
}

/** Removes up to `limit` entries of a doomed place; true when none is left, and it is forgotten. */
export async function removeSome(tx: Transaction, { table, place }: Doomed, limit: number): Promise<boolean> {
  const ranges: Key[] =
    place === TABLE_PLACE
      ? [
          [ROOT, ITEM, table],
          [ROOT, INDEX, table],
          [ROOT, COLLECTION, table],
          [ROOT, TOTALS, table],
          versionsPrefix(table),
          recentPrefix(table),
        ]
      : [placePrefix(table, place)];
  let left = limit;
  for (const prefix of ranges) {
    for await (const [key] of tx.range({ prefix }, { limit: left })) {
      tx.delete(key);
      left--;
    }
    if (left === 0) return false;
  }
  if (place !== TABLE_PLACE) tx.delete(totalsKey(table, place));
  tx.delete([ROOT, WORK, REMOVE, table, place]);
  return true;
}
