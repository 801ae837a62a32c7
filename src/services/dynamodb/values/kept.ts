import type { Value } from "../../../store/store.ts";
import { itemSize } from "./size.ts";
import { type AttributeValue, type Item, setAttribute } from "./value.ts";

/**
 * An item as the store has it: how large it is, and its JSON as answers hold it. Most reads need no more
 * than that; the item itself is made of it for those that look inside.
 */
export class KeptItem {
  readonly sizeBytes: number;
  readonly json: string;
  #item: Item | undefined;

  constructor(sizeBytes: number, json: string, item?: Item) {
    this.sizeBytes = sizeBytes;
    this.json = json;
    this.#item = item;
  }

  get item(): Item {
    this.#item ??= parseItem(this.json);
    return this.#item;
  }
}

/** Bytes are Base64 in JSON, and only here may there be any. */
const MAY_HOLD_BYTES = /"B":"|"BS":\[/;

/** What is stored for an item of that size. */
export function storedItem(item: Item, sizeBytes: number): Value {
  return [sizeBytes, jsonOf(item)];
}

/** What was stored; earlier releases stored the item's attributes as they are. */
export function keptItem(stored: Value): KeptItem {
  if (Array.isArray(stored)) return new KeptItem(stored[0] as number, stored[1] as string);
  const item = stored as unknown as Item;
  return new KeptItem(itemSize(item), jsonOf(item), item);
}

function jsonOf(item: Item): string {
  return JSON.stringify(holdsBytes(item) ? withText(item) : item);
}

function parseItem(json: string): Item {
  const item: Item = JSON.parse(json);
  return MAY_HOLD_BYTES.test(json) ? withBytes(item) : item;
}

function holdsBytes(item: Item): boolean {
  for (const name in item) {
    const value = item[name];
    if (value && valueHoldsBytes(value)) return true;
  }
  return false;
}

function valueHoldsBytes(value: AttributeValue): boolean {
  if (value.M !== undefined) return holdsBytes(value.M);
  if (value.L !== undefined) return value.L.some(valueHoldsBytes);
  return value.B !== undefined || value.BS !== undefined;
}

function withText(item: Item): Item {
  const toText = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
  return mapped(item, (value) =>
    value.B !== undefined
      ? { B: toText(value.B) }
      : value.BS !== undefined
        ? { BS: value.BS.map(toText) }
        : value,
  );
}

function withBytes(item: Item): Item {
  const toBytes = (text: unknown) => new Uint8Array(Buffer.from(String(text), "base64"));
  return mapped(item, (value) =>
    value.B !== undefined
      ? { B: toBytes(value.B) }
      : value.BS !== undefined
        ? { BS: value.BS.map(toBytes) }
        : value,
  );
}

/** The item with its scalars and sets changed, however deep they lie. */
function mapped(item: Item, change: (value: AttributeValue) => unknown): Item {
  const copy: Record<string, AttributeValue> = {};
  for (const name of Object.keys(item)) {
    const value = item[name];
    if (value) setAttribute(copy, name, mappedValue(value, change));
  }
  return copy;
}

function mappedValue(value: AttributeValue, change: (value: AttributeValue) => unknown): AttributeValue {
  if (value.M !== undefined) return { M: mapped(value.M, change) };
  if (value.L !== undefined) return { L: value.L.map((one) => mappedValue(one, change)) };
  return change(value) as AttributeValue;
}
