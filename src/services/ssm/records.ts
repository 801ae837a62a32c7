import type * as sdk from "@aws-sdk/client-ssm";
import { formatArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";
import type { Policy } from "./policies.ts";

/** One version of a parameter, as it was put. */
export interface VersionRecord {
  readonly v: 1;
  readonly name: string;
  readonly version: number;
  readonly type: sdk.ParameterType;
  /** Of a SecureString sealed. */
  readonly value: string;
  readonly keyId?: string | undefined;
  readonly description?: string | undefined;
  readonly allowedPattern?: string | undefined;
  readonly tier: "Standard" | "Advanced";
  readonly dataType: string;
  readonly policies: readonly Policy[];
  readonly labels: readonly string[];
  readonly modifiedMs: number;
  readonly modifiedBy: string;
}

const at = (kind: string, { account, region }: Scope, ...rest: string[]): Key => [
  kind,
  account,
  region,
  ...rest,
];
/** The latest version of each, in the order of names. */
const latestKey = (scope: Scope, ...name: string[]) => at("ssmParameter", scope, ...name);
export const versionKey = (scope: Scope, name: string, version: number): Key => [
  ...at("ssmVersion", scope, name),
  version,
];
export const tagsKey = (scope: Scope, name: string) => at("ssmTags", scope, name);
/** When a policy of a parameter acts next. */
export const DUE: Key = ["ssmDue"];
export const dueKey = ({ account, region }: Scope, name: string): Key => [...DUE, account, region, name];

/** `parameter/name`, with the slash that a name may begin with. */
export const parameterArn = (scope: Scope, name: string) =>
  formatArn("ssm", scope, `parameter${name.startsWith("/") ? "" : "/"}${name}`);

export async function readLatest(tx: Transaction, scope: Scope, name: string) {
  return (await tx.get(latestKey(scope, name))) as unknown as VersionRecord | undefined;
}

/** Writes a version, the latest one also as the parameter itself. */
export function writeVersion(tx: Transaction, scope: Scope, record: VersionRecord, isLatest: boolean): void {
  tx.set(versionKey(scope, record.name, record.version), record as unknown as Value);
  if (isLatest) tx.set(latestKey(scope, record.name), record as unknown as Value);
}

/** All versions, the oldest first. */
export async function versionsOf(tx: Transaction, scope: Scope, name: string): Promise<VersionRecord[]> {
  const found: VersionRecord[] = [];
  for await (const [, value] of tx.range({ prefix: at("ssmVersion", scope, name) }))
    found.push(value as unknown as VersionRecord);
  return found;
}

export function deleteParameter(tx: Transaction, scope: Scope, name: string): void {
  tx.delete(latestKey(scope, name));
  tx.clear({ prefix: at("ssmVersion", scope, name) });
  tx.delete(tagsKey(scope, name));
  tx.delete(dueKey(scope, name));
}

export async function* parametersOf(tx: Transaction, scope: Scope, after?: string) {
  const prefix = latestKey(scope);
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as VersionRecord;
}
