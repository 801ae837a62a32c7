import type * as sdk from "@aws-sdk/client-dynamodb";
import type { UpdateTableCommandInput } from "@aws-sdk/client-dynamodb";
import type { Handlers } from "../../define.ts";
import { fault, namedTableMissing } from "../faults.ts";
import { doomIndex, noteFill, type TableRecord } from "../records.ts";
import { changeSharing, checkOneAccount } from "../replicas/accounts.ts";
import { changeMembers, synchronizeOthers } from "../replicas/members.ts";
import { groupChangeOf } from "../replicas/rules.ts";
import { NONE_SCALED, scaledWrites } from "../replicas/scaled.ts";
import { lanesOfTable, regrown } from "../streams/lanes.ts";
import { invalid } from "../values/value.ts";
import { checkVectorUpdates } from "../vectors/rules.ts";
import { encryptionRecord, limitsRecord, newStream, warmRecord } from "./build.ts";
import { findTable, saveTable } from "./catalog.ts";
import { describeTable, isBusy } from "./describe.ts";
import { changeIndexes, checkIndexUpdates } from "./index-changes.ts";
import { parseTableName } from "./names.ts";
import { checkQuotas } from "./quotas.ts";
import { wrongParameter } from "./rules.ts";
import { changeBilling, checkThroughputInput } from "./throughput.ts";

export const updates = {
  async UpdateTable(input, context) {
    const { scope, name } = parseTableName(input.TableName ?? "", context.scope);
    checkSomething(input);
    const replicas = groupChangeOf(input, scope.region);
    checkThroughputInput(input);
    checkIndexUpdates(input.GlobalSecondaryIndexUpdates ?? []);
    checkVectorUpdates(input);
    const scaled = replicas?.creates.length ? await scaledWrites(context, name) : NONE_SCALED;
    return context.store.transact(async (tx) => {
      const nowMs = context.clock.now();
      const table = await findTable(tx, context.store, scope, name);
      if (!table) throw namedTableMissing(name);
      checkAtRest(table.record);
      if (replicas) checkOneAccount(table.record);
      const before = table.record;
      const billed = changeBilling(before, input, nowMs);
      const indexed = changeIndexes(billed, input);
      const streamed = changeStream(indexed, input, nowMs);
      const set = changeSharing(changeSettings(streamed, input, nowMs), input);
      const record = replicas ? await changeMembers(tx, context, set, replicas, scaled) : set;
      for (const { number, state } of [...record.globals, ...(record.vectors ?? [])]) {
        if (state === "backfilling") noteFill(tx, { ...scope, name, table: record.number, index: number });
        if (state === "deleting") doomIndex(tx, record.number, number);
      }
      const kept = withoutDeleted(record);
      await checkQuotas(tx, context, before, kept);
      saveTable(tx, context, kept);
      await synchronizeOthers(tx, context, kept);
      return { TableDescription: await describeTable(tx, record, nowMs, "UPDATING") };
    });
  },
} satisfies Handlers<typeof sdk>;

function withoutDeleted(record: TableRecord): TableRecord {
  const { globals, vectors, ...rest } = record;
  const left = vectors?.filter(({ state }) => state !== "deleting") ?? [];
  return {
    ...rest,
    globals: globals.filter(({ state }) => state !== "deleting"),
    ...(left.length > 0 ? { vectors: left } : {}),
  };
}

const CHANGING = [
  "ProvisionedThroughput",
  "BillingMode",
  "StreamSpecification",
  "GlobalSecondaryIndexUpdates",
  "SSESpecification",
  "ReplicaUpdates",
  "GlobalTableWitnessUpdates",
  "MultiRegionConsistency",
  "TableClass",
  "DeletionProtectionEnabled",
  "OnDemandThroughput",
  "WarmThroughput",
  "VectorIndexUpdates",
  "GlobalTableSettingsReplicationMode",
] as const;

/** Faults: ResourceInUseException for a table that is being made or changed. */
function checkAtRest(record: TableRecord): void {
  if (!record.loading && !isBusy(record)) return;
  throw fault(
    "ResourceInUseException",
    "Attempt to change a resource which is still in use: Table is being " +
      `${record.loading ? "created" : "updated"}: ${record.name}`,
  );
}

function checkSomething(input: UpdateTableCommandInput): void {
  const given = CHANGING.some((name) => {
    const value = input[name];
    return value !== undefined && !(Array.isArray(value) && value.length === 0);
  });
  if (given) return;
  throw invalid(
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, " +
      "GlobalSecondaryIndexUpdates or " +
      "SSESpecification or ReplicaUpdates is required",
  );
}

/** Faults: ValidationException for a stream that is as it is asked to become. */
function changeStream(record: TableRecord, input: UpdateTableCommandInput, nowMs: number): TableRecord {
  const specification = input.StreamSpecification;
  if (!specification) {
    return record.stream ? { ...record, stream: regrown(record.stream, record.billing, nowMs) } : record;
  }
  if (specification.StreamEnabled) {
    if (record.stream?.enabled) {
      throw invalid(`Table already has an enabled stream: TableName: ${record.name}`);
    }
    if (!specification.StreamViewType) {
      throw wrongParameter("If stream is being enabled then UpdateViewType is required");
    }
    return {
      ...record,
      stream: newStream(specification, nowMs, lanesOfTable(record.billing.mode, record.billing.throughput)),
    };
  }
  if (specification.StreamViewType) {
    throw wrongParameter("If stream is being disabled, then UpdateViewType must not be specified");
  }
  if (!record.stream?.enabled) {
    throw invalid(`Table has no stream to disable: TableName: ${record.name}`);
  }
  if (record.group && record.group.consistency !== "STRONG") {
    throw invalid("Stream cannot be disabled on a replica of a global table");
  }
  return { ...record, stream: { ...record.stream, enabled: false, endedMs: nowMs } };
}

function changeSettings(record: TableRecord, input: UpdateTableCommandInput, nowMs: number): TableRecord {
  const { DeletionProtectionEnabled, TableClass, SSESpecification, OnDemandThroughput, WarmThroughput } =
    input;
  if (OnDemandThroughput && record.billing.mode === "PROVISIONED") {
    throw wrongParameter("OnDemandThroughput cannot be specified when BillingMode is PROVISIONED");
  }
  const { encryption, ...plain } = record;
  const encrypted = SSESpecification
    ? {
        ...plain,
        ...(SSESpecification.Enabled ? { encryption: encryptionRecord(SSESpecification, record) } : {}),
      }
    : record;
  return {
    ...encrypted,
    ...(DeletionProtectionEnabled === undefined ? {} : { deletionProtection: DeletionProtectionEnabled }),
    ...(TableClass ? { tableClass: { name: TableClass, updatedMs: nowMs } } : {}),
    ...(OnDemandThroughput ? { onDemandLimits: limitsRecord(OnDemandThroughput) } : {}),
    ...(WarmThroughput ? { warmThroughput: warmRecord(WarmThroughput) } : {}),
  };
}
