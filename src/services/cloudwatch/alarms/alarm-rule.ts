import { validationError } from "../faults.ts";
import { alarmNameOf, type StateValue } from "./records.ts";

/** What a composite alarm asks of others. */
export type Rule =
  | { readonly kind: "constant"; readonly value: boolean }
  | { readonly kind: "state"; readonly state: StateValue; readonly alarm: string }
  | { readonly kind: "not"; readonly of: Rule }
  | { readonly kind: "all" | "any"; readonly of: readonly Rule[] }
  /** `least`: how many, or what share of them in percent. */
  | {
      readonly kind: "least";
      readonly least: number;
      readonly isPercent: boolean;
      readonly of: readonly Rule[];
    };

const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|([(),])|([^\s(),"]+))/y;
const STATES = ["ALARM", "OK", "INSUFFICIENT_DATA"];
const MOST_CHILDREN = 100;
const DEEPEST = 50;

/**
 * `ALARM("a") AND NOT (OK(b) OR INSUFFICIENT_DATA(c))`, `AT_LEAST(2, ALARM, (a, b, c))`.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
 */
export function parseRule(text: string): Rule {
  const reader = new Reader(tokensOf(text));
  const rule = reader.any(0);
  reader.end();
  if (childrenOf(rule).length > MOST_CHILDREN) {
    throw broken(`AlarmRule must not contain more than ${MOST_CHILDREN} elements`);
  }
  return rule;
}

/** The names of the alarms that a rule asks. */
export function childrenOf(rule: Rule): string[] {
  if (rule.kind === "state") return [rule.alarm];
  if (rule.kind === "not") return childrenOf(rule.of);
  return rule.kind === "constant" ? [] : rule.of.flatMap(childrenOf);
}

export function holds(rule: Rule, stateOf: (name: string) => StateValue | undefined): boolean {
  switch (rule.kind) {
    case "constant":
      return rule.value;
    case "state":
      return stateOf(rule.alarm) === rule.state;
    case "not":
      return !holds(rule.of, stateOf);
    case "all":
      return rule.of.every((one) => holds(one, stateOf));
    case "any":
      return rule.of.some((one) => holds(one, stateOf));
    case "least": {
      const count = rule.of.filter((one) => holds(one, stateOf)).length;
      return count >= (rule.isPercent ? Math.ceil((rule.least / 100) * rule.of.length) : rule.least);
    }
  }
}

interface Token {
  readonly text: string;
  readonly isSign: boolean;
  readonly isQuoted: boolean;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  for (let at = 0; at < end; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (!found) throw broken(`unexpected character at position ${at}`);
    const [, quoted, sign, word] = found;
    tokens.push({
      text: quoted?.replace(/\\(.)/g, "$1") ?? sign ?? word ?? "",
      isSign: sign !== undefined,
      isQuoted: quoted !== undefined,
    });
  }
  return tokens;
}

const broken = (why: string) => validationError(`AlarmRule is invalid: ${why}.`);

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  end(): void {
    const token = this.#tokens[this.#at];
    if (token) throw broken(`unexpected '${token.text}'`);
  }

  any(depth: number): Rule {
    if (depth > DEEPEST) throw broken("it is nested too deeply");
    return this.#joined("any", "OR", () => this.#joined("all", "AND", () => this.#one(depth)));
  }

  #joined(kind: "all" | "any", word: string, read: () => Rule): Rule {
    const first = read();
    const of = [first];
    while (this.#skip(word)) of.push(read());
    return of.length === 1 ? first : { kind, of };
  }

  #one(depth: number): Rule {
    if (this.#skip("NOT")) return { kind: "not", of: this.#one(depth + 1) };
    if (this.#skip("(")) {
      const inner = this.any(depth + 1);
      this.#expect(")");
      return inner;
    }
    const { text: word, isQuoted } = this.#take();
    if (!isQuoted && word === "TRUE") return { kind: "constant", value: true };
    if (!isQuoted && word === "FALSE") return { kind: "constant", value: false };
    this.#expect("(");
    if (word === "AT_LEAST") return this.#least();
    const rule = { kind: "state", state: stateOf(word), alarm: this.#alarm() } as const;
    this.#expect(")");
    return rule;
  }

  #least(): Rule {
    const [, count, percent] = /^(\d+)(%?)$/.exec(this.#take().text) ?? [];
    if (count === undefined) throw broken("AT_LEAST takes a number or a percentage");
    this.#expect(",");
    const isNot = this.#skip("NOT");
    const state = stateOf(this.#take().text);
    this.#expect(",");
    this.#expect("(");
    const of: Rule[] = [];
    do {
      const asked: Rule = { kind: "state", state, alarm: this.#alarm() };
      of.push(isNot ? { kind: "not", of: asked } : asked);
    } while (this.#skip(","));
    this.#expect(")");
    this.#expect(")");
    return { kind: "least", least: Number(count), isPercent: percent === "%", of };
  }

  /** A name without quotes may have spaces in it. */
  #alarm(): string {
    const parts = [this.#take().text];
    for (let next = this.#tokens[this.#at]; next && !next.isSign; next = this.#tokens[this.#at])
      parts.push(this.#take().text);
    return alarmNameOf(parts.join(" "));
  }

  #skip(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (!token || token.isQuoted || token.text !== text) return false;
    this.#at++;
    return true;
  }

  #expect(sign: string): void {
    const token = this.#take();
    if (!token.isSign || token.text !== sign) throw broken(`'${sign}' is expected before '${token.text}'`);
  }

  #take(): Token {
    const token = this.#tokens[this.#at++];
    if (!token) throw broken("it ends too early");
    return token;
  }
}

function stateOf(word: string): StateValue {
  if (STATES.includes(word)) return word as StateValue;
  throw broken(`'${word}' is not one of ALARM, OK, INSUFFICIENT_DATA, TRUE, FALSE, AT_LEAST`);
}
