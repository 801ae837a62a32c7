// New versions of secrets: their values are encrypted in every Region before anything is written.
import type { Transaction } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { fault } from "./faults.ts";
import {
  arnOf,
  asReplica,
  read,
  type SecretRecord,
  type ValueRecord,
  valueKey,
  write,
  writeSecret,
} from "./records.ts";
import { isSame, type Plain, seal, unseal } from "./sealing.ts";
import { CURRENT, pruned, withVersion } from "./stages.ts";

const MOST_BYTES = 65_536;
const MOST_STAGES = 20;

interface Sealed {
  readonly region: string;
  readonly value: ValueRecord;
}

/** The value that an input has, if it has one. */
export function valueIn({ SecretString, SecretBinary }: Plain): Plain | undefined {
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw fault(
      "InvalidParameterException",
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (SecretString === undefined && SecretBinary === undefined) return undefined;
  if ((SecretBinary?.length ?? Buffer.byteLength(SecretString ?? "")) > MOST_BYTES) {
    throw fault(
      "InvalidParameterException",
      "The secret value is longer than the 65536 bytes that it may have.",
    );
  }
  return { SecretString, SecretBinary };
}

/** Encrypts a value for a secret and all its replicas. */
export async function sealEverywhere(
  context: Context,
  secret: SecretRecord,
  versionId: string,
  value: Plain,
): Promise<Sealed[]> {
  const replicas = secret.replicas.filter(({ status }) => status === "InSync");
  const places = [
    secret,
    ...replicas.map(({ region, kmsKeyId }) => asReplica(secret, { region, kmsKeyId, accessedMs: undefined })),
  ];
  const sealed: Sealed[] = [];
  for (const place of places) {
    sealed.push({ region: place.region, value: await seal(context, place, versionId, value) });
  }
  return sealed;
}

export function writeValues(
  tx: Transaction,
  { account, name }: SecretRecord,
  versionId: string,
  sealed: readonly Sealed[],
): void {
  for (const { region, value } of sealed) write(tx, valueKey({ account, region }, name, versionId), value);
}

/** Whether the version is there already with the same value; with another it is refused. */
export async function isThere(
  context: Context,
  secret: SecretRecord,
  versionId: string,
  value: Plain,
): Promise<boolean> {
  const known = await context.store.transact((tx) =>
    read<ValueRecord>(tx, valueKey(secret, secret.name, versionId)),
  );
  if (!known) return false;
  if (isSame(await unseal(context, secret, versionId, known), value)) return true;
  throw fault(
    "ResourceExistsException",
    `You can't use ClientRequestToken ${versionId} because that value is already in use for a version of ` +
      `secret ${arnOf(secret)}.`,
  );
}

/** Keeps a version with its value; gives the secret as it is then. */
export async function writeVersion(
  tx: Transaction,
  secret: SecretRecord,
  version: { readonly id: string; readonly stages: readonly string[]; readonly sealed: readonly Sealed[] },
  nowMs: number,
): Promise<SecretRecord> {
  const { id, stages, sealed } = version;
  const isFirst = !secret.versions.some(({ hasValue }) => hasValue);
  const all = withVersion(
    secret.versions,
    { id, stages: [], createdMs: nowMs, hasValue: true },
    isFirst ? [...new Set([...stages, CURRENT])] : stages,
  );
  if ((all.find((one) => one.id === id)?.stages.length ?? 0) > MOST_STAGES) {
    throw fault("LimitExceededException", "A version can't have more than 20 staging labels.");
  }
  const { kept, gone } = pruned(all);
  for (const { region } of sealed) {
    for (const old of gone) tx.delete(valueKey({ ...secret, region }, secret.name, old));
  }
  const changed = { ...secret, versions: kept, changedMs: nowMs };
  writeValues(tx, secret, id, sealed);
  await writeSecret(tx, changed);
  return changed;
}
