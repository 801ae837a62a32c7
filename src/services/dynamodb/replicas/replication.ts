import type { Scope } from "../../../kernel/scope.ts";
import { DONE, type Job, type Outcome } from "../../../store/outbox.ts";
import type { Key, KeyPart, Transaction } from "../../../store/store.ts";
import type { Background } from "../../define.ts";
import { seriesOf } from "../capacity/meter.ts";
import { type Written, writeItem } from "../items/access.ts";
import { Consumption } from "../items/consumption.ts";
import { getItemAt, itemPlace, placePrefix } from "../records.ts";
import { findTable, saveTable, type Table } from "../tables/catalog.ts";
import { type AttributeValue, attributeOf, type Item } from "../values/value.ts";
import type { Copy } from "./group.ts";
import { scopeOfReplica, withMember } from "./group.ts";
import { type Replication, replications } from "./outbox.ts";
import { copyScaling } from "./scaled.ts";
import { isLater, putVersion, type Version, versionOf } from "./versions.ts";

/** Items copied into a new replica in one transaction: others wait for no more than that. */
const COPIED_AT_ONCE = 50;
const TABLE_PARTS = 3;

/** Brings written items to the other regions, until the platform stops. */
export function replicate(background: Background): Promise<void> {
  return replications.run(background, (job) => deliver(background, job));
}

async function deliver(background: Background, job: Job<Replication>): Promise<Outcome<Replication>> {
  const { work } = job;
  const dueMs = job.postedMs + background.lagMs;
  if (dueMs > background.clock.now()) return { kind: "later", dueMs };
  const { store, clock, metrics } = background;
  const { account, from, to, toAccount = account, name } = work;
  const done = await store.transact(async (tx) => {
    const source = await findTable(tx, store, { account, region: from }, name);
    const target = await findTable(tx, store, { account: toAccount, region: to }, name);
    const isMember = source?.record.group?.others.some(({ region }) => region === to) ?? false;
    if (!source || !target || source.number !== work.table || !isMember) return undefined;
    const nowMs = clock.now();
    if (source.record.group?.version === "2017.11.29") await mark(tx, background, source, work.parts, nowMs);
    return { target, ...(await bring(tx, background, source, target, work.parts, nowMs)) };
  });
  if (done?.written) consume(background, done.target, done.item, done.written);
  if (done) {
    const series = seriesOf({ account, region: from, name }, undefined, "ReplicationLatency");
    const dimensions = `${series.dimensions},ReceivingRegion=${to}`;
    metrics.counter({ ...series, dimensions }).add(clock.now() - work.atMs, clock.now());
  }
  return DONE;
}

/** A write that comes from another replica costs what a local one does. */
function consume(background: Background, target: Table, item: Item, written: Written): void {
  const used = new Consumption("write");
  used.write(target, target.record.name, item, written);
  used.settle(background);
}

/** Brings an item to a replica, as it is now, unless the replica has a later one. */
async function bring(
  tx: Transaction,
  by: Background,
  source: Table,
  target: Table,
  parts: readonly KeyPart[],
  nowMs: number,
): Promise<{ readonly item: Item; readonly written: Written | undefined }> {
  const before = await getItemAt(tx, itemPlace(target.number, parts));
  const after = (await getItemAt(tx, itemPlace(source.number, parts)))?.item;
  const item = after ?? before?.item ?? {};
  // What was there before the table became a replica is older than anything.
  const oldest: Version = { v: 1, atMs: 0, region: source.record.region };
  const version = (await versionOf(tx, source.number, parts)) ?? oldest;
  const known = await versionOf(tx, target.number, parts);
  if (known && !isLater(version, known)) return { item, written: undefined };
  putVersion(tx, target.number, parts, version, nowMs);
  if (!before && !after) return { item, written: undefined };
  return { item, written: await writeItem(tx, target, { before, after, actor: "replication", nowMs, by }) };
}

/** Global tables of 2017 keep in each item when and where it was written. */
async function mark(
  tx: Transaction,
  by: Background,
  table: Table,
  parts: readonly KeyPart[],
  nowMs: number,
): Promise<void> {
  const before = await getItemAt(tx, itemPlace(table.number, parts));
  const version = await versionOf(tx, table.number, parts);
  if (!before || !version || version.region !== table.record.region) return;
  const marks: Record<string, AttributeValue> = {
    "aws:rep:deleting": { BOOL: false },
    "aws:rep:updateregion": { S: version.region },
    "aws:rep:updatetime": { N: (version.atMs / 1000).toFixed(6) },
  };
  if (attributeOf(before.item, "aws:rep:updatetime")?.N === marks["aws:rep:updatetime"]?.N) return;
  await writeItem(tx, table, {
    before,
    after: { ...before.item, ...marks },
    actor: "replication",
    nowMs,
    by,
  });
}

/**
 * Copies the items that were there into a new replica, from every other one: what one of them had not heard
 * of yet, another has. It may be done again from the beginning.
 */
export async function fillReplica(copy: Copy, background: Background): Promise<void> {
  const { store } = background;
  const made = await store.transact((tx) => findTable(tx, store, madeScope(copy), copy.table));
  for (const { region } of made?.record.group?.others ?? []) await copyFrom(region, copy, background);
  await store.transact((tx) => activate(tx, copy, background));
  await copyScaling(copy, background);
}

async function copyFrom(region: string, copy: Copy, background: Background): Promise<void> {
  const { store, signal } = background;
  let after: Key | undefined;
  do {
    signal.throwIfAborted();
    const from = after;
    after = await store.transact((tx) => copySome(tx, region, copy, background, from));
  } while (after);
}

/** Copies some items; gives the last of them, or undefined when there are no more. */
async function copySome(
  tx: Transaction,
  region: string,
  copy: Copy,
  background: Background,
  after: Key | undefined,
): Promise<Key | undefined> {
  const { store, clock } = background;
  const target = await findTable(tx, store, madeScope(copy), copy.table);
  const source = target && (await findTable(tx, store, scopeOfReplica(target.record, region), copy.table));
  if (!source) return undefined;
  const range = { prefix: placePrefix(source.number, 0), ...(after ? { gt: after } : {}) };
  let count = 0;
  for await (const [place] of tx.range(range, { limit: COPIED_AT_ONCE })) {
    await bring(tx, background, source, target, place.slice(TABLE_PARTS), clock.now());
    if (++count === COPIED_AT_ONCE) return place;
  }
  return undefined;
}

function madeScope({ account, replica, replicaAccount }: Copy): Scope {
  return { account: replicaAccount ?? account, region: replica };
}

/** A new replica that has all items is anyone's to use, and its group knows it as active. */
async function activate(tx: Transaction, copy: Copy, background: Background): Promise<void> {
  const { table: name, replica } = copy;
  const { store } = background;
  const made = await findTable(tx, store, madeScope(copy), name);
  if (!made?.record.group) return;
  const { loading: _, ...record } = made.record;
  saveTable(tx, background, record);
  for (const { region } of made.record.group.others) {
    const other = await findTable(tx, store, scopeOfReplica(made.record, region), name);
    if (!other?.record.group) continue;
    const group = withMember(other.record.group, { region: replica, state: "active" });
    saveTable(tx, background, { ...other.record, group });
  }
}
