import type * as sdk from "@aws-sdk/client-dynamodb";
import type { ReplicaSettingsDescription, UpdateTableCommandInput } from "@aws-sdk/client-dynamodb";
import type { Context, Handlers } from "../../define.ts";
import { fault } from "../faults.ts";
import type { TableRecord } from "../records.ts";
import { getMembers, replicaMissing } from "./legacy.ts";
import { scalingIn, setScaling } from "./scaling.ts";

type Asked = sdk.UpdateGlobalTableSettingsCommandInput;

/** Capacity of the replicas of a global table of 2017, in all regions at once. */
export const legacySettings = {
  async DescribeGlobalTableSettings({ GlobalTableName: name = "" }, context) {
    const members = await context.store.transact((tx) => getMembers(tx, context, name));
    return { GlobalTableName: name, ReplicaSettings: await settingsOf(context, members, "ACTIVE") };
  },

  async UpdateGlobalTableSettings(input, context) {
    const { GlobalTableName: name = "" } = input;
    const members = await context.store.transact((tx) => getMembers(tx, context, name));
    for (const { RegionName: region = "" } of input.ReplicaSettingsUpdate ?? []) {
      if (!members.some((member) => member.region === region)) throw replicaMissing(region);
    }
    for (const member of members) {
      checkIndexes(member, input);
      const change = changeOf(member, input);
      if (change) await context.inRegion(member.region).call("dynamodb", "UpdateTable", change);
    }
    for (const member of members) await scale(context, member, input);
    const after = await context.store.transact((tx) => getMembers(tx, context, name));
    return { GlobalTableName: name, ReplicaSettings: await settingsOf(context, after, "UPDATING") };
  },
} satisfies Handlers<typeof sdk>;

function checkIndexes({ globals, region }: TableRecord, input: Asked): void {
  const own = input.ReplicaSettingsUpdate?.find(({ RegionName }) => RegionName === region);
  const named = [
    ...(input.GlobalTableGlobalSecondaryIndexSettingsUpdate ?? []),
    ...(own?.ReplicaGlobalSecondaryIndexSettingsUpdate ?? []),
  ];
  for (const { IndexName } of named) {
    if (globals.some(({ name }) => name === IndexName)) continue;
    throw fault("IndexNotFoundException", `Index not found: ${IndexName}`);
  }
}

/** What a replica's table is to be changed to, or undefined when nothing changes of it. */
function changeOf(record: TableRecord, input: Asked): UpdateTableCommandInput | undefined {
  const own = input.ReplicaSettingsUpdate?.find(({ RegionName }) => RegionName === record.region);
  const mode = input.GlobalTableBillingMode ?? record.billing.mode;
  const switches = mode !== record.billing.mode ? { BillingMode: mode } : {};
  const tableClass = own?.ReplicaTableClass ? { TableClass: own.ReplicaTableClass } : {};
  const units = mode === "PROVISIONED" ? unitsOf(record, input, own) : {};
  const change = { TableName: record.name, ...switches, ...tableClass, ...units };
  return Object.keys(change).length > 1 ? change : undefined;
}

function unitsOf(
  { billing, globals }: TableRecord,
  input: Asked,
  own: sdk.ReplicaSettingsUpdate | undefined,
): Partial<UpdateTableCommandInput> {
  const { read, write } = billing.throughput;
  const next = {
    ReadCapacityUnits: own?.ReplicaProvisionedReadCapacityUnits ?? read,
    WriteCapacityUnits: input.GlobalTableProvisionedWriteCapacityUnits ?? write,
  };
  const changed = next.ReadCapacityUnits !== read || next.WriteCapacityUnits !== write;
  const updates = globals.flatMap((index) => {
    const named = ({ IndexName }: { IndexName: string | undefined }) => IndexName === index.name;
    const writes = input.GlobalTableGlobalSecondaryIndexSettingsUpdate?.find(named);
    const reads = own?.ReplicaGlobalSecondaryIndexSettingsUpdate?.find(named);
    const units = {
      ReadCapacityUnits: reads?.ProvisionedReadCapacityUnits ?? index.throughput.read,
      WriteCapacityUnits: writes?.ProvisionedWriteCapacityUnits ?? index.throughput.write,
    };
    const isSame =
      units.ReadCapacityUnits === index.throughput.read &&
      units.WriteCapacityUnits === index.throughput.write;
    return isSame ? [] : [{ Update: { IndexName: index.name, ProvisionedThroughput: units } }];
  });
  return {
    ...(changed ? { ProvisionedThroughput: next } : {}),
    ...(updates.length > 0 ? { GlobalSecondaryIndexUpdates: updates } : {}),
  };
}

async function scale(context: Context, { region, name: table }: TableRecord, input: Asked): Promise<void> {
  const own = input.ReplicaSettingsUpdate?.find(({ RegionName }) => RegionName === region);
  const writes = input.GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate;
  const reads = own?.ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate;
  if (writes) await setScaling(context, region, { table, kind: "Write" }, writes);
  if (reads) await setScaling(context, region, { table, kind: "Read" }, reads);
  for (const { IndexName: index = "", ...settings } of input.GlobalTableGlobalSecondaryIndexSettingsUpdate ??
    []) {
    const update = settings.ProvisionedWriteCapacityAutoScalingSettingsUpdate;
    if (update) await setScaling(context, region, { table, index, kind: "Write" }, update);
  }
  for (const { IndexName: index = "", ...settings } of own?.ReplicaGlobalSecondaryIndexSettingsUpdate ?? []) {
    const update = settings.ProvisionedReadCapacityAutoScalingSettingsUpdate;
    if (update) await setScaling(context, region, { table, index, kind: "Read" }, update);
  }
}

async function settingsOf(
  context: Context,
  members: readonly TableRecord[],
  status: "ACTIVE" | "UPDATING",
): Promise<ReplicaSettingsDescription[]> {
  const all: ReplicaSettingsDescription[] = [];
  for (const { region, name: table, billing, globals, tableClass } of members) {
    const scaling = await scalingIn(context, region, table);
    all.push({
      RegionName: region,
      ReplicaStatus: status,
      ReplicaBillingModeSummary: { BillingMode: billing.mode },
      ReplicaProvisionedReadCapacityUnits: billing.throughput.read,
      ReplicaProvisionedReadCapacityAutoScalingSettings: scaling({ kind: "Read" }),
      ReplicaProvisionedWriteCapacityUnits: billing.throughput.write,
      ReplicaProvisionedWriteCapacityAutoScalingSettings: scaling({ kind: "Write" }),
      ReplicaGlobalSecondaryIndexSettings: globals.map(({ name: index, throughput }) => ({
        IndexName: index,
        IndexStatus: "ACTIVE",
        ProvisionedReadCapacityUnits: throughput.read,
        ProvisionedReadCapacityAutoScalingSettings: scaling({ index, kind: "Read" }),
        ProvisionedWriteCapacityUnits: throughput.write,
        ProvisionedWriteCapacityAutoScalingSettings: scaling({ index, kind: "Write" }),
      })),
      ...(tableClass ? { ReplicaTableClassSummary: { TableClass: tableClass.name } } : {}),
    });
  }
  return all;
}
