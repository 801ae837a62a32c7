import { type AttributeValue, attributeOf, type Item, invalid, setAttribute } from "../values/value.ts";
import type { Path } from "./ast.ts";

const INVALID_PATH = "The document path provided in the update expression is invalid for update";

type Attributes = Record<string, AttributeValue>;

/** What becomes of a list: its indexes mean the elements as they were until the draft is finished. */
interface ListChanges {
  readonly removed: Set<number>;
  /** New elements by the index asked for, all beyond the end. */
  readonly appended: Map<number, AttributeValue>;
}

/** Where a path leads. */
export interface Place {
  get(): AttributeValue | undefined;
  put(value: AttributeValue): void;
  remove(): void;
}

/** A changing copy of an item: what a change touches is copied first, the rest is shared with the item. */
export class Draft {
  readonly #root: Attributes;
  readonly #own = new Set<Attributes | AttributeValue[]>();
  readonly #lists = new Map<AttributeValue[], ListChanges>();

  constructor(item: Item) {
    this.#root = { ...item };
  }

  /** Faults: ValidationException where the path leads through what is missing or no map or list. */
  place(path: Path): Place {
    let container: Attributes | AttributeValue[] = this.#root;
    for (const step of path.slice(0, -1)) container = this.#open(container, step);
    const last = path[path.length - 1] ?? "";
    if (Array.isArray(container)) {
      if (typeof last !== "number") throw invalid(INVALID_PATH);
      return this.#element(container, last);
    }
    if (typeof last !== "string") throw invalid(INVALID_PATH);
    return attributePlace(container, last);
  }

  /** The item with all changes. The draft is not used afterwards. */
  finish(): Item {
    for (const [list, { removed, appended }] of this.#lists) {
      const kept = list.filter((_, index) => !removed.has(index));
      const added = [...appended].sort(([one], [other]) => one - other).map(([, value]) => value);
      list.splice(0, list.length, ...kept, ...added);
    }
    return this.#root;
  }

  /** The map or list inside a container, copied so that it may change. */
  #open(container: Attributes | AttributeValue[], step: string | number): Attributes | AttributeValue[] {
    const value = inside(container, step);
    const inner = value?.M ?? value?.L;
    if (!inner) throw invalid(INVALID_PATH);
    if (this.#own.has(inner)) return inner;
    const copy = Array.isArray(inner) ? [...inner] : { ...inner };
    this.#own.add(copy);
    const changed: AttributeValue = Array.isArray(copy) ? { L: copy } : { M: copy };
    if (Array.isArray(container)) container[Number(step)] = changed;
    else setAttribute(container, String(step), changed);
    return copy;
  }

  #element(list: AttributeValue[], index: number): Place {
    const changes = () => {
      const known = this.#lists.get(list) ?? { removed: new Set(), appended: new Map() };
      this.#lists.set(list, known);
      return known;
    };
    return {
      get: () => list[index],
      put: (value) => {
        if (index < list.length) list[index] = value;
        else changes().appended.set(index, value);
      },
      remove: () => {
        changes().removed.add(index);
      },
    };
  }
}

function attributePlace(map: Attributes, name: string): Place {
  return {
    get: () => attributeOf(map, name),
    put: (value) => setAttribute(map, name, value),
    remove: () => {
      delete map[name];
    },
  };
}

function inside(container: Attributes | AttributeValue[], step: string | number): AttributeValue | undefined {
  if (Array.isArray(container)) return typeof step === "number" ? container[step] : undefined;
  return typeof step === "string" ? attributeOf(container, step) : undefined;
}
