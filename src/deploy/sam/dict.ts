import { isMap, type Json, type JsonMap } from "../parse.ts";
import { PythonOrder } from "./python-order.ts";

/** What a template is made of while it is transformed: as JSON, but maps keep an order and may be changed. */
export type Value = string | number | boolean | null | Value[] | Dict;
/** What code may write where a Value is meant; members that are undefined are left out. */
export type Literal = Value | undefined | readonly Literal[] | { readonly [name: string]: Literal };

/**
 * Python tells text that came with a template from text that SAM itself wrote, and so do the hashes: the
 * first is `u'…'`, the second `'…'`. What SAM wrote into an API's definition begins with this mark until the
 * transform ends; no template has the character.
 */
const WRITTEN = "\uffff";

/** Marks text, or all the text in a literal, as written by SAM. */
export function written(text: string): string;
export function written(literal: Literal): Value;
export function written(literal: Literal): Value {
  if (typeof literal === "string") return literal.startsWith(WRITTEN) ? literal : WRITTEN + literal;
  if (Array.isArray(literal)) return literal.map((item) => written(item as Literal));
  if (literal instanceof Dict || typeof literal !== "object" || literal === null) return literal ?? null;
  const dict = new Dict();
  for (const [key, member] of Object.entries(literal))
    if (member !== undefined) dict.set(WRITTEN + key, written(member as Literal));
  return dict;
}

/** The same in the order of Python 2.7. */
export function writtenInOrder(literal: { readonly [name: string]: Literal } = {}): Dict {
  const dict = new Dict("python");
  for (const [key, member] of Object.entries(literal))
    if (member !== undefined) dict.set(WRITTEN + key, written(member as Literal));
  return dict;
}

export const isWritten = (text: string) => text.startsWith(WRITTEN);

/** A message without the marks of what it tells of. */
export const withoutMarks = (text: string) => text.replaceAll(WRITTEN, "");

/** Text without its mark. */
export const textOf = (text: string) => (text.startsWith(WRITTEN) ? text.slice(1) : text);

/** A map that keeps the order of what was put in, or that of Python 2.7. */
export class Dict {
  readonly #members = new Map<string, Value>();
  readonly #order: PythonOrder | undefined;
  /** Keys that SAM wrote. */
  readonly #written = new Set<string>();

  constructor(order?: "python") {
    this.#order = order === "python" ? new PythonOrder() : undefined;
  }

  get size(): number {
    return this.#members.size;
  }

  get isPythonOrdered(): boolean {
    return this.#order !== undefined;
  }

  get(key: string): Value | undefined {
    return this.#members.get(textOf(key));
  }

  has(key: string): boolean {
    return this.#members.has(textOf(key));
  }

  set(markedKey: string, value: Literal): this {
    const key = textOf(markedKey);
    if (!this.#members.has(key)) {
      if (isWritten(markedKey)) this.#written.add(key);
      else this.#written.delete(key);
    }
    this.#members.set(key, asValue(value));
    this.#order?.add(key);
    return this;
  }

  delete(markedKey: string): void {
    const key = textOf(markedKey);
    this.#members.delete(key);
    this.#order?.remove(key);
  }

  isWrittenKey(key: string): boolean {
    return this.#written.has(key);
  }

  keys(): string[] {
    return this.#order?.keys() ?? [...this.#members.keys()];
  }

  entries(): [string, Value][] {
    return this.keys().map((key) => [key, this.#members.get(key) ?? null]);
  }

  values(): Value[] {
    return this.entries().map(([, value]) => value);
  }

  /** The member, which becomes the default when there is none. */
  setDefault(key: string, value: Literal): Value {
    if (!this.has(key)) this.set(key, value);
    return this.get(key) ?? null;
  }

  update(other: Dict): this {
    this.#order?.merge(other.keys());
    for (const [key, value] of other.entries()) this.set(other.markedKey(key), value);
    return this;
  }

  /** The member where it is a map. */
  dict(key: string): Dict | undefined {
    const value = this.get(key);
    return value instanceof Dict ? value : undefined;
  }

  /** The members themselves, not copies of them. */
  shallowCopy(): Dict {
    const copy = new Dict(this.#order ? "python" : undefined);
    copy.#order?.merge(this.keys());
    for (const [key, value] of this.entries()) copy.set(this.markedKey(key), value);
    return copy;
  }

  markedKey(key: string): string {
    return this.#written.has(key) ? WRITTEN + key : key;
  }
}

export function isDict(value: unknown): value is Dict {
  return value instanceof Dict;
}

export function isList(value: Value | undefined): value is Value[] {
  return Array.isArray(value);
}

/** A map of what code writes. */
export function dictOf(literal: { readonly [name: string]: Literal } = {}): Dict {
  const dict = new Dict();
  for (const [key, member] of Object.entries(literal)) if (member !== undefined) dict.set(key, member);
  return dict;
}

export function asValue(literal: Literal): Value {
  if (Array.isArray(literal)) return (literal as Value[]).every(isValue) ? literal : literal.map(asValue);
  if (literal instanceof Dict || typeof literal !== "object" || literal === null) return literal ?? null;
  return dictOf(literal as { readonly [name: string]: Literal });
}

/** Lists of values stay the same list: others hold it and add to it. */
function isValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isValue);
  return value instanceof Dict || typeof value !== "object" || value === null;
}

/** As Python's deepcopy does: keys are put in anew, in the order they have. */
export function copyOf<T extends Value>(value: T): T;
export function copyOf(value: Value): Value {
  if (Array.isArray(value)) return value.map((item) => copyOf(item));
  if (!(value instanceof Dict)) return value;
  const copy = new Dict(value.isPythonOrdered ? "python" : undefined);
  for (const [key, member] of value.entries()) copy.set(value.markedKey(key), copyOf(member));
  return copy;
}

/** What Python takes for true. */
export function truthy(value: Value | undefined): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === "string") return textOf(value) !== "";
  if (Array.isArray(value)) return value.length > 0;
  return value instanceof Dict ? value.size > 0 : Boolean(value);
}

export function isNothing(value: Value | undefined): value is null | undefined {
  return value === undefined || value === null;
}

export function isEqual(one: Value | undefined, other: Value | undefined): boolean {
  if (typeof one === "string" && typeof other === "string") return textOf(one) === textOf(other);
  if (Array.isArray(one))
    return (
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((item, index) => isEqual(item, other[index]))
    );
  if (one instanceof Dict) {
    if (!(other instanceof Dict) || one.size !== other.size) return false;
    return one.entries().every(([key, value]) => other.has(key) && isEqual(value, other.get(key)));
  }
  return (one ?? null) === (other ?? null);
}

export function includes(list: readonly Value[], value: Value | undefined): boolean {
  return list.some((item) => isEqual(item, value));
}

export function fromJson(json: Json, order?: "python"): Value {
  if (Array.isArray(json)) return (json as readonly Json[]).map((item) => fromJson(item, order));
  if (!isMap(json)) return json as string | number | boolean | null;
  const dict = new Dict(order);
  for (const [key, member] of Object.entries(json)) dict.set(key, fromJson(member, order));
  return dict;
}

/** The same in the order of Python 2.7. */
export function inPythonOrder(value: Value): Value {
  if (Array.isArray(value)) return value.map(inPythonOrder);
  if (!(value instanceof Dict)) return value;
  const dict = new Dict("python");
  for (const [key, member] of value.entries()) dict.set(key, inPythonOrder(member));
  return dict;
}

export function toJson(value: Value): Json {
  if (typeof value === "string") return textOf(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (!(value instanceof Dict)) return value;
  return Object.fromEntries(value.entries().map(([key, member]) => [key, toJson(member)])) as JsonMap;
}
