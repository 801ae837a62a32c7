import { PatternError } from "./pattern-error.ts";

const V4_BITS = 32;
const V6_BITS = 128;

/** An IP address as a number, with the width of its kind. */
interface Address {
  readonly bits: typeof V4_BITS | typeof V6_BITS;
  readonly value: bigint;
}

/** A block of addresses, as `10.0.0.0/24` names it. */
export interface Block {
  contains(text: string): boolean;
}

/** Reads a literal; undefined for anything else. An IPv4 address that is mapped into IPv6 is one of IPv4. */
export function parseAddress(text: string): Address | undefined {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) return parseV4(text);
  if (text.length <= 39 && /^[\da-fA-F:]*:[\da-fA-F:]*$/.test(text)) return parseV6(text);
  return undefined;
}

export function sameAddress(one: Address, other: Address | undefined): boolean {
  return other !== undefined && one.bits === other.bits && one.value === other.value;
}

/** Reads a block in CIDR notation. */
export function parseBlock(text: string): Block {
  const [literal = "", mask = "", ...more] = withoutEmptyEnd(text.split("/"));
  if (mask === "" || more.length > 0) throw new PatternError("Malformed CIDR, one '/' required");
  if (!/^[+-]?\d+$/.test(mask)) throw new PatternError("Malformed CIDR, mask bits must be an integer");
  const length = Number(mask);
  if (length < 0) throw new PatternError("Malformed CIDR, mask bits must not be negative");
  const address = parseAddress(literal);
  if (!address)
    throw new PatternError(`${looksLike(literal) ? "Invalid" : "Nonstandard"} IP address: ${literal}`);
  if (length >= address.bits) {
    const kind = address.bits === V4_BITS ? "IPv4" : "IPv6";
    throw new PatternError(`${kind} mask bits must be < ${address.bits}`);
  }
  const host = BigInt(address.bits - length);
  return {
    contains(other) {
      const found = parseAddress(other);
      return found?.bits === address.bits && found.value >> host === address.value >> host;
    },
  };
}

function looksLike(text: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(text) || /^[\da-fA-F:]*:[\da-fA-F:]*$/.test(text);
}

function withoutEmptyEnd(parts: string[]): string[] {
  return parts.at(-1) === "" ? withoutEmptyEnd(parts.slice(0, -1)) : parts;
}

function parseV4(text: string): Address | undefined {
  const parts = text.split(".");
  if (parts.some((part) => part.length > 3 || Number(part) > 255)) return undefined;
  return { bits: V4_BITS, value: parts.reduce((value, part) => value * 256n + BigInt(part), 0n) };
}

function parseV6(text: string): Address | undefined {
  const [head = "", tail, ...more] = text.split("::");
  if (more.length > 0) return undefined;
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const gap = 8 - before.length - after.length;
  if (tail === undefined ? gap !== 0 : gap < 1) return undefined;
  const groups = [...before, ...Array<string>(gap).fill("0"), ...after];
  if (groups.some((group) => !/^[\da-fA-F]{1,4}$/.test(group))) return undefined;
  const value = groups.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
  return value >> 32n === 0xffffn ? { bits: V4_BITS, value: value & 0xffff_ffffn } : { bits: V6_BITS, value };
}
