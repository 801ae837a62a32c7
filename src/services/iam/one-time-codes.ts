import { createHmac } from "node:crypto";

const STEP_MS = 30_000;
/** How far a device's clock may be off. */
const STEPS_OFF = 10;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function bytesOf(base32: string): Buffer {
  const bits = Array.from(base32, (character) => BASE32.indexOf(character).toString(2).padStart(5, "0")).join(
    "",
  );
  return Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
}

/** RFC 4226, six digits. */
function codeAt(key: Buffer, counter: number): string {
  const moving = Buffer.alloc(8);
  moving.writeBigUInt64BE(BigInt(Math.max(0, counter)));
  const digest = createHmac("sha1", key).update(moving).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** The codes that a device with this seed shows about now, in order. RFC 6238. */
export function codesAround(seed: string, nowMs: number): string[] {
  const key = bytesOf(seed);
  const now = Math.floor(nowMs / STEP_MS);
  return Array.from({ length: 2 * STEPS_OFF + 1 }, (_, index) => codeAt(key, now - STEPS_OFF + index));
}
