import type * as sdk from "@aws-sdk/client-kms";
import { formatArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";

/** What a key computes with. Of a symmetric key those before the current one still decrypt. */
export interface MaterialRecord {
  /** 64 hex digits. */
  readonly id: string;
  /** A secret of a symmetric key, or a private key in PKCS #8; absent while it is to be imported again. */
  readonly secret?: Uint8Array | undefined;
  /** How it came to be the current one; absent of the first. */
  readonly rotation?: { readonly atMs: number; readonly type: sdk.RotationType } | undefined;
  readonly imported?: ImportedMaterial | undefined;
}

export interface ImportedMaterial {
  readonly description?: string | undefined;
  /** Absent where it does not expire. */
  readonly validToMs?: number | undefined;
}

export interface KeyRecord extends Scope {
  readonly v: 1;
  readonly id: string;
  readonly spec: sdk.KeySpec;
  readonly usage: sdk.KeyUsageType;
  readonly origin: "AWS_KMS" | "EXTERNAL";
  readonly manager: sdk.KeyManagerType;
  readonly description: string;
  readonly createdMs: number;
  readonly state: "Enabled" | "Disabled" | "PendingDeletion" | "PendingImport" | "PendingReplicaDeletion";
  /** Oldest first: the last is the current one. */
  readonly materials: readonly MaterialRecord[];
  /** New material that has been imported, and becomes current by a rotation on demand. */
  readonly next?: MaterialRecord | undefined;
  readonly policy: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly deletion?: { readonly atMs?: number | undefined; readonly windowDays: number } | undefined;
  readonly rotation?: { readonly periodDays: number; readonly nextMs: number } | undefined;
  readonly multiRegion?: { readonly primary: string; readonly replicas: readonly string[] } | undefined;
}

export interface AliasRecord {
  readonly v: 1;
  readonly name: string;
  readonly keyId: string;
  readonly createdMs: number;
  readonly updatedMs: number;
}

export interface GrantRecord {
  readonly v: 1;
  readonly id: string;
  readonly keyId: string;
  readonly createdMs: number;
  readonly issuer: string;
  readonly settings: GrantSettings;
}

export type GrantSettings = Pick<
  sdk.CreateGrantRequest,
  | "Name"
  | "GranteePrincipal"
  | "RetiringPrincipal"
  | "GranteeServicePrincipal"
  | "RetiringServicePrincipal"
  | "Operations"
  | "Constraints"
>;

/** How material for a key may be brought in: with which key it is wrapped, and until when. */
export interface ImportRecord {
  readonly v: 1;
  readonly token: string;
  readonly keyId: string;
  readonly algorithm: sdk.AlgorithmSpec;
  /** In PKCS #8. */
  readonly privateKey: Uint8Array;
  readonly validToMs: number;
}

const at = (kind: string, { account, region }: Scope, ...rest: string[]): Key => [
  `kms${kind}`,
  account,
  region,
  ...rest,
];
export const keyKey = (scope: Scope, ...id: string[]) => at("Key", scope, ...id);
export const aliasKey = (scope: Scope, ...name: string[]) => at("Alias", scope, ...name);
export const grantKey = (scope: Scope, ...keyAndGrant: string[]) => at("Grant", scope, ...keyAndGrant);
export const importKey = (scope: Scope, ...keyAndToken: string[]) => at("Import", scope, ...keyAndToken);
/** When something is to be done with a key. */
export const DUE: Key = ["kmsDue"];
const dueKey = ({ account, region }: Scope, id: string): Key => [...DUE, account, region, id];

export const arnOf = (key: Pick<KeyRecord, "account" | "region" | "id">) =>
  formatArn("kms", key, `key/${key.id}`);
export const aliasArn = (scope: Scope, name: string) => formatArn("kms", scope, name);

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

/** Keeps a key, and when the clock has something to do with it. */
export function writeKey(tx: Transaction, record: KeyRecord): void {
  write(tx, keyKey(record, record.id), record);
  const dueMs = dueMsOf(record);
  if (dueMs === undefined) tx.delete(dueKey(record, record.id));
  else tx.set(dueKey(record, record.id), dueMs);
}

function dueMsOf({ deletion, rotation, materials, next, state }: KeyRecord): number | undefined {
  const ends = [...materials, ...(next ? [next] : [])].map((one) => one.secret && one.imported?.validToMs);
  // A key that is to go away is not rotated.
  const turn = state === "PendingDeletion" ? undefined : rotation?.nextMs;
  const times = [deletion?.atMs, turn, ...ends].filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Takes a key away with all that belongs to it. */
export async function deleteKey(tx: Transaction, key: KeyRecord): Promise<void> {
  tx.delete(keyKey(key, key.id));
  tx.delete(dueKey(key, key.id));
  tx.clear({ prefix: grantKey(key, key.id) });
  tx.clear({ prefix: importKey(key, key.id) });
  for (const alias of await readAll<AliasRecord>(tx, aliasKey(key))) {
    if (alias.keyId === key.id) tx.delete(aliasKey(key, alias.name));
  }
}
