import { formatTraceHeader, type Trace } from "../../kernel/trace.ts";
import type { Key, Transaction } from "../../store/store.ts";
import { recordPast } from "./backups/past.ts";
import { isActive } from "./destinations/destinations.ts";
import { sendChange } from "./destinations/outbox.ts";
import { recordRecent } from "./items/lag.ts";
import { hashOf } from "./items/places.ts";
import type { StreamRecord } from "./records.ts";
import { noteForReplicas } from "./replicas/outbox.ts";
import { type Actor, appendChange, type ChangeRecord } from "./streams/records.ts";
import { slotAt } from "./streams/shards.ts";
import type { Table } from "./tables/catalog.ts";
import { moveExpiry } from "./time/expiry.ts";
import { equalValues } from "./values/compare.ts";
import type { KeptItem } from "./values/kept.ts";
import { keyOf, keyPart } from "./values/keys.ts";
import { attributeOf, type Item } from "./values/value.ts";

/**
 * Who writes: a request's context, or the service's background. The trace is asked for only where something
 * follows: then more is kept of the request.
 */
export interface Writer {
  readonly lagMs: number;
  readonly trace?: Trace;
}

/** One change of one item. */
export interface ItemChange {
  /** The key the item lies under in the store. */
  readonly place: Key;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly actor: Actor;
  /** Taken within the transaction: then the changes of a key are in the order of their times. */
  readonly nowMs: number;
  readonly by: Writer;
}

/** A change whose item before it is only looked into where something follows. */
export type KeptChange = Omit<ItemChange, "before"> & { readonly before: KeptItem | undefined };

/**
 * Notes a change, in the transaction that makes it, for all that follows from changes: the table's stream,
 * its past and what expires when. A table that has none of them keeps nothing.
 */
export function recordChange(tx: Transaction, table: Table, write: KeptChange): void {
  const { stream, expiry, recovery, copying, destinations, group } = table.record;
  const destination = destinations?.find(isActive);
  const { place, after, nowMs, by } = write;
  const follows = stream?.enabled || expiry?.enabled || recovery || copying || destination || group;
  if (!follows && by.lagMs === 0) return;
  const before = write.before?.item;
  const change: ItemChange = { ...write, before };
  // Writing what is there already is no change.
  if (before && after && equalValues({ M: { ...before } }, { M: { ...after } })) return;
  if (expiry?.enabled) moveExpiry(tx, table.record, expiry, change);
  if (recovery || copying) recordPast(tx, table.number, place, before, nowMs);
  if (stream?.enabled) appendToStream(tx, table, stream, change);
  if (destination) sendChange(tx, table, destination, change);
  if (by.lagMs > 0) recordRecent(tx, table, place, before, nowMs, by.lagMs);
  if (group) noteForReplicas(tx, table, group, change);
}

function appendToStream(tx: Transaction, table: Table, stream: StreamRecord, change: ItemChange): void {
  const { before, after, actor, nowMs, by } = change;
  const item = after ?? before;
  if (!item) return;
  const partition = attributeOf(item, table.schema.partition.name);
  const hash = partition ? hashOf(keyPart(partition)) : 0;
  const { view } = stream;
  const showsOld = view === "OLD_IMAGE" || view === "NEW_AND_OLD_IMAGES";
  const showsNew = view === "NEW_IMAGE" || view === "NEW_AND_OLD_IMAGES";
  const { trace } = by;
  const record: ChangeRecord = {
    v: 1,
    event: !before ? "INSERT" : after ? "MODIFY" : "REMOVE",
    key: keyOf(item, table.schema),
    ...(before && showsOld ? { old: before } : {}),
    ...(after && showsNew ? { new: after } : {}),
    actor,
    atMs: nowMs,
    ...(trace ? { trace: formatTraceHeader(trace) } : {}),
  };
  appendChange(tx, table.number, stream.label, slotAt(stream.eras, hash, nowMs), record);
}
