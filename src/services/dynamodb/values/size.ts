import { numberSize } from "./decimal.ts";
import { type AttributeValue, attributeOf, type Item } from "./value.ts";

/** 400 KB: an item of exactly this many bytes is still accepted. */
export const MOST_ITEM_BYTES = 400 * 1024;

const DOCUMENT_OVERHEAD = 3;
const ELEMENT_OVERHEAD = 1;

/**
 * An item's size in bytes as AWS counts it: every name and value, lists and maps with their overhead.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemSize(item: Item): number {
  let bytes = 0;
  for (const name of Object.keys(item)) {
    const value = attributeOf(item, name);
    if (value !== undefined) bytes += textSize(name) + valueSize(value);
  }
  return bytes;
}

/** A value's size in bytes, without its name. */
export function valueSize(value: AttributeValue): number {
  if (value.S !== undefined) return textSize(value.S);
  if (value.N !== undefined) return numberSize(value.N);
  if (value.B !== undefined) return value.B.byteLength;
  if (value.M !== undefined) {
    return DOCUMENT_OVERHEAD + ELEMENT_OVERHEAD * Object.keys(value.M).length + itemSize(value.M);
  }
  if (value.L !== undefined) {
    return value.L.reduce((bytes, one) => bytes + ELEMENT_OVERHEAD + valueSize(one), DOCUMENT_OVERHEAD);
  }
  if (value.SS !== undefined) return value.SS.reduce((bytes, one) => bytes + textSize(one), 0);
  if (value.NS !== undefined) return value.NS.reduce((bytes, one) => bytes + numberSize(one), 0);
  if (value.BS !== undefined) return value.BS.reduce((bytes, one) => bytes + one.byteLength, 0);
  return 1;
}

/** Above this, Buffer is faster. */
const SHORT_TEXT = 40;

/** Bytes of a name or string in UTF-8. */
export function textSize(text: string): number {
  if (text.length > SHORT_TEXT) return Buffer.byteLength(text, "utf8");
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) > 0x7f) return Buffer.byteLength(text, "utf8");
  }
  return text.length;
}
