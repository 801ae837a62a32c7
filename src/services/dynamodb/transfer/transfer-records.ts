import { formatArn } from "../../../kernel/arn.ts";
import type { Scope } from "../../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../../store/store.ts";
import type { Failure } from "./failure.ts";
import type { Source } from "./source.ts";

export interface ExportRecord extends Scope {
  readonly v: 1;
  readonly kind: "export";
  readonly id: string;
  readonly table: string;
  readonly tableId: string;
  readonly tableNumber: number;
  readonly startedMs: number;
  readonly endedMs?: number;
  /** The moment of a full export; of an incremental one, its end. */
  readonly atMs: number;
  /** The beginning of an incremental export. */
  readonly fromMs?: number;
  readonly view?: "NEW_IMAGE" | "NEW_AND_OLD_IMAGES";
  readonly bucket: string;
  readonly bucketOwner?: string;
  readonly prefix?: string;
  readonly encryption?: string;
  /** Absent for DynamoDB JSON. */
  readonly format?: "ION";
  readonly token?: string;
  readonly outcome?: Outcome;
}

export interface ImportRecord extends Scope {
  readonly v: 1;
  readonly kind: "import";
  readonly id: string;
  readonly table: string;
  readonly tableId: string;
  readonly startedMs: number;
  readonly endedMs?: number;
  readonly format: "DYNAMODB_JSON" | "CSV" | "ION";
  readonly compression: "GZIP" | "NONE" | "ZSTD";
  readonly source: Source;
  readonly csv?: { readonly delimiter?: string; readonly headers?: readonly string[] };
  /** The parameters of the table, as they were given: they are given back. */
  readonly parameters: Value;
  readonly token?: string;
  readonly outcome?: Outcome;
}

export interface Outcome {
  readonly failure?: Failure;
  readonly items: number;
  readonly bytes: number;
  readonly errors: number;
  readonly imported: number;
}

type TransferRecord = ExportRecord | ImportRecord;

const ROOT: Key = ["ddb", "transfer"];

const transferKey = (
  kind: TransferRecord["kind"],
  { account, region }: Scope,
  table: string,
  id: string,
): Key => [...[...ROOT, kind, account, region], ...[table, id]];

export function transferArn(record: TransferRecord): string {
  return formatArn("dynamodb", record, `table/${record.table}/${record.kind}/${record.id}`);
}

const ARN =
  /^arn:aws[a-z-]*:dynamodb:([a-z0-9-]+):(\d{12}):table\/([a-zA-Z0-9_.-]+)\/(export|import)\/([0-9a-f-]+)$/;

export async function findTransfer<Kind extends TransferRecord["kind"]>(
  tx: Transaction,
  kind: Kind,
  arn: string,
): Promise<Extract<TransferRecord, { readonly kind: Kind }> | undefined> {
  const [, region = "", account = "", table = "", named, id = ""] = ARN.exec(arn) ?? [];
  if (named !== kind) return undefined;
  return (await tx.get(transferKey(kind, { account, region }, table, id))) as never;
}

export function putTransfer(tx: Transaction, record: TransferRecord): void {
  tx.set(transferKey(record.kind, record, record.table, record.id), record as unknown as Value);
}

/** A scope's exports or imports, of one table or all. */
export async function transfersOf<Kind extends TransferRecord["kind"]>(
  tx: Transaction,
  kind: Kind,
  { account, region }: Scope,
  table: string | undefined,
): Promise<Extract<TransferRecord, { readonly kind: Kind }>[]> {
  const found: unknown[] = [];
  const prefix = [...ROOT, kind, account, region, ...(table === undefined ? [] : [table])];
  for await (const [, value] of tx.range({ prefix })) found.push(value);
  return found as Extract<TransferRecord, { readonly kind: Kind }>[];
}
