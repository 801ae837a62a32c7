import { decodeDecimal, encodeDecimal } from "./decimal.ts";
import type { Decimal, Key, KeyPart, KeyRange } from "./store.ts";

/**
 * Tuples as bytes that sort as the tuples do. The bytes are held as strings of code units 0 to 255:
 * JavaScript compares those as bytes, hashes and concatenates them quickly, and LMDB takes them as they
 * are. Each part is a type byte and a body that is no prefix of another body, so that a tuple sorts
 * before its extensions and after nothing else.
 */
export type EncodedKey = string;

/** Encoded keys from `from` up to and without `to`. */
export interface EncodedRange {
  readonly from: EncodedKey;
  readonly to: EncodedKey;
}

const NULL = "\x01";
const BYTES = "\x02";
const STRING = "\x03";
const NUMBER = "\x04";
const BIGINT = "\x05";
const FALSE = "\x06";
const TRUE = "\x07";
const DECIMAL = "\x08";
/** Ends a body of variable length; a zero byte inside is followed by 0xff, which is no type byte. */
const END = "\x00";
const LOWEST_TYPE = NULL;
const ABOVE_TYPES = "\x09";
/** A bigint's length byte is 0x80 plus or minus its number of bytes. */
const BIGINT_ZERO = 0x80;
const BIGINT_MOST_BYTES = 0x7f;

/** Thrown for a key that has no place in the order: a bug of the caller. */
export class InvalidKey extends Error {
  override readonly name = "InvalidKey";
}

export function encodeKey(key: Key): EncodedKey {
  let encoded = "";
  for (const part of key) encoded += encodePart(part);
  return encoded;
}

export function decodeKey(encoded: EncodedKey): Key {
  const parts: KeyPart[] = [];
  for (let at = 0; at < encoded.length; ) {
    const { part, end } = decodePart(encoded, at);
    parts.push(part);
    at = end;
  }
  return parts;
}

/** Where the keys lie that begin with `prefix` and have more parts. */
export function prefixRange(prefix: EncodedKey): EncodedRange {
  return { from: prefix + LOWEST_TYPE, to: prefix + ABOVE_TYPES };
}

export function encodeRange(range: KeyRange): EncodedRange {
  let { from, to } = prefixRange(range.prefix ? encodeKey(range.prefix) : "");
  const raise = (bound: string) => {
    if (bound > from) from = bound;
  };
  const lower = (bound: string) => {
    if (bound < to) to = bound;
  };
  // No key lies between an encoding and the encoding followed by a zero byte.
  if (range.gt) raise(encodeKey(range.gt) + END);
  if (range.gte) raise(encodeKey(range.gte));
  if (range.lt) lower(encodeKey(range.lt));
  if (range.lte) lower(encodeKey(range.lte) + END);
  return { from, to };
}

function encodePart(part: KeyPart): string {
  switch (typeof part) {
    case "string":
      return STRING + (PLAIN.test(part) ? part : escapeZeros(encodeText(part))) + END;
    case "number":
      return NUMBER + encodeNumber(part);
    case "bigint":
      return BIGINT + encodeBigint(part);
    case "boolean":
      return part ? TRUE : FALSE;
    default:
      if (part === null) return NULL;
      if (part instanceof Uint8Array) return BYTES + escapeZeros(bufferOf(part).toString("latin1")) + END;
      if (typeof part?.decimal === "string") return DECIMAL + encodeDecimal(part.decimal);
      throw new InvalidKey(`A key cannot hold ${String(part)}`);
  }
}

function decodePart(encoded: string, at: number): { part: KeyPart; end: number } {
  const start = at + 1;
  switch (encoded[at]) {
    case NULL:
      return { part: null, end: start };
    case FALSE:
      return { part: false, end: start };
    case TRUE:
      return { part: true, end: start };
    case NUMBER:
      return { part: decodeNumber(encoded, start), end: start + 8 };
    case BIGINT:
      return decodeBigint(encoded, start);
    case DECIMAL: {
      const { decimal, end } = decodeDecimal(encoded, start);
      return { part: { decimal } satisfies Decimal, end };
    }
    case BYTES: {
      const end = endOfBody(encoded, start);
      return {
        part: new Uint8Array(Buffer.from(unescapeZeros(encoded.slice(start, end)), "latin1")),
        end: end + 1,
      };
    }
    case STRING: {
      const end = endOfBody(encoded, start);
      return { part: decodeText(unescapeZeros(encoded.slice(start, end))), end: end + 1 };
    }
    default:
      throw new InvalidKey(`A stored key has an unknown type byte ${encoded.charCodeAt(at)} at ${at}`);
  }
}

function escapeZeros(body: string): string {
  return body.includes("\0") ? body.replaceAll("\0", "\0\xff") : body;
}

function unescapeZeros(body: string): string {
  return body.includes("\0") ? body.replaceAll("\0\xff", "\0") : body;
}

function endOfBody(encoded: string, start: number): number {
  let end = encoded.indexOf(END, start);
  while (end >= 0 && encoded[end + 1] === "\xff") end = encoded.indexOf(END, end + 2);
  if (end < 0) throw new InvalidKey("A stored key is cut short");
  return end;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII, whose UTF-8 is itself.
const ASCII = /^[\x00-\x7f]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same without zero bytes, as most texts are.
const PLAIN = /^[\x01-\x7f]*$/;
/** A surrogate without its other half. */
const HALF_PAIR = /\p{Surrogate}/u;
/** The same in UTF-8's scheme, which UTF-8 itself forbids and Buffer would replace. */
const LONE_SURROGATE = /\xed[\xa0-\xbf][\x80-\xbf]/;

/** UTF-8; a lone surrogate is kept as the three bytes that UTF-8's scheme gives it. */
function encodeText(text: string): string {
  if (ASCII.test(text)) return text;
  if (!HALF_PAIR.test(text)) return Buffer.from(text, "utf8").toString("latin1");
  let bytes = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes +=
      code >= 0xd800 && code <= 0xdfff
        ? String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f))
        : Buffer.from(character, "utf8").toString("latin1");
  }
  return bytes;
}

function decodeText(bytes: string): string {
  if (ASCII.test(bytes)) return bytes;
  const surrogate = LONE_SURROGATE.exec(bytes);
  if (!surrogate) return Buffer.from(bytes, "latin1").toString("utf8");
  const at = surrogate.index;
  const code = ((bytes.charCodeAt(at + 1) & 0x3f) << 6) | (bytes.charCodeAt(at + 2) & 0x3f) | 0xd000;
  return decodeText(bytes.slice(0, at)) + String.fromCharCode(code) + decodeText(bytes.slice(at + 3));
}

const scratch = Buffer.alloc(8);
const halves = new DataView(scratch.buffer, scratch.byteOffset, 8);

/** IEEE 754 bytes: the sign bit flipped, and all bits flipped for negative numbers. -0 is 0. */
function encodeNumber(value: number): string {
  if (Number.isNaN(value)) throw new InvalidKey("A key cannot hold NaN");
  halves.setFloat64(0, value === 0 ? 0 : value);
  const flip = value < 0 ? -1 : 0;
  const high = halves.getUint32(0) ^ (flip | 0x80000000);
  const low = halves.getUint32(4) ^ flip;
  return fourBytes(high) + fourBytes(low);
}

function fourBytes(bits: number): string {
  return String.fromCharCode((bits >>> 24) & 0xff, (bits >>> 16) & 0xff, (bits >>> 8) & 0xff, bits & 0xff);
}

function decodeNumber(encoded: string, at: number): number {
  scratch.write(encoded.slice(at, at + 8), "latin1");
  flipNumber(scratch, (scratch[0] ?? 0) < 0x80);
  return scratch.readDoubleBE();
}

function flipNumber(bytes: Uint8Array, negative: boolean): void {
  for (let at = 0; at < 8; at++) {
    bytes[at] = (bytes[at] ?? 0) ^ (negative ? 0xff : at === 0 ? 0x80 : 0);
  }
}

/** A length byte that grows with the number, then the bytes; a negative number is 256^length below. */
function encodeBigint(value: bigint): string {
  const negative = value < 0n;
  const hex = (negative ? -value : value).toString(16);
  const length = value === 0n ? 0 : (hex.length + 1) >> 1;
  if (length > BIGINT_MOST_BYTES) throw new InvalidKey("A key cannot hold a bigint of that size");
  if (length === 0) return String.fromCharCode(BIGINT_ZERO);
  const body = negative ? (256n ** BigInt(length) - 1n + value).toString(16) : hex;
  const bytes = Buffer.from(body.padStart(length * 2, "0"), "hex").toString("latin1");
  return String.fromCharCode(BIGINT_ZERO + (negative ? -length : length)) + bytes;
}

function decodeBigint(encoded: string, at: number): { part: bigint; end: number } {
  const size = encoded.charCodeAt(at) - BIGINT_ZERO;
  const length = Math.abs(size);
  const end = at + 1 + length;
  if (length === 0) return { part: 0n, end };
  const magnitude = BigInt(`0x${Buffer.from(encoded.slice(at + 1, end), "latin1").toString("hex")}`);
  return { part: size < 0 ? magnitude - 256n ** BigInt(length) + 1n : magnitude, end };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
