import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction } from "../../store/store.ts";
import { type Attributes, read, write } from "./records.ts";

/** A number that somebody wants verified, with the code that was sent to it. */
export interface SandboxNumber {
  readonly v: 1;
  readonly number: string;
  readonly status: "Pending" | "Verified";
  readonly code: string;
  readonly createdMs: number;
}

/** A number that wants no messages, or did not want any. */
export interface OptOut {
  readonly v: 1;
  readonly number: string;
  readonly out: boolean;
  /** When it last wanted messages again. */
  readonly inMs?: number;
}

const at = ({ account, region }: Scope, ...rest: Key): Key => ["snsPhones", account, region, ...rest];

export const readSettings = async (tx: Transaction, scope: Scope): Promise<Attributes> =>
  (await read<Attributes>(tx, at(scope, "settings"))) ?? {};
export const writeSettings = (tx: Transaction, scope: Scope, settings: Attributes) =>
  write(tx, at(scope, "settings"), settings);

export const readOptOut = (tx: Transaction, scope: Scope, number: string) =>
  read<OptOut>(tx, at(scope, "optOut", number));
export const writeOptOut = (tx: Transaction, scope: Scope, record: OptOut) =>
  write(tx, at(scope, "optOut", record.number), record);

export const readSandbox = (tx: Transaction, scope: Scope, number: string) =>
  read<SandboxNumber>(tx, at(scope, "sandbox", number));
export const writeSandbox = (tx: Transaction, scope: Scope, record: SandboxNumber) =>
  write(tx, at(scope, "sandbox", record.number), record);
export const removeSandbox = (tx: Transaction, scope: Scope, number: string) =>
  tx.delete(at(scope, "sandbox", number));

/** In order of number, from behind `after`. */
async function* listOf<Record>(tx: Transaction, prefix: Key, after: string | undefined) {
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as Record;
}

export const sandboxNumbers = (tx: Transaction, scope: Scope, after?: string) =>
  listOf<SandboxNumber>(tx, at(scope, "sandbox"), after);

export async function* optedOut(tx: Transaction, scope: Scope, after?: string) {
  for await (const record of listOf<OptOut>(tx, at(scope, "optOut"), after))
    if (record.out) yield record.number;
}
