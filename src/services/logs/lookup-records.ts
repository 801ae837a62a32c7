import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction } from "../../store/store.ts";
import { missing } from "./faults.ts";
import type { GroupName } from "./names.ts";
import { read, write } from "./records.ts";

/** A table that queries look into. What is in it lies beside it, in pieces. */
export interface LookupRecord extends GroupName {
  readonly v: 1;
  readonly description?: string;
  readonly columns: readonly string[];
  readonly records: number;
  readonly sizeBytes: number;
  readonly updatedMs: number;
  readonly kmsKeyId?: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Characters of one piece. */
const PIECE = 65_536;

const recordKey = ({ account, region }: Scope, ...name: string[]): Key => [
  "logs",
  "lookup",
  account,
  region,
  ...name,
];
const bodyKey = ({ account, region, name }: GroupName): Key => ["logs", "lookupBody", account, region, name];

export const lookupArn = ({ name, ...scope }: GroupName): string =>
  formatArn("logs", scope, `lookup-table:${name}`);

/** The table that an ARN names; undefined for another resource's. */
export function lookupOfArn(text: string): GroupName | undefined {
  const arn = parseArn(text);
  const name = arn?.service === "logs" ? /^lookup-table:(\w+)$/.exec(arn.resource)?.[1] : undefined;
  return arn && name !== undefined ? { account: arn.account, region: arn.region, name } : undefined;
}

export const readLookup = (tx: Transaction, { name, ...scope }: GroupName) =>
  read<LookupRecord>(tx, recordKey(scope, name));

/** Throws ResourceNotFoundException. */
export async function requireLookup(tx: Transaction, name: GroupName): Promise<LookupRecord> {
  const record = await readLookup(tx, name);
  if (!record) throw missing("The specified lookup table does not exist.");
  return record;
}

export const writeLookup = (tx: Transaction, record: LookupRecord) =>
  write(tx, recordKey(record, record.name), record);

export function writeBody(tx: Transaction, name: GroupName, body: string): void {
  tx.clear({ prefix: bodyKey(name) });
  for (let at = 0; at < body.length; at += PIECE)
    write(tx, [...bodyKey(name), at / PIECE], { text: body.slice(at, at + PIECE) });
}

export async function readBody(tx: Transaction, name: GroupName): Promise<string> {
  const pieces: string[] = [];
  for await (const [, value] of tx.range({ prefix: bodyKey(name) }))
    pieces.push((value as unknown as { readonly text: string }).text);
  return pieces.join("");
}

export function deleteLookup(tx: Transaction, { name, ...scope }: GroupName): void {
  tx.delete(recordKey(scope, name));
  tx.clear({ prefix: bodyKey({ ...scope, name }) });
}

export async function* lookupsOf(tx: Transaction, scope: Scope, after?: string) {
  const prefix = recordKey(scope);
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as LookupRecord;
}
