import { sourceAt } from "./pattern-error.ts";

/**
 * A value of JSON text that knows where it stands. Offsets are where AWS's own parser stands when it has seen
 * so much of the value, because that is the place its messages name.
 */
export type Node =
  | { readonly kind: "object"; readonly entries: readonly Entry[]; readonly at: number; readonly end: number }
  | { readonly kind: "array"; readonly items: readonly Node[]; readonly at: number; readonly end: number }
  | { readonly kind: "string"; readonly value: string; readonly at: number; readonly end: number }
  | { readonly kind: "number"; readonly text: string; readonly at: number; readonly end: number }
  | { readonly kind: "constant"; readonly value: Constant; readonly at: number; readonly end: number }
  | Broken;

export type Constant = true | false | null;

/** Stands where the text stops being JSON. Who reads the values before it first finds their faults first. */
export interface Broken {
  readonly kind: "broken";
  readonly message: string;
  readonly at: number;
  readonly end: number;
}

export interface Entry {
  readonly name: string;
  readonly value: Node;
}

/** AWS's parser reads no deeper. */
export const MOST_DEPTH = 1000;

/** Reads JSON text. Never throws: what is malformed becomes a broken value. Names may come twice. */
export function readJson(text: string): Node {
  return new Reader(text).value(1);
}

const CONSTANTS: readonly (readonly [string, Constant])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[\p{L}\p{N}_$]*/uy;
const PLAIN = /[^"\\\p{Cc}]*/uy;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};
const TOKENS = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/** A container that is being read, and where its content begins. */
interface Open {
  readonly kind: "Object" | "Array";
  readonly at: number;
}

class Reader {
  readonly #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number, open?: Open): Node {
    this.#space();
    const next = this.#text[this.#offset];
    if (next === undefined) return this.#endless(open);
    if (depth > MOST_DEPTH) {
      return this.#broken(`Document nesting depth (${depth}) exceeds the maximum allowed (${MOST_DEPTH})`);
    }
    if (next === "{") return this.#object(depth);
    if (next === "[") return this.#array(depth);
    if (next === '"') return this.#string();
    return this.#scalar(next, open);
  }

  #object(depth: number): Node {
    const at = ++this.#offset;
    const open: Open = { kind: "Object", at };
    const entries: Entry[] = [];
    for (let first = true; ; first = false) {
      this.#space();
      if (first && this.#take("}")) break;
      const name = this.#name(open);
      entries.push(name.kind === "string" ? this.#entry(name.value, depth, open) : { name: "", value: name });
      if (entries.at(-1)?.value.kind === "broken") break;
      this.#space();
      if (this.#take("}")) break;
      if (!this.#take(",")) {
        const message = "was expecting comma to separate Object entries";
        entries.push({ name: "", value: this.#unexpected(message, open) });
        break;
      }
    }
    return { kind: "object", entries, at, end: this.#offset };
  }

  #entry(name: string, depth: number, open: Open): Entry {
    this.#space();
    if (this.#take(":")) return { name, value: this.value(depth + 1, open) };
    return {
      name,
      value: this.#unexpected("was expecting a colon to separate field name and value", open),
    };
  }

  #name(open: Open): Node {
    if (this.#text[this.#offset] === '"') return this.#string();
    return this.#unexpected("was expecting double-quote to start field name", open);
  }

  #array(depth: number): Node {
    const at = ++this.#offset;
    const open: Open = { kind: "Array", at };
    const items: Node[] = [];
    for (let first = true; ; first = false) {
      this.#space();
      if (first && this.#take("]")) break;
      const item = this.value(depth + 1, open);
      items.push(item);
      if (item.kind === "broken") break;
      this.#space();
      if (this.#take("]")) break;
      if (!this.#take(",")) {
        items.push(this.#unexpected("was expecting comma to separate Array entries", open));
        break;
      }
    }
    return { kind: "array", items, at, end: this.#offset };
  }

  #string(): Node {
    const at = ++this.#offset;
    let value = "";
    for (;;) {
      value += this.#match(PLAIN);
      const next = this.#text[this.#offset++];
      if (next === '"') return { kind: "string", value, at, end: this.#offset };
      if (next === "\\") {
        const escaped = this.#escape();
        if (typeof escaped !== "string") return escaped;
        value += escaped;
      } else if (next === undefined) {
        return this.#broken("Unexpected end-of-input: was expecting closing quote for a string value");
      } else if (next.charCodeAt(0) >= 0x7f) value += next;
      else {
        const code = next.charCodeAt(0);
        return this.#broken(
          `Illegal unquoted character ((CTRL-CHAR, code ${code})): has to be escaped using backslash ` +
            "to be included in string value",
        );
      }
    }
  }

  #escape(): string | Broken {
    const letter = this.#text[this.#offset++] ?? "";
    const plain = ESCAPES[letter];
    if (plain !== undefined) return plain;
    const digits = this.#text.slice(this.#offset, this.#offset + 4);
    if (letter === "u" && /^[\da-fA-F]{4}$/.test(digits)) {
      this.#offset += 4;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    return this.#broken(`Unrecognized character escape '${letter}' (code ${letter.charCodeAt(0)})`);
  }

  #scalar(first: string, open: Open | undefined): Node {
    const from = this.#offset;
    if (first === "-" || (first >= "0" && first <= "9")) {
      const text = this.#match(NUMBER);
      const [rest = ""] = this.#text.slice(this.#offset, this.#offset + 1);
      if (text !== "" && !/[\w.+-]/.test(rest)) {
        return { kind: "number", text, at: this.#offset, end: this.#offset };
      }
      return this.#broken("Invalid numeric value");
    }
    const word = this.#match(WORD);
    const constant = CONSTANTS.find(([name]) => name === word);
    if (constant) {
      return { kind: "constant", value: constant[1], at: this.#offset, end: this.#offset };
    }
    if (first === "}") return this.#unexpected("expected a value", open);
    if (word === "") return this.#unexpected(`expected a valid value ${TOKENS}`, open);
    return this.#broken(`Unrecognized token '${word}': was expecting ${TOKENS}`, from);
  }

  #unexpected(expected: string, open: Open | undefined): Broken {
    const next = this.#text[this.#offset];
    if (next === undefined) return this.#endless(open);
    if (open && next === (open.kind === "Array" ? "}" : "]")) {
      const close = open.kind === "Array" ? "]" : "}";
      const start = `(for ${open.kind} starting at ${sourceAt(this.#text, open.at - 1)})`;
      return this.#broken(`Unexpected close marker '${next}': expected '${close}' ${start}`);
    }
    return this.#broken(`Unexpected character ('${next}' (code ${next.charCodeAt(0)})): ${expected}`);
  }

  #endless(open: Open | undefined): Broken {
    if (!open) return this.#broken("Unexpected end-of-input");
    const start = `(start marker at ${sourceAt(this.#text, open.at - 1)})`;
    return this.#broken(`Unexpected end-of-input: expected close marker for ${open.kind} ${start}`);
  }

  #broken(message: string, at = this.#offset): Broken {
    return { kind: "broken", message, at, end: at };
  }

  #space(): void {
    while (" \t\r\n".includes(this.#text[this.#offset] ?? "x")) this.#offset++;
  }

  #take(mark: string): boolean {
    if (this.#text[this.#offset] !== mark) return false;
    this.#offset++;
    return true;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#offset;
    const [found = ""] = pattern.exec(this.#text) ?? [];
    this.#offset += found.length;
    return found;
  }
}
