import type { ReplicaDescription, TableDescription } from "@aws-sdk/client-dynamodb";
import type { Transaction } from "../../../store/store.ts";
import { type TableRecord, tableRecord } from "../records.ts";
import { tableArn } from "../tables/names.ts";
import { type MemberRecord, scopeOfReplica } from "./group.ts";

/** What DescribeTable shows of a global table of today's version. */
export async function describeGroup(
  tx: Transaction,
  record: TableRecord,
): Promise<Partial<TableDescription>> {
  const { group } = record;
  if (group?.version !== "2019.11.21") return {};
  const replicas: ReplicaDescription[] = [];
  for (const member of group.others) replicas.push(await describeReplica(tx, record, member));
  return {
    GlobalTableVersion: group.version,
    Replicas: replicas,
    MultiRegionConsistency: group.consistency,
    ...(group.witness === undefined
      ? {}
      : { GlobalTableWitnesses: [{ RegionName: group.witness, WitnessStatus: "ACTIVE" }] }),
  };
}

async function describeReplica(
  tx: Transaction,
  own: TableRecord,
  { region, state }: MemberRecord,
): Promise<ReplicaDescription> {
  const scope = scopeOfReplica(own, region);
  const replica = await tableRecord(tx, scope, own.name);
  const { overrides, encryption, tableClass } = replica ?? {};
  const indexes = overrides?.indexes?.map((index) => ({
    IndexName: index.name,
    ...units(index.read, index.maxRead),
  }));
  return {
    RegionName: region,
    ReplicaStatus: state === "active" ? "ACTIVE" : "CREATING",
    ReplicaArn: tableArn(scope, own.name),
    ...(overrides?.encryption && encryption ? { KMSMasterKeyId: encryption.keyArn } : {}),
    ...units(overrides?.read, overrides?.maxRead),
    ...(indexes ? { GlobalSecondaryIndexes: indexes } : {}),
    ...(tableClass
      ? {
          ReplicaTableClassSummary: {
            TableClass: tableClass.name,
            ...(tableClass.updatedMs === undefined
              ? {}
              : { LastUpdateDateTime: new Date(tableClass.updatedMs) }),
          },
        }
      : {}),
    GlobalTableSettingsReplicationMode: own.group?.accounts ? "ENABLED" : "ENABLED_WITH_OVERRIDES",
  };
}

function units(read: number | undefined, maxRead: number | undefined) {
  return {
    ...(read === undefined ? {} : { ProvisionedThroughputOverride: { ReadCapacityUnits: read } }),
    ...(maxRead === undefined ? {} : { OnDemandThroughputOverride: { MaxReadRequestUnits: maxRead } }),
  };
}
