import type { Key, KeyPart, Transaction, Value } from "../../../store/store.ts";
import { hashOf } from "../items/places.ts";
import { addTotals, entryKey, placePrefix } from "../records.ts";
import type { Table, VectorIndex } from "../tables/catalog.ts";
import { equalValues } from "../values/compare.ts";
import { type KeptItem, keptItem, storedItem } from "../values/kept.ts";
import { checkIndexKey, keyPart, keyParts } from "../values/keys.ts";
import { itemSize, textSize } from "../values/size.ts";
import {
  type AttributeValue,
  attributeOf,
  type Item,
  invalid,
  setAttribute,
  typeOf,
} from "../values/value.ts";
import { floatOf } from "./score.ts";

/** What an index holds of an item: what it projects, without the vector, and the vector itself. */
export interface VectorEntry {
  readonly item: Item;
  readonly vector: Float32Array;
}

/** What a write came to in one index. */
export interface WrittenVector {
  readonly name: string;
  readonly bytes: number;
}

const FLOAT_BYTES = 4;
/** Every write of an index's entry counts for so much at least. */
const LEAST_BYTES = 1024;
const UNTOUCHED: readonly WrittenVector[] = [];

/**
 * Checks an item that is written against the table's vector indexes: the vectors it has, and the attributes
 * that searches are narrowed by. Faults: ValidationException in AWS's words.
 */
export function checkVectors({ vectors }: Table, item: Item): void {
  for (const index of vectors) {
    checkVector(index, attributeOf(item, index.record.attribute));
    checkIndexKey(item, index.schema, index.name);
  }
}

function checkVector({ name, record }: VectorIndex, value: AttributeValue | undefined): void {
  if (value === undefined) return;
  const { attribute, dimensions } = record;
  const wrongType = (what: string) =>
    invalid(`One or more parameter values were invalid. Invalid type for parameter ${attribute}${what}`);
  if (!value.L) throw wrongType(`, Expected: 32-bit floating point number list IndexName: ${name}`);
  for (const [at, element] of value.L.entries()) {
    if (floatOf(element.N) !== undefined) continue;
    throw wrongType(
      `[${at}], Expected: 32-bit floating point number, Actual: ${typeOf(element)}. IndexName: ${name}`,
    );
  }
  if (value.L.length === dimensions) return;
  throw invalid(
    `One or more parameter values were invalid. Invalid size for parameter ${attribute}, ` +
      `Expected: ${dimensions}, Actual: ${value.L.length}. IndexName: ${name}`,
  );
}

/** Keeps all vector indexes in step with an item that is written. */
export async function writeVectors(
  tx: Transaction,
  table: Table,
  before: KeptItem | undefined,
  after: Item | undefined,
): Promise<readonly WrittenVector[]> {
  if (table.vectors.length === 0) return UNTOUCHED;
  const written: WrittenVector[] = [];
  for (const index of table.vectors) {
    const bytes = await writeVector(tx, table, index, before?.item, after);
    if (bytes > 0) written.push({ name: index.name, bytes: Math.max(bytes, LEAST_BYTES) });
  }
  return written;
}

/** The bytes of the entry that was put in, or else of the one taken out; 0 where none was touched. */
async function writeVector(
  tx: Transaction,
  table: Table,
  index: VectorIndex,
  before: Item | undefined,
  after: Item | undefined,
): Promise<number> {
  const old = before && entryOf(index, before);
  const fresh = after && entryOf(index, after);
  if (!old && !fresh) return 0;
  const from = old && before && vectorPlace(table, index, before);
  // An item that was there before its index may not be in it yet.
  const isThere =
    from !== undefined && (index.record.state === "active" || (await tx.get(from)) !== undefined);
  if (isThere && old && fresh && sameEntry(old, fresh)) return 0;
  const oldBytes = old && isThere ? entryBytes(index, old) : 0;
  const bytes = fresh ? entryBytes(index, fresh) : 0;
  if (from) tx.delete(from);
  if (after && fresh) tx.set(vectorPlace(table, index, after), storedEntry(fresh));
  const items = (fresh ? 1 : 0) - (oldBytes > 0 ? 1 : 0);
  addTotals(tx, table.number, index.number, { items, bytes: bytes - oldBytes });
  return bytes || oldBytes;
}

/** Adds an item that was there before the index to it, unless it is in it already. */
export async function addVector(
  tx: Transaction,
  table: Table,
  index: VectorIndex,
  item: Item,
): Promise<void> {
  const entry = entryOf(index, item);
  if (!entry) return;
  const place = vectorPlace(table, index, item);
  if (await tx.get(place)) return;
  tx.set(place, storedEntry(entry));
  addTotals(tx, table.number, index.number, { items: 1, bytes: entryBytes(index, entry) });
}

/** Where the entries lie that a search looks at: all of them, or those of one value of the partition key. */
export function vectorPrefix(table: Table, index: VectorIndex, partition: AttributeValue | undefined): Key {
  const place = placePrefix(table.number, index.number);
  if (!partition) return place;
  const part = keyPart(partition);
  return [...place, hashOf(part), part];
}

export function readEntry(value: Value): VectorEntry {
  const [item, bytes] = value as unknown as readonly [Value, Uint8Array];
  // A copy: floats are read where their bytes are aligned.
  return { item: keptItem(item).item, vector: new Float32Array(Uint8Array.from(bytes).buffer) };
}

/** What an entry counts for: its attributes, and four bytes for each of its dimensions. */
export function entryBytes({ record }: VectorIndex, { item }: VectorEntry): number {
  return itemSize(item) + textSize(record.attribute) + FLOAT_BYTES * record.dimensions;
}

function storedEntry({ item, vector }: VectorEntry): Value {
  const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
  return [storedItem(item, itemSize(item)), bytes];
}

function vectorPlace(table: Table, index: VectorIndex, item: Item): Key {
  const own = keyParts(item, table.schema) ?? [];
  const partition = index.partition && attributeOf(item, index.partition);
  const parts: KeyPart[] = partition ? [keyPart(partition), ...own] : own;
  return entryKey(table.number, index.number, hashOf(parts[0] ?? null), parts);
}

/** What an index holds of an item; nothing where it lacks the vector, or the index's partition key. */
function entryOf(index: VectorIndex, item: Item): VectorEntry | undefined {
  const { attribute, dimensions } = index.record;
  const list = attributeOf(item, attribute)?.L;
  if (list?.length !== dimensions) return undefined;
  const vector = new Float32Array(dimensions);
  for (const [at, element] of list.entries()) {
    const float = floatOf(element.N);
    if (float === undefined) return undefined;
    vector[at] = float;
  }
  if (index.partition !== undefined && !isKey(attributeOf(item, index.partition))) return undefined;
  return { item: projected(index, item), vector };
}

/** Items that were there before an index may have what no key may be. */
function isKey(value: AttributeValue | undefined): boolean {
  return value !== undefined && value.S !== "" && value.B?.byteLength !== 0;
}

function projected({ record, projected: names }: VectorIndex, item: Item): Item {
  const entry: Record<string, AttributeValue> = {};
  for (const name of Object.keys(item)) {
    if (name === record.attribute || (names && !names.has(name))) continue;
    const value = attributeOf(item, name);
    if (value !== undefined) setAttribute(entry, name, value);
  }
  return entry;
}

function sameEntry(one: VectorEntry, other: VectorEntry): boolean {
  return (
    one.vector.every((element, at) => element === other.vector[at]) &&
    equalValues({ M: { ...one.item } }, { M: { ...other.item } })
  );
}
