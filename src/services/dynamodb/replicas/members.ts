import type { ReplicationGroupUpdate } from "@aws-sdk/client-dynamodb";
import type { Transaction } from "../../../store/store.ts";
import type { Context } from "../../define.ts";
import { putJob } from "../backups/jobs.ts";
import { isBulkUnderWay } from "../bulk/bulk-records.ts";
import { fault } from "../faults.ts";
import {
  doomIndex,
  nextTableNumber,
  noteFill,
  removeTableRecord,
  type TableRecord,
  tableRecord,
  totalsOf,
} from "../records.ts";
import { lanesOfTable } from "../streams/lanes.ts";
import { endStream } from "../streams/records.ts";
import { encryptionRecord, newStream } from "../tables/build.ts";
import { saveTable } from "../tables/catalog.ts";
import { invalid } from "../values/value.ts";
import {
  type GroupRecord,
  type OverridesRecord,
  scopeOfReplica,
  withMember,
  withoutMember,
} from "./group.ts";
import { checkCreates, checkMembers, type GroupChange } from "./rules.ts";
import { synchronized, withOverrides } from "./settings.ts";

const DAY_MS = 86_400_000;

/**
 * Adds, changes and removes replicas of a table: the other tables are written here, the table's own record
 * is given back. Faults: ValidationException.
 */
export async function changeMembers(
  tx: Transaction,
  context: Context,
  record: TableRecord,
  change: GroupChange,
  scaled: ReadonlySet<string>,
): Promise<TableRecord> {
  const nowMs = context.clock.now();
  checkMembers(record, change);
  checkCreates(record, change, scaled, await totalsOf(tx, record.number, 0));
  let own = record;
  for (const create of change.creates) own = await addReplica(tx, context, own, create, change, nowMs);
  for (const update of change.updates) {
    const replica = await memberRecord(tx, own, update.RegionName ?? "");
    if (replica) saveTable(tx, context, changedReplica(replica, update, nowMs));
  }
  for (const region of change.deletes) own = await dropReplica(tx, context, own, region, nowMs);
  return own;
}

type Creation = NonNullable<ReplicationGroupUpdate["Create"]>;

/** The record of another replica. */
function memberRecord(
  tx: Transaction,
  record: TableRecord,
  region: string,
): Promise<TableRecord | undefined> {
  return tableRecord(tx, scopeOfReplica(record, region), record.name);
}

/** The records of the replicas that share a table's settings. */
export async function membersOf(tx: Transaction, own: TableRecord): Promise<TableRecord[]> {
  const found: TableRecord[] = [];
  for (const { region } of own.group?.version === "2019.11.21" ? own.group.others : []) {
    const record = await memberRecord(tx, own, region);
    if (record) found.push(record);
  }
  return found;
}

/** Makes a replica, of another account where one is given; the table's own record is given back. */
export async function addReplica(
  tx: Transaction,
  context: Context,
  before: TableRecord,
  create: Creation,
  change: Pick<GroupChange, "isStrong" | "witness">,
  nowMs: number,
  account?: string,
): Promise<TableRecord> {
  const { RegionName: region = "" } = create;
  await checkNoBulk(tx, before);
  const accounts = account === undefined ? before.group?.accounts : accountsWith(before, region, account);
  if (await tableRecord(tx, { account: account ?? before.account, region }, before.name)) {
    throw invalid(
      `Failed to create a the new replica of table with name: '${before.name}' because one or more ` +
        "replicas already existed as tables.",
    );
  }
  const group: GroupRecord = {
    version: "2019.11.21",
    consistency: change.isStrong ? "STRONG" : "EVENTUAL",
    others: [],
    createdMs: nowMs,
    ...(change.witness?.create ? { witness: change.witness.create } : {}),
    ...before.group,
    ...(accounts ? { accounts } : {}),
    sourceMs: nowMs,
  };
  const member = { region, state: "creating" as const };
  const own = withReplicaStream({ ...before, group: withMember(group, member) }, nowMs);
  for (const other of group.others) {
    const record = await memberRecord(tx, own, other.region);
    if (!record?.group) continue;
    const known = { ...record.group, ...(accounts ? { accounts } : {}) };
    saveTable(tx, context, { ...record, group: withMember(known, member) });
  }
  const { sourceMs: _, ...ofNew } = withMember(group, { region: own.region, state: "active" });
  const made = newReplica({ ...own, group: ofNew }, create, {
    id: context.ids.uuid(),
    number: await nextTableNumber(tx),
    nowMs,
  });
  saveTable(tx, context, made);
  putJob(tx, made.id, {
    account: own.account,
    region: own.region,
    kind: "replica",
    table: own.name,
    replica: region,
    ...(account === undefined ? {} : { replicaAccount: account }),
  });
  return own;
}

/** Faults: ResourceInUseException for a table that a bulk operation puts items into. */
export async function checkNoBulk(tx: Transaction, record: TableRecord): Promise<void> {
  if (!(await isBulkUnderWay(tx, record))) return;
  throw fault(
    "ResourceInUseException",
    "Attempt to change a resource which is still in use: " +
      `A bulk operation is in progress on the table: ${record.name}`,
  );
}

function accountsWith({ group, region, account }: TableRecord, joining: string, whose: string) {
  return { [region]: account, ...group?.accounts, [joining]: whose };
}

/** Replicas of eventual groups have streams of whole items. */
function withReplicaStream(record: TableRecord, nowMs: number): TableRecord {
  if (record.stream?.enabled || record.group?.consistency === "STRONG") return record;
  const lanes = lanesOfTable(record.billing.mode, record.billing.throughput);
  return { ...record, stream: newStream({ StreamEnabled: true }, nowMs, lanes) };
}

function newReplica(
  own: TableRecord,
  create: Creation,
  facts: { readonly id: string; readonly number: number; readonly nowMs: number },
): TableRecord {
  const { RegionName: region = "" } = create;
  const { name, attributes, keys, billing, locals, expiry, group, sharesSettings } = own;
  const { id, number, nowMs } = facts;
  const bare: TableRecord = {
    v: 1,
    ...scopeOfReplica(own, region),
    name,
    id,
    number,
    createdMs: nowMs,
    attributes,
    keys,
    billing,
    locals,
    globals: [],
    deletionProtection: false,
    tags: [],
    nextIndex: locals.length + 1,
    loading: true,
    ...(expiry ? { expiry } : {}),
    ...(group ? { group } : {}),
    ...(sharesSettings ? { sharesSettings } : {}),
  };
  // An index of a table that is still empty has nothing to be filled with.
  const replica = synchronized(own, bare);
  const active = <Index extends object>(index: Index) => ({ ...index, state: "active" as const });
  const globals = replica.globals.map(active);
  const { vectors } = replica;
  const filled = { ...replica, globals, ...(vectors ? { vectors: vectors.map(active) } : {}) };
  return changedReplica(withReplicaStream(filled, nowMs), create, nowMs);
}

/** A replica with what it is to have of its own. */
function changedReplica(replica: TableRecord, asked: Creation, nowMs: number): TableRecord {
  const { KMSMasterKeyId, TableClassOverride, GlobalSecondaryIndexes } = asked;
  const read = asked.ProvisionedThroughputOverride?.ReadCapacityUnits;
  const maxRead = asked.OnDemandThroughputOverride?.MaxReadRequestUnits;
  const indexes = GlobalSecondaryIndexes?.map((index) => {
    const own = index.ProvisionedThroughputOverride?.ReadCapacityUnits;
    const most = index.OnDemandThroughputOverride?.MaxReadRequestUnits;
    const name = index.IndexName ?? "";
    if (!replica.globals.some((one) => one.name === name)) {
      throw invalid(`The table does not have the specified index: ${name}`);
    }
    return {
      name,
      ...(own === undefined ? {} : { read: own }),
      ...(most === undefined ? {} : { maxRead: most }),
    };
  });
  const overrides: OverridesRecord = {
    ...(read === undefined ? {} : { read }),
    ...(maxRead === undefined ? {} : { maxRead }),
    ...(indexes ? { indexes } : {}),
    ...(TableClassOverride ? { tableClass: true } : {}),
    ...(KMSMasterKeyId === undefined ? {} : { encryption: true }),
  };
  if (Object.keys(overrides).length === 0) return replica;
  return {
    ...withOverrides(replica, overrides),
    ...(KMSMasterKeyId === undefined ? {} : { encryption: encryptionRecord({ KMSMasterKeyId }, replica) }),
    ...(TableClassOverride ? { tableClass: { name: TableClassOverride, updatedMs: nowMs } } : {}),
  };
}

async function dropReplica(
  tx: Transaction,
  context: Context,
  own: TableRecord,
  region: string,
  nowMs: number,
): Promise<TableRecord> {
  const replica = await memberRecord(tx, own, region);
  if (!replica) return own;
  if (replica.deletionProtection) {
    throw invalid(
      "Resource cannot be deleted as it is currently protected against deletion. " +
        "Disable deletion protection first.",
    );
  }
  await leaveGroup(tx, context, replica, nowMs);
  endStream(tx, replica, nowMs);
  removeTableRecord(tx, replica);
  return withGroup(own, own.group && withoutMember(own.group, region));
}

/** Has the other members of a table's group forget it. Faults: ValidationException. */
export async function leaveGroup(
  tx: Transaction,
  context: Context,
  own: TableRecord,
  nowMs: number,
): Promise<void> {
  const { region, group } = own;
  if (!group) return;
  if (group.sourceMs !== undefined && nowMs - group.sourceMs < DAY_MS) {
    throw invalid(
      "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to " +
        "the table in the last 24 hours.",
    );
  }
  for (const other of group.others) {
    const record = await memberRecord(tx, own, other.region);
    if (record?.group) saveTable(tx, context, withGroup(record, withoutMember(record.group, region)));
  }
}

/** A table whose group is gone is one like any other. */
function withGroup(record: TableRecord, group: GroupRecord | undefined): TableRecord {
  const { group: _, overrides, ...rest } = record;
  return group ? { ...rest, group, ...(overrides ? { overrides } : {}) } : rest;
}

/** Gives the other replicas what their group has in common, once one of them was changed. */
export async function synchronizeOthers(tx: Transaction, context: Context, own: TableRecord): Promise<void> {
  for (const before of await membersOf(tx, own)) {
    const after = synchronized(own, before);
    const indexesBefore = [...before.globals, ...(before.vectors ?? [])];
    const indexesAfter = [...after.globals, ...(after.vectors ?? [])];
    for (const { number, state } of indexesAfter) {
      const isNew = !indexesBefore.some((index) => index.number === number);
      const { account, region, name } = after;
      if (!isNew || state !== "backfilling") continue;
      noteFill(tx, { account, region, name, table: after.number, index: number });
    }
    for (const { number } of indexesBefore) {
      if (!indexesAfter.some((index) => index.number === number)) doomIndex(tx, before.number, number);
    }
    saveTable(tx, context, after);
  }
}
