import { MOST_DEPTH } from "./reader.ts";
import type { Leaf } from "./tests.ts";

/** Which paths of an event are looked at: all else is passed over. */
export interface Wanted {
  readonly paths: { has(path: string): boolean };
  /** Paths that wanted ones lead through. */
  readonly prefixes: { has(path: string): boolean };
}

/**
 * The values that an event has at one path, by the arrays that hold them: below an array, one node for each
 * of its elements. Values belong together when no array is entered at two different elements.
 */
export interface Values {
  readonly leaves: Leaf[];
  /** By the array's number, then by the element's index. */
  arrays?: Map<number, Map<number, Values>>;
}

/** An event taken apart: values by path. */
export interface Fields {
  readonly byPath: ReadonlyMap<string, Values>;
}

/** The arrays and elements that a value lies in, from the outermost on. */
interface Place {
  readonly array: number;
  readonly index: number;
  readonly outer?: Place;
}

/** Takes an event apart. Anything but an object has no fields. */
export function fieldsOf(event: unknown, wanted: Wanted): Fields {
  const walk = new Walk(wanted);
  if (isObject(event)) walk.members(event, "", undefined, 1);
  return walk;
}

class Walk implements Fields {
  readonly byPath = new Map<string, Values>();
  readonly #wanted: Wanted;
  #arrays = 0;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  members(object: object, prefix: string, place: Place | undefined, depth: number): void {
    const { paths, prefixes } = this.#wanted;
    for (const name of Object.keys(object)) {
      const path = prefix + name;
      if (!paths.has(path) && !prefixes.has(path)) continue;
      this.#value((object as Record<string, unknown>)[name], path, place, depth + 1);
    }
  }

  #value(value: unknown, path: string, place: Place | undefined, depth: number): void {
    if (depth > MOST_DEPTH) return;
    if (isObject(value)) {
      if (this.#wanted.prefixes.has(path)) this.members(value, `${path}.`, place, depth);
    } else if (Array.isArray(value)) this.#elements(value, path, place, depth);
    else this.#leaf(value as Leaf, path, place);
  }

  #elements(list: readonly unknown[], path: string, place: Place | undefined, depth: number): void {
    const array = this.#arrays++;
    for (const [index, item] of list.entries()) {
      // Values that stand in an array themselves are not bound to one another.
      if (item === null || typeof item !== "object") this.#leaf(item as Leaf, path, place);
      else this.#value(item, path, { array, index, ...(place ? { outer: place } : {}) }, depth + 1);
    }
  }

  #leaf(leaf: Leaf, path: string, place: Place | undefined): void {
    if (this.#wanted.paths.has(path)) nodeAt(entryOf(this.byPath, path, newValues), place).leaves.push(leaf);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function nodeAt(root: Values, place: Place | undefined): Values {
  if (!place) return root;
  const outer = nodeAt(root, place.outer);
  outer.arrays ??= new Map();
  const elements = entryOf(outer.arrays, place.array, () => new Map<number, Values>());
  return entryOf(elements, place.index, newValues);
}

const newValues = (): Values => ({ leaves: [] });

/** The value at a key, made when it is not there. */
export function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
