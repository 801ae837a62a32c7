import { defineOutbox } from "../../../store/outbox.ts";
import type { Key, KeyPart, Transaction } from "../../../store/store.ts";
import type { Actor } from "../streams/records.ts";
import type { Table } from "../tables/catalog.ts";
import type { Item } from "../values/value.ts";
import type { GroupRecord } from "./group.ts";
import { putVersion } from "./versions.ts";

/** An item that was written, on its way to another region: it is read when it is brought there. */
export interface Replication {
  readonly account: string;
  readonly from: string;
  readonly to: string;
  /** Of the other replica, where it is another's. */
  readonly toAccount?: string;
  readonly name: string;
  /** The source's number: a table made again under its name has another. */
  readonly table: number;
  /** What follows the table's in the item's key. */
  readonly parts: readonly KeyPart[];
  readonly atMs: number;
}

export const replications = defineOutbox<Replication>("ddbReplication");

/** Parts of an item's key before those that name the item within its table: root, kind and table. */
const TABLE_PARTS = 3;

interface ItemChange {
  readonly place: Key;
  readonly after: Item | undefined;
  readonly actor: Actor;
  readonly nowMs: number;
}

/** Notes a write for the other replicas, in its transaction. What came from another is not sent on. */
export function noteForReplicas(
  tx: Transaction,
  { record, number }: Table,
  { consistency, others, accounts }: GroupRecord,
  { place, after, actor, nowMs }: ItemChange,
): void {
  if (actor === "replication" || consistency === "STRONG") return;
  const { account, region, name } = record;
  const parts = place.slice(TABLE_PARTS);
  putVersion(tx, number, parts, { v: 1, atMs: nowMs, region, ...(after ? {} : { gone: true }) }, nowMs);
  for (const { region: to } of others) {
    const toAccount = accounts?.[to];
    const whose = toAccount === undefined ? {} : { toAccount };
    const work = { account, from: region, to, ...whose, name, table: number, parts, atMs: nowMs };
    // A number is an object in a key: plain data too.
    replications.post(tx, nowMs, work);
  }
}
