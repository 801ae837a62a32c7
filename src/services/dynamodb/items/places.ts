import type { Key, KeyPart } from "../../../store/store.ts";
import { entryKey, itemKey } from "../records.ts";
import type { Index, Table } from "../tables/catalog.ts";
import { keyPart, keyParts } from "../values/keys.ts";
import { type AttributeValue, attributeOf, type Item } from "../values/value.ts";

/** Hashes are whole numbers below this. */
export const HASHES = 2 ** 32;

/**
 * The hash of a partition key. Items lie in the order of it, as AWS's do: a scan's order tells nothing, and
 * a segment of a parallel scan is a range of hashes. Stored: it may never change.
 */
export function hashOf(part: KeyPart): number {
  let hash = 0x9747b28c;
  if (part instanceof Uint8Array) {
    for (const byte of part) hash = mix(hash, byte);
  } else {
    const text = typeof part === "object" && part !== null ? part.decimal : String(part);
    for (let at = 0; at < text.length; at++) hash = mix(hash, text.charCodeAt(at));
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The hash of a partition key of one attribute or several. Stored, as the one above. */
export function hashOfAll(parts: readonly KeyPart[]): number {
  const [first = null, ...others] = parts;
  return others.reduce<number>((hash, part) => mix(hash, hashOf(part)) >>> 0, hashOf(first));
}

function mix(hash: number, unit: number): number {
  const mixed = Math.imul(hash ^ unit, 0x5bd1e995);
  return mixed ^ (mixed >>> 15);
}

/** Where an item lies; it has the table's key attributes, of the right types. */
export function placeOf(table: Table, item: Item): Key {
  const { partition, sort } = table.schema;
  const first = partAt(item, partition.name);
  const key = sort ? [first, partAt(item, sort.name)] : [first];
  return itemKey(table.number, hashOf(first), key);
}

const MOST_INDEX_KEY_BYTES = 2048;

/** Items that were there before an index may have what no key may be; they are left out of it. */
function cannotBeKey(part: KeyPart): boolean {
  if (typeof part === "string") return part === "" || part.length > MOST_INDEX_KEY_BYTES;
  return part instanceof Uint8Array && (part.length === 0 || part.length > MOST_INDEX_KEY_BYTES);
}

/** Where an item's entry in an index lies, or undefined when it lacks the index's key. */
export function entryPlaceOf(table: Table, index: Index, item: Item): Key | undefined {
  const own = keyParts(item, index.schema);
  if (!own || own.some(cannotBeKey)) return undefined;
  const hash = hashOfAll(own.slice(0, index.schema.partitions.length));
  const { partition, sort } = table.schema;
  // In a local index the partition key is the table's.
  if (index.kind === "global") own.push(partAt(item, partition.name));
  if (sort) own.push(partAt(item, sort.name));
  return entryKey(table.number, index.number, hash, own);
}

function partAt(item: Item, name: string): KeyPart {
  return keyPart(attributeOf(item, name) ?? ({} as AttributeValue));
}

/** What an index holds of an item. */
export function projectedItem(index: Index, item: Item): Item {
  const { projected } = index;
  if (!projected) return item;
  const entry: Record<string, AttributeValue> = {};
  for (const name of Object.keys(item)) {
    const value = projected.has(name) ? attributeOf(item, name) : undefined;
    if (value !== undefined) {
      Object.defineProperty(entry, name, { value, configurable: true, enumerable: true, writable: true });
    }
  }
  return entry;
}

/** A key as a text that equal keys share. Numbers are canonical. */
export function keyText(key: Item): string {
  const names = Object.keys(key);
  let text = "";
  for (const name of names.length > 1 ? names.sort() : names) {
    const value = attributeOf(key, name);
    text += lengthened(name);
    if (value?.S !== undefined) text += `S${lengthened(value.S)}`;
    else if (value?.N !== undefined) text += `N${lengthened(value.N)}`;
    else if (value?.B) text += `B${lengthened(Buffer.from(value.B).toString("base64"))}`;
  }
  return text;
}

/** Whatever follows, two texts that differ so begin differently. */
function lengthened(text: string): string {
  return `${text.length} ${text}`;
}

/** Names an item among all of the platform's. */
export function itemText(table: Table, key: Item): string {
  return `${table.number} ${keyText(key)}`;
}
