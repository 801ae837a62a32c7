import type * as sdk from "@aws-sdk/client-secrets-manager";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { fault, noValue } from "./faults.ts";
import { isMatch } from "./filters.ts";
import { requireChangeable, requireLive, tokenOf } from "./finding.ts";
import { pageOf } from "./paging.ts";
import { isThere, sealEverywhere, valueIn, writeVersion } from "./putting.ts";
import {
  arnOf,
  read,
  readAll,
  type SecretRecord,
  secretKey,
  type ValueRecord,
  type VersionRecord,
  valueKey,
  write,
  writeSecret,
} from "./records.ts";
import { unseal } from "./sealing.ts";
import { CURRENT, versionAt, withStage } from "./stages.ts";

const DAY_MS = 86_400_000;

/** Versions of secrets, and what they hold. */
export const values = {
  async GetSecretValue(input, context) {
    return getValue(context, input);
  },

  async BatchGetSecretValue(input, context) {
    const { SecretIdList, Filters } = input;
    if ((SecretIdList === undefined) === (Filters === undefined)) {
      throw fault(
        "InvalidParameterException",
        "Either 'SecretIdList' or 'Filters' must be provided, but not both.",
      );
    }
    const ids = SecretIdList ?? (await matching(context, Filters ?? []));
    const { items, next } = pageOf(ids, input.NextToken, input.MaxResults ?? 20);
    const SecretValues: sdk.SecretValueEntry[] = [];
    const Errors: sdk.APIErrorType[] = [];
    for (const SecretId of items) {
      try {
        SecretValues.push(await getValue(context, { SecretId }));
      } catch (error) {
        if (!(error instanceof Error) || !("code" in error)) throw error;
        Errors.push({ SecretId, ErrorCode: error.name, Message: error.message });
      }
    }
    return { SecretValues, Errors, ...next };
  },

  async PutSecretValue(input, context) {
    const id = tokenOf(context, input.ClientRequestToken);
    const value = valueIn(input);
    if (!value) {
      throw fault("InvalidRequestException", "You must provide either SecretString or SecretBinary.");
    }
    const stages = input.VersionStages ?? [CURRENT];
    const before = await context.store.transact((tx) => requireChangeable(tx, context, input.SecretId));
    const answer = { ARN: arnOf(before), Name: before.name, VersionId: id };
    if (await isThere(context, before, id, value)) {
      const known = before.versions.find((version) => version.id === id);
      return { ...answer, VersionStages: [...(known?.stages ?? [])] };
    }
    const sealed = await sealEverywhere(context, before, id, value);
    const after = await context.store.transact(async (tx) =>
      writeVersion(
        tx,
        await requireChangeable(tx, context, input.SecretId),
        { id, stages, sealed },
        context.clock.now(),
      ),
    );
    const version = after.versions.find((one) => one.id === id);
    return { ...answer, VersionStages: [...(version?.stages ?? [])] };
  },

  async UpdateSecretVersionStage(input, context) {
    const { VersionStage: stage = "", MoveToVersionId: to, RemoveFromVersionId: from } = input;
    const secret = await context.store.transact(async (tx) => {
      const found = await requireChangeable(tx, context, input.SecretId);
      checkMove(found, stage, to, from);
      const versions = withStage(found.versions, stage, to);
      await writeSecret(tx, { ...found, versions, changedMs: context.clock.now() });
      return found;
    });
    return { ARN: arnOf(secret), Name: secret.name };
  },
} satisfies Handlers<typeof sdk>;

async function getValue(context: Context, input: sdk.GetSecretValueRequest) {
  const { secret, version, value } = await context.store.transact(async (tx) => {
    const secret = await requireLive(tx, context, input.SecretId);
    const version = requireVersion(secret, input);
    const value = await read<ValueRecord>(tx, valueKey(secret, secret.name, version.id));
    if (!value) throw noValue(`staging label: ${input.VersionStage ?? version.stages[0] ?? version.id}`);
    noteAccess(tx, secret, version, context.clock.now());
    return { secret, version, value };
  });
  return {
    ARN: arnOf(secret),
    Name: secret.name,
    VersionId: version.id,
    ...(await unseal(context, secret, version.id, value)),
    VersionStages: [...version.stages],
    CreatedDate: new Date(version.createdMs),
  };
}

function requireVersion({ versions }: SecretRecord, asked: sdk.GetSecretValueRequest): VersionRecord {
  const { VersionId: id, VersionStage: stage } = asked;
  if (id === undefined) {
    const version = versionAt(versions, stage ?? CURRENT);
    if (version) return version;
    throw noValue(`staging label: ${stage ?? CURRENT}`);
  }
  const version = versions.find((one) => one.id === id);
  if (!version) throw noValue(`VersionId: ${id}`);
  if (stage === undefined || version.stages.includes(stage)) return version;
  throw fault(
    "InvalidRequestException",
    "You provided a VersionStage that is not associated to the provided VersionId.",
  );
}

/** AWS tells the day of an access, and not the time. */
function noteAccess(tx: Transaction, secret: SecretRecord, version: VersionRecord, nowMs: number): void {
  const accessedMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  if (secret.accessedMs === accessedMs && version.accessedMs === accessedMs) return;
  const versions = secret.versions.map((one) => (one.id === version.id ? { ...one, accessedMs } : one));
  write(tx, secretKey(secret, secret.name), { ...secret, accessedMs, versions });
}

async function matching(context: Context, filters: readonly sdk.Filter[]): Promise<string[]> {
  const all = await context.store.transact((tx) => readAll<SecretRecord>(tx, secretKey(context.scope)));
  return all.filter((secret) => !secret.deletion && isMatch(secret, filters)).map(arnOf);
}

function checkMove(
  { versions }: SecretRecord,
  stage: string,
  to: string | undefined,
  from: string | undefined,
): void {
  for (const id of [to, from]) {
    if (id !== undefined && !versions.some((version) => version.id === id)) throw noValue(`VersionId: ${id}`);
  }
  if (to === undefined && from === undefined) {
    throw fault(
      "InvalidParameterException",
      "You must provide MoveToVersionId, RemoveFromVersionId, or both.",
    );
  }
  const holder = versionAt(versions, stage);
  if (to === undefined && stage === CURRENT) {
    throw fault(
      "InvalidParameterException",
      `You can only move staging label ${CURRENT} to a different secret version. It can’t be completely ` +
        `removed.`,
    );
  }
  if (from !== undefined && holder?.id !== from) {
    throw fault(
      "InvalidParameterException",
      `The parameter RemoveFromVersionId must be the version that staging label ${stage} is attached to.`,
    );
  }
  if (holder && from === undefined && holder.id !== to) {
    throw fault(
      "InvalidParameterException",
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to ` +
        `version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
}
