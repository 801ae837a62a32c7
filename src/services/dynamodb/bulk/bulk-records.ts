import { formatArn } from "../../../kernel/arn.ts";
import type { Scope } from "../../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../../store/store.ts";
import { notedJobs } from "../backups/jobs.ts";
import type { Failure } from "../transfer/failure.ts";
import type { DataFile, Output } from "../transfer/output.ts";
import type { Source } from "../transfer/source.ts";

/** A bulk operation as it was asked for, and what became of it. */
export interface BulkRecord extends Scope {
  readonly v: 1;
  /** Begins with the time, so that operations lie in the order of their beginnings. */
  readonly id: string;
  readonly startedMs: number;
  readonly endedMs?: number;
  readonly table: string;
  readonly tableId: string;
  readonly tableNumber: number;
  /** The table as the request names it: a name or an ARN. */
  readonly tableName: string;
  readonly token?: { readonly text: string; readonly digest: string };
  readonly source: Source;
  readonly format: "DYNAMODB_JSON" | "ION";
  readonly compression: "GZIP" | "NONE" | "ZSTD";
  readonly output: Output;
  readonly reported: readonly ReportKind[];
  /** Write units a second, where they are limited. */
  readonly mostUnits?: number;
  readonly tier: "STANDARD" | "ACCELERATED";
  readonly cancelling?: true;
  readonly outcome?: Outcome;
}

export type ReportKind = "ERROR" | "CONDITION_CHECK_FAILURE";

export interface Outcome {
  readonly status: "COMPLETED" | "COMPLETED_WITH_ERRORS" | "CANCELLED" | "FAILED";
  readonly failure?: Failure;
}

/** How far an operation is: it goes on from here after a restart. */
export interface BulkProgress {
  readonly v: 1;
  /** The object that is being read, or was read last, and how many of its records are done. */
  readonly at?: { readonly key: string; readonly records: number; readonly isRead: boolean };
  readonly totalBytes?: number;
  /** Of the objects that were read to their ends. */
  readonly finishedBytes: number;
  /** Of all that was read. */
  readonly readBytes: number;
  readonly items: number;
  readonly failed: number;
  readonly conditionsFailed: number;
  readonly usage: BulkUsage;
  /** Lines of reports so far; those that lie in no file yet are in the store. */
  readonly lines: number;
  readonly unfiledBytes: number;
  readonly files: readonly DataFile[];
  /** What became of it, before the last of its report is written. */
  readonly ending?: Outcome;
}

/** Bytes written, by index where it is not the table. */
export interface BulkUsage {
  readonly table: number;
  readonly locals: Readonly<Record<string, number>>;
  readonly globals: Readonly<Record<string, number>>;
  readonly vectors: Readonly<Record<string, number>>;
}

const NOTHING: BulkProgress = {
  v: 1,
  finishedBytes: 0,
  readBytes: 0,
  items: 0,
  failed: 0,
  conditionsFailed: 0,
  usage: { table: 0, locals: {}, globals: {}, vectors: {} },
  lines: 0,
  unfiledBytes: 0,
  files: [],
};

/** Operations are listed for so long. */
const KEPT_MS = 90 * 24 * 60 * 60 * 1000;
/** Forgotten at each new one: they come one by one, so they go faster than they come. */
const FORGOTTEN_AT_ONCE = 4;
const TIME_DIGITS = 14;

const OPERATION: Key = ["ddb", "bulk"];
const PROGRESS: Key = ["ddb", "bulkProgress"];

const placeOf = ({ account, region }: Scope, id: string): Key => [...OPERATION, account, region, id];

export function bulkId(nowMs: number, mark: string): string {
  return `${timeText(nowMs)}-${mark}`;
}

function timeText(atMs: number): string {
  return String(Math.floor(Math.max(0, atMs))).padStart(TIME_DIGITS, "0");
}

export function bulkArn(record: BulkRecord): string {
  return formatArn("dynamodb", record, `table/${record.table}/bulk-operation/${record.id}`);
}

const ARN =
  /^arn:aws[a-z-]*:dynamodb:([a-z0-9-]+):(\d{12}):table\/([a-zA-Z0-9_.-]+)\/bulk-operation\/([0-9a-f-]+)$/;

export async function findBulk(tx: Transaction, arn: string): Promise<BulkRecord | undefined> {
  const [, region = "", account = "", table = "", id = ""] = ARN.exec(arn) ?? [];
  const record = (await tx.get(placeOf({ account, region }, id))) as unknown as BulkRecord | undefined;
  return record?.table === table ? record : undefined;
}

export function putBulk(tx: Transaction, record: BulkRecord): void {
  tx.set(placeOf(record, record.id), record as unknown as Value);
}

export async function progressOf(tx: Transaction, { id }: BulkRecord): Promise<BulkProgress> {
  return ((await tx.get([...PROGRESS, id])) as unknown as BulkProgress | undefined) ?? NOTHING;
}

export function putProgress(tx: Transaction, { id }: BulkRecord, progress: BulkProgress): void {
  tx.set([...PROGRESS, id], progress as unknown as Value);
}

/** Changes how far an operation is, if there still is one: all may have been removed meanwhile. */
export async function changeProgress(
  tx: Transaction,
  record: BulkRecord,
  change: (last: BulkProgress) => Partial<BulkProgress>,
): Promise<BulkProgress> {
  const last = await progressOf(tx, record);
  const progress = { ...last, ...change(last) };
  if (await findBulk(tx, bulkArn(record))) putProgress(tx, record, progress);
  return progress;
}

/** A scope's operations since a moment, the latest first, and of those before `before` only. */
export async function bulksSince(
  tx: Transaction,
  scope: Scope,
  sinceMs: number,
  { limit, before }: { readonly limit?: number; readonly before?: string } = {},
): Promise<BulkRecord[]> {
  const found: BulkRecord[] = [];
  const prefix = [...OPERATION, scope.account, scope.region];
  const range = {
    prefix,
    gte: placeOf(scope, timeText(sinceMs)),
    ...(before === undefined ? {} : { lt: placeOf(scope, before) }),
  };
  const options = { reverse: true, ...(limit === undefined ? {} : { limit }) };
  for await (const [, value] of tx.range(range, options)) found.push(value as unknown as BulkRecord);
  return found;
}

/** The earliest beginning that is still listed. */
export function listedSince(nowMs: number): number {
  return nowMs - KEPT_MS;
}

/** Drops some that are listed no longer. */
export async function forgetOld(tx: Transaction, scope: Scope, nowMs: number): Promise<void> {
  const prefix = [...OPERATION, scope.account, scope.region];
  const range = { prefix, lt: placeOf(scope, timeText(listedSince(nowMs))) };
  for await (const [key, value] of tx.range(range, { limit: FORGOTTEN_AT_ONCE })) {
    const { id, outcome } = value as unknown as BulkRecord;
    if (!outcome) continue;
    tx.delete(key);
    tx.delete([...PROGRESS, id]);
  }
}

/** Whether an operation puts items into a table. */
export async function isBulkUnderWay(tx: Transaction, table: Scope & { name: string }): Promise<boolean> {
  for (const [, job] of await notedJobs(tx)) {
    if (job.kind !== "bulk" || job.table !== table.name) continue;
    if (job.account !== table.account || job.region !== table.region) continue;
    const record = await findBulk(tx, job.operation);
    if (record && !record.outcome) return true;
  }
  return false;
}
