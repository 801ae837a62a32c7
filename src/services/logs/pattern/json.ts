import type { Extract, FilterPattern } from "./pattern.ts";
import { Reader } from "./reader.ts";
import { type Comparison, readComparison } from "./test.ts";

type Test = (document: unknown) => boolean;
/** A member, an element, or every one of them. */
type Step = string | number | typeof MEMBERS | typeof ELEMENTS;
type Path = readonly Step[];

const MEMBERS = Symbol(".*");
const ELEMENTS = Symbol("[*]");
const MOST_WILDCARDS = 3;
const SELECTOR = /\$(?:\.?\[(?:\d+|\*|'[^']*'|"[^"]*")\]|\.(?:\*|[\w-]+))*/y;
/** What no bare value of a comparison holds: blanks, brackets and the operators between conditions. */
const BARE = /(?:(?!&&|\|\|)[^\s(){}"%])+/y;

/** Conditions on members of a message that is JSON. */
export function parseJsonPattern(text: string): FilterPattern {
  const parser = new Parser(text);
  const test = parser.whole();
  return {
    kind: "json",
    knows: (name) => /^\$[.[]/.test(name),
    expressions: parser.expressions,
    match(message) {
      const document = parseDocument(message);
      return document !== undefined && test(document) ? extractOf(document, parser.selectors) : undefined;
    },
  };
}

class Parser {
  readonly #reader: Reader;
  /** What the conditions name. */
  readonly selectors = new Map<string, Path>();
  expressions = 0;
  #wildcards = 0;

  constructor(text: string) {
    this.#reader = new Reader(text);
  }

  whole(): Test {
    this.#reader.expect("{");
    const test = this.#either();
    this.#reader.expect("}");
    this.#reader.space();
    if (!this.#reader.isAtEnd) this.#reader.fail("expected the end");
    return test;
  }

  #either(): Test {
    const tests = [this.#both()];
    while (this.#reader.takes("||")) tests.push(this.#both());
    return (document) => tests.some((test) => test(document));
  }

  #both(): Test {
    const tests = [this.#one()];
    while (this.#reader.takes("&&")) tests.push(this.#one());
    return (document) => tests.every((test) => test(document));
  }

  #one(): Test {
    if (this.#reader.takes("(")) {
      const test = this.#either();
      this.#reader.expect(")");
      return test;
    }
    const selector = this.#reader.match(SELECTOR)?.[0];
    if (selector === undefined) return this.#reader.fail("expected a selector such as $.name");
    const path = this.#path(selector);
    this.selectors.set(selector, path);
    const word = this.#reader.match(/IS\s+(NULL|TRUE|FALSE)\b|NOT\s+EXISTS\b/iy)?.[0];
    if (word !== undefined) return wordTest(path, word);
    const comparison = readComparison(this.#reader, BARE);
    if (comparison.hasExpression) this.expressions++;
    return comparisonTest(path, comparison);
  }

  #path(selector: string): Path {
    const path = pathOf(selector);
    const wildcards = path.filter((step) => typeof step === "symbol").length;
    if (wildcards > 1) this.#reader.fail("only one wildcard may stand in a selector");
    this.#wildcards += wildcards;
    if (this.#wildcards > MOST_WILDCARDS) {
      this.#reader.fail(`at most ${MOST_WILDCARDS} wildcards may stand in a pattern`);
    }
    return path;
  }
}

/** With a wildcard a condition holds where it holds for any of the values. */
function wordTest(path: Path, word: string): Test {
  const wanted = word.split(/\s+/)[1]?.toUpperCase();
  if (wanted === "EXISTS") return (document) => valuesAt(document, path).length === 0;
  const value = wanted === "NULL" ? null : wanted === "TRUE";
  return (document) => valuesAt(document, path).includes(value);
}

/** What is no text and no number fits no comparison, not even an unequal one. */
function comparisonTest(path: Path, { test }: Comparison): Test {
  return (document) =>
    valuesAt(document, path).some((value) => {
      if (typeof value === "boolean") return test(String(value));
      return (typeof value === "string" || typeof value === "number") && test(value);
    });
}

function pathOf(selector: string): Path {
  const steps = selector.matchAll(/\[(\d+)\]|\[['"]([^'"]*)['"]\]|\.([\w-]+)|(\[\*\])|\.\*/g);
  return Array.from(steps, ([, index, quoted, name, elements]) => {
    if (index !== undefined) return Number(index);
    return quoted ?? name ?? (elements === undefined ? MEMBERS : ELEMENTS);
  });
}

/** What a path leads to: no more than one value, unless there is a wildcard in it. */
function valuesAt(document: unknown, path: Path): readonly unknown[] {
  let values = [document];
  for (const step of path) values = values.flatMap((value) => stepInto(value, step));
  return values;
}

function stepInto(value: unknown, step: Step): readonly unknown[] {
  if (typeof value !== "object" || value === null) return [];
  const isOfArray = step === ELEMENTS || typeof step === "number";
  if (Array.isArray(value) !== isOfArray) return [];
  if (typeof step === "symbol") return Object.values(value);
  return Object.hasOwn(value, step) ? [(value as Record<string | number, unknown>)[step]] : [];
}

function parseDocument(message: string): object | undefined {
  if (!/^\s*[{[]/.test(message)) return undefined;
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

function extractOf(document: unknown, selectors: ReadonlyMap<string, Path>): Extract {
  const textAt = (path: Path) => {
    const value = valuesAt(document, path).find((one) => typeof one !== "object");
    return value === undefined ? undefined : String(value);
  };
  return {
    value: (name) => (name.startsWith("$") ? textAt(pathOf(name)) : undefined),
    all() {
      const found = [...selectors].map(([name, path]) => [name, textAt(path)] as const);
      return Object.fromEntries(found.filter(([, text]) => text !== undefined)) as Record<string, string>;
    },
  };
}
