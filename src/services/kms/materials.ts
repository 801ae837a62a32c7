// What keys compute with: made here, kept in the store.
import { createHash, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type * as sdk from "@aws-sdk/client-kms";
import type { Ids } from "../../kernel/ids.ts";
import { specOf } from "./key-specs.ts";
import type { MaterialRecord } from "./records.ts";

const makePair = promisify(generateKeyPair) as (
  type: string,
  options: object,
) => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>;

export const drawBytes = (ids: Ids, size: number): Buffer => Buffer.from(ids.hex(size * 2), "hex");

export async function makeMaterial(spec: sdk.KeySpec, ids: Ids): Promise<MaterialRecord> {
  const { kind, bytes = 0 } = specOf(spec);
  const isSecret = kind === "symmetric" || kind === "hmac";
  const secret = isSecret ? drawBytes(ids, bytes) : (await makeKeyPair(spec)).privateKey;
  return { id: ids.hex(64), secret };
}

/** The halves of a new key pair in DER: a SubjectPublicKeyInfo, and PKCS #8. */
export async function makeKeyPair(spec: string): Promise<{ publicKey: Buffer; privateKey: Buffer }> {
  const { kind, bytes = 0, curve } = specOf(spec);
  const pair = await (kind === "rsa"
    ? makePair("rsa", { modulusLength: bytes * 8 })
    : kind === "edwards"
      ? makePair("ed25519", {})
      : makePair("ec", { namedCurve: curve }));
  return {
    publicKey: pair.publicKey.export({ type: "spki", format: "der" }),
    privateKey: pair.privateKey.export({ type: "pkcs8", format: "der" }),
  };
}

/** The public half of a private key, as GetPublicKey gives it. */
export const publicKeyOf = (privateKey: Uint8Array): Buffer =>
  createPublicKey({ key: Buffer.from(privateKey), format: "der", type: "pkcs8" } as never).export({
    type: "spki",
    format: "der",
  });

/** Under which id material that is brought in is known: the same material for the same key has the same. */
export const importedId = (keyId: string, secret: Uint8Array): string =>
  createHash("sha256").update(keyId).update(secret).digest("hex");
