import type * as sdk from "@aws-sdk/client-dynamodb";
import type { Context, Handlers } from "../../define.ts";
import { tableNotFound } from "../backups/backups.ts";
import { putJob } from "../backups/jobs.ts";
import { recoveryOf, windowOf } from "../backups/recovery.ts";
import { fault } from "../faults.ts";
import type { TableRecord } from "../records.ts";
import { findTable } from "../tables/catalog.ts";
import { parseTableArn, tableArn } from "../tables/names.ts";
import { invalid } from "../values/value.ts";
import {
  type ExportRecord,
  findTransfer,
  putTransfer,
  transferArn,
  transfersOf,
} from "./transfer-records.ts";
import { manifestKey } from "./write-export.ts";

const MOST_EXPORTS = 25;
const LEAST_INCREMENT_MS = 15 * 60_000;
const MOST_INCREMENT_MS = 24 * 3_600_000;
const ID_DIGITS = 14;

export const exportsToS3 = {
  async ExportTableToPointInTime(input, context) {
    const { TableArn = "" } = input;
    const address = parseTableArn(TableArn);
    if (!address) throw invalid(`Invalid TableArn: ${TableArn}`);
    const mark = context.ids.hex(8);
    return context.store.transact(async (tx) => {
      const table = await findTable(tx, context.store, address.scope, address.name);
      if (!table) throw tableNotFound(address.name);
      const nowMs = context.clock.now();
      const record = newExport(input, table.record, mark, nowMs);
      const known = await transfersOf(tx, "export", address.scope, address.name);
      const same = known.find(({ token }) => token !== undefined && token === input.ClientToken);
      if (same) return { ExportDescription: describeExport(same) };
      putTransfer(tx, record);
      putJob(tx, record.id, {
        ...address.scope,
        kind: "export",
        table: address.name,
        transfer: transferArn(record),
      });
      return { ExportDescription: describeExport(record) };
    });
  },

  async DescribeExport({ ExportArn = "" }, context) {
    const record = await context.store.transact((tx) => findTransfer(tx, "export", ExportArn));
    if (!record) throw fault("ExportNotFoundException", `Export not found: ${ExportArn}`);
    return { ExportDescription: describeExport(record) };
  },

  async ListExports({ TableArn, MaxResults = MOST_EXPORTS, NextToken }, context) {
    const address = TableArn === undefined ? undefined : parseTableArn(TableArn);
    const all = await allExports(context, address?.name);
    const start = NextToken === undefined ? 0 : all.findIndex((each) => transferArn(each) === NextToken) + 1;
    const shown = all.slice(start, start + MaxResults);
    const last = shown.at(-1);
    return {
      ExportSummaries: shown.map((record) => ({
        ExportArn: transferArn(record),
        ExportStatus: statusOf(record),
        ExportType: typeOf(record),
      })),
      ...(start + MaxResults < all.length && last ? { NextToken: transferArn(last) } : {}),
    };
  },
} satisfies Handlers<typeof sdk>;

function allExports({ store, scope }: Context, table: string | undefined): Promise<ExportRecord[]> {
  return store.transact((tx) => transfersOf(tx, "export", scope, table));
}

function newExport(
  input: sdk.ExportTableToPointInTimeInput,
  table: TableRecord,
  mark: string,
  nowMs: number,
): ExportRecord {
  const own = recoveryOf(table);
  const moment = momentsOf(input, own, nowMs);
  return {
    v: 1,
    kind: "export",
    account: table.account,
    region: table.region,
    id: `${String(Math.floor(nowMs)).padStart(ID_DIGITS, "0")}-${mark}`,
    table: table.name,
    tableId: table.id,
    tableNumber: table.number,
    startedMs: nowMs,
    ...moment,
    bucket: input.S3Bucket ?? "",
    ...(input.S3BucketOwner === undefined ? {} : { bucketOwner: input.S3BucketOwner }),
    ...(input.S3Prefix ? { prefix: input.S3Prefix.replace(/\/$/, "") } : {}),
    ...(input.S3SseAlgorithm === undefined ? {} : { encryption: input.S3SseAlgorithm }),
    ...(input.ClientToken === undefined ? {} : { token: input.ClientToken }),
    ...(input.ExportFormat === "ION" ? { format: input.ExportFormat } : {}),
  };
}

/** The moment of an export, or both ends of an incremental one. Faults: InvalidExportTimeException. */
function momentsOf(
  { ExportType, ExportTime, IncrementalExportSpecification: increment }: sdk.ExportTableToPointInTimeInput,
  own: NonNullable<TableRecord["recovery"]>,
  nowMs: number,
): Pick<ExportRecord, "atMs" | "fromMs" | "view"> {
  const { earliestMs } = windowOf(own, nowMs);
  const within = (atMs: number) => atMs >= Math.floor(earliestMs / 1000) * 1000 && atMs <= nowMs;
  const wrong = (message: string) => fault("InvalidExportTimeException", message);
  if (ExportType !== "INCREMENTAL_EXPORT") {
    if (increment)
      throw invalid("IncrementalExportSpecification is for exports of the type INCREMENTAL_EXPORT");
    const atMs = ExportTime?.getTime() ?? nowMs;
    if (!within(atMs)) throw wrong("ExportTime is outside of the window of point in time recovery");
    return { atMs };
  }
  const fromMs = increment?.ExportFromTime?.getTime() ?? Number.NaN;
  const atMs = increment?.ExportToTime?.getTime() ?? nowMs;
  if (!within(fromMs) || !within(atMs)) {
    throw wrong("ExportFromTime and ExportToTime must lie in the window of point in time recovery");
  }
  if (atMs - fromMs < LEAST_INCREMENT_MS) throw wrong("The export period must be at least 15 minutes");
  if (atMs - fromMs > MOST_INCREMENT_MS) throw wrong("The export period must be at most 24 hours");
  return { atMs, fromMs, view: increment?.ExportViewType ?? "NEW_AND_OLD_IMAGES" };
}

function statusOf({ outcome }: ExportRecord): sdk.ExportStatus {
  if (!outcome) return "IN_PROGRESS";
  return outcome.failure ? "FAILED" : "COMPLETED";
}

function typeOf({ fromMs }: ExportRecord): sdk.ExportType {
  return fromMs === undefined ? "FULL_EXPORT" : "INCREMENTAL_EXPORT";
}

function describeExport(record: ExportRecord): sdk.ExportDescription {
  const { outcome, fromMs, atMs, view } = record;
  return {
    ExportArn: transferArn(record),
    ExportStatus: statusOf(record),
    StartTime: new Date(record.startedMs),
    ...(record.endedMs === undefined ? {} : { EndTime: new Date(record.endedMs) }),
    TableArn: tableArn(record, record.table),
    TableId: record.tableId,
    S3Bucket: record.bucket,
    ...(record.bucketOwner === undefined ? {} : { S3BucketOwner: record.bucketOwner }),
    ...(record.prefix === undefined ? {} : { S3Prefix: record.prefix }),
    S3SseAlgorithm: (record.encryption ?? "AES256") as sdk.S3SseAlgorithm,
    ...(record.token === undefined ? {} : { ClientToken: record.token }),
    ExportFormat: record.format ?? "DYNAMODB_JSON",
    ExportType: typeOf(record),
    ...(fromMs === undefined
      ? { ExportTime: new Date(atMs) }
      : {
          IncrementalExportSpecification: {
            ExportFromTime: new Date(fromMs),
            ExportToTime: new Date(atMs),
            ...(view === undefined ? {} : { ExportViewType: view }),
          },
        }),
    ...(outcome?.failure
      ? { FailureCode: outcome.failure.code, FailureMessage: outcome.failure.message }
      : {}),
    ...(outcome && !outcome.failure
      ? { ExportManifest: manifestKey(record), ItemCount: outcome.items, BilledSizeBytes: outcome.bytes }
      : {}),
  };
}
