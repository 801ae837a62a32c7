import type { Reader } from "./reader.ts";

/** What a value of an event is compared with. */
export interface Comparison {
  readonly operator: "=" | "!=" | "<" | "<=" | ">" | ">=";
  readonly test: (value: string | number) => boolean;
  readonly hasExpression: boolean;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Reads an operator and a value; `ends` is what no bare value holds. */
export function readComparison(reader: Reader, ends: RegExp): Comparison {
  const operator = reader.match(/!=|<=|>=|=|<|>/y)?.[0] as Comparison["operator"] | undefined;
  if (operator === undefined) return reader.fail("expected an operator");
  if (operator !== "=" && operator !== "!=") {
    const text = reader.match(ends)?.[0] ?? "";
    if (!NUMBER.test(text)) reader.fail("expected a number");
    return { operator, test: ordered(operator, Number(text)), hasExpression: false };
  }
  const equal = readEqual(reader, ends);
  const test = operator === "=" ? equal.test : (value: string | number) => !equal.test(value);
  return { ...equal, operator, test };
}

function readEqual(reader: Reader, ends: RegExp): Omit<Comparison, "operator"> {
  const expression = reader.expression();
  if (expression) return { test: (value) => expression.test(String(value)), hasExpression: true };
  const quoted = reader.quoted();
  if (quoted !== undefined) return { test: wildcard(quoted), hasExpression: false };
  const bare = reader.match(ends)?.[0] ?? "";
  if (bare === "") reader.fail("expected a value");
  if (!NUMBER.test(bare)) return { test: wildcard(bare), hasExpression: false };
  const number = Number(bare);
  const test = (value: string | number) => value === bare || (isNumeric(value) && Number(value) === number);
  return { test, hasExpression: false };
}

/** An asterisk stands for any characters at the beginning and at the end; elsewhere it is one. */
function wildcard(pattern: string): (value: string | number) => boolean {
  if (pattern === "*") return () => true;
  const atStart = pattern.startsWith("*");
  const atEnd = pattern.endsWith("*");
  const text = pattern.slice(atStart ? 1 : 0, atEnd ? -1 : undefined);
  if (atStart && atEnd) return (value) => String(value).includes(text);
  if (atStart) return (value) => String(value).endsWith(text);
  if (atEnd) return (value) => String(value).startsWith(text);
  return (value) => String(value) === text;
}

function ordered(operator: Comparison["operator"], limit: number): (value: string | number) => boolean {
  return (value) => {
    if (!isNumeric(value)) return false;
    const number = Number(value);
    if (operator === "<") return number < limit;
    if (operator === "<=") return number <= limit;
    return operator === ">" ? number > limit : number >= limit;
  };
}

function isNumeric(value: string | number): boolean {
  return typeof value === "number" || NUMBER.test(value.trim());
}
