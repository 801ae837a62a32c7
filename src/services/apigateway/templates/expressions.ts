import type { Expression, Operator, Reference, Step } from "./nodes.ts";
import type { Scanner } from "./scanner.ts";

const NAME = /[A-Za-z][A-Za-z0-9_-]*/y;
const NUMBER = /\d+(?:\.\d+(?:[eE][+-]?\d+)?)?/y;

/** From what binds least to what binds most; the words are written as the signs. */
const LEVELS: readonly (readonly (readonly [
  sign: string,
  word: string | undefined,
  operator: Operator,
])[])[] = [
  [["||", "or", "||"]],
  [["&&", "and", "&&"]],
  [
    ["==", "eq", "=="],
    ["!=", "ne", "!="],
  ],
  [
    ["<=", "le", "<="],
    [">=", "ge", ">="],
    ["<", "lt", "<"],
    [">", "gt", ">"],
  ],
  [
    ["+", undefined, "+"],
    ["-", undefined, "-"],
  ],
  [
    ["*", undefined, "*"],
    ["/", undefined, "/"],
    ["%", undefined, "%"],
  ],
];

export function readExpression(scanner: Scanner, level = 0): Expression {
  const operators = LEVELS[level];
  if (!operators) return readUnary(scanner);
  let left = readExpression(scanner, level + 1);
  for (;;) {
    const operator = readOperator(scanner, operators);
    if (operator === undefined) return left;
    left = { kind: "binary", operator, left, right: readExpression(scanner, level + 1) };
  }
}

function readOperator(scanner: Scanner, operators: (typeof LEVELS)[number]): Operator | undefined {
  const start = scanner.at;
  scanner.skipSpace();
  for (const [sign, word, operator] of operators) {
    if (scanner.take(sign)) return operator;
    if (word !== undefined && scanner.match(new RegExp(`${word}\\b`, "y")) !== undefined) return operator;
  }
  scanner.at = start;
  return undefined;
}

function readUnary(scanner: Scanner): Expression {
  scanner.skipSpace();
  if ((scanner.peek() === "!" && scanner.peek(1) !== "=") || scanner.match(/not\b/y) !== undefined) {
    scanner.take("!");
    return { kind: "not", operand: readUnary(scanner) };
  }
  if (scanner.take("-")) return { kind: "negative", operand: readUnary(scanner) };
  return readPrimary(scanner);
}

function readPrimary(scanner: Scanner): Expression {
  scanner.skipSpace();
  const character = scanner.peek();
  if (character === "$")
    return { kind: "reference", reference: readReference(scanner) ?? scanner.fail("A name is missing") };
  if (character === "'") return { kind: "literal", value: readQuoted(scanner, "'") };
  if (character === '"') return { kind: "template", text: readQuoted(scanner, '"') };
  if (scanner.take("(")) {
    const inner = readExpression(scanner);
    scanner.skipSpace();
    scanner.expect(")");
    return inner;
  }
  if (scanner.take("[")) return readList(scanner);
  if (scanner.take("{")) return readMap(scanner);
  const number = scanner.match(NUMBER);
  if (number !== undefined) return { kind: "literal", value: Number(number) };
  const word = scanner.match(/(?:true|false|null)\b/y);
  if (word === undefined) return scanner.fail("A value is missing");
  return { kind: "literal", value: word === "null" ? null : word === "true" };
}

/** A quote inside is written twice. */
function readQuoted(scanner: Scanner, quote: string): string {
  scanner.expect(quote);
  let text = "";
  while (!scanner.ended) {
    const character = scanner.peek();
    scanner.at++;
    if (character !== quote) text += character;
    else if (scanner.peek() === quote) {
      text += quote;
      scanner.at++;
    } else return text;
  }
  return scanner.fail("A string does not end");
}

function readList(scanner: Scanner): Expression {
  const items = readItems(scanner, "]", () => {
    const from = readExpression(scanner);
    scanner.skipSpace();
    return scanner.take("..") ? ({ kind: "range", from, to: readExpression(scanner) } as const) : from;
  });
  const [only] = items;
  return items.length === 1 && only?.kind === "range" ? only : { kind: "list", items };
}

function readMap(scanner: Scanner): Expression {
  const entries = readItems(scanner, "}", () => {
    const key = readExpression(scanner);
    scanner.skipSpace();
    scanner.expect(":");
    return [key, readExpression(scanner)] as const;
  });
  return { kind: "map", entries };
}

function readItems<Item>(scanner: Scanner, end: string, read: () => Item): Item[] {
  const items: Item[] = [];
  scanner.skipSpace();
  while (!scanner.take(end)) {
    if (items.length > 0) scanner.expect(",");
    items.push(read());
    scanner.skipSpace();
  }
  return items;
}

/** A reference, or undefined when the dollar is only a dollar. */
export function readReference(scanner: Scanner): Reference | undefined {
  const start = scanner.at;
  scanner.expect("$");
  const quiet = scanner.take("!");
  const braced = scanner.take("{");
  const name = scanner.match(NAME);
  if (name === undefined) {
    scanner.at = start;
    return undefined;
  }
  const steps: Step[] = [];
  for (let step = readStep(scanner); step; step = readStep(scanner)) steps.push(step);
  if (braced && !scanner.take("}")) {
    scanner.at = start;
    return undefined;
  }
  return { name, steps, quiet, source: scanner.text.slice(start, scanner.at) };
}

function readStep(scanner: Scanner): Step | undefined {
  if (scanner.take("[")) {
    const index = readExpression(scanner);
    scanner.skipSpace();
    scanner.expect("]");
    return { kind: "index", index };
  }
  if (scanner.peek() !== "." || !/[A-Za-z]/.test(scanner.peek(1))) return undefined;
  scanner.at++;
  const name = scanner.match(NAME) ?? "";
  if (!scanner.take("(")) return { kind: "member", name };
  return { kind: "method", name, args: readItems(scanner, ")", () => readExpression(scanner)) };
}
