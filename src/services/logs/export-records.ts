import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction } from "../../store/store.ts";
import { read, write } from "./records.ts";

export interface ExportRecord {
  readonly v: 1;
  readonly id: string;
  readonly name?: string;
  readonly group: string;
  readonly streamPrefix?: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly bucket: string;
  readonly prefix: string;
  readonly status: "PENDING" | "RUNNING" | "COMPLETED" | "FAILED" | "CANCELLED" | "PENDING_CANCEL";
  readonly message?: string;
  readonly createdMs: number;
  readonly endedMs?: number;
}

const exportKey = ({ account, region }: Scope, ...id: string[]): Key => [
  "logs",
  "export",
  account,
  region,
  ...id,
];

export const readExport = (tx: Transaction, scope: Scope, id: string) =>
  read<ExportRecord>(tx, exportKey(scope, id));

export const writeExport = (tx: Transaction, scope: Scope, record: ExportRecord) =>
  write(tx, exportKey(scope, record.id), record);

export async function* exportsOf(tx: Transaction, scope: Scope, after?: string) {
  const prefix = exportKey(scope);
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as ExportRecord;
}
