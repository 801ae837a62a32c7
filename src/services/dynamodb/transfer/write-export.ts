import { Fault } from "../../../kernel/faults.ts";
import type { Store } from "../../../store/store.ts";
import type { Background } from "../../define.ts";
import type { Job } from "../backups/jobs.ts";
import { pastChanges } from "../backups/past.ts";
import { snapshotOf } from "../backups/snapshot.ts";
import { compileTable, findTable } from "../tables/catalog.ts";
import { tableArn } from "../tables/names.ts";
import { keyOf } from "../values/keys.ts";
import { itemSize } from "../values/size.ts";
import type { Item } from "../values/value.ts";
import { failureOf } from "./failure.ts";
import { ionItemLine, ionPartsLine } from "./ion-write.ts";
import { gzipped, itemLine, jsonOf } from "./lines.ts";
import { type DataFile, putDataFile, putManifest, putterOf, rootOf } from "./output.ts";
import {
  type ExportRecord,
  findTransfer,
  type Outcome,
  putTransfer,
  transferArn,
} from "./transfer-records.ts";

/** A data file holds no more items than this. */
const ITEMS_PER_FILE = 10_000;

/**
 * Writes an export: gzipped data files and the manifests that list them, where AWS puts them.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 */
export async function writeExport(
  job: Extract<Job, { kind: "export" }>,
  background: Background,
): Promise<void> {
  const { store, clock } = background;
  const record = await store.transact((tx) => findTransfer(tx, "export", job.transfer));
  if (!record || record.outcome) return;
  const outcome = await tryExport(record, background);
  await store.transact(async (tx) => putTransfer(tx, { ...record, outcome, endedMs: clock.now() }));
}

async function tryExport(record: ExportRecord, background: Background): Promise<Outcome> {
  try {
    return await exportAll(record, background);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { failure: failureOf(error), items: 0, bytes: 0, errors: 0, imported: 0 };
  }
}

/** `<prefix>/AWSDynamoDB/<id>`; the files of an incremental export lie in one folder for all. */
function folderOf(record: ExportRecord): string {
  return `${rootOf(record)}/${record.id}`;
}

function dataFolderOf(record: ExportRecord): string {
  if (record.fromMs === undefined) return `${folderOf(record)}/data`;
  return `${rootOf(record)}/data`;
}

export function manifestKey(record: ExportRecord): string {
  return `${folderOf(record)}/manifest-summary.json`;
}

async function exportAll(record: ExportRecord, background: Background): Promise<Outcome> {
  const context = background.as(record);
  const put = putterOf(context, record);
  const folder = folderOf(record);
  await put(`${folder}/_started`, new Uint8Array(0));
  const files: DataFile[] = [];
  let bytes = 0;
  for await (const lines of filesOf(record, background.store)) {
    const name = context.ids.base32(26).toLowerCase();
    const key = `${dataFolderOf(record)}/${name}.${record.format === "ION" ? "ion" : "json"}.gz`;
    files.push(await putDataFile(put, key, gzipped(textOf(lines)), lines.length));
    bytes += lines.reduce((sum, { size }) => sum + size, 0);
  }
  const items = files.reduce((sum, { itemCount }) => sum + itemCount, 0);
  await putManifest(
    put,
    `${folder}/manifest-files`,
    files.map((file) => `${JSON.stringify(file)}\n`).join(""),
  );
  const summary = summaryOf(
    record,
    { items, bytes },
    `${folder}/manifest-files.json`,
    background.clock.now(),
  );
  await putManifest(put, `${folder}/manifest-summary`, JSON.stringify(summary));
  return { items, bytes, errors: 0, imported: 0 };
}

function summaryOf(
  record: ExportRecord,
  totals: { items: number; bytes: number },
  files: string,
  nowMs: number,
) {
  const iso = (ms: number) => new Date(ms).toISOString();
  return {
    version: record.fromMs === undefined ? "2020-06-30" : "2023-08-01",
    exportArn: transferArn(record),
    startTime: iso(record.startedMs),
    endTime: iso(nowMs),
    tableArn: tableArn(record, record.table),
    tableId: record.tableId,
    ...(record.fromMs === undefined
      ? { exportTime: iso(record.atMs) }
      : { exportFromTime: iso(record.fromMs), exportToTime: iso(record.atMs) }),
    s3Bucket: record.bucket,
    s3Prefix: record.prefix ?? null,
    s3SseAlgorithm: record.encryption ?? "AES256",
    s3SseKmsKeyId: null,
    manifestFilesS3Key: files,
    billedSizeBytes: totals.bytes,
    itemCount: totals.items,
    outputFormat: record.format ?? "DYNAMODB_JSON",
    ...(record.view === undefined ? {} : { outputView: record.view }),
    exportType: record.fromMs === undefined ? "FULL_EXPORT" : "INCREMENTAL_EXPORT",
  };
}

interface Line {
  readonly text: string;
  readonly size: number;
}

async function* textOf(lines: readonly Line[]): AsyncGenerator<string> {
  for (const { text } of lines) yield text;
}

/** The lines of one data file after the other. */
async function* filesOf(record: ExportRecord, store: Store): AsyncGenerator<Line[]> {
  let lines: Line[] = [];
  for await (const line of linesOf(record, store)) {
    lines.push(line);
    if (lines.length < ITEMS_PER_FILE) continue;
    yield lines;
    lines = [];
  }
  if (lines.length > 0) yield lines;
}

async function* linesOf(record: ExportRecord, store: Store): AsyncGenerator<Line> {
  if (record.fromMs !== undefined) return yield* incrementOf(record, record.fromMs, store);
  const write = record.format === "ION" ? ionItemLine : itemLine;
  for await (const piece of snapshotOf(store, record.tableNumber, { atMs: record.atMs })) {
    for (const item of piece) yield { text: write(item), size: itemSize(item) };
  }
}

/**
 * What became of every item that changed between two moments: as it was before its first change, and as
 * it is after its last.
 */
async function* incrementOf(record: ExportRecord, fromMs: number, store: Store): AsyncGenerator<Line> {
  const table = await store.transact((tx) => findTable(tx, store, record, record.table));
  if (!table) return;
  const { schema } = compileTable(table.record);
  for (const change of await pastChanges(store, record.tableNumber, fromMs, record.atMs)) {
    const known: Item | undefined = change.after ?? change.before;
    if (!known) continue;
    const parts = {
      Metadata: { WriteTimestampMicros: { N: String(Math.floor(change.atMs * 1000)) } },
      Keys: keyOf(known, schema),
      ...(change.before && record.view === "NEW_AND_OLD_IMAGES" ? { OldImage: change.before } : {}),
      ...(change.after ? { NewImage: change.after } : {}),
    };
    const text = record.format === "ION" ? ionPartsLine(parts) : `${jsonOf(parts)}\n`;
    yield { text, size: itemSize(known) };
  }
}
