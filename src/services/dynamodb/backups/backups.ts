import type * as sdk from "@aws-sdk/client-dynamodb";
import type { Fault } from "../../../kernel/faults.ts";
import type { Transaction } from "../../../store/store.ts";
import type { Background, Handlers } from "../../define.ts";
import { fault } from "../faults.ts";
import { type TableRecord, totalsOf } from "../records.ts";
import { findTable, saveTable, type Table } from "../tables/catalog.ts";
import { describeTable, keySchema } from "../tables/describe.ts";
import { parseTableName, tableArn } from "../tables/names.ts";
import { gzipped, itemLine } from "../transfer/lines.ts";
import { definitionOf } from "../vectors/record.ts";
import {
  type BackupRecord,
  backupArn,
  backupsOf,
  findBackup,
  parseBackupArn,
  putBackup,
  removeBackup,
} from "./backup-records.ts";
import { type Job, putJob } from "./jobs.ts";
import { makeLoading, restoredRecord } from "./load.ts";
import { lastOfPast } from "./past.ts";
import { snapshotOf } from "./snapshot.ts";

const MOST_BACKUPS = 100;
const ID_DIGITS = 14;

export const backups = {
  async CreateBackup({ TableName = "", BackupName = "" }, context) {
    const { scope, name } = parseTableName(TableName, context.scope);
    const mark = context.ids.hex(8);
    return context.store.transact(async (tx) => {
      const table = await findTable(tx, context.store, scope, name);
      if (!table) throw tableNotFound(name);
      if (table.record.loading) throw fault("TableInUseException", `Table is being created: ${name}`);
      const createdMs = context.clock.now();
      const after = await lastOfPast(tx, table.number);
      const backup: BackupRecord = {
        v: 1,
        ...scope,
        id: `${String(Math.floor(createdMs)).padStart(ID_DIGITS, "0")}-${mark}`,
        name: BackupName,
        createdMs,
        table: table.record,
        totals: await totalsOf(tx, table.number, 0),
        ...(after ? { after } : {}),
      };
      putBackup(tx, backup);
      // From here on changes are noted: the backup is of this moment, however long it takes.
      const copying = [...(table.record.copying ?? []), backup.id];
      saveTable(tx, context, { ...table.record, copying });
      putJob(tx, backup.id, { ...scope, kind: "backup", table: name, backup: backup.id });
      return { BackupDetails: describeDetails(backup) };
    });
  },

  async DescribeBackup({ BackupArn = "" }, context) {
    const backup = await context.store.transact((tx) => getBackup(tx, BackupArn));
    return { BackupDescription: describeBackup(backup) };
  },

  async ListBackups(input, { store, scope }) {
    const { TableName, Limit = MOST_BACKUPS, BackupType = "ALL", ExclusiveStartBackupArn } = input;
    const all = await store.transact((tx) => backupsOf(tx, scope, TableName));
    const from = input.TimeRangeLowerBound?.getTime() ?? 0;
    const until = input.TimeRangeUpperBound?.getTime() ?? Number.POSITIVE_INFINITY;
    const chosen = all.filter(
      ({ createdMs }) => createdMs >= from && createdMs < until && ["ALL", "USER"].includes(BackupType),
    );
    const start = chosen.findIndex((backup) => backupArn(backup) === ExclusiveStartBackupArn) + 1;
    const shown = chosen.slice(start, start + Limit);
    const last = shown.at(-1);
    return {
      BackupSummaries: shown.map((backup) => ({
        ...describeDetails(backup),
        TableName: backup.table.name,
        TableId: backup.table.id,
        TableArn: tableArn(backup, backup.table.name),
      })),
      ...(start + Limit < chosen.length && last ? { LastEvaluatedBackupArn: backupArn(last) } : {}),
    };
  },

  async DeleteBackup({ BackupArn = "" }, context) {
    const backup = await context.store.transact(async (tx) => {
      const found = await getBackup(tx, BackupArn);
      if (found.blob === undefined) {
        throw fault("BackupInUseException", `Backup is being created: ${BackupArn}`);
      }
      removeBackup(tx, found);
      return found;
    });
    if (backup.blob !== undefined) await context.blobs.delete(backup.blob);
    const description = describeBackup(backup);
    return {
      BackupDescription: {
        ...description,
        BackupDetails: { ...describeDetails(backup), BackupStatus: "DELETED" as const },
      },
    };
  },

  async RestoreTableFromBackup({ TargetTableName = "", BackupArn = "", ...overrides }, context) {
    const { scope, name } = parseTableName(TargetTableName, context.scope);
    const id = context.ids.uuid();
    return context.store.transact(async (tx) => {
      const backup = await getBackup(tx, BackupArn);
      if (backup.blob === undefined) {
        throw fault("BackupInUseException", `Backup is being created: ${BackupArn}`);
      }
      const nowMs = context.clock.now();
      const source = tableArn(backup, backup.table.name);
      const restored = { backupArn: BackupArn, tableArn: source, atMs: backup.createdMs };
      const make = (number: number) =>
        restoredRecord(backup.table, { scope, name, id, number, nowMs }, overrides, restored);
      const record = await makeLoading(context, scope, name, make, tx);
      putJob(tx, id, { ...scope, kind: "load", table: name, source: { from: "backup", blob: backup.blob } });
      return { TableDescription: await describeTable(tx, record, nowMs) };
    });
  },
} satisfies Handlers<typeof sdk>;

/** Takes a backup: writes the items as they were when it was asked for, and has done with noting changes. */
export async function takeBackup(
  job: Extract<Job, { kind: "backup" }>,
  background: Background,
): Promise<void> {
  const { store, blobs } = background;
  const backup = await store.transact((tx) => findBackup(tx, job, job.table, job.backup));
  if (backup && backup.blob === undefined) {
    const pieces = snapshotOf(store, backup.table.number, { after: backup.after });
    const { id } = await blobs.write(gzipped(textOf(pieces)));
    await store.transact(async (tx) => putBackup(tx, { ...backup, blob: id }));
  }
  await store.transact(async (tx) => {
    const table = await findTable(tx, store, job, job.table);
    if (table) saveTable(tx, background, withoutCopy(table, job.backup));
  });
}

async function* textOf(pieces: AsyncIterable<readonly Parameters<typeof itemLine>[0][]>) {
  for await (const piece of pieces) yield piece.map(itemLine).join("");
}

function withoutCopy({ record }: Table, backup: string): TableRecord {
  const { copying = [], ...rest } = record;
  const left = copying.filter((id) => id !== backup);
  return left.length === 0 ? rest : { ...rest, copying: left };
}

export function tableNotFound(name: string): Fault {
  return fault("TableNotFoundException", `Table not found: ${name}`);
}

async function getBackup(tx: Transaction, arn: string): Promise<BackupRecord> {
  const address = parseBackupArn(arn);
  const backup = address && (await findBackup(tx, address.scope, address.table, address.id));
  if (!backup) throw fault("BackupNotFoundException", `Backup not found: ${arn}`);
  return backup;
}

function describeDetails(backup: BackupRecord) {
  return {
    BackupArn: backupArn(backup),
    BackupName: backup.name,
    BackupSizeBytes: backup.totals.bytes,
    BackupStatus: backup.blob === undefined ? ("CREATING" as const) : ("AVAILABLE" as const),
    BackupType: "USER" as const,
    BackupCreationDateTime: new Date(backup.createdMs),
  };
}

function describeBackup(backup: BackupRecord): sdk.BackupDescription {
  const { table, totals } = backup;
  const { locals, globals, vectors = [], stream, expiry, encryption } = table;
  const arn = tableArn(table, table.name);
  const shape = (index: TableRecord["locals"][number]) => ({
    IndexName: index.name,
    KeySchema: keySchema(index.keys),
    Projection: {
      ProjectionType: index.projection,
      ...(index.projection === "INCLUDE" ? { NonKeyAttributes: [...index.included] } : {}),
    },
  });
  return {
    BackupDetails: describeDetails(backup),
    SourceTableDetails: {
      TableName: table.name,
      TableId: table.id,
      TableArn: arn,
      TableSizeBytes: totals.bytes,
      ItemCount: totals.items,
      KeySchema: keySchema(table.keys),
      TableCreationDateTime: new Date(table.createdMs),
      ProvisionedThroughput: units(table.billing.throughput),
      BillingMode: table.billing.mode,
    },
    SourceTableFeatureDetails: {
      ...(locals.length > 0 ? { LocalSecondaryIndexes: locals.map(shape) } : {}),
      ...(globals.length > 0
        ? {
            GlobalSecondaryIndexes: globals.map((index) => ({
              ...shape(index),
              ProvisionedThroughput: units(index.throughput),
            })),
          }
        : {}),
      ...(vectors.length > 0 ? { VectorIndexes: vectors.map(definitionOf) } : {}),
      ...(stream?.enabled ? { StreamDescription: { StreamEnabled: true, StreamViewType: stream.view } } : {}),
      ...(expiry?.enabled
        ? { TimeToLiveDescription: { TimeToLiveStatus: "ENABLED", AttributeName: expiry.attribute } }
        : {}),
      ...(encryption
        ? { SSEDescription: { Status: "ENABLED", SSEType: "KMS", KMSMasterKeyArn: encryption.keyArn } }
        : {}),
    },
  };
}

function units({ read, write }: { read: number; write: number }) {
  return { ReadCapacityUnits: read, WriteCapacityUnits: write };
}
