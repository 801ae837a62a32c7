import type * as sdk from "@aws-sdk/client-secrets-manager";
import type { Context, Handlers } from "../define.ts";
import { denied, fault } from "./faults.ts";
import { requireChangeable, tokenOf } from "./finding.ts";
import { sealEverywhere, writeValues } from "./putting.ts";
import {
  arnOf,
  type PendingRotation,
  read,
  type SecretRecord,
  type ValueRecord,
  valueKey,
  writeSecret,
} from "./records.ts";
import { unseal } from "./sealing.ts";
import { CURRENT, PENDING, versionAt, withVersion } from "./stages.ts";
import { checkRules, nextTurnMs } from "./turns.ts";

/** New values for secrets, which a function of the user's makes. */
export const rotation = {
  async RotateSecret(input, context) {
    const id = tokenOf(context, input.ClientRequestToken);
    checkRules(input.RotationRules);
    if (input.ExternalSecretRotationMetadata || input.ExternalSecretRotationRoleArn) {
      throw fault("InvalidParameterException", "Secrets of other vendors can't be rotated here.");
    }
    const before = await context.store.transact((tx) => requireChangeable(tx, context, input.SecretId));
    const lambdaArn = input.RotationLambdaARN ?? before.rotation?.lambdaArn;
    if (!lambdaArn) {
      throw fault(
        "InvalidRequestException",
        "No Lambda rotation function ARN is associated with this secret.",
      );
    }
    await checkFunction(context, before, lambdaArn);
    const isNow = input.RotateImmediately ?? true;
    const nowMs = context.clock.now();
    const token = context.ids.uuid();
    const tried = isNow ? [] : await currentValue(context, before, id);
    const secret = await context.store.transact(async (tx) => {
      const found = await requireChangeable(tx, context, input.SecretId);
      const rules = input.RotationRules ?? found.rotation?.rules;
      const configured: SecretRecord = {
        ...found,
        rotation: {
          isEnabled: true,
          lambdaArn,
          rules,
          sinceMs: nowMs,
          lastMs: found.rotation?.lastMs,
          nextMs: nextTurnMs(rules, nowMs, nowMs),
        },
      };
      const under = found.rotation?.pending;
      if (under) return under.versionId === id ? found : undefined;
      const left = versionAt(found.versions, PENDING);
      if (left && !left.stages.includes(CURRENT)) {
        const again = { versionId: left.id, token, isTest: false };
        await writeSecret(tx, withPending(configured, again, nowMs));
        return undefined;
      }
      writeValues(tx, found, id, tried);
      const changed = withPending(configured, { versionId: id, token, isTest: !isNow }, nowMs);
      await writeSecret(tx, changed);
      return changed;
    });
    if (!secret) {
      throw fault(
        "InvalidRequestException",
        "A previous rotation isn't complete. That rotation will be reattempted.",
      );
    }
    return { ARN: arnOf(secret), Name: secret.name, ...(isNow ? { VersionId: id } : {}) };
  },

  async CancelRotateSecret(input, context) {
    return context.store.transact(async (tx) => {
      const secret = await requireChangeable(tx, context, input.SecretId);
      const { rotation } = secret;
      if (!rotation) {
        throw fault("InvalidRequestException", "The secret isn't configured for rotation.");
      }
      const { pending, nextMs: _, ...rest } = rotation;
      await writeSecret(tx, { ...secret, rotation: { ...rest, isEnabled: false } });
      const answer = { ARN: arnOf(secret), Name: secret.name };
      return pending ? { ...answer, VersionId: pending.versionId } : answer;
    });
  },
} satisfies Handlers<typeof sdk>;

/** The function must be there, and let Secrets Manager invoke it. */
async function checkFunction(context: Context, secret: SecretRecord, lambdaArn: string): Promise<void> {
  const permitted = await context.functions.permits(lambdaArn, {
    service: "secretsmanager.amazonaws.com",
    sourceArn: arnOf(secret),
    sourceAccount: secret.account,
  });
  if (permitted === "allowed") return;
  throw denied(
    "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants " +
      "access to the principal secretsmanager.amazonaws.com.",
  );
}

/** What a function tries is what there is: its value, for another version. */
async function currentValue(context: Context, secret: SecretRecord, versionId: string) {
  const current = versionAt(secret.versions, CURRENT);
  const value = await context.store.transact(async (tx) =>
    current ? read<ValueRecord>(tx, valueKey(secret, secret.name, current.id)) : undefined,
  );
  if (!current || !value) return [];
  return sealEverywhere(context, secret, versionId, await unseal(context, secret, current.id, value));
}

/** A secret whose rotation begins: a version waits for the function to give it its value. */
export function withPending(
  secret: SecretRecord,
  begun: Pick<PendingRotation, "versionId" | "token" | "isTest">,
  nowMs: number,
): SecretRecord {
  if (!secret.rotation) return secret;
  const known = secret.versions.find(({ id }) => id === begun.versionId);
  const hasValue = begun.isTest || (known?.hasValue ?? false);
  const version = { id: begun.versionId, stages: [], createdMs: nowMs, hasValue };
  const pending: PendingRotation = { ...begun, attempt: 1, dueMs: nowMs };
  return {
    ...secret,
    versions: withVersion(secret.versions, version, [PENDING]),
    rotation: { ...secret.rotation, pending },
  };
}
