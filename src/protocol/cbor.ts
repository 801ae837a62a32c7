import { DEEPEST, decodeText, setKey, Unreadable } from "./values.ts";

// RFC 8949. Smithy's rpc-v2-cbor uses maps with text keys, and tags 1 to 4.
// https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html

const INDEFINITE = -1;
const BREAK = Symbol("break");
/** Up to here a loop over ASCII is faster than a call into the runtime. */
const SHORT = 32;

/** What the number of a timestamp counts: milliseconds, or seconds as RFC 8949 has it. */
export type TimeUnit = "milliseconds" | "seconds";

/** Reads one item and nothing after it. No length is believed before its bytes are there. */
export function readCbor(bytes: Uint8Array, unit: TimeUnit = "seconds"): unknown {
  const reader = new Reader(bytes, unit);
  const value = reader.item(DEEPEST);
  if (value === BREAK || reader.at !== bytes.length) throw new Unreadable("The CBOR body is malformed");
  return value;
}

class Reader {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #unit: TimeUnit;

  constructor(bytes: Uint8Array, unit: TimeUnit) {
    this.#bytes = bytes;
    this.#unit = unit;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  item(depth: number): unknown {
    if (depth === 0) throw new Unreadable("The request body is nested too deeply");
    const initial = this.#byte();
    const major = initial >> 5;
    const info = initial & 31;
    if (major === 7) return this.#simple(info);
    const argument = this.#argument(info, major);
    switch (major) {
      case 0:
        return argument;
      case 1:
        return typeof argument === "bigint" ? -1n - argument : -1 - argument;
      case 2:
        return this.#string(this.#length(argument), 2);
      case 3:
        return this.#text(this.#length(argument));
      case 4:
        return this.#list(this.#length(argument), depth - 1);
      case 5:
        return this.#map(this.#length(argument), depth - 1);
      default:
        return tagged(Number(argument), this.item(depth - 1), this.#unit);
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.at];
    if (byte === undefined) throw new Unreadable("The CBOR body ends too early");
    this.at++;
    return byte;
  }

  #argument(info: number, major: number): number | bigint {
    if (info < 24) return info;
    if (info === 31 && major >= 2 && major <= 5) return INDEFINITE;
    if (info === 24) return this.#byte();
    const size = 2 ** (info - 24);
    if (info > 27) throw new Unreadable("The CBOR body is malformed");
    const start = this.at;
    this.#take(size);
    if (size === 2) return this.#view.getUint16(start);
    if (size === 4) return this.#view.getUint32(start);
    const value = this.#view.getBigUint64(start);
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  }

  /** A length can be no more than the bytes that are left. */
  #length(argument: number | bigint): number {
    if (typeof argument === "bigint" || argument > this.#bytes.length - this.at) {
      throw new Unreadable("The CBOR body ends too early");
    }
    return argument;
  }

  #take(count: number): Uint8Array {
    const end = this.at + count;
    if (end > this.#bytes.length) throw new Unreadable("The CBOR body ends too early");
    const taken = this.#bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  #text(length: number): string {
    if (length > SHORT || length === INDEFINITE) return decodeText(this.#string(length, 3));
    const start = this.at;
    const end = start + length;
    let text = "";
    for (let at = start; at < end; at++) {
      const byte = this.#bytes[at] ?? 0x80;
      if (byte >= 0x80) return decodeText(this.#take(length));
      text += String.fromCharCode(byte);
    }
    this.at = end;
    return text;
  }

  #string(length: number, major: number): Uint8Array {
    if (length !== INDEFINITE) return this.#take(length);
    const parts: Uint8Array[] = [];
    for (;;) {
      const initial = this.#take(1)[0] ?? 0;
      if (initial === 0xff) return Buffer.concat(parts);
      if (initial >> 5 !== major || (initial & 31) === 31) throw new Unreadable("The CBOR body is malformed");
      parts.push(this.#take(this.#length(this.#argument(initial & 31, major))));
    }
  }

  #list(length: number, depth: number): unknown[] {
    const list: unknown[] = [];
    for (let index = 0; length === INDEFINITE || index < length; index++) {
      const value = this.item(depth);
      if (value === BREAK) {
        if (length === INDEFINITE) break;
        throw new Unreadable("The CBOR body is malformed");
      }
      list.push(value);
    }
    return list;
  }

  #map(length: number, depth: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    for (let index = 0; length === INDEFINITE || index < length; index++) {
      const key = this.item(depth);
      if (key === BREAK && length === INDEFINITE) break;
      const value = this.item(depth);
      if (typeof key !== "string" || value === BREAK) throw new Unreadable("The CBOR body is malformed");
      setKey(map, key, value);
    }
    return map;
  }

  #simple(info: number): unknown {
    if (info === 20 || info === 21) return info === 21;
    if (info === 22 || info === 23) return null;
    if (info === 31) return BREAK;
    const start = this.at;
    if (info === 25) return halfFloat(this.#take(2));
    if (info === 26) {
      this.#take(4);
      return this.#view.getFloat32(start);
    }
    if (info === 27) {
      this.#take(8);
      return this.#view.getFloat64(start);
    }
    throw new Unreadable("The CBOR body is malformed");
  }
}

function halfFloat([high = 0, low = 0]: Uint8Array): number {
  const sign = high & 0x80 ? -1 : 1;
  const exponent = (high >> 2) & 31;
  const fraction = ((high & 3) << 8) | low;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Time since the epoch, and integers of any size; other tags leave their value as it is. */
function tagged(tag: number, value: unknown, unit: TimeUnit): unknown {
  if (tag === 1) {
    const date = new Date(unit === "seconds" ? Math.round(Number(value) * 1000) : Number(value));
    if (typeof value !== "number" || Number.isNaN(date.getTime())) throw new Unreadable("Invalid timestamp");
    return date;
  }
  if (tag === 2 || tag === 3) {
    if (!(value instanceof Uint8Array) || value.length > 2048) throw new Unreadable("Invalid integer");
    const magnitude = BigInt(`0x0${Buffer.from(value).toString("hex")}`);
    return tag === 2 ? magnitude : -1n - magnitude;
  }
  return value;
}

/** Writes plain values: dates as tag 1, bytes as byte strings, integers as short as they go. */
export function writeCbor(value: unknown, unit: TimeUnit = "seconds"): Uint8Array {
  const writer = new Writer(unit);
  writer.item(value);
  return writer.bytes();
}

class Writer {
  #buffer = Buffer.allocUnsafe(512);
  #size = 0;
  readonly #unit: TimeUnit;

  constructor(unit: TimeUnit) {
    this.#unit = unit;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#size);
  }

  item(value: unknown): void {
    if (typeof value === "string") {
      this.#bytesOf(3, Buffer.from(value, "utf8"));
    } else if (typeof value === "number") {
      this.#number(value);
    } else if (typeof value === "boolean") {
      this.#byte(value ? 0xf5 : 0xf4);
    } else if (value === null || value === undefined) {
      this.#byte(0xf6);
    } else if (typeof value === "bigint") {
      this.#bigint(value);
    } else if (value instanceof Date) {
      this.#byte(0xc1);
      this.#number(this.#unit === "seconds" ? value.getTime() / 1000 : value.getTime());
    } else if (value instanceof Uint8Array) {
      this.#bytesOf(2, value);
    } else if (Array.isArray(value)) {
      this.#head(4, value.length);
      for (const element of value) this.item(element);
    } else {
      const entries = Object.entries(value as object);
      this.#head(5, entries.length);
      for (const [key, element] of entries) {
        this.item(key);
        this.item(element);
      }
    }
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      this.#head(value < 0 ? 1 : 0, value < 0 ? -1 - value : value);
      return;
    }
    const start = this.#reserve(9);
    this.#buffer[start] = 0xfb;
    this.#buffer.writeDoubleBE(value, start + 1);
  }

  #bigint(value: bigint): void {
    const magnitude = value < 0n ? -1n - value : value;
    if (magnitude < 2n ** 64n) {
      const start = this.#reserve(9);
      this.#buffer[start] = value < 0n ? 0x3b : 0x1b;
      this.#buffer.writeBigUInt64BE(magnitude, start + 1);
      return;
    }
    const hex = magnitude.toString(16);
    this.#byte(value < 0n ? 0xc3 : 0xc2);
    this.#bytesOf(2, Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex"));
  }

  #bytesOf(major: number, bytes: Uint8Array): void {
    this.#head(major, bytes.length);
    const start = this.#reserve(bytes.length);
    this.#buffer.set(bytes, start);
  }

  #head(major: number, argument: number): void {
    const type = major << 5;
    if (argument < 24) {
      this.#byte(type | argument);
    } else if (argument < 0x100) {
      const start = this.#reserve(2);
      this.#buffer[start] = type | 24;
      this.#buffer[start + 1] = argument;
    } else if (argument < 0x10000) {
      const start = this.#reserve(3);
      this.#buffer[start] = type | 25;
      this.#buffer.writeUInt16BE(argument, start + 1);
    } else if (argument < 0x100000000) {
      const start = this.#reserve(5);
      this.#buffer[start] = type | 26;
      this.#buffer.writeUInt32BE(argument, start + 1);
    } else {
      const start = this.#reserve(9);
      this.#buffer[start] = type | 27;
      this.#buffer.writeBigUInt64BE(BigInt(argument), start + 1);
    }
  }

  #byte(byte: number): void {
    const start = this.#reserve(1);
    this.#buffer[start] = byte;
  }

  #reserve(count: number): number {
    const start = this.#size;
    this.#size += count;
    if (this.#size > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#size, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, start);
      this.#buffer = larger;
    }
    return start;
  }
}
