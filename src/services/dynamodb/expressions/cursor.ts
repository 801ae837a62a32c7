import type { Fault } from "../../../kernel/faults.ts";
import { textSize } from "../values/size.ts";
import { invalid } from "../values/value.ts";
import type { ExpressionName, NamePlaceholder, ParsedOperand, ParsedPath } from "./ast.ts";
import { isReserved } from "./reserved.ts";
import { type Token, tokenize } from "./tokens.ts";

const MOST_BYTES = 4096;
const MOST_OPERATORS = 300;
const MOST_LEVELS = 32;
const HIGHEST_INDEX = 2 ** 31 - 1;
/** Parentheses and calls within each other: more need more operators than an expression may have. */
const MOST_DEPTH = 350;

/** What AWS finds wrong with an expression whose syntax is right, the first kind that applies. */
export type Flaw = "parens" | "function" | "misuse" | "reserved" | "section" | "operators" | "path";

/**
 * Walks an expression's tokens. What is wrong without being a syntax error is noted and told at the end,
 * because a syntax error anywhere goes first.
 */
export class Cursor {
  readonly expression: ExpressionName;
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #flaws = new Map<Flaw, string>();
  /** Words of the grammar, which are no attribute names. */
  readonly #keywords: ReadonlySet<string>;
  #at = 0;
  #operators = 0;
  #depth = 0;

  /** Faults: ValidationException for an expression that is empty or longer than 4 KB. */
  constructor(expression: ExpressionName, text: string, keywords: readonly string[]) {
    this.expression = expression;
    this.#text = text;
    this.#keywords = new Set(keywords);
    if (text === "") throw this.fault("The expression can not be empty;");
    const bytes = textSize(text);
    if (bytes > MOST_BYTES) {
      throw this.fault(`Expression size has exceeded the maximum allowed size; expression size: ${bytes}`);
    }
    this.#tokens = tokenize(text);
  }

  fault(message: string): Fault {
    return invalid(`Invalid ${this.expression}: ${message}`);
  }

  /** Notes a flaw; only the first of its kind counts. */
  note(flaw: Flaw, message: string): void {
    if (!this.#flaws.has(flaw)) this.#flaws.set(flaw, message);
  }

  /** Counts an operator or function. */
  countOperator(): void {
    this.#operators++;
    if (this.#operators > MOST_OPERATORS) this.note("operators", this.#tooManyOperators());
  }

  /** Enters parentheses or a call. Faults: ValidationException where they are too deep. */
  enter(): void {
    this.#depth++;
    if (this.#depth <= MOST_DEPTH) return;
    const open = this.#tokens.filter(({ text }) => text === "(").length;
    const closed = this.#tokens.filter(({ text }) => text === ")").length;
    if (open > closed) throw this.#unexpectedAt(this.#tokens.length - 1);
    throw this.fault(this.#flaws.get("parens") ?? this.#flaws.get("function") ?? this.#tooManyOperators());
  }

  leave(): void {
    this.#depth--;
  }

  #tooManyOperators(): string {
    return `The expression contains too many operators; operator count: ${MOST_OPERATORS + 1}`;
  }

  /** Ends the expression. Faults: ValidationException for what is left, then for a flaw, in this order. */
  finish(order: readonly Flaw[]): void {
    if (this.token.kind !== "end") throw this.unexpected();
    for (const flaw of order) {
      const message = this.#flaws.get(flaw);
      if (message !== undefined) throw this.fault(message);
    }
  }

  get token(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "<EOF>", start: 0, end: 0 };
  }

  /** The syntax error at the present token; "near" are the tokens around it, as they are written. */
  unexpected(): Fault {
    return this.#unexpectedAt(this.#at);
  }

  /** The syntax error at the token that was taken last. */
  unexpectedBefore(): Fault {
    return this.#unexpectedAt(this.#at - 1);
  }

  #unexpectedAt(at: number): Fault {
    const { text, start, end } = this.#tokens[at] ?? this.token;
    const from = this.#tokens[at - 1]?.start ?? start;
    const to = this.#tokens[at + 1]?.end ?? end;
    return this.fault(`Syntax error; token: "${text}", near: "${this.#text.slice(from, to).trimEnd()}"`);
  }

  /** Takes the symbol if it is next. */
  take(symbol: string): boolean {
    const { kind, text } = this.token;
    if (kind !== "symbol" || text !== symbol) return false;
    this.#at++;
    return true;
  }

  expect(symbol: string): void {
    if (!this.take(symbol)) throw this.unexpected();
  }

  /** Takes the keyword if it is next, whatever its case. */
  takeKeyword(keyword: string): boolean {
    const { kind, text } = this.token;
    if (kind !== "name" || text.toUpperCase() !== keyword) return false;
    this.#at++;
    return true;
  }

  /** Takes a name that is no keyword. Faults: a syntax error at anything else. */
  takeName(): string {
    const { kind, text } = this.token;
    if (kind !== "name" || this.#keywords.has(text.toUpperCase())) throw this.unexpected();
    this.#at++;
    return text;
  }

  /** Takes `:name` if it is next. */
  takeValue(): ParsedOperand | undefined {
    const { kind, text } = this.token;
    if (kind !== ":") return undefined;
    this.#at++;
    return { kind: "placeholder", name: text };
  }

  /** Whether a name and an opening parenthesis are next. */
  get atCall(): boolean {
    const next = this.#tokens[this.#at + 1];
    return this.token.kind === "name" && next?.kind === "symbol" && next.text === "(";
  }

  path(): ParsedPath {
    return this.restOfPath([this.#step()]);
  }

  /** The steps that follow those already read. */
  restOfPath(before: ParsedPath["steps"]): ParsedPath {
    const steps = [...before];
    for (;;) {
      if (this.take(".")) steps.push(this.#step());
      else if (this.take("[")) steps.push(this.#index());
      else break;
    }
    if (steps.length > MOST_LEVELS) {
      this.note("path", `The document path has too many nesting levels; nesting levels: ${steps.length}`);
    }
    const plain = steps.filter((step) => typeof step !== "object");
    return plain.length < steps.length ? { kind: "path", steps } : { kind: "path", steps, path: plain };
  }

  #step(): string | NamePlaceholder {
    const { kind, text } = this.token;
    if (kind === "#") {
      this.#at++;
      return { placeholder: text };
    }
    const name = this.takeName();
    if (isReserved(name)) {
      this.note("reserved", `Attribute name is a reserved keyword; reserved keyword: ${name}`);
    }
    return name;
  }

  #index(): number {
    const { kind, text } = this.token;
    if (kind !== "number") throw this.unexpected();
    this.#at++;
    const index = Number(text);
    if (index > HIGHEST_INDEX) {
      this.note("path", `List index is not within the allowable range; index: [${text}]`);
    }
    this.expect("]");
    return index;
  }
}
