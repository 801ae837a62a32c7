// Values are encrypted under data keys of KMS: one for each version and Region.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Context } from "../define.ts";
import { fault } from "./faults.ts";
import { arnOf, type SecretRecord, type ValueRecord } from "./records.ts";

declare module "../define.ts" {
  interface Sdks {
    kms: typeof import("@aws-sdk/client-kms");
  }
}

const CIPHER = "aes-256-gcm";
const OWN_KEY = "alias/aws/secretsmanager";

/** A value as callers give and get it. */
export interface Plain {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}

const contextOf = (secret: SecretRecord, versionId: string) => ({
  SecretARN: arnOf(secret),
  SecretVersionId: versionId,
});

/** A secret's key is of its own account and Region, whoever asks. */
const keysOf = (context: Context, { account, region }: SecretRecord) =>
  context.inAccount(account).inRegion(region);

/** Encrypts a version's value under the key of the secret, in the secret's Region. */
export async function seal(
  context: Context,
  secret: SecretRecord,
  versionId: string,
  { SecretString, SecretBinary }: Plain,
): Promise<ValueRecord> {
  const made = await keysOf(context, secret)
    .call("kms", "GenerateDataKey", {
      KeyId: secret.kmsKeyId ?? OWN_KEY,
      KeySpec: "AES_256",
      EncryptionContext: contextOf(secret, versionId),
    })
    .catch((error: unknown) => {
      throw failure("EncryptionFailure", "encrypt", error);
    });
  const nonce = Buffer.from(context.ids.hex(24), "hex");
  const cipher = createCipheriv(CIPHER, made.Plaintext ?? new Uint8Array(), nonce);
  const text = SecretBinary ?? Buffer.from(SecretString ?? "");
  const body = Buffer.concat([cipher.update(text), cipher.final()]);
  return {
    v: 1,
    isBinary: SecretBinary !== undefined,
    dataKey: made.CiphertextBlob ?? new Uint8Array(),
    nonce,
    body,
    tag: cipher.getAuthTag(),
  };
}

export async function unseal(
  context: Context,
  secret: SecretRecord,
  versionId: string,
  value: ValueRecord,
): Promise<Plain> {
  const opened = await keysOf(context, secret)
    .call("kms", "Decrypt", {
      CiphertextBlob: value.dataKey,
      EncryptionContext: contextOf(secret, versionId),
    })
    .catch((error: unknown) => {
      throw failure("DecryptionFailure", "decrypt", error);
    });
  const decipher = createDecipheriv(CIPHER, opened.Plaintext ?? new Uint8Array(), value.nonce);
  decipher.setAuthTag(value.tag);
  const text = Buffer.concat([decipher.update(value.body), decipher.final()]);
  return value.isBinary ? { SecretBinary: text } : { SecretString: text.toString() };
}

/** What KMS has against it, in the words of Secrets Manager. */
function failure(code: "EncryptionFailure" | "DecryptionFailure", verb: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || !/^[A-Z]\w+Exception$/.test(cause.name)) return cause;
  return fault(
    code,
    `Secrets Manager can't ${verb} the protected secret text using the provided KMS key. ${cause.message} ` +
      `(Service: AWSKMS; Error Code: ${cause.name})`,
  );
}

/** Whether two values are the same. */
export function isSame(one: Plain, other: Plain): boolean {
  if (one.SecretString !== undefined || other.SecretString !== undefined) {
    return one.SecretString === other.SecretString;
  }
  return Buffer.from(one.SecretBinary ?? []).equals(other.SecretBinary ?? new Uint8Array());
}
