// JSON paths as Jayway's library has them, which API Gateway uses.
// https://github.com/json-path/JsonPath#operators
import { callMethod } from "./java.ts";
import { TemplateError } from "./nodes.ts";
import { Scanner } from "./scanner.ts";

/** One step: from what is found so far to what is found below it. */
type Selector = (values: readonly unknown[], root: unknown) => unknown[];

interface Path {
  readonly selectors: readonly Selector[];
  /** It names one place: what is there, not a list of all that was found. */
  readonly isDefinite: boolean;
  readonly functionName: string | undefined;
}

const paths = new Map<string, Path>();

/**
 * What lies at a path of a value: one value for a path that names one place, a list for others; undefined
 * where there is nothing. Throws a TemplateError for a path that cannot be read.
 */
export function jsonPath(root: unknown, text: string): unknown {
  let path = paths.get(text);
  if (!path) {
    path = readPath(new Scanner(text.startsWith("$") ? text : `$.${text}`));
    if (paths.size >= 500) paths.clear();
    paths.set(text, path);
  }
  let found: unknown[] = [root];
  for (const select of path.selectors) found = select(found, root);
  const value = path.isDefinite ? found[0] : found;
  return path.functionName === undefined ? value : apply(path.functionName, value);
}

const FUNCTIONS: Readonly<Record<string, (numbers: readonly number[]) => number>> = {
  min: (numbers) => Math.min(...numbers),
  max: (numbers) => Math.max(...numbers),
  sum: (numbers) => numbers.reduce((sum, each) => sum + each, 0),
  avg: (numbers) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length,
};

function apply(name: string, value: unknown): unknown {
  if (name === "length" || name === "size")
    return callMethod(value, "size", []) ?? callMethod(value, "length", []);
  if (name === "keys") return callMethod(value, "keySet", []);
  const numbers = Array.isArray(value) ? value.filter((item) => typeof item === "number") : [];
  return numbers.length > 0 ? FUNCTIONS[name]?.(numbers) : undefined;
}

function readPath(scanner: Scanner, isInner = false): Path {
  const selectors: Selector[] = [];
  let isDefinite = true;
  scanner.expect(isInner ? scanner.peek() : "$");
  for (;;) {
    const called = scanner.match(/\.(?:length|size|keys|min|max|sum|avg)\(\)/y);
    if (called !== undefined) return { selectors, isDefinite, functionName: called.slice(1, -2) };
    const step = readStep(scanner, isInner);
    if (!step) break;
    selectors.push(step.select);
    isDefinite &&= step.isDefinite;
  }
  if (!isInner && !scanner.ended) scanner.fail("A JSON path goes on in no way that is known");
  return { selectors, isDefinite, functionName: undefined };
}

interface ReadStep {
  readonly select: Selector;
  readonly isDefinite: boolean;
}

const NAME = /[^.[\]()\s=!<>&|,?:'"*@]+/y;

function readStep(scanner: Scanner, isInner: boolean): ReadStep | undefined {
  if (scanner.take("..")) {
    const inner = scanner.peek() === "[" ? readBrackets(scanner) : readName(scanner);
    return { select: (values, root) => inner.select(values.flatMap(below), root), isDefinite: false };
  }
  if (scanner.peek() === "[") return readBrackets(scanner);
  if (scanner.peek() !== "." || (isInner && scanner.peek(1) === "")) return undefined;
  scanner.at++;
  return readName(scanner);
}

function readName(scanner: Scanner): ReadStep {
  if (scanner.take("*")) return { select: (values) => values.flatMap(childrenOf), isDefinite: false };
  const name = scanner.match(NAME);
  if (name === undefined) return scanner.fail("A name is missing in a JSON path");
  return { select: (values) => values.flatMap((value) => memberAt(value, name)), isDefinite: true };
}

function readBrackets(scanner: Scanner): ReadStep {
  scanner.expect("[");
  scanner.skipSpace();
  if (scanner.take("*")) {
    closeBrackets(scanner);
    return { select: (values) => values.flatMap(childrenOf), isDefinite: false };
  }
  if (scanner.take("?(")) {
    const test = readOr(scanner);
    scanner.skipSpace();
    scanner.expect(")");
    closeBrackets(scanner);
    const select: Selector = (values, root) =>
      values.flatMap((value) => (Array.isArray(value) ? value : [value]).filter((item) => test(item, root)));
    return { select, isDefinite: false };
  }
  const slice = scanner.match(/-?\d*\s*:\s*-?\d*/y);
  if (slice !== undefined) {
    closeBrackets(scanner);
    const [from, to] = slice.split(":").map((part) => (part.trim() === "" ? undefined : Number(part)));
    return {
      select: (values) => values.flatMap((value) => (Array.isArray(value) ? value.slice(from, to) : [])),
      isDefinite: false,
    };
  }
  return readKeys(scanner);
}

/** Names in quotes, or numbers, one or several. */
function readKeys(scanner: Scanner): ReadStep {
  const keys: (string | number)[] = [];
  do {
    scanner.skipSpace();
    const number = scanner.match(/-?\d+/y);
    keys.push(number === undefined ? readQuoted(scanner) : Number(number));
    scanner.skipSpace();
  } while (scanner.take(","));
  closeBrackets(scanner);
  const at = (value: unknown, key: string | number) =>
    typeof key === "string" ? memberAt(value, key) : itemAt(value, key);
  return {
    select: (values) => values.flatMap((value) => keys.flatMap((key) => at(value, key))),
    isDefinite: keys.length === 1,
  };
}

function closeBrackets(scanner: Scanner): void {
  scanner.skipSpace();
  scanner.expect("]");
}

function readQuoted(scanner: Scanner): string {
  const quoted = scanner.match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/y);
  if (quoted === undefined) return scanner.fail("A name or a number is missing in a JSON path");
  return quoted.slice(1, -1).replace(/\\(.)/g, "$1");
}

type Test = (item: unknown, root: unknown) => boolean;
type Operand = (item: unknown, root: unknown) => unknown;

function readOr(scanner: Scanner): Test {
  const tests = [readAnd(scanner)];
  while (takeSign(scanner, "||")) tests.push(readAnd(scanner));
  return (item, root) => tests.some((test) => test(item, root));
}

function readAnd(scanner: Scanner): Test {
  const tests = [readTest(scanner)];
  while (takeSign(scanner, "&&")) tests.push(readTest(scanner));
  return (item, root) => tests.every((test) => test(item, root));
}

function takeSign(scanner: Scanner, sign: string): boolean {
  scanner.skipSpace();
  return scanner.take(sign);
}

function readTest(scanner: Scanner): Test {
  scanner.skipSpace();
  if (scanner.peek() === "!" && scanner.peek(1) !== "=") {
    scanner.at++;
    const test = readTest(scanner);
    return (item, root) => !test(item, root);
  }
  if (scanner.take("(")) {
    const test = readOr(scanner);
    scanner.skipSpace();
    scanner.expect(")");
    return test;
  }
  const left = readOperand(scanner);
  scanner.skipSpace();
  const sign = scanner.match(/==|!=|<=|>=|<|>|=~|(?:in|nin)\b/y);
  if (sign === undefined) return (item, root) => left(item, root) !== undefined;
  scanner.skipSpace();
  if (sign === "=~") {
    const pattern = readPattern(scanner);
    return (item, root) => pattern.test(String(left(item, root) ?? ""));
  }
  const right = sign === "in" || sign === "nin" ? readListOf(scanner) : readOperand(scanner);
  const compare = COMPARISONS[sign] ?? (() => false);
  return (item, root) => compare(left(item, root), right(item, root));
}

function isLess(one: unknown, other: unknown): boolean {
  if (typeof one === "number" && typeof other === "number") return one < other;
  return typeof one === "string" && typeof other === "string" && one < other;
}

const isIn = (one: unknown, list: unknown) => Array.isArray(list) && list.includes(one);

const COMPARISONS: Readonly<Record<string, (one: unknown, other: unknown) => boolean>> = {
  "==": (one, other) => one === other,
  "!=": (one, other) => one !== other,
  "<": isLess,
  ">": (one, other) => isLess(other, one),
  "<=": (one, other) => one === other || isLess(one, other),
  ">=": (one, other) => one === other || isLess(other, one),
  in: isIn,
  nin: (one, list) => !isIn(one, list),
};

function readPattern(scanner: Scanner): RegExp {
  const found = scanner.match(/\/(?:[^/\\]|\\.)*\/i?/y);
  if (found === undefined) return scanner.fail("A pattern is missing in a JSON path");
  const end = found.lastIndexOf("/");
  try {
    return new RegExp(`^(?:${found.slice(1, end)})$`, found.slice(end + 1));
  } catch {
    throw new TemplateError(`${found} is no pattern`);
  }
}

function readListOf(scanner: Scanner): Operand {
  const operands: Operand[] = [];
  scanner.expect("[");
  scanner.skipSpace();
  while (!scanner.take("]")) {
    operands.push(readOperand(scanner));
    scanner.skipSpace();
    scanner.take(",");
    scanner.skipSpace();
  }
  return (item, root) => operands.map((operand) => operand(item, root));
}

function readOperand(scanner: Scanner): Operand {
  scanner.skipSpace();
  const character = scanner.peek();
  if (character === "@" || character === "$") {
    const path = readPath(scanner, true);
    return (item, root) => {
      let found: unknown[] = [character === "@" ? item : root];
      for (const select of path.selectors) found = select(found, root);
      const value = path.isDefinite ? found[0] : found;
      return path.functionName === undefined ? value : apply(path.functionName, value);
    };
  }
  if (character === "'" || character === '"') {
    const text = readQuoted(scanner);
    return () => text;
  }
  const word = scanner.match(/true\b|false\b|null\b|-?\d+(?:\.\d+)?/y);
  if (word === undefined) return scanner.fail("A value is missing in a JSON path");
  const value: unknown = JSON.parse(word);
  return () => value;
}

function memberAt(value: unknown, name: string): unknown[] {
  return value instanceof Map && value.has(name) ? [value.get(name)] : [];
}

function itemAt(value: unknown, index: number): unknown[] {
  if (!Array.isArray(value)) return [];
  const at = index < 0 ? value.length + index : index;
  return at >= 0 && at < value.length ? [value[at]] : [];
}

function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return value instanceof Map ? [...value.values()] : [];
}

/** A value and all below it. */
function below(value: unknown): unknown[] {
  return [value, ...childrenOf(value).flatMap(below)];
}
