import { createCipheriv, createHash, randomBytes } from "node:crypto";

/** Where the platform's chance comes from, so that a test can pin it. */
export interface Ids {
  /** A version 4 UUID, as in request ids. */
  uuid(): string;
  /** `length` lower-case hexadecimal digits. */
  hex(length: number): string;
  /** `length` characters of A-Z and 2-7, as in access keys. */
  base32(length: number): string;
  /** A number in [0, 1). */
  fraction(): number;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const POOL_BYTES = 4096;

/** A source of bytes that are the same for the same seed: a cipher's key stream. */
export function seededBytes(seed: number | string): (size: number) => Uint8Array {
  const key = createHash("sha256").update(String(seed)).digest();
  const stream = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  return (size) => stream.update(Buffer.alloc(size));
}

/** Ids from a source of random bytes, which are drawn in blocks: a request id costs no system call. */
export function createIds(source: (size: number) => Uint8Array = randomBytes): Ids {
  let pool: Uint8Array = new Uint8Array(0);
  let used = 0;
  const take = (count: number): number => {
    if (used + count > pool.length) {
      pool = source(Math.max(POOL_BYTES, count));
      used = 0;
    }
    used += count;
    return used - count;
  };
  const hexAt = (from: number, to: number): string => {
    let text = "";
    for (let index = from; index < to; index++) text += HEX[pool[index] ?? 0];
    return text;
  };
  return {
    uuid() {
      const at = take(16);
      pool[at + 6] = ((pool[at + 6] ?? 0) & 0x0f) | 0x40;
      pool[at + 8] = ((pool[at + 8] ?? 0) & 0x3f) | 0x80;
      const groups = [hexAt(at, at + 4), hexAt(at + 4, at + 6), hexAt(at + 6, at + 8)];
      return `${groups.join("-")}-${hexAt(at + 8, at + 10)}-${hexAt(at + 10, at + 16)}`;
    },
    hex(length) {
      const size = Math.ceil(length / 2);
      const at = take(size);
      return hexAt(at, at + size).slice(0, length);
    },
    base32(length) {
      const at = take(length);
      let text = "";
      for (let index = at; index < at + length; index++) text += BASE32[(pool[index] ?? 0) & 31];
      return text;
    },
    fraction() {
      const at = take(6);
      let value = 0;
      for (let index = at; index < at + 6; index++) value = value * 256 + (pool[index] ?? 0);
      return value / 2 ** 48;
    },
  };
}
