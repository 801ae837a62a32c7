import type { Scope } from "../../../kernel/scope.ts";
import type { Key, KeyRange, Store, Transaction, Value } from "../../../store/store.ts";
import type { KeyElementRecord, StreamRecord, TableRecord } from "../records.ts";
import type { Due } from "../time/due.ts";
import { setDue } from "../time/due.ts";
import type { Item } from "../values/value.ts";
import { type Lineage, nextToTrim, type Slot } from "./shards.ts";

/** A stream that is or was on; it stays for as long as it has records, its table deleted or not. */
export interface Stream extends Scope, Lineage {
  readonly v: 1;
  readonly table: string;
  readonly tableNumber: number;
  readonly view: StreamRecord["view"];
  readonly keys: readonly KeyElementRecord[];
}

/** Who changed an item: a request, or the service itself, removing what has expired or copying a replica. */
export type Actor = "request" | "expiry" | "replication";

/** A change as a stream keeps it: only what its view shows. */
export interface ChangeRecord {
  readonly v: 1;
  readonly event: "INSERT" | "MODIFY" | "REMOVE";
  readonly key: Item;
  readonly old?: Item;
  readonly new?: Item;
  readonly actor: Actor;
  readonly atMs: number;
  /** The header of the trace that made it. */
  readonly trace?: string;
}

/** A change with its number within its slot. */
export interface Change {
  readonly count: number;
  readonly record: ChangeRecord;
}

const STREAM = "s";
const LOG = "log";
const ROOT = "ddb";
const FIRST = 0;

const streamKey = ({ account, region }: Scope, table: string, label: string): Key => [
  ...[ROOT, STREAM, account, region],
  ...[table, label],
];

/** Everything a stream holds, to be watched. */
function logPrefix(tableNumber: number, label: string): Key {
  return [ROOT, LOG, tableNumber, label];
}

function slotPrefix(tableNumber: number, label: string, { era, slot, lane }: Slot): Key {
  return [...logPrefix(tableNumber, label), era, slot, lane];
}

/** Keeps a table's stream in step with the table's record. */
export function putStream(tx: Transaction, record: TableRecord): void {
  if (!record.stream?.enabled && !record.stream?.endedMs) return;
  const stream = streamOf(record, record.stream);
  tx.set(streamKey(record, record.name, stream.label), stream as unknown as Value);
  // Of a stream that was there before this begins again with slots long trimmed, which does no harm.
  scheduleTrim(tx, stream, undefined);
}

/** Ends the stream of a table that is deleted. */
export function endStream(tx: Transaction, record: TableRecord, nowMs: number): void {
  const { stream } = record;
  if (!stream?.enabled) return;
  const ended = streamOf(record, { ...stream, enabled: false, endedMs: nowMs });
  tx.set(streamKey(record, record.name, stream.label), ended as unknown as Value);
}

function streamOf(record: TableRecord, stream: StreamRecord): Stream {
  const { label, view, eras, endedMs } = stream;
  return {
    v: 1,
    account: record.account,
    region: record.region,
    table: record.name,
    tableNumber: record.number,
    label,
    view,
    keys: record.keys,
    eras,
    ...(endedMs === undefined ? {} : { endedMs }),
  };
}

export async function findStream(
  tx: Transaction,
  scope: Scope,
  table: string,
  label: string,
): Promise<Stream | undefined> {
  return (await tx.get(streamKey(scope, table, label))) as unknown as Stream | undefined;
}

/** A scope's streams by table and label, after a table and label. */
export async function streamsOf(
  tx: Transaction,
  { account, region }: Scope,
  table: string | undefined,
  after: { readonly table: string; readonly label: string } | undefined,
  limit: number,
): Promise<Stream[]> {
  const prefix: Key = [ROOT, STREAM, account, region, ...(table === undefined ? [] : [table])];
  const gt = after && streamKey({ account, region }, after.table, after.label);
  const found: Stream[] = [];
  for await (const [, value] of tx.range({ prefix, ...(gt ? { gt } : {}) }, { limit })) {
    found.push(value as unknown as Stream);
  }
  return found;
}

export function appendChange(
  tx: Transaction,
  tableNumber: number,
  label: string,
  slot: Slot,
  change: ChangeRecord,
): void {
  tx.append(slotPrefix(tableNumber, label, slot), change as unknown as Value);
}

/** A slot's changes in the order of their commits, those with a greater count than `after`. */
export async function* changesIn(
  tx: Transaction,
  stream: Stream,
  slot: Slot,
  after: number,
  limit: number,
): AsyncGenerator<Change> {
  const prefix = slotPrefix(stream.tableNumber, stream.label, slot);
  const range: KeyRange = after < 0 ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [key, value] of tx.range(range, { limit })) {
    yield { count: Number(key.at(-1)), record: value as unknown as ChangeRecord };
  }
}

/** The count of a slot's last change, or undefined when it has none. */
export async function lastCount(tx: Transaction, stream: Stream, slot: Slot): Promise<number | undefined> {
  const prefix = slotPrefix(stream.tableNumber, stream.label, slot);
  for await (const [key] of tx.range({ prefix }, { limit: 1, reverse: true })) return Number(key.at(-1));
  return undefined;
}

/** The count of a slot's last change before a time, or undefined when it has none. */
export async function changesBefore(
  tx: Transaction,
  stream: Stream,
  slot: Slot,
  timeMs: number,
): Promise<number | undefined> {
  const prefix = slotPrefix(stream.tableNumber, stream.label, slot);
  for await (const [key, value] of tx.range({ prefix }, { reverse: true })) {
    if ((value as unknown as ChangeRecord).atMs < timeMs) return Number(key.at(-1));
  }
  return undefined;
}

/** Resolves when changes may have been added to a slot, or it was trimmed. */
export function watchSlot(store: Store, stream: Stream, slot: Slot, signal: AbortSignal): Promise<void> {
  return store.watch(slotPrefix(stream.tableNumber, stream.label, slot), signal);
}

/** Resolves when the stream was split, or switched off. */
export function watchStream(store: Store, stream: Stream, signal: AbortSignal): Promise<void> {
  return store.watch(streamKey(stream, stream.table, stream.label), signal);
}

/** Drops a slot that is a day old as a whole, and the stream with its last. */
export async function trimSlot(tx: Transaction, { id, value }: Due): Promise<void> {
  const [account = "", region = "", table = "", label = ""] = id.map(String);
  const stream = await findStream(tx, { account, region }, table, label);
  if (!stream) return;
  const trimmed = value as unknown as Pick<Slot, "era" | "slot">;
  const next = nextToTrim(stream, trimmed);
  // While the stream was on it may have been split, or switched off: then the slot ended earlier.
  const prefix: Key = [...logPrefix(stream.tableNumber, label), trimmed.era, trimmed.slot];
  tx.clear({ prefix });
  if (next) scheduleTrim(tx, stream, trimmed);
  else tx.delete(streamKey(stream, table, label));
}

function scheduleTrim(tx: Transaction, stream: Stream, trimmed: Pick<Slot, "era" | "slot"> | undefined) {
  const { account, region, table, label } = stream;
  const next = nextToTrim(stream, trimmed);
  if (next)
    setDue(tx, next.atMs, "stream", [account, region, table, label, FIRST], {
      era: next.era,
      slot: next.slot,
    });
}
