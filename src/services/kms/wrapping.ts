// How material is wrapped on its way in.
// https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-encrypt-key-material.html
import { constants, createDecipheriv, privateDecrypt } from "node:crypto";
import { privateKey } from "./ciphers.ts";
import { fault } from "./faults.ts";
import type { ImportRecord } from "./records.ts";

/** https://www.rfc-editor.org/rfc/rfc5649: the initial value of a key wrap with padding. */
const PADDED = Buffer.from("a65959a6", "hex");

/** Undoes what was done with the public key; with RSA_AES_KEY_WRAP an AES key stands before the material. */
export function unwrap({ algorithm, privateKey: secret }: ImportRecord, wrapped: Uint8Array): Buffer {
  const key = privateKey(secret);
  const oaepHash = algorithm.endsWith("SHA_256") ? "sha256" : "sha1";
  const open = (bytes: Uint8Array) =>
    privateDecrypt({ key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, bytes);
  try {
    if (!algorithm.startsWith("RSA_AES")) return open(wrapped);
    const size = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
    const cipher = createDecipheriv("id-aes256-wrap-pad", open(wrapped.subarray(0, size)), PADDED);
    return Buffer.concat([cipher.update(wrapped.subarray(size)), cipher.final()]);
  } catch {
    throw fault("InvalidCiphertextException", "");
  }
}
