import type { Fault } from "../../../kernel/faults.ts";
import { valueSize } from "../values/size.ts";
import { checkValue } from "../values/validate.ts";
import { type AttributeValue, type Item, invalid, ValueFault } from "../values/value.ts";
import type { ParsedPath, Path } from "./ast.ts";

const NAME = /^#[0-9a-zA-Z_]+$/;
const VALUE = /^:[0-9a-zA-Z_]+$/;
const MOST_PLACEHOLDER_LENGTH = 255;
/** All attribute values of a request together. */
const MOST_VALUE_BYTES = 2 * 1024 * 1024;

/** The names and values that a request gives for placeholders, and which of them are used. */
export class Placeholders {
  readonly #names: Readonly<Record<string, string>> | undefined;
  readonly #values: ReadonlyMap<string, AttributeValue>;
  readonly #usedNames = new Set<string>();
  readonly #usedValues = new Set<string>();

  /** Faults: ValidationException for empty lists, malformed placeholders and invalid values. */
  constructor(names: Readonly<Record<string, string>> | undefined, values: Item | undefined) {
    if (names) checkNames(names);
    this.#names = names;
    this.#values = values ? checkValues(values) : new Map();
  }

  /** The path with its names in place; `fault` words what is wrong with the expression it stands in. */
  path(parsed: ParsedPath, fault: (message: string) => Fault): Path {
    if (parsed.path) return parsed.path;
    return parsed.steps.map((step) => {
      if (typeof step !== "object") return step;
      const { placeholder } = step;
      const name =
        this.#names && Object.hasOwn(this.#names, placeholder) ? this.#names[placeholder] : undefined;
      if (name === undefined) {
        throw fault(
          "An expression attribute name used in the document path is not defined; " +
            `attribute name: ${placeholder}`,
        );
      }
      this.#usedNames.add(placeholder);
      return name;
    });
  }

  value(name: string, fault: (message: string) => Fault): AttributeValue {
    const value = this.#values.get(name);
    if (!value) {
      throw fault(
        `An expression attribute value used in expression is not defined; attribute value: ${name}`,
      );
    }
    this.#usedValues.add(name);
    return value;
  }

  /** Faults: ValidationException for names or values that no expression of the request uses. */
  checkAllUsed(): void {
    checkUsed("ExpressionAttributeNames", Object.keys(this.#names ?? {}), this.#usedNames);
    checkUsed("ExpressionAttributeValues", [...this.#values.keys()], this.#usedValues);
  }
}

function checkNames(names: Readonly<Record<string, string>>): void {
  const keys = Object.keys(names);
  if (keys.length === 0) throw invalid("ExpressionAttributeNames must not be empty");
  for (const key of keys) {
    if (!NAME.test(key)) {
      throw invalid(`ExpressionAttributeNames contains invalid key: Syntax error; key: "${key}"`);
    }
    if (key.length > MOST_PLACEHOLDER_LENGTH) {
      throw invalid(`ExpressionAttributeNames contains invalid key: ${tooLong(key)}`);
    }
    if (names[key] === "") {
      throw invalid(`ExpressionAttributeNames contains invalid value: Empty attribute name for key ${key}`);
    }
  }
}

function tooLong(key: string): string {
  return `The expression attribute map contains a key that is too long; key: "${key}"`;
}

function checkValues(values: Item): ReadonlyMap<string, AttributeValue> {
  const entries = Object.entries(values);
  if (entries.length === 0) throw invalid("ExpressionAttributeValues must not be empty");
  for (const [key] of entries) {
    if (!VALUE.test(key)) {
      throw invalid(`ExpressionAttributeValues contains invalid key: Syntax error; key: "${key}"`);
    }
    if (key.length > MOST_PLACEHOLDER_LENGTH) {
      throw invalid(`ExpressionAttributeValues contains invalid key: ${tooLong(key)}`);
    }
  }
  const checked = new Map<string, AttributeValue>();
  let bytes = 0;
  for (const [key, value] of entries) {
    const good = checkValueOf(key, value);
    bytes += valueSize(good);
    checked.set(key, good);
  }
  if (bytes > MOST_VALUE_BYTES) throw invalid("ExpressionAttributeValues exceeds max size");
  return checked;
}

function checkValueOf(key: string, value: AttributeValue): AttributeValue {
  try {
    return checkValue(value);
  } catch (fault) {
    const message = fault instanceof Error ? fault.message : String(fault);
    const wrapped = `ExpressionAttributeValues contains invalid value: ${message} for key ${key}`;
    throw fault instanceof ValueFault ? new ValueFault(wrapped, fault.current) : invalid(wrapped);
  }
}

function checkUsed(parameter: string, all: readonly string[], used: ReadonlySet<string>): void {
  if (used.size === all.length) return;
  const unused = all.filter((one) => !used.has(one)).join(", ");
  throw invalid(`Value provided in ${parameter} unused in expressions: keys: {${unused}}`);
}
