import type * as sdk from "@aws-sdk/client-secrets-manager";
import { formatArn } from "../../kernel/arn.ts";
import type { Context, Handlers } from "../define.ts";
import { fault, notFound } from "./faults.ts";
import { findSecret, refuseReplica, requireSecret } from "./finding.ts";
import { arnOf, deleteSecret, writeSecret } from "./records.ts";

const DAY_MS = 86_400_000;

/** Secrets go away some days after somebody asks for it, and can be had back until then. */
export const deletion = {
  async DeleteSecret(input, context) {
    const { RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: isForced = false } = input;
    if (isForced && days !== undefined) {
      throw fault(
        "InvalidParameterException",
        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
      );
    }
    if (days !== undefined && (days < 7 || days > 30)) {
      throw fault(
        "InvalidParameterException",
        "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
      );
    }
    const nowMs = context.clock.now();
    return context.store.transact(async (tx) => {
      const secret = await findSecret(tx, context, input.SecretId);
      if (!secret) {
        // What is gone already is as gone as it is to be.
        if (isForced) return goneAlready(context, input.SecretId ?? "", nowMs);
        throw notFound();
      }
      refuseReplica(secret);
      if (secret.deletion && !isForced) {
        throw fault(
          "InvalidRequestException",
          "You can't perform this operation on the secret because it was marked for deletion.",
        );
      }
      if (secret.replicas.length > 0) {
        const regions = secret.replicas.map(({ region }) => region).join(", ");
        throw fault(
          "InvalidRequestException",
          `You can't delete secret ${secret.name} that still has replica regions [${regions}]`,
        );
      }
      const atMs = isForced ? nowMs : nowMs + (days ?? 30) * DAY_MS;
      if (isForced) deleteSecret(tx, secret);
      else await writeSecret(tx, { ...secret, deletion: { askedMs: nowMs, atMs } });
      return { ARN: arnOf(secret), Name: secret.name, DeletionDate: new Date(atMs) };
    });
  },

  async RestoreSecret(input, context) {
    return context.store.transact(async (tx) => {
      const { deletion: _, ...secret } = await requireSecret(tx, context, input.SecretId);
      await writeSecret(tx, secret);
      return { ARN: arnOf(secret), Name: secret.name };
    });
  },
} satisfies Handlers<typeof sdk>;

function goneAlready({ scope }: Context, named: string, nowMs: number) {
  const ARN = named.startsWith("arn:") ? named : formatArn("secretsmanager", scope, `secret:${named}`);
  return { ARN, Name: ARN.split(":")[6], DeletionDate: new Date(nowMs) };
}
