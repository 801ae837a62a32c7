// RSA signatures of a digest that is given: Node signs messages only, and hashes them itself.
// https://www.rfc-editor.org/rfc/rfc8017, 8 and 9
import { constants, createHash, type KeyObject, privateEncrypt, publicDecrypt } from "node:crypto";

/** What stands before a digest in PKCS #1 v1.5: which hash it is of. */
const DIGEST_INFO: Readonly<Record<string, string>> = {
  sha256: "3031300d060960864801650304020105000420",
  sha384: "3041300d060960864801650304020205000430",
  sha512: "3051300d060960864801650304020305000440",
};

const { RSA_PKCS1_PADDING, RSA_NO_PADDING } = constants;

export function signPkcs1(key: KeyObject, hash: string, digest: Uint8Array): Buffer {
  return privateEncrypt({ key, padding: RSA_PKCS1_PADDING }, infoOf(hash, digest));
}

export function verifyPkcs1(
  key: KeyObject,
  hash: string,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const found = opened(() => publicDecrypt({ key, padding: RSA_PKCS1_PADDING }, signature));
  return found?.equals(infoOf(hash, digest)) ?? false;
}

const infoOf = (hash: string, digest: Uint8Array) =>
  Buffer.concat([Buffer.from(DIGEST_INFO[hash] ?? "", "hex"), digest]);

/** The salt is as long as the digest. */
export function signPss(key: KeyObject, hash: string, digest: Uint8Array, salt: Buffer): Buffer {
  const size = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const sealed = sealOf(hash, digest, salt);
  const block = Buffer.alloc(size - sealed.length - 1);
  Buffer.concat([Buffer.of(1), salt]).copy(block, block.length - salt.length - 1);
  const masked = xor(block, mask(hash, sealed, block.length));
  masked[0] = (masked[0] ?? 0) & 0x7f;
  return privateEncrypt({ key, padding: RSA_NO_PADDING }, Buffer.concat([masked, sealed, Buffer.of(0xbc)]));
}

export function verifyPss(key: KeyObject, hash: string, digest: Uint8Array, signature: Uint8Array): boolean {
  const encoded = opened(() => publicDecrypt({ key, padding: RSA_NO_PADDING }, signature));
  if (encoded?.at(-1) !== 0xbc || (encoded[0] ?? 0) > 0x7f) return false;
  const sealed = encoded.subarray(-digest.length - 1, -1);
  const masked = encoded.subarray(0, -digest.length - 1);
  const block = xor(masked, mask(hash, sealed, masked.length));
  block[0] = (block[0] ?? 0) & 0x7f;
  const start = block.indexOf(1);
  if (start < 0 || block.subarray(0, start).some((byte) => byte !== 0)) return false;
  return sealOf(hash, digest, block.subarray(start + 1)).equals(sealed);
}

const sealOf = (hash: string, digest: Uint8Array, salt: Buffer) =>
  createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest();

/** MGF1. */
function mask(hash: string, seed: Buffer, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let counter = 0, made = 0; made < size; counter++) {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    const part = createHash(hash).update(seed).update(count).digest();
    parts.push(part);
    made += part.length;
  }
  return Buffer.concat(parts).subarray(0, size);
}

const xor = (one: Buffer, other: Buffer): Buffer =>
  Buffer.from(one.map((byte, index) => byte ^ (other[index] ?? 0)));

function opened(work: () => Buffer): Buffer | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
