import type { Wildcards } from "./complexity.ts";
import { type Dialect, GRAMMARS } from "./dialect.ts";
import { PatternError } from "./pattern-error.ts";
import type { Node } from "./reader.ts";
import {
  type Bounds,
  cidrTest,
  notOneOf,
  notTextTest,
  rangeTest,
  type Test,
  type TextOperator,
  textTest,
} from "./tests.ts";

/** Where operators are read: what they may be, and how to refuse one at a place in the text. */
export interface Reading {
  readonly dialect: Dialect;
  refuse(node: Node | undefined, message: string, place?: "at" | "end"): never;
}

/** What a match expression such as `{"prefix": "a"}` asks: a value that passes, or that there is none. */
export type Expression =
  | { readonly test: Test /** Those it compares with, if it does. */; readonly wildcards?: Wildcards }
  | { readonly absent: true };

type ObjectNode = Extract<Node, { kind: "object" }>;
type ArrayNode = Extract<Node, { kind: "array" }>;
type Operator = (reading: Reading, operand: Node) => Expression;

const OPERATORS: Readonly<Record<string, Operator>> = {
  exactly: (reading, operand) => {
    const text = textOf(reading, operand, "exact match pattern must be a string");
    return { test: (value) => value === text };
  },
  prefix: affix("prefix"),
  suffix: affix("suffix"),
  "equals-ignore-case": (reading, operand) => {
    const text = textOf(reading, operand, "equals-ignore-case match pattern must be a string");
    return { test: textTest("equals-ignore-case", text) };
  },
  wildcard: (reading, operand) => {
    const text = textOf(reading, operand, "wildcard match pattern must be a string");
    return {
      test: placedAt(reading, operand, () => textTest("wildcard", text)),
      wildcards: { negated: false, texts: [text] },
    };
  },
  numeric,
  "anything-but": anythingBut,
  exists: (reading, operand) => {
    if (operand.kind !== "constant" || operand.value === null) {
      return reading.refuse(operand, "exists match pattern must be either true or false.");
    }
    return operand.value ? { test: () => true } : { absent: true };
  },
  cidr: (reading, operand) => ({
    // AWS's words for a CIDR, too.
    test: cidrTest(textOf(reading, operand, "prefix match pattern must be a string")),
  }),
};

/** Reads a match expression, which has one operator and its operand. */
export function readExpression(reading: Reading, node: ObjectNode): Expression {
  const [entry, second] = node.entries;
  if (!entry) return reading.refuse(node, "Match expression name not found", "end");
  if (entry.name === "" && entry.value.kind === "broken") return reading.refuse(entry.value, "");
  const operator = OPERATORS[entry.name];
  if (
    !operator ||
    !Object.hasOwn(OPERATORS, entry.name) ||
    GRAMMARS[reading.dialect].without.has(entry.name)
  ) {
    return reading.refuse(entry.value, `Unrecognized match type ${entry.name}`);
  }
  const expression = operator(reading, entry.value);
  if (second) reading.refuse(second.value, oneKey(entry.name));
  return expression;
}

function oneKey(operator: string): string {
  return operator === "numeric" || operator === "anything-but"
    ? "Too many elements in numeric expression"
    : "Only one key allowed in match expression";
}

function textOf(reading: Reading, node: Node, message: string): string {
  return node.kind === "string" ? node.value : reading.refuse(node, message);
}

/** Gives what is thrown inside the place of a value in the text. */
function placedAt<T>(reading: Reading, node: Node, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof PatternError) reading.refuse(node, error.reason, "end");
    throw error;
  }
}

/** AWS's matcher names places twice in the lists of what a value must not be. */
function namingTwice(reading: Reading): Reading {
  return {
    dialect: reading.dialect,
    refuse(node, message, place) {
      try {
        return reading.refuse(node, message, place);
      } catch (error) {
        throw error instanceof PatternError ? new PatternError(error.reason, error.place.repeat(2)) : error;
      }
    },
  };
}

/** A prefix or suffix: a text, or an object that says to pass over its case. */
function affix(name: "prefix" | "suffix"): Operator {
  return (reading, operand) => {
    if (operand.kind !== "object") {
      return { test: textTest(name, textOf(reading, operand, `${name} match pattern must be a string`)) };
    }
    const title = name === "prefix" ? "Prefix" : "Suffix";
    const [entry, second] = operand.entries;
    if (!entry) return reading.refuse(operand, `${title} expression name not found`, "end");
    if (entry.name !== "equals-ignore-case") {
      return reading.refuse(entry.value, `Unsupported ${name} pattern: ${entry.name}`);
    }
    const text = textOf(reading, entry.value, "equals-ignore-case match pattern must be a string");
    if (second) reading.refuse(second.value, "Only one key allowed in match expression");
    return { test: textTest(`${name}/equals-ignore-case`, text) };
  };
}

const NOT_OPERATORS: Readonly<Record<string, TextOperator>> = {
  "equals-ignore-case": "equals-ignore-case",
  prefix: "prefix",
  suffix: "suffix",
  wildcard: "wildcard",
};

function anythingBut(reading: Reading, operand: Node): Expression {
  if (operand.kind === "object" && !GRAMMARS[reading.dialect].plainAnythingBut) {
    const [entry, second] = operand.entries;
    if (!entry) return reading.refuse(operand, "Anything-But expression name not found", "end");
    const operator = NOT_OPERATORS[entry.name];
    if (!operator || !Object.hasOwn(NOT_OPERATORS, entry.name)) {
      return reading.refuse(entry.value, `Unsupported anything-but pattern: ${entry.name}`);
    }
    const expression = negated(reading, operator, entry.value);
    if (second) reading.refuse(second.value, "Too many elements in numeric expression");
    return expression;
  }
  if (operand.kind === "string") return { test: notOneOf([operand.value]) };
  if (operand.kind === "number") return { test: notOneOf([numberOf(reading, operand)]) };
  if (operand.kind !== "array") return reading.refuse(operand, NOT_VALUE);
  return { test: notOneOf(valuesOf(reading, operand)) };
}

const NOT_VALUE = "Value of anything-but must be an array or single string/number value.";

/** The values of a list, which are all texts or all numbers. */
function valuesOf(outside: Reading, list: ArrayNode): (string | number)[] {
  const reading = namingTwice(outside);
  const values = list.items.map((item) => {
    if (item.kind === "string") return item.value;
    if (item.kind === "number") return numberOf(reading, item);
    return reading.refuse(item, "Inside anything but list, start|null|boolean is not supported.");
  });
  if (new Set(values.map((value) => typeof value)).size !== 1) {
    const message =
      "Inside anything but list, either all values are number or string, mixed type is not supported";
    outside.refuse(list, message, "end");
  }
  return values;
}

function negated(reading: Reading, operator: TextOperator, operand: Node): Expression {
  if (operand.kind !== "array" && operand.kind !== "string" && operand.kind !== "number") {
    reading.refuse(operand, NOT_VALUE);
  }
  const [inner, items] =
    operand.kind === "array" ? [namingTwice(reading), operand.items] : [reading, [operand]];
  const texts = items.map((item) => {
    const text = textOf(inner, item, NOT_TEXT[operator] ?? "prefix/suffix match pattern must be a string");
    if (text === "" && (operator === "prefix" || operator === "suffix")) {
      inner.refuse(item, "Null prefix/suffix not allowed", "end");
    }
    return text;
  });
  const test = placedAt(reading, operand, () => notTextTest(operator, texts));
  return operator === "wildcard" ? { test, wildcards: { negated: true, texts } } : { test };
}

const NOT_TEXT: Readonly<Partial<Record<TextOperator, string>>> = {
  "equals-ignore-case":
    "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
  wildcard: "wildcard match pattern must be a string",
};

/** `["=", 1]`, `[">", 0]`, `[">=", 0, "<", 5]` and their like. */
function numeric(reading: Reading, operand: Node): Expression {
  if (operand.kind !== "array") return reading.refuse(operand, "Value of numeric must be an array.");
  const [operator, first, ...rest] = operand.items;
  if (operator?.kind !== "string") {
    const shown = operator ? tokenOf(operator) : "]";
    return reading.refuse(operator ?? operand, `Invalid member in numeric match: ${shown}`, "end");
  }
  if (!["=", "<", "<=", ">", ">="].includes(operator.value)) {
    return reading.refuse(
      first ?? operand,
      `Unrecognized numeric range operator: ${operator.value}`,
      placed(first),
    );
  }
  if (first?.kind !== "number") {
    const name = operator.value === "=" ? "equals" : operator.value;
    return reading.refuse(first ?? operand, `Value of ${name} must be numeric`, placed(first));
  }
  const bound = numberOf(reading, first);
  if (operator.value.startsWith(">")) {
    const lower: Bounds = operator.value === ">" ? { above: bound } : { least: bound };
    return { test: rangeTest({ ...lower, ...upperOf(reading, operand, bound, rest) }) };
  }
  if (rest[0]) reading.refuse(rest[0], "Too many elements in numeric expression");
  if (operator.value === "=") return { test: (value) => value === bound };
  return { test: rangeTest(operator.value === "<" ? { below: bound } : { most: bound }) };
}

function upperOf(reading: Reading, operand: ArrayNode, bottom: number, rest: readonly Node[]): Bounds {
  const [operator, last, extra] = rest;
  if (!operator) return {};
  if (operator.kind !== "string") {
    return reading.refuse(operator, `Bad value in numeric range: ${tokenOf(operator)}`, "end");
  }
  if (operator.value !== "<" && operator.value !== "<=") {
    return reading.refuse(operator, `Bad numeric range operator: ${operator.value}`, "end");
  }
  if (last?.kind !== "number") {
    return reading.refuse(last ?? operand, `Value of ${operator.value} must be numeric`, placed(last));
  }
  if (extra) reading.refuse(extra, "Too many terms in numeric range expression");
  const top = numberOf(reading, last);
  if (top <= bottom) reading.refuse(operand, "Bottom must be less than top", "end");
  return operator.value === "<" ? { below: top } : { most: top };
}

/** A value that is there is named where it begins, one that is missing where its list ends. */
const placed = (node: Node | undefined) => (node ? "at" : "end");

function tokenOf(node: Node): string {
  if (node.kind === "number") return node.text;
  if (node.kind === "constant") return String(node.value);
  if (node.kind === "string") return node.value;
  return node.kind === "object" ? "{" : "[";
}

/** A number that can be compared: not more digits than a double holds, and in the range that AWS allows. */
function numberOf(reading: Reading, node: Extract<Node, { kind: "number" }>): number {
  const value = Number(node.text);
  if (!isComparable(node.text)) reading.refuse(node, `Cannot compare number : ${node.text}`, "end");
  const { mostNumber } = GRAMMARS[reading.dialect];
  if (Math.abs(value) > mostNumber) {
    const limit = mostNumber.toExponential(1).replace("e+", "E");
    reading.refuse(node, `Value must be between -${limit} and ${limit}, inclusive`, "end");
  }
  return value;
}

/** Whether a double stands for exactly this number. */
function isComparable(text: string): boolean {
  const value = Number(text);
  return Number.isFinite(value) && digitsOf(text) === digitsOf(String(value));
}

/** A number's sign, digits and exponent, however it is written. */
function digitsOf(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const trimmed = digits.replace(/0+$/, "");
  if (trimmed === "") return "0";
  return `${sign}${trimmed}e${Number(exponent) - fraction.length + digits.length - trimmed.length}`;
}
