import type { Subquery } from "../stages/subquery.ts";
import type { BinaryOperator, Expression, Named, Period, PeriodUnit, QueryTime } from "./ast.ts";
import { QueryProblem, unexpected } from "./problem.ts";
import { type Token, tokenize } from "./tokens.ts";

/** How tightly operators bind. `not` binds looser than comparisons, tighter than `and`. */
const BINDING: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  "=": 4,
  "!=": 4,
  "<": 4,
  "<=": 4,
  ">": 4,
  ">=": 4,
  "=~": 4,
  like: 4,
  in: 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "%": 6,
  "^": 8,
};
const NOT_BINDING = 3;
const MINUS_BINDING = 7;
/** Deeper ones are no queries of people, and would exhaust the stack. */
const DEEPEST = 200;

const UNITS: readonly (readonly [RegExp, PeriodUnit])[] = [
  [/^m(s|sec|illisecond)s?$/i, "ms"],
  [/^s/i, "s"],
  [/^mo/i, "mo"],
  [/^m/i, "m"],
  [/^h/i, "h"],
  [/^d/i, "d"],
  [/^w/i, "w"],
  [/^q/i, "q"],
  [/^y/i, "y"],
];

/** What is known of a query's own time. */
const TIMES: Readonly<Record<string, (time: QueryTime) => number>> = {
  // In seconds; the others are in milliseconds.
  now: ({ nowMs }) => Math.floor(nowMs / 1000),
  querystarttime: ({ fromMs }) => fromMs,
  queryendtime: ({ untilMs }) => untilMs,
  querytimerange: ({ fromMs, untilMs }) => untilMs - fromMs,
};

/** Reads the words of a query from left to right, and expressions as a whole. */
export class Parser {
  readonly query: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  /** Reads a query within the query, between its parentheses. */
  readonly #readSubquery: (parser: Parser) => Subquery;

  readonly #time: QueryTime;

  constructor(query: string, time: QueryTime, readSubquery: (parser: Parser) => Subquery) {
    this.query = query;
    this.#time = time;
    this.#readSubquery = readSubquery;
    this.#tokens = tokenize(query);
  }

  get next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== "end") this.#at++;
    return token;
  }

  fail(token: Token = this.next): never {
    throw unexpected(this.query, this.query.slice(token.start, token.end), token.start);
  }

  problem(message: string, token: Token = this.next): never {
    throw new QueryProblem(message, token.start, Math.max(token.end, token.start + 1));
  }

  /** Whether the next word is this one, whatever its case. */
  isWord(word: string): boolean {
    const { kind, value } = this.next;
    return (kind === "name" || kind === "symbol") && value.toLowerCase() === word;
  }

  takesWord(word: string): boolean {
    const found = this.isWord(word);
    if (found) this.#at++;
    return found;
  }

  expectWord(word: string): void {
    if (!this.takesWord(word)) this.fail();
  }

  name(): string {
    const token = this.take();
    if (token.kind !== "name" && token.kind !== "quotedName") this.fail(token);
    return token.value;
  }

  /** Names with a comma between, or only a space. */
  names(): string[] {
    const found: string[] = [];
    while (this.isName) {
      found.push(this.name());
      this.takesWord(",");
    }
    return found;
  }

  /** Whether a name comes next. */
  get isName(): boolean {
    return this.next.kind === "name" || this.next.kind === "quotedName";
  }

  period(): Period {
    const token = this.take();
    return token.kind === "period" ? periodOf(token.value) : this.fail(token);
  }

  whole(least: number, most: number): number {
    const token = this.take();
    const value = Number(token.value);
    if (token.kind !== "number" || !Number.isInteger(value)) this.fail(token);
    if (value < least || value > most) this.problem(`${value} is not between ${least} and ${most}`, token);
    return value;
  }

  truth(): boolean {
    if (this.takesWord("true")) return true;
    return this.takesWord("false") ? false : this.fail();
  }

  /** Which of these names comes next with a `=`. */
  takesOption(...names: readonly string[]): string | undefined {
    const name = names.find((one) => this.isWord(one));
    if (name === undefined || this.#tokens[this.#at + 1]?.value !== "=") return undefined;
    this.#at += 2;
    return name;
  }

  /** Expressions with a comma between, each with the alias it may have. */
  list(): Named[] {
    const found: Named[] = [];
    do found.push(this.named());
    while (this.takesWord(","));
    return found;
  }

  named(): Named {
    const { start } = this.next;
    const expression = this.expression();
    const end = this.#tokens[this.#at - 1]?.end ?? start;
    const text = this.query.slice(start, end).replaceAll("`", "");
    const name = this.takesWord("as") ? this.name() : text;
    return { expression, name };
  }

  expression(binding = 0): Expression {
    if (++this.#depth > DEEPEST) this.problem("the expression is nested too deeply");
    let left = this.#prefix();
    for (;;) {
      const operator = this.#operator();
      if (!operator || operator.binding <= binding) break;
      for (let count = 0; count < operator.words; count++) this.take();
      left = this.#infix(left, operator);
    }
    this.#depth--;
    return left;
  }

  #operator(): Operator | undefined {
    const { kind, value } = this.next;
    if (kind !== "name" && kind !== "symbol") return undefined;
    const word = value.toLowerCase();
    if (word === "not") {
      const then = this.#tokens[this.#at + 1]?.value.toLowerCase() ?? "";
      if (then !== "like" && then !== "in") return undefined;
      return { name: then, binding: BINDING[then] ?? 0, isNegated: true, words: 2 };
    }
    const binding = BINDING[word];
    return binding === undefined ? undefined : { name: word, binding, isNegated: false, words: 1 };
  }

  #infix(left: Expression, { name, binding, isNegated }: Operator): Expression {
    const operator = (name === "=~" ? "like" : name) as BinaryOperator;
    // Powers are taken from the right.
    const right = operator === "in" ? this.#members() : this.expression(name === "^" ? binding - 1 : binding);
    const whole: Expression = { kind: "binary", operator, left, right };
    return isNegated ? { kind: "not", of: whole } : whole;
  }

  #prefix(): Expression {
    const token = this.take();
    const { kind, value, start, end } = token;
    if (kind === "number") return { kind: "literal", value: Number(value) };
    if (kind === "text") return { kind: "literal", value };
    if (kind === "regex") return { kind: "regex", source: value, start, end };
    if (kind === "period") return periodOf(value);
    if (kind === "quotedName") return { kind: "field", name: value };
    if (kind === "symbol") return this.#symbol(token);
    if (kind !== "name") this.fail(token);
    if (value.toLowerCase() === "not") return { kind: "not", of: this.expression(NOT_BINDING) };
    if (this.isWord("(")) return this.#call(token);
    return { kind: "field", name: value };
  }

  #symbol(token: Token): Expression {
    if (token.value === "-") return { kind: "minus", of: this.expression(MINUS_BINDING) };
    if (token.value !== "(") this.fail(token);
    const inner = this.expression();
    this.expectWord(")");
    return inner;
  }

  #call({ value, start }: Token): Expression {
    this.expectWord("(");
    const given: Expression[] = [];
    if (!this.isWord(")")) {
      do given.push(this.takesWord("*") ? { kind: "field", name: "*" } : this.expression());
      while (this.takesWord(","));
    }
    const { end } = this.next;
    this.expectWord(")");
    const name = value.toLowerCase();
    const time = Object.hasOwn(TIMES, name) && given.length === 0 ? TIMES[name] : undefined;
    if (time) return { kind: "literal", value: time(this.#time) };
    return { kind: "call", name, arguments: given, start, end };
  }

  /** `( SOURCE … )` */
  subquery(): Subquery {
    this.expectWord("(");
    const subquery = this.#readSubquery(this);
    this.expectWord(")");
    return subquery;
  }

  #members(): Expression {
    const isSubquery = this.isWord("(") && this.#tokens[this.#at + 1]?.value.toLowerCase() === "source";
    if (isSubquery) return { kind: "subquery", subquery: this.subquery() };
    if (!this.takesWord("[")) return this.expression(BINDING.in);
    const items: Expression[] = [];
    if (!this.isWord("]")) {
      do items.push(this.expression());
      while (this.takesWord(","));
    }
    this.expectWord("]");
    return { kind: "list", items };
  }
}

interface Operator {
  readonly name: string;
  readonly binding: number;
  readonly isNegated: boolean;
  /** How many words it is written with. */
  readonly words: number;
}

function periodOf(text: string): { readonly kind: "period" } & Period {
  const [, amount = "0", word = ""] = /^(\d+)\s*(\w+)$/.exec(text) ?? [];
  const unit = UNITS.find(([pattern]) => pattern.test(word))?.[1] ?? "s";
  return { kind: "period", amount: Number(amount), unit };
}
