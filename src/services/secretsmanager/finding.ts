// Secrets as callers name them: by name, by ARN, or by ARN without the six characters at its end.
import { parseArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { fault, invalid, notFound } from "./faults.ts";
import { isReplica, read, type SecretRecord, secretKey } from "./records.ts";

export async function findSecret(
  tx: Transaction,
  { scope: caller }: Context,
  named: string | undefined,
): Promise<SecretRecord | undefined> {
  const arn = named?.startsWith("arn:") ? parseArn(named) : undefined;
  const name = arn ? arn.resource.replace(/^secret:/, "") : (named ?? "");
  const scope: Scope = arn ? { account: arn.account, region: arn.region } : caller;
  if (scope.region !== caller.region) return undefined;
  const [, front, suffix] = (arn && /^(.+)-([A-Za-z0-9]{6})$/.exec(name)) || [];
  if (front) {
    const secret = await read<SecretRecord>(tx, secretKey(scope, front));
    if (secret?.suffix === suffix) return secret;
  }
  return read<SecretRecord>(tx, secretKey(scope, name));
}

export async function requireSecret(
  tx: Transaction,
  context: Context,
  named: string | undefined,
): Promise<SecretRecord> {
  const secret = await findSecret(tx, context, named);
  if (secret) return secret;
  throw notFound();
}

/** A secret that nobody has marked for deletion. */
export async function requireLive(
  tx: Transaction,
  context: Context,
  named: string | undefined,
): Promise<SecretRecord> {
  const secret = await requireSecret(tx, context, named);
  if (!secret.deletion) return secret;
  throw fault(
    "InvalidRequestException",
    "You can't perform this operation on the secret because it was marked for deletion.",
  );
}

/** One that may be changed: replicas change with their primary secret only. */
export async function requireChangeable(
  tx: Transaction,
  context: Context,
  named: string | undefined,
): Promise<SecretRecord> {
  const secret = await requireLive(tx, context, named);
  refuseReplica(secret);
  return secret;
}

export function refuseReplica(secret: SecretRecord): void {
  if (!isReplica(secret)) return;
  throw fault(
    "InvalidRequestException",
    "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
  );
}

export function checkName(name = ""): string {
  if (/^[A-Za-z0-9/_+=.@!-]+$/.test(name)) return name;
  throw invalid(
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: " +
      "-/_+=.@!",
  );
}

/** The id of the version that is to be made. */
export function tokenOf({ ids }: Context, token: string | undefined): string {
  const id = token ?? ids.uuid();
  if (id.length >= 32 && id.length <= 64) return id;
  throw fault("InvalidParameterException", "ClientRequestToken must be 32-64 characters long.");
}
