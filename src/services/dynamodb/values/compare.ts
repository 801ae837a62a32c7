import { compareNumbers } from "./decimal.ts";
import { type AttributeValue, attributeOf, type Item } from "./value.ts";

/**
 * Below, at or above zero as `left` sorts before, with or after `right`: strings by their UTF-8 bytes,
 * numbers by value, binaries by unsigned bytes. Undefined for different types, and for types without order.
 */
export function compareValues(left: AttributeValue, right: AttributeValue): number | undefined {
  if (left.S !== undefined) return right.S === undefined ? undefined : compareText(left.S, right.S);
  if (left.N !== undefined) return right.N === undefined ? undefined : compareNumbers(left.N, right.N);
  if (left.B !== undefined) return right.B === undefined ? undefined : compareBytes(left.B, right.B);
  return undefined;
}

/** UTF-8 order, which is the order of code points; UTF-16's differs where surrogates meet U+E000 and up. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const one = left.charCodeAt(at);
    const other = right.charCodeAt(at);
    if (one !== other) return inOrderOfCodePoints(one) - inOrderOfCodePoints(other);
  }
  return left.length - right.length;
}

/** Moves surrogates, which stand for the highest code points, above all other code units. */
function inOrderOfCodePoints(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  return Buffer.compare(left, right);
}

/** Whether two values are the same: numbers by value, sets whatever their order, documents throughout. */
export function equalValues(left: AttributeValue, right: AttributeValue): boolean {
  if (left.S !== undefined) return left.S === right.S;
  if (left.N !== undefined) return right.N !== undefined && compareNumbers(left.N, right.N) === 0;
  if (left.B !== undefined) return right.B !== undefined && compareBytes(left.B, right.B) === 0;
  if (left.BOOL !== undefined) return left.BOOL === right.BOOL;
  if (left.NULL !== undefined) return right.NULL !== undefined;
  if (left.M !== undefined) return right.M !== undefined && equalMaps(left.M, right.M);
  if (left.L !== undefined) return right.L !== undefined && equalLists(left.L, right.L);
  return equalSets(left, right);
}

function equalMaps(left: Item, right: Item): boolean {
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => {
    const one = attributeOf(left, name);
    const other = attributeOf(right, name);
    return one !== undefined && other !== undefined && equalValues(one, other);
  });
}

function equalLists(left: readonly AttributeValue[], right: readonly AttributeValue[]): boolean {
  if (left.length !== right.length) return false;
  return left.every((one, at) => {
    const other = right[at];
    return other !== undefined && equalValues(one, other);
  });
}

/** Sets hold no duplicates, so one inside another of its size is equal to it. */
function equalSets(left: AttributeValue, right: AttributeValue): boolean {
  const one = setMembers(left);
  const other = setMembers(right);
  if (!one || !other || one.type !== other.type || one.members.size !== other.members.size) return false;
  for (const member of one.members.keys()) if (!other.members.has(member)) return false;
  return true;
}

export interface SetMembers {
  readonly type: "SS" | "NS" | "BS";
  /** By a text that equal members share, in the set's order. */
  readonly members: Map<string, string | Uint8Array>;
}

/** The members of a set value whose numbers are canonical; undefined for other types. */
export function setMembers(value: AttributeValue): SetMembers | undefined {
  if (value.SS !== undefined) return { type: "SS", members: byMember(value.SS, (text) => text) };
  if (value.NS !== undefined) return { type: "NS", members: byMember(value.NS, (text) => text) };
  if (value.BS !== undefined) return { type: "BS", members: byMember(value.BS, bytesToText) };
  return undefined;
}

/** The set value with these members. */
export function setOf({ type, members }: SetMembers): AttributeValue {
  const all = [...members.values()];
  if (type === "BS") return { BS: all.filter((member) => typeof member !== "string") };
  const texts = all.filter((member) => typeof member === "string");
  return type === "SS" ? { SS: texts } : { NS: texts };
}

/** Bytes as a string of code units 0 to 255. */
export function bytesToText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function byMember<T extends string | Uint8Array>(
  list: readonly T[],
  keyOf: (member: T) => string,
): Map<string, string | Uint8Array> {
  return new Map(list.map((member) => [keyOf(member), member]));
}
