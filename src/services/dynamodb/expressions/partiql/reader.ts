import { checkValue } from "../../values/validate.ts";
import type { AttributeValue } from "../../values/value.ts";
import { invalid } from "../../values/value.ts";
import type { Path } from "../ast.ts";
import { malformed } from "./malformed.ts";
import { type Token, tokenize } from "./tokens.ts";

const MOST_DEPTH = 200;

/** Words that are no names where a term is read. */
const KEYWORDS = new Set(
  (
    "SELECT FROM WHERE ORDER BY INSERT INTO VALUE VALUES UPDATE SET REMOVE DELETE RETURNING EXISTS ASC " +
    "DESC AS GROUP HAVING LIMIT JOIN UNION MISSING"
  ).split(" "),
);
/** Words of joins, which no name after a dot may be without quotes. */
const JOINS = new Set(["INNER", "OUTER", "LEFT", "RIGHT", "FULL", "CROSS", "JOIN"]);
const OPERATORS = new Set(["IS", "IN", "BETWEEN", "LIKE", "AND", "OR"]);
const OPERATOR_SYMBOLS = new Set(["=", "<>", "!=", "<", "<=", ">", ">=", "+"]);

/** Walks a statement's tokens and hands out its parameters in order. */
export class Reader {
  readonly #tokens: readonly Token[];
  readonly #parameters: readonly AttributeValue[];
  #at = 0;
  #used = 0;
  #depth = 0;

  /** Faults: ValidationException for text that is no sequence of tokens. */
  constructor(text: string, parameters: readonly AttributeValue[]) {
    this.#tokens = tokenize(text);
    this.#parameters = parameters;
  }

  get token(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "", place: "" };
  }

  /** Whether the statement ends here, apart from a semicolon. */
  get atEnd(): boolean {
    return this.token.kind === "end" || this.isSymbol(";");
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.#tokens[this.#at + ahead];
    return token?.kind === "symbol" && token.text === symbol;
  }

  isWord(word: string, ahead = 0): boolean {
    const token = this.#tokens[this.#at + ahead];
    return token?.kind === "word" && token.text.toUpperCase() === word;
  }

  /** Whether a word and an opening parenthesis are next. */
  get atCall(): boolean {
    const next = this.#tokens[this.#at + 1];
    return this.token.kind === "word" && next?.kind === "symbol" && next.text === "(";
  }

  take(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.#at++;
    return true;
  }

  takeWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.#at++;
    return true;
  }

  expect(symbol: string): void {
    if (!this.take(symbol)) throw this.unexpectedTerm();
  }

  advance(): Token {
    const { token } = this;
    this.#at++;
    return token;
  }

  /** Takes a name, quoted or not; undefined at anything else. */
  takeName(): string | undefined {
    const { kind, text } = this.token;
    const isName = kind === "quoted" || (kind === "word" && !this.#isReserved(text));
    if (!isName) return undefined;
    this.#at++;
    return text;
  }

  /** The fault for a call, which is next, of a function that there is not. */
  unrecognized() {
    const { text, place } = this.token;
    return invalid(`Unrecognized function: ${text.toLowerCase()} at ${place}`);
  }

  /** Takes a document path. Faults: ValidationException. */
  path(): Path {
    const root = this.takeName();
    if (root === undefined) throw this.unexpectedTerm();
    const path: (string | number)[] = [root];
    for (;;) {
      if (this.take(".")) {
        const { kind, text } = this.advance();
        const isName = kind === "quoted" || (kind === "word" && !JOINS.has(text.toUpperCase()));
        if (!isName) throw malformed("Invalid path dot component");
        path.push(text);
      } else if (this.take("[")) {
        const { kind, text } = this.advance();
        if (kind !== "number" || !/^\d{1,9}$/.test(text)) throw malformed("Unexpected term");
        path.push(Number(text));
        this.expect("]");
      } else return path;
    }
  }

  /** The next parameter, when a question mark is next. */
  takeParameter(): AttributeValue | undefined {
    if (!this.take("?")) return undefined;
    const value = this.#parameters[this.#used++];
    if (!value) throw wrongCount();
    return checkValue(value);
  }

  enter(): void {
    if (++this.#depth > MOST_DEPTH) throw malformed("");
  }

  leave(): void {
    this.#depth--;
  }

  /** Ends the statement. Faults: ValidationException for what is left, and for parameters left. */
  finish(): void {
    this.take(";");
    if (this.token.kind !== "end") throw malformed("Unexpected token after expression");
    if (this.#used < this.#parameters.length) throw wrongCount();
  }

  /** The fault for the present token where a term should be. */
  unexpectedTerm() {
    const { kind, text } = this.token;
    const word = text.toUpperCase();
    if (kind === "symbol" && OPERATOR_SYMBOLS.has(text)) return malformed("Unexpected operator");
    if (kind !== "word") return malformed("Unexpected term");
    if (OPERATORS.has(word)) return malformed("Unexpected operator");
    return malformed(KEYWORDS.has(word) ? "Unexpected keyword" : "Unexpected term");
  }

  #isReserved(text: string): boolean {
    const word = text.toUpperCase();
    return KEYWORDS.has(word) || OPERATORS.has(word) || word === "NOT";
  }
}

function wrongCount() {
  return invalid("Number of parameters in request and statement don't match.");
}
