import type { Background } from "../../define.ts";
import { tableArn } from "../tables/names.ts";
import { gzipped } from "../transfer/lines.ts";
import { putDataFile, putManifest, putterOf, rootOf } from "../transfer/output.ts";
import {
  type BulkProgress,
  type BulkRecord,
  bulkArn,
  changeProgress,
  type Outcome,
  progressOf,
  type ReportKind,
} from "./bulk-records.ts";
import { bulkPutBytes } from "./describe-bulk.ts";
import { dropLines, unfiledLines } from "./report-lines.ts";

/** A report's lines are put into a file when they are so many bytes. */
const FILE_BYTES = 8 * 1024 * 1024;
const NAME_DIGITS = 12;

const FOLDERS: Readonly<Record<ReportKind, string>> = {
  ERROR: "error",
  CONDITION_CHECK_FAILURE: "condition-check-failure",
};

/** Puts the lines of the report into files when there are enough of them. */
export async function fileWhenFull(
  background: Background,
  record: BulkRecord,
  { unfiledBytes }: BulkProgress,
): Promise<void> {
  if (unfiledBytes >= FILE_BYTES) await fileLines(background, record);
}

/** Puts the last lines into files, and the manifests beside them. Faults: as S3's. */
export async function finishReport(
  background: Background,
  record: BulkRecord,
  ending: Outcome,
): Promise<void> {
  await fileLines(background, record);
  const progress = await background.store.transact((tx) => progressOf(tx, record));
  const put = putterOf(background.as(record), record.output);
  const folder = folderOf(record);
  const files = progress.files.map((file) => `${JSON.stringify(file)}\n`).join("");
  await putManifest(put, `${folder}/manifest-files`, files);
  const summary = manifestOf(record, progress, ending, background.clock.now());
  await putManifest(put, `${folder}/manifest-summary`, JSON.stringify(summary));
}

/** A file is named after its first line: written again after a restart, it is the same. */
async function fileLines(background: Background, record: BulkRecord): Promise<void> {
  const { store } = background;
  const put = putterOf(background.as(record), record.output);
  for (const kind of record.reported) {
    const { first, texts } = await store.transact((tx) => unfiledLines(tx, record, kind));
    if (texts.length === 0) continue;
    const name = String(first).padStart(NAME_DIGITS, "0");
    const key = `${folderOf(record)}/${FOLDERS[kind]}/${name}.json.gz`;
    const file = await putDataFile(put, key, gzipped(withBreaks(texts)), texts.length);
    await store.transact(async (tx) => {
      dropLines(tx, record, kind);
      await changeProgress(tx, record, ({ files }) => ({ unfiledBytes: 0, files: [...files, file] }));
    });
  }
}

async function* withBreaks(texts: readonly string[]): AsyncGenerator<string> {
  for (const text of texts) yield `${text}\n`;
}

function folderOf(record: BulkRecord): string {
  return `${rootOf(record.output)}/${record.id}`;
}

function manifestOf(record: BulkRecord, progress: BulkProgress, { status, failure }: Outcome, nowMs: number) {
  const { source, output } = record;
  const iso = (ms: number) => new Date(ms).toISOString();
  return {
    bulkOperationArn: bulkArn(record),
    status,
    ...(failure ? { failureCode: failure.code, failureMessage: failure.message } : {}),
    startTime: iso(record.startedMs),
    endTime: iso(nowMs),
    tableArn: tableArn(record, record.table),
    tableId: record.tableId,
    inputS3Bucket: source.bucket,
    inputS3Prefix: source.prefix ?? null,
    inputFormat: record.format,
    s3Bucket: output.bucket,
    s3Prefix: output.prefix ?? null,
    s3SseAlgorithm: output.encryption ?? null,
    s3SseKmsKeyId: output.encryptionKey ?? null,
    outputTypes: record.reported,
    manifestFilesS3Key: `${folderOf(record)}/manifest-files.json`,
    processedItemCount: progress.items,
    failedItemCount: progress.failed,
    conditionCheckFailureCount: progress.conditionsFailed,
    bulkPutBytes: bulkPutBytes(progress.usage),
  };
}
