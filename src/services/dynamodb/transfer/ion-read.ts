import type { AttributeValue } from "../values/value.ts";

type Fields = Record<string, AttributeValue>;

/** The text ends within a value: there is more of it in the next line. */
class Incomplete extends Error {
  override readonly name = "Incomplete";
}

/** The text is no Ion that an item can be made of. */
class Malformed extends Error {
  override readonly name = "Malformed";
}

/** The items of a file of Ion's text, `{Item:{…}}` each; undefined stands for what could not be read. */
export async function* ionItems(lines: AsyncIterable<string>): AsyncGenerator<Fields | undefined> {
  for await (const fields of ionStructs(lines)) yield fields?.Item?.M;
}

/**
 * The structs of a file of Ion's text; undefined stands for what could not be read. A struct may go on over
 * several lines; what cannot be read is given up with its line.
 */
export async function* ionStructs(lines: AsyncIterable<string>): AsyncGenerator<Fields | undefined> {
  let pending = "";
  let tryAt = 0;
  for await (const line of lines) {
    pending += `${line}\n`;
    if (pending.length < tryAt) continue;
    const { structs, rest } = structsOf(pending);
    yield* structs;
    pending = rest;
    // A long value is not read from its beginning again for every line.
    tryAt = rest.length > SHORT_VALUE ? 2 * rest.length : 0;
    if (rest.length > LONGEST_VALUE) {
      yield undefined;
      pending = "";
    }
  }
  const last = structsOf(pending);
  yield* last.structs;
  if (last.rest !== "") yield undefined;
}

/** What a text holds, and what of it may go on. */
function structsOf(text: string): { readonly structs: (Fields | undefined)[]; readonly rest: string } {
  const parser = new Parser(text);
  const structs: (Fields | undefined)[] = [];
  try {
    while (!parser.atEnd()) {
      const value = parser.whole();
      if (value) structs.push(value.M);
      parser.mark();
    }
    return { structs, rest: "" };
  } catch (error) {
    if (error instanceof Incomplete) return { structs, rest: parser.rest() };
    if (error instanceof Malformed) return { structs: [...structs, undefined], rest: "" };
    throw error;
  }
}

const SHORT_VALUE = 64 * 1024;
/** No item is as long as this. */
const LONGEST_VALUE = 4 * 1024 * 1024;
const SYMBOL = /[A-Za-z_$][A-Za-z0-9_$]*/y;
const NUMBER = /[+-]?\d[\d_]*(?:\.[\d_]*)?(?:[dDeE][+-]?\d+)?(?=[\s,\]})]|$)/y;
const SPACE = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const SHORT_STRING = /"(?:[^"\\]|\\[\s\S])*"/y;
const LONG_STRING = /'''(?:[^'\\]|\\[\s\S]|'(?!''))*'''/y;
const QUOTED_SYMBOL = /'(?:[^'\\]|\\[\s\S])*'/y;
const BLOB = /\{\{\s*([A-Za-z0-9+/=\s]*)\}\}/y;
const VERSION = "$ion_1_0";
const DEEPEST = 40;

/**
 * Reads the parts of Ion's text that have a counterpart in DynamoDB.
 * https://amazon-ion.github.io/ion-docs/docs/spec.html
 */
class Parser {
  readonly #text: string;
  #at = 0;
  #marked = 0;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    this.#match(SPACE);
    return this.#at >= this.#text.length;
  }

  mark(): void {
    this.#marked = this.#at;
  }

  /** What follows the last mark. */
  rest(): string {
    return this.#text.slice(this.#marked).trimStart();
  }

  /** A value at the top; undefined for the version that files begin with. */
  whole(): AttributeValue | undefined {
    if (this.#text.startsWith(VERSION, this.#at)) {
      this.#at += VERSION.length;
      return undefined;
    }
    return this.#value(DEEPEST);
  }

  #value(depth: number): AttributeValue {
    if (depth === 0) throw new Malformed();
    const annotation = this.#annotation();
    const blob = this.#match(BLOB);
    if (blob) return { B: new Uint8Array(Buffer.from(blob[1] ?? "", "base64")) };
    const next = this.#text[this.#at];
    if (next === "{") return { M: this.#struct(depth) };
    if (next === "[") return setOf(this.#list(depth), annotation);
    if (next === '"' || this.#text.startsWith("'''", this.#at)) return { S: this.#string() };
    const number = this.#match(NUMBER);
    if (number) return { N: numberOf(number[0]) };
    return this.#word();
  }

  #word(): AttributeValue {
    const word = this.#match(SYMBOL)?.[0];
    if (word === "true" || word === "false") return { BOOL: word === "true" };
    if (word === undefined) throw this.#fault();
    if (word !== "null") throw new Malformed();
    if (this.#text[this.#at] === ".") {
      this.#at++;
      this.#match(SYMBOL);
    }
    return { NULL: true };
  }

  /** `$dynamodb_SS::` before a list. */
  #annotation(): string | undefined {
    this.#match(SPACE);
    const start = this.#at;
    const symbol = this.#match(SYMBOL)?.[0];
    this.#match(SPACE);
    if (symbol !== undefined && this.#text.startsWith("::", this.#at)) {
      this.#at += 2;
      this.#match(SPACE);
      return symbol;
    }
    this.#at = start;
    return undefined;
  }

  #struct(depth: number): Fields {
    const fields: Fields = {};
    this.#members("{", "}", () => {
      const name = this.#name();
      this.#match(SPACE);
      if (this.#text[this.#at] !== ":") throw this.#fault();
      this.#at++;
      const value = this.#value(depth - 1);
      Object.defineProperty(fields, name, { value, configurable: true, enumerable: true, writable: true });
    });
    return fields;
  }

  #list(depth: number): AttributeValue[] {
    const values: AttributeValue[] = [];
    this.#members("[", "]", () => values.push(this.#value(depth - 1)));
    return values;
  }

  #members(open: string, close: string, member: () => void): void {
    this.#expect(open);
    for (this.#match(SPACE); this.#text[this.#at] !== close; this.#match(SPACE)) {
      member();
      this.#match(SPACE);
      if (this.#text[this.#at] === ",") this.#at++;
      else if (this.#text[this.#at] !== close) throw this.#fault();
    }
    this.#at++;
  }

  #name(): string {
    const symbol = this.#match(SYMBOL)?.[0];
    if (symbol !== undefined) return symbol;
    if (this.#text[this.#at] === '"' || this.#text.startsWith("'''", this.#at)) return this.#string();
    const quoted = this.#match(QUOTED_SYMBOL)?.[0];
    if (quoted === undefined) throw this.#fault();
    return unescaped(quoted.slice(1, -1));
  }

  #string(): string {
    const short = this.#match(SHORT_STRING)?.[0];
    if (short !== undefined) return unescaped(short.slice(1, -1));
    let text = "";
    let long = this.#match(LONG_STRING)?.[0];
    if (long === undefined) throw this.#fault();
    // Long strings that follow each other are one.
    for (; long !== undefined; long = this.#match(LONG_STRING)?.[0]) {
      text += unescaped(long.slice(3, -3));
      this.#match(SPACE);
    }
    return text;
  }

  #expect(text: string): void {
    if (!this.#text.startsWith(text, this.#at)) throw this.#fault();
    this.#at += text.length;
  }

  /** Strings and comments that are not closed, and ends of the text, may go on in the next line. */
  #fault(): Error {
    const next = this.#text[this.#at];
    const mayGoOn = next === undefined || next === '"' || next === "'" || next === "/";
    return mayGoOn ? new Incomplete() : new Malformed();
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match) this.#at = pattern.lastIndex;
    return match;
  }
}

/** A number as DynamoDB writes it; its exactness is kept. */
function numberOf(text: string): string {
  const plain = text.replaceAll("_", "").replace(/[dD]/, "e");
  return plain.replace(/\.(?=e|$)/, "");
}

function setOf(values: readonly AttributeValue[], annotation: string | undefined): AttributeValue {
  const all = <One>(of: (value: AttributeValue) => One | undefined): One[] =>
    values.map((value) => {
      const one = of(value);
      if (one === undefined) throw new Malformed();
      return one;
    });
  switch (annotation) {
    case "$dynamodb_SS":
      return { SS: all(({ S }) => S) };
    case "$dynamodb_NS":
      return { NS: all(({ N }) => N) };
    case "$dynamodb_BS":
      return { BS: all(({ B }) => B) };
    default:
      return { L: [...values] };
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\n": "",
};

function unescaped(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g,
    (_, two?: string, four?: string, eight?: string, one = "") => {
      const code = two ?? four ?? eight;
      if (code === undefined) return ESCAPES[one] ?? one;
      const point = Number.parseInt(code, 16);
      if (point > 0x10ffff) throw new Malformed();
      return String.fromCodePoint(point);
    },
  );
}
