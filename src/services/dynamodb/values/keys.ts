import type { KeyPart } from "../../../store/store.ts";
import { textSize } from "./size.ts";
import { type AttributeValue, attributeOf, type Item, invalid, setAttribute, typeOf } from "./value.ts";

export type KeyType = "S" | "N" | "B";

/** One attribute of a table's or an index's key. */
export interface KeyAttribute {
  readonly name: string;
  readonly type: KeyType;
}

/**
 * The key of a table or an index: a partition key, and where it has one, a sort key. A global index's may
 * be of several attributes each.
 */
export interface KeySchema {
  /** The first of the partition key's. */
  readonly partition: KeyAttribute;
  /** The first of the sort key's. */
  readonly sort?: KeyAttribute;
  readonly partitions: readonly KeyAttribute[];
  readonly sorts: readonly KeyAttribute[];
}

const MOST_PARTITION_BYTES = 2048;
const MOST_SORT_BYTES = 1024;
const PARAMETERS = "One or more parameter values were invalid: ";
const MISMATCH = "The provided key element does not match the schema";

/** The part of a store key that sorts as DynamoDB sorts this value. The value is a valid S, N or B. */
export function keyPart(value: AttributeValue): KeyPart {
  if (value.S !== undefined) return value.S;
  if (value.B !== undefined) return value.B;
  return { decimal: value.N ?? "0" };
}

/** The key attributes of an item, in the schema's order. */
export function keyOf(item: Item, schema: KeySchema): Item {
  const key: Record<string, AttributeValue> = {};
  for (const { name } of attributesOf(schema)) {
    const value = attributeOf(item, name);
    if (value !== undefined) setAttribute(key, name, value);
  }
  return key;
}

/** The store's key parts of an item that has the schema's attributes; undefined when it lacks one. */
export function keyParts(item: Item, schema: KeySchema): KeyPart[] | undefined {
  const parts: KeyPart[] = [];
  for (const { name, type } of attributesOf(schema)) {
    const value = attributeOf(item, name);
    if (value === undefined || typeOf(value) !== type) return undefined;
    parts.push(keyPart(value));
  }
  return parts;
}

/** Checks a `Key` parameter against the table. Faults: ValidationException as AWS words it. */
export function checkKey(key: Item, schema: KeySchema): void {
  const attributes = attributesOf(schema);
  if (Object.keys(key).length !== attributes.length) throw invalid(MISMATCH);
  for (const { name, type } of attributes) {
    const value = attributeOf(key, name);
    if (value === undefined || typeOf(value) !== type) throw invalid(MISMATCH);
    checkKeyValue(value, name, schema);
  }
}

/** Checks the key attributes of an item that is put. Faults: ValidationException as AWS words it. */
export function checkItemKey(item: Item, schema: KeySchema): void {
  for (const { name, type } of attributesOf(schema)) {
    const value = attributeOf(item, name);
    if (value === undefined) throw invalid(`${PARAMETERS}Missing the key ${name} in the item`);
    if (typeOf(value) !== type) {
      throw invalid(`${PARAMETERS}Type mismatch for key ${name} expected: ${type} actual: ${typeOf(value)}`);
    }
    checkKeyValue(value, name, schema);
  }
}

/**
 * Checks the attributes of an item that a secondary index has in its key: they may be missing, but not of
 * another type or empty. Faults: ValidationException as AWS words it.
 */
export function checkIndexKey(item: Item, schema: KeySchema, indexName: string): void {
  for (const { name, type } of attributesOf(schema)) {
    const value = attributeOf(item, name);
    if (value === undefined) continue;
    if (typeOf(value) !== type) {
      throw invalid(
        `${PARAMETERS}Type mismatch for Index Key ${name} Expected: ${type} Actual: ${typeOf(value)} ` +
          `IndexName: ${indexName}`,
      );
    }
    if (isEmpty(value)) {
      throw invalid(
        "One or more parameter values are not valid. A value specified for a secondary index key is not " +
          "supported. The AttributeValue for a key attribute cannot contain an " +
          `empty ${kindOf(value)} value. IndexName: ${indexName}, IndexKey: ${name}`,
      );
    }
    checkLength(value, name, schema);
  }
}

export function keySchemaOf(
  partitions: readonly KeyAttribute[],
  sorts: readonly KeyAttribute[] = [],
): KeySchema {
  const [partition = { name: "", type: "S" }] = partitions;
  const [sort] = sorts;
  return { partition, partitions, sorts, ...(sort ? { sort } : {}) };
}

/** The key's attributes, in its order. */
export function attributesOf({ partitions, sorts }: KeySchema): readonly KeyAttribute[] {
  return sorts.length === 0 ? partitions : [...partitions, ...sorts];
}

function checkKeyValue(value: AttributeValue, name: string, schema: KeySchema): void {
  if (isEmpty(value)) {
    throw invalid(
      "One or more parameter values are not valid. " +
        `The AttributeValue for a key attribute cannot contain an empty ${kindOf(value)} value. Key: ${name}`,
    );
  }
  checkLength(value, name, schema);
}

function checkLength(value: AttributeValue, name: string, schema: KeySchema): void {
  const bytes = value.S !== undefined ? textSize(value.S) : (value.B?.byteLength ?? 0);
  if (schema.partitions.some((one) => one.name === name)) {
    // AWS leaves out the space before the number.
    if (bytes > MOST_PARTITION_BYTES) {
      throw invalid(
        `${PARAMETERS}Size of hashkey has exceeded the maximum size limit of${MOST_PARTITION_BYTES} bytes`,
      );
    }
  } else if (bytes > MOST_SORT_BYTES) {
    throw invalid(
      `${PARAMETERS}Aggregated size of all range keys has exceeded ` +
        `the size limit of ${MOST_SORT_BYTES} bytes`,
    );
  }
}

function isEmpty(value: AttributeValue): boolean {
  return value.S === "" || value.B?.byteLength === 0;
}

function kindOf(value: AttributeValue): string {
  return value.S !== undefined ? "string" : "binary";
}
