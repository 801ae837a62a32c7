import type {
  GlobalSecondaryIndexDescription,
  LocalSecondaryIndexDescription,
  ProvisionedThroughputDescription,
  TableDescription,
  VectorIndexDescription,
} from "@aws-sdk/client-dynamodb";
import type { Transaction } from "../../../store/store.ts";
import {
  type BillingRecord,
  type GlobalIndexRecord,
  type IndexRecord,
  type KeyElementRecord,
  type TableRecord,
  type ThroughputRecord,
  totalsOf,
  type UnitsRecord,
} from "../records.ts";
import { describeGroup } from "../replicas/describe.ts";
import { definitionOf, type VectorIndexRecord } from "../vectors/record.ts";
import { tableArn } from "./names.ts";

/** What a table on demand bears from the start. */
const ON_DEMAND_WARMTH: UnitsRecord = { read: 12_000, write: 4_000 };
const DAY_MS = 86_400_000;
const INDEX_STATUS = { active: "ACTIVE", backfilling: "CREATING", deleting: "DELETING" } as const;

/** A table as AWS describes it; `status` where an operation has just begun to change it. */
export async function describeTable(
  tx: Transaction,
  record: TableRecord,
  nowMs: number,
  status: "CREATING" | "UPDATING" | "DELETING" | undefined = undefined,
): Promise<TableDescription> {
  const arn = tableArn(record, record.name);
  const totals = await totalsOf(tx, record.number, 0);
  const locals = await Promise.all(record.locals.map((index) => describeLocal(tx, record, index)));
  const globals = await Promise.all(
    record.globals.map((index) => describeGlobal(tx, record, index, nowMs, status === "CREATING")),
  );
  const vectors = await Promise.all(
    (record.vectors ?? []).map((index) => describeVector(tx, record, index, status === "CREATING")),
  );
  const busy = isBusy(record);
  const tableStatus = status ?? (record.loading ? "CREATING" : busy ? "UPDATING" : "ACTIVE");
  return {
    AttributeDefinitions: record.attributes.map(({ name, type }) => ({
      AttributeName: name,
      AttributeType: type,
    })),
    TableName: record.name,
    KeySchema: keySchema(record.keys),
    TableStatus: tableStatus,
    CreationDateTime: new Date(record.createdMs),
    ProvisionedThroughput: describeThroughput(record.billing.throughput, nowMs),
    TableSizeBytes: totals.bytes,
    ItemCount: totals.items,
    TableArn: arn,
    TableId: record.id,
    ...describeBilling(record.billing),
    ...(locals.length > 0 ? { LocalSecondaryIndexes: locals } : {}),
    ...(globals.length > 0 ? { GlobalSecondaryIndexes: globals } : {}),
    ...(vectors.length > 0 ? { VectorIndexes: vectors } : {}),
    ...describeStream(record, arn),
    ...describeSettings(record),
    ...(await describeGroup(tx, record)),
    ...(record.sharesSettings ? { GlobalTableSettingsReplicationMode: "ENABLED" as const } : {}),
    WarmThroughput: {
      ...warmth(record.warmThroughput, record.billing.throughput, record.billing.mode),
      Status: tableStatus === "DELETING" ? "DELETING" : status === undefined ? "ACTIVE" : tableStatus,
    },
  };
}

/** Whether an index or a replica of the table is being made or removed. */
export function isBusy({ globals, vectors = [], group }: TableRecord): boolean {
  return (
    [...globals, ...vectors].some(({ state }) => state !== "active") ||
    (group?.others.some(({ state }) => state !== "active") ?? false)
  );
}

export function keySchema(keys: readonly KeyElementRecord[]) {
  return keys.map(({ name, role }) => ({ AttributeName: name, KeyType: role }));
}

function describeProjection({ projection, included }: IndexRecord) {
  return {
    ProjectionType: projection,
    ...(projection === "INCLUDE" ? { NonKeyAttributes: [...included] } : {}),
  };
}

async function describeIndex(tx: Transaction, table: TableRecord, index: IndexRecord) {
  const totals = await totalsOf(tx, table.number, index.number);
  return {
    IndexName: index.name,
    KeySchema: keySchema(index.keys),
    Projection: describeProjection(index),
    IndexSizeBytes: totals.bytes,
    ItemCount: totals.items,
    IndexArn: `${tableArn(table, table.name)}/index/${index.name}`,
  };
}

function describeLocal(
  tx: Transaction,
  table: TableRecord,
  index: IndexRecord,
): Promise<LocalSecondaryIndexDescription> {
  return describeIndex(tx, table, index);
}

async function describeGlobal(
  tx: Transaction,
  table: TableRecord,
  index: GlobalIndexRecord,
  nowMs: number,
  creating: boolean,
): Promise<GlobalSecondaryIndexDescription> {
  const status = creating ? "CREATING" : INDEX_STATUS[index.state];
  const limits = index.onDemandLimits;
  return {
    ...(await describeIndex(tx, table, index)),
    IndexStatus: status,
    ...(index.state === "backfilling" ? { Backfilling: true } : {}),
    ProvisionedThroughput: describeThroughput(index.throughput, nowMs),
    ...(limits ? { OnDemandThroughput: describeLimits(limits) } : {}),
    WarmThroughput: {
      ...warmth(index.warmThroughput, index.throughput, table.billing.mode),
      Status: status,
    },
  };
}

async function describeVector(
  tx: Transaction,
  table: TableRecord,
  index: VectorIndexRecord,
  creating: boolean,
): Promise<VectorIndexDescription> {
  const totals = await totalsOf(tx, table.number, index.number);
  return {
    ...definitionOf(index),
    IndexStatus: creating ? "CREATING" : INDEX_STATUS[index.state],
    ...(index.state === "backfilling" ? { Backfilling: true } : {}),
    IndexSizeBytes: totals.bytes,
    ItemCount: totals.items,
    IndexArn: `${tableArn(table, table.name)}/index/${index.name}`,
  };
}

function describeThroughput(throughput: ThroughputRecord, nowMs: number): ProvisionedThroughputDescription {
  const { increasedMs, decreasedMs, decreases } = throughput;
  const today = decreasedMs !== undefined && sameDay(decreasedMs, nowMs);
  return {
    ...(increasedMs === undefined ? {} : { LastIncreaseDateTime: new Date(increasedMs) }),
    ...(decreasedMs === undefined ? {} : { LastDecreaseDateTime: new Date(decreasedMs) }),
    NumberOfDecreasesToday: today ? decreases : 0,
    ReadCapacityUnits: throughput.read,
    WriteCapacityUnits: throughput.write,
  };
}

/** Days of UTC, by which AWS counts decreases. */
export function sameDay(oneMs: number, otherMs: number): boolean {
  return Math.floor(oneMs / DAY_MS) === Math.floor(otherMs / DAY_MS);
}

function describeBilling({ mode, onDemandSinceMs }: BillingRecord) {
  if (mode === "PROVISIONED" && onDemandSinceMs === undefined) return {};
  return {
    BillingModeSummary: {
      BillingMode: mode,
      ...(onDemandSinceMs === undefined
        ? {}
        : { LastUpdateToPayPerRequestDateTime: new Date(onDemandSinceMs) }),
    },
  };
}

function describeStream({ stream }: TableRecord, arn: string) {
  if (!stream) return {};
  return {
    ...(stream.enabled ? { StreamSpecification: { StreamEnabled: true, StreamViewType: stream.view } } : {}),
    LatestStreamLabel: stream.label,
    LatestStreamArn: `${arn}/stream/${stream.label}`,
  };
}

function describeSettings(record: TableRecord) {
  const { tableClass, encryption, restored, onDemandLimits } = record;
  return {
    ...(encryption
      ? { SSEDescription: { Status: "ENABLED", SSEType: "KMS", KMSMasterKeyArn: encryption.keyArn } as const }
      : {}),
    ...(tableClass
      ? {
          TableClassSummary: {
            TableClass: tableClass.name,
            ...(tableClass.updatedMs === undefined
              ? {}
              : { LastUpdateDateTime: new Date(tableClass.updatedMs) }),
          },
        }
      : {}),
    ...(restored
      ? {
          RestoreSummary: {
            ...(restored.backupArn === undefined ? {} : { SourceBackupArn: restored.backupArn }),
            ...(restored.tableArn === undefined ? {} : { SourceTableArn: restored.tableArn }),
            RestoreDateTime: new Date(restored.atMs),
            RestoreInProgress: record.loading === true,
          },
        }
      : {}),
    ...(onDemandLimits ? { OnDemandThroughput: describeLimits(onDemandLimits) } : {}),
    DeletionProtectionEnabled: record.deletionProtection,
  };
}

function describeLimits({ read, write }: UnitsRecord) {
  return { MaxReadRequestUnits: read, MaxWriteRequestUnits: write };
}

function warmth(set: UnitsRecord | undefined, provisioned: UnitsRecord, mode: BillingRecord["mode"]) {
  const { read, write } = set ?? (mode === "PROVISIONED" ? provisioned : ON_DEMAND_WARMTH);
  return { ReadUnitsPerSecond: read, WriteUnitsPerSecond: write };
}
