import type { AttributeValue as SdkAttributeValue } from "@aws-sdk/client-dynamodb";
import { Fault, platformFault } from "../../../kernel/faults.ts";

/** A value as the SDK gives it: one member named after its type; blobs are Uint8Array. */
export type AttributeValue = SdkAttributeValue;

/** An item, a key, or a nested map: values by attribute name. */
export type Item = Readonly<Record<string, AttributeValue>>;

export type TypeName = "S" | "N" | "B" | "SS" | "NS" | "BS" | "M" | "L" | "NULL" | "BOOL";

/** The type of a valid value. */
export function typeOf(value: AttributeValue): TypeName {
  if (value.S !== undefined) return "S";
  if (value.N !== undefined) return "N";
  if (value.M !== undefined) return "M";
  if (value.L !== undefined) return "L";
  if (value.BOOL !== undefined) return "BOOL";
  if (value.NULL !== undefined) return "NULL";
  if (value.B !== undefined) return "B";
  if (value.SS !== undefined) return "SS";
  return value.NS !== undefined ? "NS" : "BS";
}

/** The value of an own attribute: names such as `constructor` are attributes like any other. */
export function attributeOf(item: Item, name: string): AttributeValue | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined;
}

/** Sets an own attribute, `__proto__` too. */
export function setAttribute(
  item: Record<string, AttributeValue>,
  name: string,
  value: AttributeValue,
): void {
  if (name !== "__proto__") item[name] = value;
  else Object.defineProperty(item, name, { value, configurable: true, enumerable: true, writable: true });
}

/**
 * What is wrong with a number or a set. AWS words it in one of two ways, by the operation that meets it: the
 * fault's message is the older one, which transactions, BatchWriteItem, Scan and PartiQL still answer with.
 */
export class ValueFault extends Fault {
  readonly current: string;

  constructor(older: string, current: string) {
    super("ValidationException", older);
    this.current = current;
  }
}

/** Runs what reads a request's values, and gives what is wrong with one of them in the current words. */
export function inCurrentWords<Result>(before: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw error instanceof ValueFault ? invalid(before + error.current) : error;
  }
}

/** AWS's ValidationException with this message. */
export function invalid(message: string): Fault {
  return platformFault("ValidationException", message);
}
