import type * as sdk from "@aws-sdk/client-dynamodb";
import type { Scope } from "../../../kernel/scope.ts";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { fault } from "../faults.ts";
import type { TableRecord } from "../records.ts";
import { findTable, saveTable } from "../tables/catalog.ts";
import { describeTable } from "../tables/describe.ts";
import { parseTableArn, parseTableName, tableArn } from "../tables/names.ts";
import { invalid } from "../values/value.ts";
import { tableNotFound } from "./backups.ts";
import { putJob } from "./jobs.ts";
import { makeLoading, restoredRecord } from "./load.ts";
import { schedulePast } from "./past.ts";

const DAY_MS = 86_400_000;
const MOST_DAYS = 35;
/** The latest moment a table can be restored to lies this far back, as on AWS. */
const LATEST_BACK_MS = 5 * 60_000;

export const recovery = {
  async DescribeContinuousBackups({ TableName = "" }, context) {
    const { scope, name } = parseTableName(TableName, context.scope);
    const record = await context.store.transact((tx) => recordOf(tx, context, scope, name));
    return { ContinuousBackupsDescription: describeRecovery(record, context.clock.now()) };
  },

  async UpdateContinuousBackups({ TableName = "", PointInTimeRecoverySpecification: asked }, context) {
    const { scope, name } = parseTableName(TableName, context.scope);
    const { PointInTimeRecoveryEnabled: enabled = false, RecoveryPeriodInDays: days } = asked ?? {};
    if (!enabled && days !== undefined) {
      throw invalid(
        "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.",
      );
    }
    return context.store.transact(async (tx) => {
      const record = await recordOf(tx, context, scope, name);
      const nowMs = context.clock.now();
      const { recovery: before, ...rest } = record;
      const after: TableRecord = enabled
        ? {
            ...rest,
            recovery: { sinceMs: before?.sinceMs ?? nowMs, days: days ?? before?.days ?? MOST_DAYS },
          }
        : rest;
      saveTable(tx, context, after);
      if (enabled && !before) schedulePast(tx, after, nowMs, days ?? MOST_DAYS);
      return { ContinuousBackupsDescription: describeRecovery(after, nowMs) };
    });
  },

  async RestoreTableToPointInTime(input, context) {
    const { SourceTableName, SourceTableArn, TargetTableName = "", RestoreDateTime } = input;
    const { UseLatestRestorableTime, ...overrides } = input;
    const from = parseTableName(SourceTableName ?? SourceTableArn ?? "", context.scope);
    if (SourceTableArn !== undefined && !parseTableArn(SourceTableArn)) throw tableNotFound(SourceTableArn);
    const { scope, name } = parseTableName(TargetTableName, context.scope);
    const id = context.ids.uuid();
    return context.store.transact(async (tx) => {
      const source = await recordOf(tx, context, from.scope, from.name);
      const nowMs = context.clock.now();
      const atMs = momentOf(source, RestoreDateTime, UseLatestRestorableTime === true, nowMs);
      const restored = { tableArn: tableArn(source, source.name), atMs };
      const make = (number: number) =>
        restoredRecord(source, { scope, name, id, number, nowMs }, overrides, restored);
      const record = await makeLoading(context, scope, name, make, tx);
      const past = { from: "past", tableNumber: source.number, atMs } as const;
      putJob(tx, id, { ...scope, kind: "load", table: name, source: past });
      return { TableDescription: await describeTable(tx, record, nowMs) };
    });
  },
} satisfies Handlers<typeof sdk>;

/** The window in which a table can be restored to any second. */
export function windowOf({ sinceMs, days }: NonNullable<TableRecord["recovery"]>, nowMs: number) {
  const earliestMs = Math.max(sinceMs, nowMs - days * DAY_MS);
  return { earliestMs, latestMs: Math.max(earliestMs, nowMs - LATEST_BACK_MS) };
}

/** Faults: PointInTimeRecoveryUnavailableException. */
export function recoveryOf({ recovery, name }: TableRecord): NonNullable<TableRecord["recovery"]> {
  if (recovery) return recovery;
  throw fault(
    "PointInTimeRecoveryUnavailableException",
    `Point in time recovery is not enabled for table '${name}'`,
  );
}

function momentOf(source: TableRecord, asked: Date | undefined, latest: boolean, nowMs: number): number {
  const { earliestMs, latestMs } = windowOf(recoveryOf(source), nowMs);
  if (latest && asked) {
    throw invalid("Cannot specify both RestoreDateTime and UseLatestRestorableTime at the same time");
  }
  if (latest) return latestMs;
  if (!asked) throw invalid("Either RestoreDateTime or UseLatestRestorableTime must be specified");
  const atMs = asked.getTime();
  // The window is told in whole seconds, and so is what is asked for.
  if (atMs >= Math.floor(earliestMs / 1000) * 1000 && atMs <= latestMs) return Math.max(atMs, earliestMs);
  throw fault(
    "InvalidRestoreTimeException",
    `RestoreDateTime must be between ${isoSeconds(earliestMs)} and ${isoSeconds(latestMs)}`,
  );
}

function isoSeconds(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString();
}

async function recordOf(tx: Transaction, context: Context, scope: Scope, name: string): Promise<TableRecord> {
  const table = await findTable(tx, context.store, scope, name);
  if (!table) throw tableNotFound(name);
  return table.record;
}

function describeRecovery({ recovery: own }: TableRecord, nowMs: number): sdk.ContinuousBackupsDescription {
  if (!own) {
    return {
      ContinuousBackupsStatus: "ENABLED",
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: "DISABLED" },
    };
  }
  const { earliestMs, latestMs } = windowOf(own, nowMs);
  return {
    ContinuousBackupsStatus: "ENABLED",
    PointInTimeRecoveryDescription: {
      PointInTimeRecoveryStatus: "ENABLED",
      RecoveryPeriodInDays: own.days,
      EarliestRestorableDateTime: new Date(earliestMs),
      LatestRestorableDateTime: new Date(latestMs),
    },
  };
}
