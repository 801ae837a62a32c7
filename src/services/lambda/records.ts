import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";
import { fault } from "./faults.ts";
import { TOTAL_CODE_BYTES } from "./limits.ts";

/** What is stored of a function, apart from its published versions. The qualifier `$LATEST` is `latest`. */
export interface FunctionRecord {
  readonly v: 1;
  readonly name: string;
  readonly latest: VersionRecord;
  /** The number that the next published version takes. Numbers are never used again. */
  readonly nextVersion: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly reservedConcurrency?: number;
  /** What its versions and aliases have provisioned together; failed provisions do not count. */
  readonly provisionedConcurrency?: number;
  readonly recursiveLoop: "Allow" | "Terminate";
}

/** The code and configuration of one version. A published one never changes but for its revision id. */
export interface VersionRecord {
  readonly v: 1;
  readonly version: string;
  /** AWS's RevisionId: a UUID that changes with every change a caller can see. */
  readonly revisionId: string;
  /** Changes with the code and configuration only: execution environments belong to one build. */
  readonly build: string;
  readonly lastModifiedMs: number;
  readonly description: string;
  readonly runtime: string;
  readonly handler: string;
  readonly role: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly ephemeralStorageMb: number;
  readonly architecture: "x86_64" | "arm64";
  /** Absent when no Environment was ever given, which AWS answers differently from an empty one. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly codeBlob: string;
  readonly codeSha256: string;
  readonly codeSizeBytes: number;
  /** What the zip's files come to. */
  readonly unzippedBytes: number;
  /** In the order they are laid over each other. */
  readonly layers?: readonly LayerUse[];
  readonly tracingMode: "Active" | "PassThrough";
  readonly snapStart: "PublishedVersions" | "None";
  readonly logging: LoggingRecord;
  readonly deadLetterTarget?: string;
  readonly kmsKeyArn?: string;
  /** Kept for the caller; functions run in the machine's own network. */
  readonly vpc?: {
    readonly subnetIds: readonly string[];
    readonly securityGroupIds: readonly string[];
    readonly ipv6: boolean;
  };
}

/** What a version has of a layer version, which may be deleted meanwhile. */
export interface LayerUse {
  /** With the layer's version. */
  readonly arn: string;
  readonly codeBlob: string;
  readonly codeSha256: string;
  readonly codeSizeBytes: number;
  readonly unzippedBytes: number;
}

export interface LoggingRecord {
  readonly group: string;
  readonly format: "Text" | "JSON";
  readonly applicationLevel?: string;
  readonly systemLevel?: string;
}

export interface AliasRecord {
  readonly v: 1;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly revisionId: string;
  /** The second version of a weighted alias and its share of invocations, 0 to 1. */
  readonly weights: Readonly<Record<string, number>>;
}

/** A resource policy's statements as JSON text, in the order they were added. */
export interface PolicyRecord {
  readonly v: 1;
  readonly statements: readonly string[];
}

export interface EventInvokeRecord {
  readonly v: 1;
  readonly lastModifiedMs: number;
  readonly maximumRetryAttempts?: number;
  readonly maximumEventAgeSeconds?: number;
  readonly onSuccess?: string;
  readonly onFailure?: string;
}

/** Provisioned concurrency of a version or an alias. */
export interface ProvisionedRecord {
  readonly v: 1;
  readonly requested: number;
  /** Changes with every request and with the alias: what was allocated for an earlier one says nothing. */
  readonly request: string;
  readonly lastModifiedMs: number;
  readonly status: "IN_PROGRESS" | "READY" | "FAILED";
  readonly reason?: string;
}

export interface RuntimeManagementRecord {
  readonly v: 1;
  readonly updateRuntimeOn: "Auto" | "Manual" | "FunctionUpdate";
  readonly runtimeVersionArn?: string;
}

/** Where a function lives. */
export interface FunctionId extends Scope {
  readonly name: string;
}

/** Counters of an account in a Region. Of concurrency: what all claims of its functions take together. */
export type Total = "functions" | "codeBytes" | "reservedConcurrency";

/** All provisioned concurrency, of every account and region: few records, which are watched. */
export const PROVISIONED: Key = ["lambdaProvisioned"];

const at = (scope: Scope, ...rest: string[]): Key => ["lambda", scope.account, scope.region, ...rest];

const functionKey = (id: FunctionId) => at(id, "function", id.name);
const versionKey = (id: FunctionId, version: number): Key => [...at(id, "version", id.name), version];
const aliasKey = (id: FunctionId, alias: string) => at(id, "alias", id.name, alias);
const policyKey = (id: FunctionId, qualifier: string) => at(id, "policy", id.name, qualifier);
const eventInvokeKey = (id: FunctionId, qualifier: string) => at(id, "eventInvoke", id.name, qualifier);
const runtimeKey = (id: FunctionId, qualifier: string) => at(id, "runtime", id.name, qualifier);
const provisionedKey = ({ account, region, name }: FunctionId, qualifier: string): Key => [
  ...PROVISIONED,
  account,
  region,
  name,
  qualifier,
];
const totalKey = (scope: Scope, total: Total) => at(scope, "total", total);
/** Says that a version of a function, or of a layer, uses a blob. */
export const codeUseKey = (blob: string, id: FunctionId, version: string): Key => [
  "lambdaCode",
  blob,
  id.account,
  id.region,
  id.name,
  version,
];

const read = async <Shape>(tx: Transaction, key: Key) => (await tx.get(key)) as Shape | undefined;
const write = (tx: Transaction, key: Key, record: unknown) => tx.set(key, record as Value);

export const readFunction = (tx: Transaction, id: FunctionId) => read<FunctionRecord>(tx, functionKey(id));
export const writeFunction = (tx: Transaction, id: FunctionId, record: FunctionRecord) =>
  write(tx, functionKey(id), record);

/** A published version, or `$LATEST`. */
export async function readVersion(tx: Transaction, id: FunctionId, version: string) {
  if (version === "$LATEST") return (await readFunction(tx, id))?.latest;
  return read<VersionRecord>(tx, versionKey(id, Number(version)));
}

export const writePublished = (tx: Transaction, id: FunctionId, record: VersionRecord) =>
  write(tx, versionKey(id, Number(record.version)), record);
export const deletePublished = (tx: Transaction, id: FunctionId, version: string) =>
  tx.delete(versionKey(id, Number(version)));

export const readAlias = (tx: Transaction, id: FunctionId, alias: string) =>
  read<AliasRecord>(tx, aliasKey(id, alias));
export const writeAlias = (tx: Transaction, id: FunctionId, record: AliasRecord) =>
  write(tx, aliasKey(id, record.name), record);
export const deleteAliasRecord = (tx: Transaction, id: FunctionId, alias: string) =>
  tx.delete(aliasKey(id, alias));

export const readPolicy = (tx: Transaction, id: FunctionId, qualifier: string) =>
  read<PolicyRecord>(tx, policyKey(id, qualifier));
export const writePolicy = (tx: Transaction, id: FunctionId, qualifier: string, record: PolicyRecord) =>
  write(tx, policyKey(id, qualifier), record);
export const deletePolicy = (tx: Transaction, id: FunctionId, qualifier: string) =>
  tx.delete(policyKey(id, qualifier));

export const readEventInvoke = (tx: Transaction, id: FunctionId, qualifier: string) =>
  read<EventInvokeRecord>(tx, eventInvokeKey(id, qualifier));
export const writeEventInvoke = (
  tx: Transaction,
  id: FunctionId,
  qualifier: string,
  record: EventInvokeRecord,
) => write(tx, eventInvokeKey(id, qualifier), record);
export const deleteEventInvoke = (tx: Transaction, id: FunctionId, qualifier: string) =>
  tx.delete(eventInvokeKey(id, qualifier));

export const readRuntimeManagement = (tx: Transaction, id: FunctionId, qualifier: string) =>
  read<RuntimeManagementRecord>(tx, runtimeKey(id, qualifier));
export const writeRuntimeManagement = (
  tx: Transaction,
  id: FunctionId,
  qualifier: string,
  record: RuntimeManagementRecord,
) => write(tx, runtimeKey(id, qualifier), record);

export const readProvisioned = (tx: Transaction, id: FunctionId, qualifier: string) =>
  read<ProvisionedRecord>(tx, provisionedKey(id, qualifier));
export const writeProvisioned = (
  tx: Transaction,
  id: FunctionId,
  qualifier: string,
  record: ProvisionedRecord,
) => write(tx, provisionedKey(id, qualifier), record);
export const deleteProvisioned = (tx: Transaction, id: FunctionId, qualifier: string) =>
  tx.delete(provisionedKey(id, qualifier));

/** A function's qualifiers with their provisioned concurrency, in order of qualifier. */
export async function* provisionedOf(tx: Transaction, { account, region, name }: FunctionId, after?: string) {
  const prefix: Key = [...PROVISIONED, account, region, name];
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [key, value] of tx.range(range)) {
    yield [String(key.at(-1)), value as unknown as ProvisionedRecord] as const;
  }
}

/** All provisioned concurrency there is, with whose it is. */
export async function* everyProvisioned(
  tx: Transaction,
): AsyncIterable<readonly [FunctionId, qualifier: string, ProvisionedRecord]> {
  for await (const [key, value] of tx.range({ prefix: PROVISIONED })) {
    const [, account = "", region = "", name = "", qualifier = ""] = key.map(String);
    yield [{ account, region, name }, qualifier, value as unknown as ProvisionedRecord];
  }
}

export async function readTotal(tx: Transaction, scope: Scope, total: Total): Promise<number> {
  return Number((await tx.get(totalKey(scope, total))) ?? 0n);
}
export const addTotal = (tx: Transaction, scope: Scope, total: Total, delta: number) =>
  tx.add(totalKey(scope, total), BigInt(delta));

/** Refuses code that an account has no room for. */
export async function checkStorage(tx: Transaction, scope: Scope, addedBytes: number): Promise<void> {
  if ((await readTotal(tx, scope, "codeBytes")) + addedBytes > TOTAL_CODE_BYTES) {
    throw fault("CodeStorageExceededException", "Code storage limit exceeded.");
  }
}

/** Notes that a version uses its code's blob and its layers', and counts its code's bytes. */
export function useCode(tx: Transaction, id: FunctionId, record: VersionRecord): void {
  for (const { codeBlob } of [record, ...(record.layers ?? [])])
    tx.set(codeUseKey(codeBlob, id, record.version), null);
  addTotal(tx, id, "codeBytes", record.codeSizeBytes);
}

export function releaseCode(tx: Transaction, id: FunctionId, record: VersionRecord): void {
  for (const { codeBlob } of [record, ...(record.layers ?? [])])
    tx.delete(codeUseKey(codeBlob, id, record.version));
  addTotal(tx, id, "codeBytes", -record.codeSizeBytes);
}

/** Whether any version of any function still uses a code blob. */
export async function codeInUse(tx: Transaction, blob: string): Promise<boolean> {
  for await (const _use of tx.range({ prefix: ["lambdaCode", blob] }, { limit: 1 })) return true;
  return false;
}

/** Functions in order of name, those after `after` first. */
export async function* functionsOf(tx: Transaction, scope: Scope, after?: string) {
  const prefix = at(scope, "function");
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as FunctionRecord;
}

/** Every function of every account and region, with whose it is. */
export async function* everyFunction(tx: Transaction): AsyncIterable<[FunctionId, FunctionRecord]> {
  for await (const [key, value] of tx.range({ prefix: ["lambda"] })) {
    const [, account, region, kind, name] = key.map(String);
    if (kind !== "function" || key.length !== 5) continue;
    yield [
      { account: `${account}`, region: `${region}`, name: `${name}` },
      value as unknown as FunctionRecord,
    ];
  }
}

/** Published versions in order of number, those after `after` first. */
export async function* versionsOf(tx: Transaction, id: FunctionId, after = 0) {
  const prefix = at(id, "version", id.name);
  for await (const [, value] of tx.range({ prefix, gt: [...prefix, after] })) {
    yield value as unknown as VersionRecord;
  }
}

export async function* aliasesOf(tx: Transaction, id: FunctionId, after?: string) {
  const prefix = at(id, "alias", id.name);
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as AliasRecord;
}

/** Qualifiers with their event invoke configuration, in order of qualifier. */
export async function* eventInvokesOf(tx: Transaction, id: FunctionId, after?: string) {
  const prefix = at(id, "eventInvoke", id.name);
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [key, value] of tx.range(range)) {
    yield [String(key.at(-1)), value as unknown as EventInvokeRecord] as const;
  }
}

/** Removes all that belongs to one qualifier: a version's or an alias's policy and configurations. */
export function deleteQualifier(tx: Transaction, id: FunctionId, qualifier: string): void {
  for (const key of [policyKey, eventInvokeKey, runtimeKey]) tx.delete(key(id, qualifier));
}

/** Removes a function whole. Its code blobs must have been released. */
export function deleteFunctionRecords(tx: Transaction, id: FunctionId): void {
  tx.delete(functionKey(id));
  for (const kind of ["version", "alias", "policy", "eventInvoke", "runtime"]) {
    tx.clear({ prefix: at(id, kind, id.name) });
  }
  tx.clear({ prefix: [...PROVISIONED, id.account, id.region, id.name] });
}
