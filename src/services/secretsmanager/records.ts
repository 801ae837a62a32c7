import type * as sdk from "@aws-sdk/client-secrets-manager";
import { formatArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";

export interface SecretRecord extends Scope {
  readonly v: 1;
  readonly name: string;
  /** The six characters behind the name in its ARN. */
  readonly suffix: string;
  readonly description?: string | undefined;
  /** As it was given; absent: AWS's own key. */
  readonly kmsKeyId?: string | undefined;
  readonly type?: string | undefined;
  readonly createdMs: number;
  readonly changedMs: number;
  readonly accessedMs?: number | undefined;
  readonly deletion?: { readonly askedMs: number; readonly atMs: number } | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** Oldest first. */
  readonly versions: readonly VersionRecord[];
  readonly policy?: string | undefined;
  readonly rotation?: RotationRecord | undefined;
  /** Of a primary secret that has replicas, and of those: where the primary secret is. */
  readonly primaryRegion?: string | undefined;
  readonly replicas: readonly ReplicaRecord[];
}

export interface VersionRecord {
  readonly id: string;
  readonly stages: readonly string[];
  readonly createdMs: number;
  readonly accessedMs?: number | undefined;
  /** False of one that a rotation has yet to give its value. */
  readonly hasValue: boolean;
}

export interface ReplicaRecord {
  readonly region: string;
  readonly kmsKeyId?: string | undefined;
  readonly status: "InSync" | "Failed";
  readonly message?: string | undefined;
}

export interface RotationRecord {
  readonly isEnabled: boolean;
  readonly lambdaArn: string;
  readonly rules?: sdk.RotationRulesType | undefined;
  /** When its days or its rate began to count. */
  readonly sinceMs: number;
  readonly lastMs?: number | undefined;
  readonly nextMs?: number | undefined;
  readonly pending?: PendingRotation | undefined;
}

/** A rotation under way. */
export interface PendingRotation {
  readonly versionId: string;
  /** Under which the function's calls are known to belong to it. */
  readonly token: string;
  /** Only whether the function can be invoked is tried: the version goes away again. */
  readonly isTest: boolean;
  readonly attempt: number;
  readonly dueMs: number;
}

/** A version's value, encrypted under a data key that KMS has encrypted. */
export interface ValueRecord {
  readonly v: 1;
  readonly isBinary: boolean;
  readonly dataKey: Uint8Array;
  readonly nonce: Uint8Array;
  readonly body: Uint8Array;
  readonly tag: Uint8Array;
}

const at = (kind: string, { account, region }: Scope, ...rest: string[]): Key => [
  `secretsmanager${kind}`,
  account,
  region,
  ...rest,
];
export const secretKey = (scope: Scope, ...name: string[]) => at("Secret", scope, ...name);
export const valueKey = (scope: Scope, ...nameAndVersion: string[]) => at("Value", scope, ...nameAndVersion);
/** When something is to be done with a secret. */
export const DUE: Key = ["secretsmanagerDue"];
const dueKey = ({ account, region }: Scope, name: string): Key => [...DUE, account, region, name];

export const arnOf = (secret: Pick<SecretRecord, "account" | "region" | "name" | "suffix">) =>
  formatArn("secretsmanager", secret, `secret:${secret.name}-${secret.suffix}`);

export async function read<Record>(tx: Transaction, key: Key): Promise<Record | undefined> {
  return (await tx.get(key)) as Record | undefined;
}

export async function readAll<Record>(tx: Transaction, prefix: Key): Promise<Record[]> {
  const records: Record[] = [];
  for await (const [, value] of tx.range({ prefix })) records.push(value as Record);
  return records;
}

export function write(tx: Transaction, key: Key, record: object): void {
  tx.set(key, record as Value);
}

export const isReplica = ({ primaryRegion, region }: SecretRecord): boolean =>
  primaryRegion !== undefined && primaryRegion !== region;

/** Keeps a secret, when the clock has something to do with it, and what its replicas share with it. */
export async function writeSecret(tx: Transaction, secret: SecretRecord): Promise<void> {
  const { account, name } = secret;
  write(tx, secretKey(secret, name), secret);
  const dueMs = dueMsOf(secret);
  if (dueMs === undefined) tx.delete(dueKey(secret, name));
  else tx.set(dueKey(secret, name), dueMs);
  if (isReplica(secret)) return;
  for (const { region } of secret.replicas.filter(({ status }) => status === "InSync")) {
    const place = secretKey({ account, region }, name);
    const replica = await read<SecretRecord>(tx, place);
    if (replica) write(tx, place, asReplica(secret, replica));
  }
}

/** What a replica has of its primary secret, and what is its own. */
export function asReplica(
  primary: SecretRecord,
  own: Pick<SecretRecord, "region" | "kmsKeyId" | "accessedMs">,
): SecretRecord {
  const { region, kmsKeyId, accessedMs } = own;
  return { ...primary, region, kmsKeyId, accessedMs, primaryRegion: primary.region, replicas: [] };
}

function dueMsOf(secret: SecretRecord): number | undefined {
  const { deletion, rotation } = secret;
  if (isReplica(secret)) return undefined;
  if (deletion) return deletion.atMs;
  if (rotation?.pending) return rotation.pending.dueMs;
  return rotation?.isEnabled ? rotation.nextMs : undefined;
}

/** Takes a secret away with its values. */
export function deleteSecret(tx: Transaction, secret: SecretRecord): void {
  tx.delete(secretKey(secret, secret.name));
  tx.delete(dueKey(secret, secret.name));
  tx.clear({ prefix: valueKey(secret, secret.name) });
}
