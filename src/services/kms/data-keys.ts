import type * as sdk from "@aws-sdk/client-kms";
import type { Context, Handlers } from "../define.ts";
import { encryptWith } from "./ciphers.ts";
import { refuseRecipient } from "./encryption.ts";
import { endDryRun, fault, invalid } from "./faults.ts";
import { checkUsable, findKey } from "./finding.ts";
import { drawBytes, makeKeyPair } from "./materials.ts";
import { arnOf } from "./records.ts";

/** Keys for use outside of the service, each encrypted under a key that stays inside. */
export const dataKeys = {
  async GenerateDataKey(input, context) {
    refuseRecipient(input.Recipient);
    const { Plaintext, ...rest } = await dataKey(input, context, "GenerateDataKey");
    return { ...rest, Plaintext };
  },

  async GenerateDataKeyWithoutPlaintext(input, context) {
    const { Plaintext: _, ...rest } = await dataKey(input, context, "GenerateDataKeyWithoutPlaintext");
    return rest;
  },

  async GenerateDataKeyPair(input, context) {
    refuseRecipient(input.Recipient);
    return dataKeyPair(input, context, "GenerateDataKeyPair");
  },

  async GenerateDataKeyPairWithoutPlaintext(input, context) {
    const made = await dataKeyPair(input, context, "GenerateDataKeyPairWithoutPlaintext");
    const { PrivateKeyPlaintext: _, ...rest } = made;
    return rest;
  },

  async GenerateRandom(input, context) {
    refuseRecipient(input.Recipient);
    if (input.CustomKeyStoreId !== undefined) {
      throw fault("CustomKeyStoreNotFoundException", `Custom key store ${input.CustomKeyStoreId} not found.`);
    }
    if (input.NumberOfBytes === undefined) throw invalid("NumberOfBytes is required.");
    return { Plaintext: drawBytes(context.ids, input.NumberOfBytes) };
  },
} satisfies Handlers<typeof sdk>;

async function dataKey(input: sdk.GenerateDataKeyRequest, context: Context, operation: string) {
  const { KeySpec, NumberOfBytes } = input;
  if ((KeySpec === undefined) === (NumberOfBytes === undefined)) {
    throw invalid("Please specify either number of bytes or key spec.");
  }
  const size = NumberOfBytes ?? (KeySpec === "AES_128" ? 16 : 32);
  const key = await symmetricKey(context, input.KeyId, operation);
  const Plaintext = drawBytes(context.ids, size);
  const { blob, material } = encryptWith(key, context.ids, Plaintext, {
    context: input.EncryptionContext,
    algorithm: undefined,
  });
  endDryRun(input);
  return { CiphertextBlob: blob, Plaintext, KeyId: arnOf(key), KeyMaterialId: material.id };
}

async function dataKeyPair(input: sdk.GenerateDataKeyPairRequest, context: Context, operation: string) {
  const { KeyPairSpec = "" } = input;
  const key = await symmetricKey(context, input.KeyId, operation);
  const pair = await makeKeyPair(KeyPairSpec);
  const { blob, material } = encryptWith(key, context.ids, pair.privateKey, {
    context: input.EncryptionContext,
    algorithm: undefined,
  });
  endDryRun(input);
  return {
    PrivateKeyCiphertextBlob: blob,
    PrivateKeyPlaintext: pair.privateKey,
    PublicKey: pair.publicKey,
    KeyId: arnOf(key),
    KeyPairSpec: input.KeyPairSpec,
    KeyMaterialId: material.id,
  };
}

async function symmetricKey(context: Context, named: string | undefined, operation: string) {
  const key = await findKey(context, named);
  checkUsable(key, "ENCRYPT_DECRYPT", operation);
  if (key.spec === "SYMMETRIC_DEFAULT") return key;
  throw fault(
    "InvalidKeyUsageException",
    `${arnOf(key)} key spec is ${key.spec} which is not valid for ${operation}.`,
  );
}
