// What a symmetric key encrypts: AES-256-GCM behind a header that names the key and its material.
//   1 | account | length of the id | id | id of the material | nonce | what is encrypted | tag
import { createCipheriv, createDecipheriv } from "node:crypto";

const VERSION = 1;
const ACCOUNT_BYTES = 12;
const MATERIAL_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";

export type EncryptionContext = Readonly<Record<string, string>>;

interface Sealed {
  readonly account: string;
  readonly keyId: string;
  readonly materialId: string;
  readonly header: Buffer;
  readonly nonce: Buffer;
  readonly body: Buffer;
  readonly tag: Buffer;
}

export function seal(
  from: { readonly account: string; readonly keyId: string; readonly materialId: string },
  secret: Uint8Array,
  nonce: Buffer,
  plaintext: Uint8Array,
  context: EncryptionContext,
): Buffer {
  const id = Buffer.from(from.keyId);
  const header = Buffer.concat([
    Buffer.of(VERSION),
    Buffer.from(from.account),
    Buffer.of(id.length),
    id,
    Buffer.from(from.materialId, "hex"),
  ]);
  const cipher = createCipheriv(CIPHER, secret, nonce).setAAD(authenticated(header, context));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([header, nonce, body, cipher.getAuthTag()]);
}

/** Undefined for bytes that no key of ours has made. */
export function openHeader(blob: Uint8Array): Sealed | undefined {
  const bytes = Buffer.from(blob);
  const idAt = 1 + ACCOUNT_BYTES + 1;
  const materialAt = idAt + (bytes[idAt - 1] ?? 0);
  const nonceAt = materialAt + MATERIAL_BYTES;
  const bodyAt = nonceAt + NONCE_BYTES;
  if (bytes[0] !== VERSION || bytes.length < bodyAt + TAG_BYTES) return undefined;
  return {
    account: bytes.toString("latin1", 1, 1 + ACCOUNT_BYTES),
    keyId: bytes.toString("latin1", idAt, materialAt),
    materialId: bytes.toString("hex", materialAt, nonceAt),
    header: bytes.subarray(0, nonceAt),
    nonce: bytes.subarray(nonceAt, bodyAt),
    body: bytes.subarray(bodyAt, -TAG_BYTES),
    tag: bytes.subarray(-TAG_BYTES),
  };
}

/** Undefined where the bytes or the encryption context are not what they were. */
export function unseal(
  { header, nonce, body, tag }: Sealed,
  secret: Uint8Array,
  context: EncryptionContext,
): Buffer | undefined {
  const decipher = createDecipheriv(CIPHER, secret, nonce).setAAD(authenticated(header, context));
  decipher.setAuthTag(tag);
  const text = decipher.update(body);
  try {
    return Buffer.concat([text, decipher.final()]);
  } catch {
    return undefined;
  }
}

/** The order in which a context's pairs are given makes no difference. */
function authenticated(header: Buffer, context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).sort(([one], [other]) => (one < other ? -1 : 1));
  return Buffer.concat([header, Buffer.from(JSON.stringify(pairs))]);
}
