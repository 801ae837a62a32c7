import type { Extract, FilterPattern } from "./pattern.ts";
import { Reader } from "./reader.ts";
import { type Comparison, readComparison } from "./test.ts";

type Test = (document: unknown) => boolean;
type Path = readonly (string | number)[];

const SELECTOR = /\$(?:\.?\[(?:\d+|'[^']*'|"[^"]*")\]|\.[\w-]+)*/y;
/** What no bare value of a comparison holds: blanks, brackets and the operators between conditions. */
const BARE = /(?:(?!&&|\|\|)[^\s(){}"%])+/y;

/** Conditions on members of a message that is JSON. */
export function parseJsonPattern(text: string): FilterPattern {
  const parser = new Parser(text);
  const test = parser.whole();
  return {
    kind: "json",
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
    const path = pathOf(selector);
    this.selectors.set(selector, path);
    const word = this.#reader.match(/IS\s+(NULL|TRUE|FALSE)\b|NOT\s+EXISTS\b/iy)?.[0];
    if (word !== undefined) return wordTest(path, word);
    const comparison = readComparison(this.#reader, BARE);
    if (comparison.hasExpression) this.expressions++;
    return comparisonTest(path, comparison);
  }
}

function wordTest(path: Path, word: string): Test {
  const wanted = word.split(/\s+/)[1]?.toUpperCase();
  if (wanted === "EXISTS") return (document) => valueAt(document, path) === undefined;
  const value = wanted === "NULL" ? null : wanted === "TRUE";
  return (document) => valueAt(document, path) === value;
}

/** What is no text and no number fits no comparison, not even an unequal one. */
function comparisonTest(path: Path, { test }: Comparison): Test {
  return (document) => {
    const value = valueAt(document, path);
    if (typeof value === "boolean") return test(String(value));
    return (typeof value === "string" || typeof value === "number") && test(value);
  };
}

function pathOf(selector: string): Path {
  return [...selector.matchAll(/\[(\d+)\]|\[['"]([^'"]*)['"]\]|\.([\w-]+)/g)].map(
    ([, index, quoted, name]) => (index === undefined ? (quoted ?? name ?? "") : Number(index)),
  );
}

function valueAt(document: unknown, path: Path): unknown {
  let value = document;
  for (const step of path) {
    const isIndex = typeof step === "number";
    if (typeof value !== "object" || value === null || Array.isArray(value) !== isIndex) return undefined;
    if (!Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
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
    const value = valueAt(document, path);
    return value === undefined || typeof value === "object" ? undefined : String(value);
  };
  return {
    value: (name) => (name.startsWith("$") ? textAt(pathOf(name)) : undefined),
    all() {
      const found = [...selectors].map(([name, path]) => [name, textAt(path)] as const);
      return Object.fromEntries(found.filter(([, text]) => text !== undefined)) as Record<string, string>;
    },
  };
}
