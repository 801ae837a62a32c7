import { type Node, readJson } from "../../patterns/reader.ts";

/** A value whose JSON is known, digit for digit. */
export class Raw {
  readonly #json: string;

  constructor(json: string) {
    this.#json = json;
  }

  get json(): string {
    return this.#json;
  }
}

/**
 * The value of JSON text. A whole number that a double has no room for, such as an id of 64 bits, is kept as
 * it was written. Throws a RangeError for what is nested too deeply.
 */
export function readExactly(text: string): unknown {
  return /\d{16}/.test(text) ? exactValue(readJson(text)) : JSON.parse(text);
}

function exactValue(node: Node): unknown {
  switch (node.kind) {
    case "object":
      return Object.fromEntries(node.entries.map(({ name, value }) => [name, exactValue(value)]));
    case "array":
      return node.items.map(exactValue);
    case "number":
      return isTooLong(node.text) ? new Raw(node.text) : Number(node.text);
    case "broken":
      throw new RangeError(node.message);
    default:
      return node.value;
  }
}

function isTooLong(text: string): boolean {
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text));
}

/** The JSON of a value that was read exactly. */
export function writeExactly(value: unknown): string {
  if (value instanceof Raw) return value.json;
  if (Array.isArray(value)) return `[${value.map(writeExactly).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, held]) => `${JSON.stringify(name)}:${writeExactly(held)}`,
  );
  return `{${members.join()}}`;
}
