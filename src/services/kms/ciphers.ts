// Bytes in and out of keys that encrypt, symmetric ones and RSA.
import { constants, createPrivateKey, createPublicKey, privateDecrypt, publicEncrypt } from "node:crypto";
import type * as sdk from "@aws-sdk/client-kms";
import type { Ids } from "../../kernel/ids.ts";
import { type EncryptionContext, openHeader, seal, unseal } from "./envelope.ts";
import { fault, invalid } from "./faults.ts";
import { currentOf } from "./finding.ts";
import { algorithmsOf, checkAlgorithm, specOf } from "./key-specs.ts";
import { drawBytes, publicKeyOf } from "./materials.ts";
import { arnOf, type KeyRecord } from "./records.ts";

/** What is to be encrypted or decrypted, and how. */
interface Asked {
  readonly context: EncryptionContext | undefined;
  readonly algorithm: sdk.EncryptionAlgorithmSpec | undefined;
}

const HASHES = {
  RSAES_OAEP_SHA_1: { oaepHash: "sha1", bytes: 20 },
  RSAES_OAEP_SHA_256: { oaepHash: "sha256", bytes: 32 },
} as const;

export function encryptWith(key: KeyRecord, ids: Ids, plaintext: Uint8Array, asked: Asked) {
  const algorithm = checkAsked(key, asked);
  const material = currentOf(key);
  if (algorithm === "SYMMETRIC_DEFAULT") {
    const from = { account: key.account, keyId: key.id, materialId: material.id };
    const nonce = drawBytes(ids, 12);
    return { algorithm, blob: seal(from, material.secret, nonce, plaintext, asked.context ?? {}), material };
  }
  const { oaepHash, bytes } = HASHES[algorithm as keyof typeof HASHES];
  const most = (specOf(key.spec).bytes ?? 0) - 2 * bytes - 2;
  if (plaintext.length > most) {
    throw invalid(
      `Algorithm ${algorithm} and key spec ${key.spec} cannot encrypt data larger than ${most} bytes.`,
    );
  }
  const blob = publicEncrypt({ key: publicKey(material.secret), oaepHash, padding: OAEP }, plaintext);
  return { algorithm, blob, material };
}

export function decryptWith(key: KeyRecord, blob: Uint8Array, asked: Asked) {
  const algorithm = checkAsked(key, asked);
  if (algorithm !== "SYMMETRIC_DEFAULT") {
    const { oaepHash } = HASHES[algorithm as keyof typeof HASHES];
    const plaintext = orInvalid(() =>
      privateDecrypt({ key: privateKey(currentOf(key).secret), oaepHash, padding: OAEP }, blob),
    );
    return { algorithm, plaintext, materialId: undefined };
  }
  const sealed = openHeader(blob);
  if (!sealed) throw fault("InvalidCiphertextException", "");
  if (sealed.keyId !== key.id || sealed.account !== key.account) throw incorrectKey();
  const material = key.materials.find(({ id }) => id === sealed.materialId);
  if (!material) throw fault("InvalidCiphertextException", "");
  if (!material.secret) {
    throw fault("KMSInvalidStateException", `${arnOf(key)} is pending import.`);
  }
  const plaintext = unseal(sealed, material.secret, asked.context ?? {});
  if (!plaintext) throw fault("InvalidCiphertextException", "");
  return { algorithm, plaintext, materialId: material.id };
}

export const incorrectKey = () =>
  fault(
    "IncorrectKeyException",
    "The key ID in the request does not identify a CMK that can perform this operation.",
  );

const OAEP = constants.RSA_PKCS1_OAEP_PADDING;

export const publicKey = (secret: Uint8Array) =>
  createPublicKey({ key: publicKeyOf(secret), format: "der", type: "spki" });

export const privateKey = (secret: Uint8Array) =>
  createPrivateKey({ key: Buffer.from(secret), format: "der", type: "pkcs8" });

function checkAsked({ spec, usage }: KeyRecord, { algorithm = "SYMMETRIC_DEFAULT", context }: Asked) {
  checkAlgorithm(spec, algorithm, algorithmsOf(spec, usage).EncryptionAlgorithms);
  if (algorithm !== "SYMMETRIC_DEFAULT" && context && Object.keys(context).length > 0) {
    throw invalid(`Encryption context is not supported with algorithm ${algorithm}.`);
  }
  return algorithm;
}

function orInvalid<Result>(work: () => Result): Result {
  try {
    return work();
  } catch {
    throw fault("InvalidCiphertextException", "");
  }
}
