import type * as sdk from "@aws-sdk/client-secrets-manager";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { stackTags } from "../stack-tags.ts";
import { dateOf, describe, replicationOf, stagesOf } from "./describe.ts";
import { fault } from "./faults.ts";
import { checkName, requireChangeable, requireSecret, tokenOf } from "./finding.ts";
import { pageOf } from "./paging.ts";
import { isThere, sealEverywhere, valueIn, writeValues, writeVersion } from "./putting.ts";
import {
  arnOf,
  read,
  type SecretRecord,
  secretKey,
  type ValueRecord,
  valueKey,
  writeSecret,
} from "./records.ts";
import { replicate } from "./replicas.ts";
import { type Plain, unseal } from "./sealing.ts";
import { CURRENT } from "./stages.ts";
import { withTags } from "./tags.ts";

/** Secrets, apart from what becomes of their values. */
export const secrets = {
  async CreateSecret(input, context) {
    const name = checkName(input.Name);
    const id = tokenOf(context, input.ClientRequestToken);
    const value = valueIn(input);
    const there = await sameSecret(context, name, id, value);
    if (there) return { ARN: arnOf(there), Name: name, VersionId: id };
    const nowMs = context.clock.now();
    const secret: SecretRecord = {
      v: 1,
      ...context.scope,
      name,
      suffix: suffixOf(context),
      description: input.Description,
      kmsKeyId: input.KmsKeyId || undefined,
      type: input.Type,
      createdMs: nowMs,
      changedMs: nowMs,
      tags: withTags({}, input.Tags),
      versions: [],
      replicas: [],
    };
    const sealed = value && (await sealEverywhere(context, secret, id, value));
    await context.store.transact(async (tx) => {
      await refuseExisting(tx, context, name);
      if (sealed) await writeVersion(tx, secret, { id, stages: [CURRENT], sealed }, nowMs);
      else await writeSecret(tx, secret);
    });
    const answer = { ARN: arnOf(secret), Name: name, ...(value ? { VersionId: id } : {}) };
    if (!input.AddReplicaRegions) return answer;
    const replicated = await replicate(
      context,
      arnOf(secret),
      input.AddReplicaRegions,
      input.ForceOverwriteReplicaSecret ?? false,
    );
    return { ...answer, ReplicationStatus: replicationOf(replicated) };
  },

  async UpdateSecret(input, context) {
    const id = tokenOf(context, input.ClientRequestToken);
    const value = valueIn(input);
    const before = await context.store.transact((tx) => requireChangeable(tx, context, input.SecretId));
    const change = (secret: SecretRecord): SecretRecord => ({
      ...secret,
      description: input.Description ?? secret.description,
      kmsKeyId: input.KmsKeyId === undefined ? secret.kmsKeyId : input.KmsKeyId || undefined,
      type: input.Type ?? secret.type,
    });
    const wanted = change(before);
    const isNew = value !== undefined && !(await isThere(context, before, id, value));
    const sealed = isNew && value ? await sealEverywhere(context, wanted, id, value) : undefined;
    const again = wanted.kmsKeyId === before.kmsKeyId ? [] : await resealed(context, before, wanted);
    await context.store.transact(async (tx) => {
      const secret = change(await requireChangeable(tx, context, input.SecretId));
      const nowMs = context.clock.now();
      for (const one of again) writeValues(tx, secret, one.id, one.sealed);
      if (sealed) await writeVersion(tx, secret, { id, stages: [CURRENT], sealed }, nowMs);
      else await writeSecret(tx, { ...secret, changedMs: nowMs });
    });
    return { ARN: arnOf(before), Name: before.name, ...(value ? { VersionId: id } : {}) };
  },

  async DescribeSecret(input, context) {
    const secret = await context.store.transact((tx) => requireSecret(tx, context, input.SecretId));
    const { replicas } = secret;
    const byStack = await stackTags(context, "AWS::SecretsManager::Secret", arnOf(secret));
    return {
      ...describe({ ...secret, tags: { ...secret.tags, ...byStack } }),
      VersionIdsToStages: stagesOf(secret),
      ...(replicas.length > 0 ? { ReplicationStatus: replicationOf(secret) } : {}),
    };
  },

  async ListSecretVersionIds(input, context) {
    const secret = await context.store.transact((tx) => requireSecret(tx, context, input.SecretId));
    const shown = secret.versions.filter(
      ({ stages }) => input.IncludeDeprecated === true || stages.length > 0,
    );
    const { items, next } = pageOf(shown, input.NextToken, input.MaxResults ?? 100);
    return {
      ARN: arnOf(secret),
      Name: secret.name,
      Versions: items.map(({ id, stages, createdMs, accessedMs }) => ({
        VersionId: id,
        VersionStages: [...stages],
        CreatedDate: new Date(createdMs),
        LastAccessedDate: dateOf(accessedMs),
        KmsKeyIds: [secret.kmsKeyId ?? "DefaultEncryptionKey"],
      })),
      ...next,
    };
  },
} satisfies Handlers<typeof sdk>;

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

const suffixOf = ({ ids }: Context) =>
  Array.from({ length: 6 }, () => LETTERS[Math.floor(ids.fraction() * LETTERS.length)]).join("");

/** The secret that a repeated call has made already. */
async function sameSecret(
  context: Context,
  name: string,
  id: string,
  value: Plain | undefined,
): Promise<SecretRecord | undefined> {
  const there = await context.store.transact((tx) => read<SecretRecord>(tx, secretKey(context.scope, name)));
  const isKnown = there?.versions.some((version) => version.id === id) === true && !there.deletion;
  return isKnown && value && there && (await isThere(context, there, id, value)) ? there : undefined;
}

async function refuseExisting(tx: Transaction, { scope }: Context, name: string): Promise<void> {
  const there = await read<SecretRecord>(tx, secretKey(scope, name));
  if (!there) return;
  if (there.deletion) {
    throw fault(
      "InvalidRequestException",
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
  }
  throw fault("ResourceExistsException", `The operation failed because the secret ${name} already exists.`);
}

/** The values that have labels, under the key that is wanted now. */
async function resealed(context: Context, before: SecretRecord, wanted: SecretRecord) {
  const done: { id: string; sealed: Awaited<ReturnType<typeof sealEverywhere>> }[] = [];
  for (const { id, stages, hasValue } of before.versions) {
    if (!hasValue || stages.length === 0) continue;
    const value = await context.store.transact((tx) =>
      read<ValueRecord>(tx, valueKey(before, before.name, id)),
    );
    if (!value) continue;
    const plain = await unseal(context, before, id, value);
    done.push({ id, sealed: await sealEverywhere(context, wanted, id, plain) });
  }
  return done;
}
