/** What makes a cyclic redundancy check: its width, and its polynomial, the lowest power in the top bit. */
export interface Crc {
  readonly bits: 32 | 64;
  readonly polynomial: bigint;
}

export const CRC32: Crc = { bits: 32, polynomial: 0xedb88320n };
export const CRC32C: Crc = { bits: 32, polynomial: 0x82f63b78n };
/** https://reveng.sourceforge.io/crc-catalogue/17plus.htm#crc.cat.crc-64-nvme */
export const CRC64NVME: Crc = { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n };

/** Eight tables of 256 entries; entry `i` of table `t` is at `(t * 256 + i) * 2`, low half before high. */
let tables: Int32Array | undefined;

function tablesOfCrc64(): Int32Array {
  if (tables) return tables;
  const made = new Int32Array(8 * 256 * 2);
  const firsts: bigint[] = [];
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ CRC64NVME.polynomial : crc >> 1n;
    firsts.push(crc);
  }
  for (let byte = 0; byte < 256; byte++) {
    let crc = firsts[byte] ?? 0n;
    for (let table = 0; table < 8; table++) {
      const at = (table * 256 + byte) * 2;
      made[at] = Number(BigInt.asIntN(32, crc));
      made[at + 1] = Number(BigInt.asIntN(32, crc >> 32n));
      crc = (crc >> 8n) ^ (firsts[Number(crc & 255n)] ?? 0n);
    }
  }
  tables = made;
  return made;
}

/**
 * CRC-64/NVME of bytes that come in pieces. Eight bytes a step, in two 32-bit halves: JavaScript has no
 * 64-bit integers that are fast.
 */
export class Crc64Nvme {
  private low = -1;
  private high = -1;

  update(bytes: Uint8Array): void {
    const table = tablesOfCrc64();
    let low = this.low;
    let high = this.high;
    let at = 0;
    for (const last = bytes.length - 8; at <= last; at += 8) {
      low ^=
        (bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24);
      high ^=
        (bytes[at + 4] as number) |
        ((bytes[at + 5] as number) << 8) |
        ((bytes[at + 6] as number) << 16) |
        ((bytes[at + 7] as number) << 24);
      const a = 3584 + ((low & 255) << 1);
      const b = 3072 + ((low >>> 7) & 510);
      const c = 2560 + ((low >>> 15) & 510);
      const d = 2048 + ((low >>> 23) & 510);
      const e = 1536 + ((high & 255) << 1);
      const f = 1024 + ((high >>> 7) & 510);
      const g = 512 + ((high >>> 15) & 510);
      const h = (high >>> 23) & 510;
      low =
        (table[a] as number) ^
        (table[b] as number) ^
        (table[c] as number) ^
        (table[d] as number) ^
        (table[e] as number) ^
        (table[f] as number) ^
        (table[g] as number) ^
        (table[h] as number);
      high =
        (table[a + 1] as number) ^
        (table[b + 1] as number) ^
        (table[c + 1] as number) ^
        (table[d + 1] as number) ^
        (table[e + 1] as number) ^
        (table[f + 1] as number) ^
        (table[g + 1] as number) ^
        (table[h + 1] as number);
    }
    for (; at < bytes.length; at++) {
      const index = ((low ^ (bytes[at] as number)) & 255) << 1;
      low = ((low >>> 8) | (high << 24)) ^ (table[index] as number);
      high = (high >>> 8) ^ (table[index + 1] as number);
    }
    this.low = low;
    this.high = high;
  }

  /** Eight bytes, the highest first. */
  digest(): Uint8Array {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    view.setInt32(0, ~this.high);
    view.setInt32(4, ~this.low);
    return bytes;
  }
}

/**
 * The check of `first` followed by `second`, from the checks of each and the second's length: how S3 makes
 * a full-object checksum of a multipart upload without reading the parts again.
 */
export function combineCrc(crc: Crc, first: Uint8Array, second: Uint8Array, secondBytes: number): Uint8Array {
  const joined = multiply(crc, toBigint(first), powerOfX(crc, secondBytes)) ^ toBigint(second);
  const bytes = new Uint8Array(crc.bits / 8);
  let rest = joined;
  for (let at = bytes.length - 1; at >= 0; at--) {
    bytes[at] = Number(rest & 255n);
    rest >>= 8n;
  }
  return bytes;
}

function toBigint(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/** Product of two polynomials modulo the check's own; the power 0 is in the top bit. */
function multiply(crc: Crc, left: bigint, right: bigint): bigint {
  let product = 0n;
  let shifted = right;
  for (let bit = BigInt(crc.bits - 1); bit >= 0n; bit--) {
    if ((left >> bit) & 1n) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ crc.polynomial : shifted >> 1n;
  }
  return product;
}

/** Parts of one upload mostly have one length, so the last power of each check is kept. */
const lastPower = new Map<Crc, { readonly lengthBytes: number; readonly power: bigint }>();

/** x to the power of 8 × `lengthBytes`. */
function powerOfX(crc: Crc, lengthBytes: number): bigint {
  const known = lastPower.get(crc);
  if (known?.lengthBytes === lengthBytes) return known.power;
  let power = 1n << BigInt(crc.bits - 1);
  let square = 1n << BigInt(crc.bits - 2);
  for (let rest = BigInt(lengthBytes) * 8n; rest > 0n; rest >>= 1n) {
    if (rest & 1n) power = multiply(crc, power, square);
    square = multiply(crc, square, square);
  }
  lastPower.set(crc, { lengthBytes, power });
  return power;
}
