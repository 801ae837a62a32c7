import { formatArn } from "../../../kernel/arn.ts";
import type { Scope } from "../../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../../store/store.ts";
import type { TableRecord, Totals } from "../records.ts";

export interface BackupRecord extends Scope {
  readonly v: 1;
  /** `<14 digits: epoch milliseconds>-<8 hex>` */
  readonly id: string;
  readonly name: string;
  readonly createdMs: number;
  /** The table as it was. */
  readonly table: TableRecord;
  readonly totals: Totals;
  /** The last entry of the table's past that belongs to the backup. */
  readonly after?: Key;
  /** The items; absent while the backup is being taken. */
  readonly blob?: string;
}

const BACKUP = "backup";
/** Blobs by their id, for whoever asks whether one is needed. */
const BLOB = "blob";
const ROOT = "ddb";

const backupKey = ({ account, region }: Scope, table: string, id: string): Key => [
  ...[ROOT, BACKUP, account, region],
  ...[table, id],
];

export function backupArn(backup: BackupRecord): string {
  return formatArn("dynamodb", backup, `table/${backup.table.name}/backup/${backup.id}`);
}

const ARN = /^arn:aws[a-z-]*:dynamodb:([a-z0-9-]+):(\d{12}):table\/([a-zA-Z0-9_.-]+)\/backup\/([0-9a-f-]+)$/;

/** The parts of a backup's ARN, or undefined when it is none. */
export function parseBackupArn(arn: string): { scope: Scope; table: string; id: string } | undefined {
  const [, region, account, table, id] = ARN.exec(arn) ?? [];
  return region && account && table && id ? { scope: { account, region }, table, id } : undefined;
}

export async function findBackup(
  tx: Transaction,
  scope: Scope,
  table: string,
  id: string,
): Promise<BackupRecord | undefined> {
  return (await tx.get(backupKey(scope, table, id))) as unknown as BackupRecord | undefined;
}

export function putBackup(tx: Transaction, backup: BackupRecord): void {
  tx.set(backupKey(backup, backup.table.name, backup.id), backup as unknown as Value);
  if (backup.blob !== undefined) tx.set([ROOT, BLOB, backup.blob], null);
}

export function removeBackup(tx: Transaction, backup: BackupRecord): void {
  tx.delete(backupKey(backup, backup.table.name, backup.id));
  if (backup.blob !== undefined) tx.delete([ROOT, BLOB, backup.blob]);
}

/** Whether a backup holds a blob. */
export async function isBackupBlob(tx: Transaction, blob: string): Promise<boolean> {
  return (await tx.get([ROOT, BLOB, blob])) !== undefined;
}

/** A scope's backups, of one table or all, by table and age. */
export async function backupsOf(
  tx: Transaction,
  { account, region }: Scope,
  table: string | undefined,
): Promise<BackupRecord[]> {
  const found: BackupRecord[] = [];
  const prefix = [ROOT, BACKUP, account, region, ...(table === undefined ? [] : [table])];
  for await (const [, value] of tx.range({ prefix })) found.push(value as unknown as BackupRecord);
  return found;
}
