import { bytesToText, compareText } from "./compare.ts";
import { canonicalNumber } from "./decimal.ts";
import { itemSize, MOST_ITEM_BYTES, textSize } from "./size.ts";
import { type AttributeValue, attributeOf, type Item, invalid, setAttribute, ValueFault } from "./value.ts";

const MOST_LEVELS = 32;
const MOST_NAME_BYTES = 65_535;

const PARAMETERS = "One or more parameter values were invalid: ";
const EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
const SEVERAL =
  "Supplied AttributeValue has more than one datatypes set, " +
  "must contain exactly one of the supported datatypes";
const TOO_DEEP =
  "Nesting Levels have exceeded supported limits: " +
  "Attributes in the item have nested levels beyond supported limit";

/**
 * The value with canonical numbers, or the same object where nothing changes.
 * Faults: ValidationException, worded as AWS does, for the first thing wrong with it.
 */
export function checkValue(value: AttributeValue, level = 1): AttributeValue {
  if (level > MOST_LEVELS) throw invalid(TOO_DEEP);
  let checked: AttributeValue | undefined;
  let types = 0;
  // Faster than Object.entries, and values inherit nothing.
  for (const type in value) {
    if (isMissing(value[type as keyof AttributeValue])) continue;
    types++;
    checked = checkMember(type, value, level);
  }
  if (!checked) throw invalid(EMPTY);
  if (types > 1) throw invalid(SEVERAL);
  return checked;
}

/** Faults: ValidationException when a value at this level, 1 for an attribute, is nested too deep. */
export function checkLevels(value: AttributeValue, level: number): void {
  if (level > MOST_LEVELS) throw invalid(TOO_DEEP);
  for (const one of value.L ?? Object.values(value.M ?? {})) checkLevels(one, level + 1);
}

/**
 * An item with canonical numbers. Faults as `checkValue`, and for an attribute name that is empty or
 * longer than 65,535 bytes.
 */
export function checkItem(item: Item): Item {
  return checkMap(item, 1);
}

/** Faults: ValidationException when an item that is put exceeds 400 KB. */
export function checkItemSize(item: Item): number {
  const bytes = itemSize(item);
  if (bytes > MOST_ITEM_BYTES) throw invalid("Item size has exceeded the maximum allowed size");
  return bytes;
}

/** Faults: ValidationException when an item that was updated exceeds 400 KB. */
export function checkUpdatedItemSize(item: Item): number {
  const bytes = itemSize(item);
  if (bytes > MOST_ITEM_BYTES) {
    throw invalid("Item size to update has exceeded the maximum allowed size");
  }
  return bytes;
}

function isMissing(member: unknown): boolean {
  return member === undefined || member === null;
}

function checkMember(type: string, value: AttributeValue, level: number): AttributeValue {
  switch (type) {
    case "N":
      return checkNumber(value);
    case "NULL":
      if (value.NULL === true) return value;
      throw invalid(`${PARAMETERS}Null attribute value types must have the value of true`);
    case "SS":
      return checkStrings(value);
    case "NS":
      return checkNumbers(value);
    case "BS":
      return checkBinaries(value);
    case "M": {
      const map = checkMap(value.M ?? {}, level + 1);
      return map === value.M ? value : { M: map };
    }
    case "L": {
      const list = value.L ?? [];
      const checked = list.map((one) => checkValue(one, level + 1));
      return checked.every((one, at) => one === list[at]) ? value : { L: checked };
    }
    case "$unknown":
      throw invalid(EMPTY);
    default:
      return value;
  }
}

function checkMap(map: Item, level: number): Item {
  let copy: Record<string, AttributeValue> | undefined;
  for (const name of Object.keys(map)) {
    checkName(name);
    const value = attributeOf(map, name);
    if (value === undefined) continue;
    const checked = checkValue(value, level);
    if (checked === value) continue;
    copy ??= { ...map };
    setAttribute(copy, name, checked);
  }
  return copy ?? map;
}

function checkName(name: string): void {
  if (name === "") throw invalid(`${PARAMETERS}Empty attribute name`);
  if (name.length * 3 > MOST_NAME_BYTES && textSize(name) > MOST_NAME_BYTES) {
    throw invalid(`${PARAMETERS}Attribute name is too large, must be less than ${MOST_NAME_BYTES + 1} bytes`);
  }
}

function checkNumber(value: AttributeValue): AttributeValue {
  const text = value.N ?? "";
  const number = canonicalNumber(text);
  return number === text ? value : { N: number };
}

function checkStrings(value: AttributeValue): AttributeValue {
  const list = value.SS ?? [];
  if (list.length === 0) throw invalid(`${PARAMETERS}An string set  may not be empty`);
  if (new Set(list).size < list.length) {
    const shown = untilRepeated(list).map((text) => JSON.stringify(text));
    throw new ValueFault(
      `${PARAMETERS}Input collection [${list.join(", ")}] contains duplicates.`,
      `${PARAMETERS}Input collection [${shown.join(", ")}] contains duplicates.`,
    );
  }
  return value;
}

function checkNumbers(value: AttributeValue): AttributeValue {
  const list = value.NS ?? [];
  if (list.length === 0) throw invalid(`${PARAMETERS}An number set  may not be empty`);
  const numbers = list.map(canonicalNumber);
  if (new Set(numbers).size < numbers.length) {
    const wording = "Input collection contains duplicates";
    throw new ValueFault(wording, `${PARAMETERS}${wording}.`);
  }
  return numbers.every((number, at) => number === list[at]) ? value : { NS: numbers };
}

/** The members up to the first that comes again, in order; then that one, and the rest as they come. */
function untilRepeated(members: readonly string[]): readonly string[] {
  const at = members.findIndex((member, place) => members.indexOf(member) < place);
  return [...members.slice(0, at).sort(compareText), ...members.slice(at)];
}

function checkBinaries(value: AttributeValue): AttributeValue {
  const list = value.BS ?? [];
  if (list.length === 0) throw invalid(`${PARAMETERS}Binary sets should not be empty`);
  if (new Set(list.map(bytesToText)).size < list.length) {
    const texts = list.map((bytes) => Buffer.from(bytes).toString("latin1"));
    const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64");
    const shown = untilRepeated(texts).map((text) => `"${base64(text)}"`);
    throw new ValueFault(
      `${PARAMETERS}Input collection [${texts.map(base64).join(", ")}]of type BS contains duplicates.`,
      `${PARAMETERS}Input collection [${shown.join(",")}]of type BS contains duplicates.`,
    );
  }
  return value;
}
