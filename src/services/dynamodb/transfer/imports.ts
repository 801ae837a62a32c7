import type * as sdk from "@aws-sdk/client-dynamodb";
import type { Value } from "../../../store/store.ts";
import type { Handlers } from "../../define.ts";
import { putJob } from "../backups/jobs.ts";
import { fault } from "../faults.ts";
import { nextTableNumber } from "../records.ts";
import { newTableRecord } from "../tables/build.ts";
import { findTable, saveTable } from "../tables/catalog.ts";
import { parseTableArn, parseTableName, tableArn } from "../tables/names.ts";
import { checkNewTable } from "../tables/rules.ts";
import {
  findTransfer,
  type ImportRecord,
  putTransfer,
  transferArn,
  transfersOf,
} from "./transfer-records.ts";

const MOST_IMPORTS = 25;
const ID_DIGITS = 14;

export const importsFromS3 = {
  async ImportTable(input, context) {
    const parameters = input.TableCreationParameters;
    const { scope, name } = parseTableName(parameters?.TableName ?? "", context.scope);
    const { InputFormat: format = "DYNAMODB_JSON", InputCompressionType: compression = "NONE" } = input;
    const creation = { ...parameters, TableName: name } as sdk.CreateTableCommandInput;
    checkNewTable(creation);
    const id = context.ids.uuid();
    const mark = context.ids.hex(8);
    return context.store.transact(async (tx) => {
      const known = await transfersOf(tx, "import", scope, name);
      const same = known.find(({ token }) => token !== undefined && token === input.ClientToken);
      if (same) return { ImportTableDescription: describeImport(same) };
      if (await findTable(tx, context.store, scope, name)) {
        throw fault("ResourceInUseException", `Table already exists: ${name}`);
      }
      const nowMs = context.clock.now();
      const own = { scope, name, id, number: await nextTableNumber(tx) };
      saveTable(tx, context, { ...newTableRecord(creation, own, nowMs), loading: true });
      const { S3Bucket = "", S3KeyPrefix, S3BucketOwner } = input.S3BucketSource ?? {};
      const csv = input.InputFormatOptions?.Csv;
      const record: ImportRecord = {
        v: 1,
        kind: "import",
        ...scope,
        id: `${String(Math.floor(nowMs)).padStart(ID_DIGITS, "0")}-${mark}`,
        table: name,
        tableId: id,
        startedMs: nowMs,
        format,
        compression,
        source: {
          bucket: S3Bucket,
          ...(S3KeyPrefix ? { prefix: S3KeyPrefix } : {}),
          ...(S3BucketOwner === undefined ? {} : { owner: S3BucketOwner }),
        },
        ...(csv
          ? {
              csv: {
                ...(csv.Delimiter === undefined ? {} : { delimiter: csv.Delimiter }),
                ...(csv.HeaderList === undefined ? {} : { headers: csv.HeaderList }),
              },
            }
          : {}),
        parameters: parameters as unknown as Value,
        ...(input.ClientToken === undefined ? {} : { token: input.ClientToken }),
      };
      putTransfer(tx, record);
      putJob(tx, record.id, { ...scope, kind: "import", table: name, transfer: transferArn(record) });
      return { ImportTableDescription: describeImport(record) };
    });
  },

  async DescribeImport({ ImportArn = "" }, { store }) {
    const record = await store.transact((tx) => findTransfer(tx, "import", ImportArn));
    if (!record) throw fault("ImportNotFoundException", `Import not found: ${ImportArn}`);
    return { ImportTableDescription: describeImport(record) };
  },

  async ListImports({ TableArn, PageSize = MOST_IMPORTS, NextToken }, { store, scope }) {
    const table = TableArn === undefined ? undefined : parseTableArn(TableArn)?.name;
    const all = await store.transact((tx) => transfersOf(tx, "import", scope, table));
    const start = NextToken === undefined ? 0 : all.findIndex((each) => transferArn(each) === NextToken) + 1;
    const shown = all.slice(start, start + PageSize);
    const last = shown.at(-1);
    return {
      ImportSummaryList: shown.map((record) => {
        const { ImportArn, ImportStatus, InputFormat, S3BucketSource, StartTime, EndTime } =
          describeImport(record);
        const own = { ImportArn, ImportStatus, InputFormat, S3BucketSource, StartTime };
        return { ...own, TableArn: tableArn(record, record.table), ...(EndTime ? { EndTime } : {}) };
      }),
      ...(start + PageSize < all.length && last ? { NextToken: transferArn(last) } : {}),
    };
  },
} satisfies Handlers<typeof sdk>;

function describeImport(record: ImportRecord): sdk.ImportTableDescription {
  const { outcome, csv, source } = record;
  const status = !outcome ? "IN_PROGRESS" : outcome.failure ? "FAILED" : "COMPLETED";
  return {
    ImportArn: transferArn(record),
    ImportStatus: status,
    TableArn: tableArn(record, record.table),
    TableId: record.tableId,
    ...(record.token === undefined ? {} : { ClientToken: record.token }),
    S3BucketSource: {
      S3Bucket: source.bucket,
      ...(source.prefix === undefined ? {} : { S3KeyPrefix: source.prefix }),
      ...(source.owner === undefined ? {} : { S3BucketOwner: source.owner }),
    },
    InputFormat: record.format,
    InputCompressionType: record.compression,
    ...(csv
      ? {
          InputFormatOptions: {
            Csv: {
              ...(csv.delimiter === undefined ? {} : { Delimiter: csv.delimiter }),
              ...(csv.headers === undefined ? {} : { HeaderList: [...csv.headers] }),
            },
          },
        }
      : {}),
    TableCreationParameters: record.parameters as unknown as sdk.TableCreationParameters,
    StartTime: new Date(record.startedMs),
    ...(record.endedMs === undefined ? {} : { EndTime: new Date(record.endedMs) }),
    ErrorCount: outcome?.errors ?? 0,
    ProcessedItemCount: outcome?.items ?? 0,
    ImportedItemCount: outcome?.imported ?? 0,
    ProcessedSizeBytes: outcome?.bytes ?? 0,
    ...(outcome?.failure
      ? { FailureCode: outcome.failure.code, FailureMessage: outcome.failure.message }
      : {}),
  };
}
