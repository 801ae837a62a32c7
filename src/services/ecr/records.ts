import type * as sdk from "@aws-sdk/client-ecr";
import { formatArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";
import { missing } from "./faults.ts";

export interface RepositoryRecord {
  readonly v: 1;
  readonly name: string;
  readonly createdMs: number;
  readonly mutability: sdk.ImageTagMutability;
  readonly exclusions?: readonly sdk.ImageTagMutabilityExclusionFilter[] | undefined;
  readonly scanOnPush: boolean;
  readonly encryption: sdk.EncryptionConfiguration;
  readonly policy?: string | undefined;
  readonly lifecycle?: { readonly text: string; readonly evaluatedMs: number } | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** A manifest, by its digest; the tags name it. */
export interface ImageRecord {
  readonly v: 1;
  readonly digest: string;
  readonly manifest: string;
  readonly mediaType: string;
  readonly pushedMs: number;
  readonly tags: readonly string[];
}

const keyOf = ({ account, region }: Scope, ...name: string[]): Key => [
  "ecrRepository",
  account,
  region,
  ...name,
];
export const imageKey = ({ account, region }: Scope, name: string, ...digest: string[]): Key => [
  "ecrImage",
  account,
  region,
  name,
  ...digest,
];

export const repositoryArn = (scope: Scope, name: string) => formatArn("ecr", scope, `repository/${name}`);
/** Where clients would push to; no registry listens there. */
export const repositoryUri = ({ account, region }: Scope, name: string) =>
  `${account}.dkr.ecr.${region}.amazonaws.com/${name}`;

export async function readRepository(tx: Transaction, scope: Scope, name: string) {
  return (await tx.get(keyOf(scope, name))) as unknown as RepositoryRecord | undefined;
}

export async function requireRepository(tx: Transaction, scope: Scope, name = ""): Promise<RepositoryRecord> {
  const record = await readRepository(tx, scope, name);
  if (!record) throw missing(name, scope);
  return record;
}

export function writeRepository(tx: Transaction, scope: Scope, record: RepositoryRecord): void {
  tx.set(keyOf(scope, record.name), record as unknown as Value);
}

/** With all its images. */
export function deleteRepository(tx: Transaction, scope: Scope, name: string): void {
  tx.delete(keyOf(scope, name));
  tx.clear({ prefix: imageKey(scope, name) });
}

export async function* repositoriesOf(tx: Transaction, scope: Scope, after?: string) {
  const prefix = keyOf(scope);
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as RepositoryRecord;
}

export async function imagesOf(tx: Transaction, scope: Scope, name: string): Promise<ImageRecord[]> {
  const found: ImageRecord[] = [];
  for await (const [, value] of tx.range({ prefix: imageKey(scope, name) }))
    found.push(value as unknown as ImageRecord);
  return found;
}
