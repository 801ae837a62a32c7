import type * as sdk from "@aws-sdk/client-dynamodb";
import type { GlobalTableDescription } from "@aws-sdk/client-dynamodb";
import { formatArn } from "../../../kernel/arn.ts";
import type { Fault } from "../../../kernel/faults.ts";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { fault } from "../faults.ts";
import { allTables, type TableRecord, tableRecord, totalsOf } from "../records.ts";
import { saveTable } from "../tables/catalog.ts";
import { wrongParameter } from "../tables/rules.ts";
import type { GroupRecord } from "./group.ts";
import { checkNoBulk } from "./members.ts";

const VERSION = "2017.11.29";
const LISTED = 100;

/** Global tables as they were in 2017: of tables that are there, and empty, in each region. */
export const legacyTables = {
  async CreateGlobalTable({ GlobalTableName: name = "", ReplicationGroup = [] }, context) {
    const regions = regionsOf(ReplicationGroup);
    return context.store.transact(async (tx) => {
      if ((await membersOf(tx, context, name)).length > 0) {
        throw fault("GlobalTableAlreadyExistsException", `Global table with name: '${name}' already exists.`);
      }
      const records = await fitTables(tx, context, name, regions, undefined);
      const createdMs = context.clock.now();
      for (const record of records) {
        const group = groupOf(regions, record.region, createdMs);
        saveTable(tx, context, { ...record, group });
      }
      return { GlobalTableDescription: describe(context, name, regions, createdMs, "CREATING") };
    });
  },

  async UpdateGlobalTable({ GlobalTableName: name = "", ReplicaUpdates = [] }, context) {
    const creates = regionsOf(ReplicaUpdates.flatMap(({ Create }) => (Create ? [Create] : [])));
    const deletes = regionsOf(ReplicaUpdates.flatMap(({ Delete }) => (Delete ? [Delete] : [])));
    return context.store.transact(async (tx) => {
      const members = await getMembers(tx, context, name);
      const [first] = members;
      const there = members.map(({ region }) => region);
      for (const region of creates) if (there.includes(region)) throw replicaThere(region);
      for (const region of deletes) if (!there.includes(region)) throw replicaMissing(region);
      const fresh = await fitTables(tx, context, name, creates, first);
      const createdMs = first?.group?.createdMs ?? 0;
      const kept = [...members, ...fresh].filter(({ region }) => !deletes.includes(region));
      const regions = kept.map(({ region }) => region);
      for (const record of [...members, ...fresh]) {
        const { group: _, ...rest } = record;
        // A global table of one region is one still.
        const group = regions.includes(record.region) && groupOf(regions, record.region, createdMs);
        saveTable(tx, context, group ? { ...rest, group } : rest);
      }
      return { GlobalTableDescription: describe(context, name, regions, createdMs, "UPDATING") };
    });
  },

  async DescribeGlobalTable({ GlobalTableName: name = "" }, context) {
    const members = await context.store.transact((tx) => getMembers(tx, context, name));
    const regions = members.map(({ region }) => region);
    return {
      GlobalTableDescription: describe(context, name, regions, members[0]?.group?.createdMs ?? 0, "ACTIVE"),
    };
  },

  async ListGlobalTables({ ExclusiveStartGlobalTableName: after, Limit = LISTED, RegionName }, context) {
    const all = await context.store.transact(async (tx) => {
      const groups = new Map<string, string[]>();
      for (const { account, region, name } of await allTables(tx)) {
        if (account !== context.scope.account) continue;
        const record = await tableRecord(tx, { account, region }, name);
        if (record?.group?.version !== VERSION) continue;
        groups.set(name, [...(groups.get(name) ?? []), region]);
      }
      return [...groups].sort(([one], [other]) => (one < other ? -1 : 1));
    });
    const chosen = all.filter(
      ([name, regions]) =>
        (after === undefined || name > after) && (RegionName === undefined || regions.includes(RegionName)),
    );
    const shown = chosen.slice(0, Limit);
    const last = shown.at(-1)?.[0];
    return {
      GlobalTables: shown.map(([name, regions]) => ({
        GlobalTableName: name,
        ReplicationGroup: regions.map((region) => ({ RegionName: region })),
      })),
      ...(chosen.length > Limit && last !== undefined ? { LastEvaluatedGlobalTableName: last } : {}),
    };
  },
} satisfies Handlers<typeof sdk>;

function groupOf(regions: readonly string[], own: string, createdMs: number): GroupRecord {
  const others = regions
    .filter((region) => region !== own)
    .map((region) => ({ region, state: "active" as const }));
  return { version: VERSION, consistency: "EVENTUAL", others, createdMs };
}

function regionsOf(list: readonly { readonly RegionName?: string | undefined }[]): string[] {
  const regions = list.map(({ RegionName = "" }) => RegionName);
  if (new Set(regions).size < regions.length) throw wrongParameter("Duplicate region in the replica list");
  return regions;
}

/** The tables of a global table, wherever they are; none when there is no such global table. */
async function membersOf(tx: Transaction, context: Context, name: string): Promise<TableRecord[]> {
  const found: TableRecord[] = [];
  for (const { account, region, ...table } of await allTables(tx)) {
    if (account !== context.scope.account || table.name !== name) continue;
    const record = await tableRecord(tx, { account, region }, name);
    if (record?.group?.version === VERSION) found.push(record);
  }
  return found;
}

/** As `membersOf`. Faults: GlobalTableNotFoundException. */
export async function getMembers(tx: Transaction, context: Context, name: string): Promise<TableRecord[]> {
  const members = await membersOf(tx, context, name);
  if (members.length > 0) return members;
  throw fault("GlobalTableNotFoundException", `Global table with name: '${name}' does not exist.`);
}

export function replicaMissing(region: string): Fault {
  return fault("ReplicaNotFoundException", `Replica is not found in region: '${region}'`);
}

function replicaThere(region: string): Fault {
  return fault("ReplicaAlreadyExistsException", `Replica already exists in region: '${region}'`);
}

/**
 * The tables that are to become replicas: alike, empty, and with streams of whole items.
 * Faults: TableNotFoundException, ValidationException.
 */
async function fitTables(
  tx: Transaction,
  context: Context,
  name: string,
  regions: readonly string[],
  like: TableRecord | undefined,
): Promise<TableRecord[]> {
  const records: TableRecord[] = [];
  for (const region of regions) {
    const record = await tableRecord(tx, { account: context.scope.account, region }, name);
    if (!record) throw fault("TableNotFoundException", `Table not found: ${name} in region ${region}`);
    const { stream, group } = record;
    if (group) throw wrongParameter(`Table ${name} in region ${region} is a replica already`);
    await checkNoBulk(tx, record);
    if (!stream?.enabled || stream.view !== "NEW_AND_OLD_IMAGES") {
      throw wrongParameter(`Table ${name} in region ${region} has no stream of new and old images`);
    }
    if ((await totalsOf(tx, record.number, 0)).items > 0) {
      throw wrongParameter(`Table ${name} in region ${region} is not empty`);
    }
    if (shapeOf(like ?? records[0] ?? record) !== shapeOf(record)) {
      throw wrongParameter(
        `Table ${name} in region ${region} has other keys or indexes than the other tables`,
      );
    }
    records.push(record);
  }
  return records;
}

function shapeOf({ keys, attributes, locals, globals }: TableRecord): string {
  const byName = <One extends { readonly name: string }>(list: readonly One[]) =>
    [...list].sort((one, other) => (one.name < other.name ? -1 : 1));
  const indexes = [...byName(locals), ...byName(globals)].map((index) => [index.name, index.keys]);
  return JSON.stringify([keys, byName(attributes), indexes]);
}

function describe(
  context: Context,
  name: string,
  regions: readonly string[],
  createdMs: number,
  status: NonNullable<GlobalTableDescription["GlobalTableStatus"]>,
): GlobalTableDescription {
  const { account } = context.scope;
  return {
    ReplicationGroup: regions.map((region) => ({ RegionName: region })),
    GlobalTableArn: formatArn("dynamodb", { account }, `global-table/${name}`),
    CreationDateTime: new Date(createdMs),
    GlobalTableStatus: status,
    GlobalTableName: name,
  };
}
