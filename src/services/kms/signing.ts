import { createHash, type KeyObject, sign, verify } from "node:crypto";
import type * as sdk from "@aws-sdk/client-kms";
import type { Context, Handlers } from "../define.ts";
import { privateKey, publicKey } from "./ciphers.ts";
import { signDigest, verifyDigest } from "./ecdsa.ts";
import { endDryRun, fault, invalid } from "./faults.ts";
import { checkEnabled, checkUsable, currentOf, findKey } from "./finding.ts";
import { algorithmsOf, checkAlgorithm, specOf } from "./key-specs.ts";
import { drawBytes, publicKeyOf } from "./materials.ts";
import { arnOf, type KeyRecord } from "./records.ts";
import { signPkcs1, signPss, verifyPkcs1, verifyPss } from "./rsa-signatures.ts";

/** Signatures with RSA and elliptic curves. */
export const signing = {
  async Sign(input, context) {
    const { SigningAlgorithm = "" } = input;
    const { key, message } = await prepare(context, "Sign", input);
    const secret = privateKey(currentOf(key).secret);
    endDryRun(input);
    return {
      KeyId: arnOf(key),
      Signature: signWith(secret, key, SigningAlgorithm, message, (size) => drawBytes(context.ids, size)),
      SigningAlgorithm: input.SigningAlgorithm,
    };
  },

  async Verify(input, context) {
    const { SigningAlgorithm = "", Signature = new Uint8Array() } = input;
    const { key, message } = await prepare(context, "Verify", input);
    const known = publicKey(currentOf(key).secret);
    endDryRun(input);
    if (!verifyWith(known, key, SigningAlgorithm, message, Signature)) {
      throw fault("KMSInvalidSignatureException", "");
    }
    return { KeyId: arnOf(key), SignatureValid: true, SigningAlgorithm: input.SigningAlgorithm };
  },

  async GetPublicKey(input, context) {
    const key = await findKey(context, input.KeyId);
    const { kind } = specOf(key.spec);
    if (kind === "symmetric" || kind === "hmac") {
      throw fault("UnsupportedOperationException", `${arnOf(key)} is not an asymmetric key.`);
    }
    checkEnabled(key);
    return {
      KeyId: arnOf(key),
      PublicKey: publicKeyOf(currentOf(key).secret),
      CustomerMasterKeySpec: key.spec as sdk.CustomerMasterKeySpec,
      KeySpec: key.spec,
      KeyUsage: key.usage,
      ...algorithmsOf(key.spec, key.usage),
    };
  },
} satisfies Handlers<typeof sdk>;

/** The key, and what is signed with it: the message's digest, or of Edwards curves the message. */
async function prepare(context: Context, operation: string, input: sdk.SignRequest) {
  const { SigningAlgorithm: algorithm = "", Message: given = new Uint8Array(), MessageType = "RAW" } = input;
  const key = await findKey(context, input.KeyId);
  checkUsable(key, "SIGN_VERIFY", operation);
  checkAlgorithm(key.spec, algorithm, algorithmsOf(key.spec, key.usage).SigningAlgorithms);
  if (MessageType === "EXTERNAL_MU" || (specOf(key.spec).kind === "edwards" && MessageType !== "RAW")) {
    throw invalid(`Message type ${MessageType} is not valid for algorithm ${algorithm}.`);
  }
  if (specOf(key.spec).kind === "edwards") return { key, message: given };
  const hash = hashOf(algorithm);
  if (MessageType === "RAW") return { key, message: createHash(hash).update(given).digest() };
  if (given.length !== Number(hash.slice(3)) / 8) {
    throw invalid(`Digest is invalid length for algorithm ${algorithm}.`);
  }
  return { key, message: given };
}

/** `sha256` of `RSASSA_PSS_SHA_256`. */
const hashOf = (algorithm: string) => `sha${algorithm.slice(-3)}`;

function signWith(
  secret: KeyObject,
  { spec }: KeyRecord,
  algorithm: string,
  message: Uint8Array,
  random: (size: number) => Buffer,
): Buffer {
  const { kind, curve = "" } = specOf(spec);
  if (kind === "edwards") return sign(null, message, secret);
  if (kind === "ecc") return signDigest(curve, secret, message);
  const hash = hashOf(algorithm);
  return algorithm.startsWith("RSASSA_PSS")
    ? signPss(secret, hash, message, random(message.length))
    : signPkcs1(secret, hash, message);
}

function verifyWith(
  known: KeyObject,
  { spec }: KeyRecord,
  algorithm: string,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const { kind, curve = "" } = specOf(spec);
  if (kind === "edwards") return verify(null, message, known, signature);
  if (kind === "ecc") return verifyDigest(curve, known, message, signature);
  const hash = hashOf(algorithm);
  return algorithm.startsWith("RSASSA_PSS")
    ? verifyPss(known, hash, message, signature)
    : verifyPkcs1(known, hash, message, signature);
}
