import {
  COMPARATORS,
  type ExpressionName,
  type ParsedCondition,
  type ParsedOperand,
  type Test,
} from "./ast.ts";
import { type CallGrammar, readOperands, readTerm } from "./calls.ts";
import { Cursor } from "./cursor.ts";

/*
 * Conditions, filters and key conditions. Keywords are written in any case, functions exactly as here.
 *
 *   condition  = or
 *   or         = and { OR and }
 *   and        = not { AND not }
 *   not        = { NOT } primary
 *   primary    = test | "(" or ")"
 *   test       = operand comparator operand
 *              | operand BETWEEN operand AND operand
 *              | operand IN "(" operand { "," operand } ")"
 *              | call
 *   comparator = "=" | "<>" | "<" | "<=" | ">" | ">="
 *   operand    = call | value | path | "(" operand ")"
 *   call       = name "(" operand { "," operand } ")"
 *   path       = head { "." step | "[" digits "]" }
 *   head       = step | "(" path ")"
 *   step       = name | "#" wordCharacters
 *   value      = ":" wordCharacters
 *   name       = letter { letter | digit | "_" }
 *
 * A parenthesis may open a condition or an operand, so both are read by the same rules, and what was read
 * is told apart afterwards.
 */

const KEYWORDS = ["AND", "OR", "NOT", "BETWEEN", "IN"];
const FUNCTIONS = new Set([
  "attribute_exists",
  "attribute_not_exists",
  "attribute_type",
  "begins_with",
  "contains",
  "size",
]);

const CALLS: CallGrammar = { functions: FUNCTIONS, readOperand, noteMisuse };

/** What a rule read. A call may be either until what follows it is known. */
type Read =
  | { readonly condition: ParsedCondition; readonly wrapped: boolean }
  | { readonly operand: ParsedOperand; readonly wrapped: boolean };

/** Parses. Faults: ValidationException for what is wrong whatever the placeholders hold. */
export function parseCondition(expression: ExpressionName, text: string): ParsedCondition {
  const cursor = new Cursor(expression, text, KEYWORDS);
  const condition = asCondition(cursor, readOr(cursor));
  cursor.finish(["parens", "operators", "function", "misuse", "reserved", "path"]);
  return condition;
}

function readOr(cursor: Cursor): Read {
  return readChain(cursor, "OR", (inner) => readChain(inner, "AND", readNot));
}

function readChain(cursor: Cursor, keyword: "AND" | "OR", readPart: (cursor: Cursor) => Read): Read {
  const first = readPart(cursor);
  if (!cursor.takeKeyword(keyword)) return first;
  const conditions = [asCondition(cursor, first, true)];
  do {
    cursor.countOperator();
    conditions.push(asCondition(cursor, readPart(cursor)));
  } while (cursor.takeKeyword(keyword));
  return { condition: { kind: keyword === "AND" ? "and" : "or", conditions }, wrapped: false };
}

function readNot(cursor: Cursor): Read {
  let negations = 0;
  for (; cursor.takeKeyword("NOT"); negations++) cursor.countOperator();
  const read = readPrimary(cursor);
  if (negations === 0) return read;
  const condition = asCondition(cursor, read);
  return { condition: negations % 2 === 1 ? { kind: "not", condition } : condition, wrapped: false };
}

function readPrimary(cursor: Cursor): Read {
  const left = readLeft(cursor);
  if ("condition" in left) return left;
  const test = readTest(cursor, left.operand);
  return test ? { condition: test, wrapped: false } : left;
}

/** A parenthesised condition or operand, or a bare operand. */
function readLeft(cursor: Cursor): Read {
  if (!cursor.take("(")) return { operand: readTerm(cursor, CALLS), wrapped: false };
  cursor.enter();
  const inner = readOr(cursor);
  cursor.expect(")");
  cursor.leave();
  if (inner.wrapped) cursor.note("parens", "The expression has redundant parentheses;");
  if ("operand" in inner && inner.operand.kind === "path" && isStep(cursor)) {
    return { operand: cursor.restOfPath(inner.operand.steps), wrapped: false };
  }
  return { ...inner, wrapped: true };
}

function readTest(cursor: Cursor, left: ParsedOperand): ParsedCondition | undefined {
  const comparator = COMPARATORS.find((symbol) => cursor.take(symbol));
  if (comparator) return test(cursor, comparator, [left, readOperand(cursor)]);
  if (cursor.takeKeyword("BETWEEN")) {
    const low = readOperand(cursor);
    if (!cursor.takeKeyword("AND")) throw cursor.unexpected();
    return test(cursor, "BETWEEN", [left, low, readOperand(cursor)]);
  }
  if (cursor.takeKeyword("IN")) {
    cursor.expect("(");
    return test(cursor, "IN", [left, ...readOperands(cursor, CALLS)]);
  }
  return undefined;
}

function test(cursor: Cursor, operator: string, operands: ParsedOperand[]): Test<string, ParsedOperand> {
  cursor.countOperator();
  noteMisuse(cursor, operands);
  return { kind: "test", operator, operands };
}

function readOperand(cursor: Cursor): ParsedOperand {
  return readWrappedOperand(cursor).operand;
}

function readWrappedOperand(cursor: Cursor): { operand: ParsedOperand; wrapped: boolean } {
  if (!cursor.take("(")) return { operand: readTerm(cursor, CALLS), wrapped: false };
  cursor.enter();
  const inner = readWrappedOperand(cursor);
  cursor.expect(")");
  cursor.leave();
  if (inner.wrapped) cursor.note("parens", "The expression has redundant parentheses;");
  if (inner.operand.kind === "path" && isStep(cursor)) {
    return { operand: cursor.restOfPath(inner.operand.steps), wrapped: false };
  }
  return { operand: inner.operand, wrapped: true };
}

/** A function other than `size` tells true or false, which is no operand. */
function noteMisuse(cursor: Cursor, operands: readonly ParsedOperand[]): void {
  for (const operand of operands) {
    if (operand.kind === "call" && operand.name !== "size") noteMisused(cursor, operand.name);
  }
}

function noteMisused(cursor: Cursor, name: string): void {
  cursor.note(
    "misuse",
    `The function is not allowed to be used this way in an expression; function: ${name}`,
  );
}

/** What was read, where only a condition may be; the syntax error is at the token after it. */
function asCondition(cursor: Cursor, read: Read, keywordTaken = false): ParsedCondition {
  if ("condition" in read) return read.condition;
  const { operand } = read;
  if (operand.kind !== "call") throw keywordTaken ? cursor.unexpectedBefore() : cursor.unexpected();
  if (operand.name === "size") noteMisused(cursor, "size");
  return { kind: "test", operator: operand.name, operands: operand.operands };
}

function isStep(cursor: Cursor): boolean {
  const { kind, text } = cursor.token;
  return kind === "symbol" && (text === "." || text === "[");
}
