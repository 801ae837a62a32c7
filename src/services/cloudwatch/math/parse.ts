import { ExpressionError, type Token, tokensOf } from "./tokens.ts";

/** An expression of metric math. */
export type Node =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  /** An id of the request, or a word such as REPEAT or DESC. */
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "list"; readonly items: readonly Node[] }
  | { readonly kind: "minus"; readonly of: Node }
  | { readonly kind: "pair"; readonly sign: string; readonly left: Node; readonly right: Node }
  | { readonly kind: "call"; readonly name: string; readonly given: readonly Node[] };

/** From the loosest to the tightest. */
const LEVELS: readonly (readonly string[])[] = [
  ["||", "OR"],
  ["&&", "AND"],
  ["==", "!=", "<=", ">=", "<", ">"],
  ["+", "-"],
  ["*", "/"],
  ["^"],
];
const DEEPEST = 100;

/** Throws ExpressionError. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html */
export function parseExpression(text: string): Node {
  const reader = new Reader(tokensOf(text));
  const node = reader.level(0, 0);
  reader.end();
  return node;
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  end(): void {
    if (this.#next.kind !== "end") throw this.#unexpected();
  }

  level(at: number, depth: number): Node {
    if (depth > DEEPEST) throw new ExpressionError("The expression is nested too deeply");
    const signs = LEVELS[at];
    if (!signs) return this.#unary(depth);
    let left = this.level(at + 1, depth);
    while (this.#next.kind !== "text" && signs.includes(this.#next.text)) {
      const sign = this.#take().text;
      left = { kind: "pair", sign, left, right: this.level(at + 1, depth) };
    }
    return left;
  }

  #unary(depth: number): Node {
    if (!this.#isSign("-")) return this.#primary(depth);
    this.#take();
    return { kind: "minus", of: this.#unary(depth + 1) };
  }

  #primary(depth: number): Node {
    const token = this.#take();
    if (token.kind === "number") return { kind: "number", value: Number(token.text) };
    if (token.kind === "text") return { kind: "text", value: token.text };
    if (token.kind === "name" && !this.#isSign("(")) return { kind: "name", name: token.text };
    if (token.kind === "name") {
      this.#take();
      return { kind: "call", name: token.text, given: this.#items(")", depth) };
    }
    if (token.text === "[") return { kind: "list", items: this.#items("]", depth) };
    if (token.text !== "(") throw this.#unexpected(token);
    const inner = this.level(0, depth + 1);
    this.#expect(")");
    return inner;
  }

  #items(close: string, depth: number): Node[] {
    const items: Node[] = [];
    while (!this.#isSign(close)) {
      if (items.length > 0) this.#expect(",");
      items.push(this.level(0, depth + 1));
    }
    this.#take();
    return items;
  }

  #expect(sign: string): void {
    const token = this.#take();
    if (token.text !== sign || token.kind !== "sign") throw this.#unexpected(token);
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "" };
  }

  #isSign(text: string): boolean {
    return this.#next.kind === "sign" && this.#next.text === text;
  }

  #take(): Token {
    const token = this.#next;
    if (token.kind !== "end") this.#at++;
    return token;
  }

  #unexpected({ kind, text }: Token = this.#next): ExpressionError {
    return new ExpressionError(
      kind === "end" ? "Unexpected end of expression" : `Unexpected token '${text}'`,
    );
  }
}

/** The ids and words of an expression. */
export function namesIn(node: Node): string[] {
  switch (node.kind) {
    case "name":
      return [node.name];
    case "list":
      return node.items.flatMap(namesIn);
    case "minus":
      return namesIn(node.of);
    case "pair":
      return [...namesIn(node.left), ...namesIn(node.right)];
    case "call":
      return node.given.flatMap(namesIn);
    default:
      return [];
  }
}

/** The functions that an expression calls. */
export function callsIn(node: Node): string[] {
  switch (node.kind) {
    case "list":
      return node.items.flatMap(callsIn);
    case "minus":
      return callsIn(node.of);
    case "pair":
      return [...callsIn(node.left), ...callsIn(node.right)];
    case "call":
      return [node.name.toUpperCase(), ...node.given.flatMap(callsIn)];
    default:
      return [];
  }
}
