import type {
  AttributeDefinition,
  CreateTableCommandInput,
  GlobalSecondaryIndex,
  KeySchemaElement,
  LocalSecondaryIndex,
  OnDemandThroughput,
  ProvisionedThroughput,
  SSESpecification,
  StreamSpecification,
  WarmThroughput,
} from "@aws-sdk/client-dynamodb";
import { formatArn } from "../../../kernel/arn.ts";
import type { Scope } from "../../../kernel/scope.ts";
import type {
  AttributeDefinitionRecord,
  GlobalIndexRecord,
  IndexRecord,
  KeyElementRecord,
  StreamRecord,
  TableRecord,
  ThroughputRecord,
  UnitsRecord,
} from "../records.ts";
import { lanesOfTable } from "../streams/lanes.ts";
import { vectorRecord } from "../vectors/record.ts";

/** The record of a table that was checked. */
export function newTableRecord(
  input: CreateTableCommandInput,
  facts: { readonly scope: Scope; readonly name: string; readonly id: string; readonly number: number },
  nowMs: number,
): TableRecord {
  const { scope, ...own } = facts;
  const locals = (input.LocalSecondaryIndexes ?? []).map((index, at) => indexRecord(index, at + 1));
  const globals = (input.GlobalSecondaryIndexes ?? []).map((index, at) =>
    globalRecord(index, locals.length + at + 1, "active"),
  );
  const others = locals.length + globals.length;
  const vectors = (input.VectorIndexes ?? []).map((index, at) =>
    vectorRecord(index, others + at + 1, "active"),
  );
  const mode = input.BillingMode ?? "PROVISIONED";
  const { StreamSpecification, SSESpecification, TableClass, OnDemandThroughput, WarmThroughput } = input;
  return {
    v: 1,
    ...own,
    account: scope.account,
    region: scope.region,
    createdMs: nowMs,
    attributes: definitionRecords(input.AttributeDefinitions ?? []),
    keys: keyRecords(input.KeySchema ?? []),
    billing: {
      mode,
      throughput: newThroughput(input.ProvisionedThroughput),
      ...(mode === "PAY_PER_REQUEST" ? { onDemandSinceMs: nowMs } : {}),
    },
    locals,
    globals,
    ...(input.GlobalTableSettingsReplicationMode === "ENABLED" ? { sharesSettings: true as const } : {}),
    deletionProtection: input.DeletionProtectionEnabled ?? false,
    tags: (input.Tags ?? []).map(({ Key = "", Value = "" }) => ({ key: Key, value: Value })),
    nextIndex: others + vectors.length + 1,
    ...(vectors.length > 0 ? { vectors } : {}),
    ...(TableClass ? { tableClass: { name: TableClass } } : {}),
    ...(SSESpecification?.Enabled ? { encryption: encryptionRecord(SSESpecification, scope) } : {}),
    ...(OnDemandThroughput ? { onDemandLimits: limitsRecord(OnDemandThroughput) } : {}),
    ...(WarmThroughput ? { warmThroughput: warmRecord(WarmThroughput) } : {}),
    ...(StreamSpecification?.StreamEnabled
      ? {
          stream: newStream(
            StreamSpecification,
            nowMs,
            lanesOfTable(mode, newThroughput(input.ProvisionedThroughput)),
          ),
        }
      : {}),
  };
}

export function definitionRecords(list: readonly AttributeDefinition[]): AttributeDefinitionRecord[] {
  return list.map(({ AttributeName = "", AttributeType = "S" }) => ({
    name: AttributeName,
    type: AttributeType,
  }));
}

function keyRecords(list: readonly KeySchemaElement[]): KeyElementRecord[] {
  return list.map(({ AttributeName = "", KeyType = "HASH" }) => ({ name: AttributeName, role: KeyType }));
}

function indexRecord(index: LocalSecondaryIndex, number: number): IndexRecord {
  return {
    number,
    name: index.IndexName ?? "",
    keys: keyRecords(index.KeySchema ?? []),
    projection: index.Projection?.ProjectionType ?? "ALL",
    included: index.Projection?.NonKeyAttributes ?? [],
  };
}

export function globalRecord(
  index: GlobalSecondaryIndex,
  number: number,
  state: GlobalIndexRecord["state"],
): GlobalIndexRecord {
  const { OnDemandThroughput, WarmThroughput } = index;
  return {
    ...indexRecord(index, number),
    throughput: newThroughput(index.ProvisionedThroughput),
    state,
    ...(OnDemandThroughput ? { onDemandLimits: limitsRecord(OnDemandThroughput) } : {}),
    ...(WarmThroughput ? { warmThroughput: warmRecord(WarmThroughput) } : {}),
  };
}

function newThroughput(units: ProvisionedThroughput | undefined): ThroughputRecord {
  return { read: units?.ReadCapacityUnits ?? 0, write: units?.WriteCapacityUnits ?? 0, decreases: 0 };
}

/** -1 stands for no limit. */
export function limitsRecord(limits: OnDemandThroughput): UnitsRecord {
  return { read: limits.MaxReadRequestUnits ?? -1, write: limits.MaxWriteRequestUnits ?? -1 };
}

export function warmRecord(units: WarmThroughput): UnitsRecord {
  return { read: units.ReadUnitsPerSecond ?? 12_000, write: units.WriteUnitsPerSecond ?? 4_000 };
}

/** A key that is named keeps its name; without one it is the account's own key for DynamoDB. */
export function encryptionRecord({ KMSMasterKeyId }: SSESpecification, scope: Scope): { keyArn: string } {
  const named = KMSMasterKeyId ?? "alias/aws/dynamodb";
  if (named.startsWith("arn:")) return { keyArn: named };
  return { keyArn: formatArn("kms", scope, named.startsWith("alias/") ? named : `key/${named}`) };
}

/** Switches a stream on; `lanes` as `lanesOfTable` has it. */
export function newStream(specification: StreamSpecification, nowMs: number, lanes: number): StreamRecord {
  return {
    view: specification.StreamViewType ?? "NEW_AND_OLD_IMAGES",
    label: new Date(nowMs).toISOString().replace("Z", ""),
    enabled: true,
    eras: [{ sinceMs: nowMs, lanes }],
  };
}
