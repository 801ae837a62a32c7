import { isUtf8 } from "node:buffer";
import type { NormalizedSchema } from "@smithy/core/schema";
import { kindOf, type TimestampFormat, timestampFormat } from "./schema.ts";

/** Thrown by every codec below for a value of the wrong form; protocols turn it into their own Fault. */
export class Unreadable extends Error {}

/** How deep documents may nest: far more than any request of AWS, far less than a stack holds. */
export const DEEPEST = 256;

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?([Zz]|[+-]\d\d:?\d\d)?$/;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const BASE64 = /^[A-Za-z0-9+/\-_]*={0,2}$/;

/**
 * A timestamp in any of AWS's three formats. Servers are as lenient as AWS's own: whichever format the
 * text is in, whatever the member asks for.
 */
export function parseTimestamp(text: string): Date {
  const match = RFC3339.exec(text);
  if (match !== null) {
    const [, year, month, day, hour, minute, second, fraction = "", zone = "Z"] = match;
    const millis = fraction.padEnd(3, "0").slice(0, 3);
    const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
    return validDate(
      new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${millis}${offset}`),
      text,
    );
  }
  if (NUMBER.test(text)) return dateOfSeconds(Number(text));
  if (/^[A-Z][a-z]{2,8},? /.test(text)) return validDate(new Date(text), text);
  throw new Unreadable(`Invalid timestamp: ${shown(text)}`);
}

/** @param seconds since the epoch, with a fraction of up to milliseconds. */
export function dateOfSeconds(seconds: number): Date {
  return validDate(new Date(Math.round(seconds * 1000)), String(seconds));
}

function validDate(date: Date, text: string): Date {
  if (Number.isNaN(date.getTime())) throw new Unreadable(`Invalid timestamp: ${shown(text)}`);
  return date;
}

export function formatTimestamp(date: Date, format: TimestampFormat): string {
  if (format === "http-date") return date.toUTCString();
  if (format === "epoch-seconds") return String(date.getTime() / 1000);
  const text = date.toISOString();
  return text.endsWith(".000Z") ? `${text.slice(0, -5)}Z` : text;
}

/** A number as text, with AWS's three words for what JSON cannot say. */
function parseNumber(text: string): number {
  if (NUMBER.test(text)) return Number(text);
  const special = specialNumber(text);
  if (special === undefined) throw new Unreadable(`${shown(text)} is not a number`);
  return special;
}

export function specialNumber(text: string): number | undefined {
  if (text === "NaN") return Number.NaN;
  if (text === "Infinity") return Number.POSITIVE_INFINITY;
  return text === "-Infinity" ? Number.NEGATIVE_INFINITY : undefined;
}

function parseBoolean(text: string): boolean {
  if (text === "true") return true;
  if (text === "false") return false;
  const lower = text.toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  throw new Unreadable(`${shown(text)} is not a boolean`);
}

export function parseBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, "base64");
  // What is no base64 is passed over, and the bytes are fewer. Most texts are spared the look at each letter.
  const isWhole = text.length % 4 === 0 && bytes.length === (text.length / 4) * 3 - paddingOf(text);
  if (!isWhole && (!BASE64.test(text) || text.length % 4 === 1)) throw new Unreadable("Invalid base64");
  return bytes;
}

function paddingOf(text: string): number {
  if (!text.endsWith("=")) return 0;
  return text.endsWith("==") ? 2 : 1;
}

export function formatBase64(bytes: Uint8Array | string): string {
  if (typeof bytes === "string") return Buffer.from(bytes, "utf8").toString("base64");
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** Reads text that stands for one simple value: in a header, a path, a query or an XML element. */
export function textReader(schema: NormalizedSchema): (text: string) => unknown {
  switch (kindOf(schema)) {
    case "number":
      return parseNumber;
    case "boolean":
      return parseBoolean;
    case "timestamp":
      return parseTimestamp;
    case "blob":
      return parseBase64;
    case "bigInteger":
      return (text) => {
        if (!/^[+-]?\d{1,4096}$/.test(text)) throw new Unreadable(`${shown(text)} is not an integer`);
        return BigInt(text);
      };
    default:
      return (text) => text;
  }
}

/** Writes one simple value as text. */
export function textWriter(schema: NormalizedSchema, fallback: TimestampFormat): (value: unknown) => string {
  switch (kindOf(schema)) {
    case "timestamp": {
      const format = timestampFormat(schema, fallback);
      // Text is a date as a client once sent it: S3 gives Expires back the way it came.
      return (value) => (typeof value === "string" ? value : formatTimestamp(asDate(value), format));
    }
    case "blob":
      return (value) => formatBase64(asBytes(value));
    default:
      return String;
  }
}

export function asDate(value: unknown): Date {
  return value instanceof Date ? value : new Date(value as number);
}

export function asBytes(value: unknown): Uint8Array {
  return typeof value === "string" ? Buffer.from(value, "utf8") : (value as Uint8Array);
}

/** Sets a key of a caller's choosing: one called `__proto__` becomes a key like any other. */
export function setKey(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}

/** The start of what a client sent, for a message. */
function shown(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

/** Text of a body without a byte order mark; bytes that are no UTF-8 are unreadable. */
export function decodeText(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const text = buffer.toString("utf8");
  // What is not valid was replaced by this character, which may also have been meant.
  if (text.includes("\ufffd") && !isUtf8(bytes)) throw new Unreadable("The request body is not valid UTF-8");
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
