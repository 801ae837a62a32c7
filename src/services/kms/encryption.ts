import type * as sdk from "@aws-sdk/client-kms";
import type { Context, Handlers } from "../define.ts";
import { decryptWith, encryptWith, incorrectKey } from "./ciphers.ts";
import { openHeader } from "./envelope.ts";
import { endDryRun, fault, invalid, unknownKey } from "./faults.ts";
import { checkUsable, findKey } from "./finding.ts";
import { arnOf, type KeyRecord, keyKey, read } from "./records.ts";

export const encryption = {
  async Encrypt(input, context) {
    const key = await findKey(context, input.KeyId);
    checkUsable(key, "ENCRYPT_DECRYPT", "Encrypt");
    const { algorithm, blob } = encryptWith(key, context.ids, input.Plaintext ?? new Uint8Array(), {
      context: input.EncryptionContext,
      algorithm: input.EncryptionAlgorithm,
    });
    endDryRun(input);
    return { CiphertextBlob: blob, KeyId: arnOf(key), EncryptionAlgorithm: algorithm };
  },

  async Decrypt(input, context) {
    refuseRecipient(input.Recipient);
    const opened = await open(context, "Decrypt", {
      blob: input.CiphertextBlob,
      keyId: input.KeyId,
      context: input.EncryptionContext,
      algorithm: input.EncryptionAlgorithm,
      ...dryRunOf(input),
    });
    endDryRun(input);
    return {
      KeyId: arnOf(opened.key),
      Plaintext: opened.plaintext,
      EncryptionAlgorithm: opened.algorithm,
      ...(opened.materialId ? { KeyMaterialId: opened.materialId } : {}),
    };
  },

  async ReEncrypt(input, context) {
    const opened = await open(context, "ReEncryptFrom", {
      blob: input.CiphertextBlob,
      keyId: input.SourceKeyId,
      context: input.SourceEncryptionContext,
      algorithm: input.SourceEncryptionAlgorithm,
      ...dryRunOf(input),
    });
    const key = await findKey(context, input.DestinationKeyId);
    checkUsable(key, "ENCRYPT_DECRYPT", "ReEncryptTo");
    const sealed = encryptWith(key, context.ids, opened.plaintext, {
      context: input.DestinationEncryptionContext,
      algorithm: input.DestinationEncryptionAlgorithm,
    });
    endDryRun(input);
    return {
      CiphertextBlob: sealed.blob,
      SourceKeyId: arnOf(opened.key),
      KeyId: arnOf(key),
      SourceEncryptionAlgorithm: opened.algorithm,
      DestinationEncryptionAlgorithm: sealed.algorithm,
      ...(opened.materialId ? { SourceKeyMaterialId: opened.materialId } : {}),
      ...(sealed.algorithm === "SYMMETRIC_DEFAULT" ? { DestinationKeyMaterialId: sealed.material.id } : {}),
    };
  },
} satisfies Handlers<typeof sdk>;

interface Opening {
  readonly blob: Uint8Array | undefined;
  readonly keyId: string | undefined;
  readonly context: Readonly<Record<string, string>> | undefined;
  readonly algorithm: sdk.EncryptionAlgorithmSpec | undefined;
  /** Only whether the key may be used is asked for: there need be nothing to decrypt. */
  readonly ignoresBlob: boolean;
}

const dryRunOf = (input: sdk.DecryptRequest) => ({
  ignoresBlob: input.DryRun === true && input.DryRunModifiers?.includes("IGNORE_CIPHERTEXT") === true,
});

async function open(context: Context, operation: string, asked: Opening) {
  const { blob, keyId, algorithm = "SYMMETRIC_DEFAULT", ignoresBlob } = asked;
  if (ignoresBlob) {
    if (keyId === undefined) throw invalid("A key ID is required where the ciphertext is ignored.");
    const key = await findKey(context, keyId);
    checkUsable(key, "ENCRYPT_DECRYPT", operation);
    return { key, algorithm, plaintext: new Uint8Array(), materialId: undefined };
  }
  if (blob === undefined) {
    throw invalid(
      "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: " +
        "Member must not be null",
    );
  }
  const key = await keyFor(context, blob, keyId, algorithm);
  checkUsable(key, "ENCRYPT_DECRYPT", operation);
  return { key, ...decryptWith(key, blob, { context: asked.context, algorithm }) };
}

/** The key that is named, or the one that the ciphertext names. */
async function keyFor(
  context: Context,
  blob: Uint8Array,
  keyId: string | undefined,
  algorithm: sdk.EncryptionAlgorithmSpec,
): Promise<KeyRecord> {
  if (algorithm !== "SYMMETRIC_DEFAULT") {
    if (keyId === undefined) throw invalid("A key ID is required to decrypt with an asymmetric key.");
    return findKey(context, keyId);
  }
  const sealed = openHeader(blob);
  if (keyId !== undefined) {
    const key = await findKey(context, keyId);
    if (sealed && (sealed.keyId !== key.id || sealed.account !== key.account)) throw incorrectKey();
    return key;
  }
  if (!sealed) throw fault("InvalidCiphertextException", "");
  const scope = { account: sealed.account, region: context.scope.region };
  const key = await context.store.transact((tx) => read<KeyRecord>(tx, keyKey(scope, sealed.keyId)));
  if (key) return key;
  throw unknownKey();
}

/** Answers of enclaves are encrypted for the enclave's own key: there are none here. */
export function refuseRecipient(recipient: sdk.RecipientInfo | undefined): void {
  if (!recipient) return;
  throw fault("UnsupportedOperationException", "Attestation documents of enclaves are not supported.");
}
