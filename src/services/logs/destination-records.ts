import { parseArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction } from "../../store/store.ts";
import { missing } from "./faults.ts";
import type { GroupName } from "./names.ts";
import { read, write } from "./records.ts";

export interface DestinationRecord extends GroupName {
  readonly v: 1;
  readonly targetArn: string;
  readonly roleArn: string;
  readonly accessPolicy?: string;
  readonly createdMs: number;
  readonly tags: Readonly<Record<string, string>>;
}

const destinationKey = ({ account, region }: Scope, ...name: string[]): Key => [
  "logs",
  "destination",
  account,
  region,
  ...name,
];

export const readDestination = (tx: Transaction, { name, ...scope }: GroupName) =>
  read<DestinationRecord>(tx, destinationKey(scope, name));

export const writeDestination = (tx: Transaction, record: DestinationRecord) =>
  write(tx, destinationKey(record, record.name), record);

/** Throws ResourceNotFoundException. */
export async function requireDestination(tx: Transaction, name: GroupName): Promise<DestinationRecord> {
  const record = await readDestination(tx, name);
  if (!record) throw missing("The specified destination does not exist.");
  return record;
}

/** The destination that an ARN names; undefined for another resource's. */
export function destinationOfArn(text: string): GroupName | undefined {
  const arn = parseArn(text);
  const name = arn?.service === "logs" ? /^destination:([^:*]+)$/.exec(arn.resource)?.[1] : undefined;
  return arn && name !== undefined ? { account: arn.account, region: arn.region, name } : undefined;
}

export async function* destinationsOf(tx: Transaction, scope: Scope, after?: string) {
  const prefix = destinationKey(scope);
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as DestinationRecord;
}

export const deleteDestination = (tx: Transaction, { name, ...scope }: GroupName) =>
  tx.delete(destinationKey(scope, name));
