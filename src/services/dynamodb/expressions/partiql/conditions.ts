import { invalid } from "../../values/value.ts";
import type { Condition, Operand, Test, TestOperator } from "../ast.ts";
import { checkCalls, checkTest } from "../operands.ts";
import { readLiteral } from "./literals.ts";
import { malformed } from "./malformed.ts";
import type { Reader } from "./reader.ts";

/*
 *   where   = and { OR and }
 *   and     = not { AND not }
 *   not     = { NOT } primary
 *   primary = "(" where ")" | operand test | call
 *   test    = comparator operand | BETWEEN operand AND operand
 *           | IN "[" operand { "," operand } "]" | IN "(" operand { "," operand } ")"
 *           | IS [ NOT ] ( MISSING | NULL )
 *   operand = literal | path | SIZE "(" operand ")"
 *   call    = function "(" operand { "," operand } ")"
 */

const COMPARATORS: Readonly<Record<string, TestOperator>> = {
  "=": "=",
  "<>": "<>",
  "!=": "<>",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
};
const FUNCTIONS: Readonly<Record<string, TestOperator>> = {
  ATTRIBUTE_TYPE: "attribute_type",
  BEGINS_WITH: "begins_with",
  CONTAINS: "contains",
};
const TYPES = new Set(
  (
    "BOOL BOOLEAN SMALLINT INTEGER INT INT4 INT8 FLOAT REAL DOUBLE DECIMAL NUMERIC TIMESTAMP CHAR " +
    "CHARACTER VARCHAR STRING SYMBOL CLOB BLOB STRUCT TUPLE LIST SEXP BAG ANY"
  ).split(" "),
);

/** Reads a WHERE clause after its keyword. Faults: ValidationException. */
export function readWhere(reader: Reader): Condition {
  return readChain(reader, "OR", () => readChain(reader, "AND", () => readNot(reader)));
}

function readChain(reader: Reader, word: "AND" | "OR", readPart: () => Condition): Condition {
  const first = readPart();
  if (!reader.isWord(word)) return first;
  const conditions = [first];
  while (reader.takeWord(word)) {
    if (reader.atEnd) throw malformed("Missing right-hand side expression of infix operator");
    conditions.push(readPart());
  }
  return { kind: word === "AND" ? "and" : "or", conditions };
}

function readNot(reader: Reader): Condition {
  let negated = false;
  while (reader.takeWord("NOT")) negated = !negated;
  const condition = readPrimary(reader);
  return negated ? { kind: "not", condition } : condition;
}

function readPrimary(reader: Reader): Condition {
  if (reader.isSymbol("(")) {
    reader.advance();
    reader.enter();
    const condition = readWhere(reader);
    reader.leave();
    reader.expect(")");
    return condition;
  }
  const call = reader.atCall ? FUNCTIONS[reader.token.text.toUpperCase()] : undefined;
  if (call) {
    reader.advance();
    reader.advance();
    return checked(call, readOperands(reader, ")"));
  }
  return readTest(reader, readOperand(reader));
}

function readTest(reader: Reader, left: Operand): Condition {
  const comparator = reader.token.kind === "symbol" ? COMPARATORS[reader.token.text] : undefined;
  if (comparator) {
    reader.advance();
    return checked(comparator, [left, readRight(reader)]);
  }
  if (reader.takeWord("BETWEEN")) {
    const low = readRight(reader);
    if (!reader.takeWord("AND")) throw malformed("Expected AND after BETWEEN");
    return checked("BETWEEN", [left, low, readRight(reader)]);
  }
  if (reader.takeWord("IN")) {
    const close = reader.take("[") ? "]" : ")";
    if (close === ")") reader.expect("(");
    return checked("IN", [left, ...readOperands(reader, close)]);
  }
  if (reader.takeWord("IS")) return readIs(reader, left);
  if (reader.isWord("LIKE")) throw invalid("Unsupported operation: Like");
  throw reader.atEnd ? malformed("Unexpected term") : malformed("Unexpected token after expression");
}

function readIs(reader: Reader, left: Operand): Condition {
  const negated = reader.takeWord("NOT");
  if (reader.takeWord("MISSING")) {
    return checked(negated ? "attribute_exists" : "attribute_not_exists", [left]);
  }
  if (reader.takeWord("NULL")) {
    const isNull = checked("attribute_type", [left, { kind: "value", value: { S: "NULL" } }]);
    return negated ? { kind: "not", condition: isNull } : isNull;
  }
  if (TYPES.has(reader.token.text.toUpperCase())) throw invalid("Unsupported operation: IsType");
  throw malformed("Expected type name");
}

function readRight(reader: Reader): Operand {
  if (reader.atEnd) throw malformed("Missing right-hand side expression of infix operator");
  return readOperand(reader);
}

function readOperand(reader: Reader): Operand {
  const value = readLiteral(reader);
  if (value) return { kind: "value", value };
  if (reader.atCall && reader.isWord("SIZE")) {
    reader.advance();
    reader.advance();
    reader.enter();
    const operands = readOperands(reader, ")");
    reader.leave();
    return { kind: "call", name: "size", operands };
  }
  return { kind: "path", path: reader.path() };
}

function readOperands(reader: Reader, close: string): Operand[] {
  const operands = [readOperand(reader)];
  while (reader.take(",")) operands.push(readOperand(reader));
  reader.expect(close);
  return operands;
}

function checked(operator: TestOperator, operands: readonly Operand[]): Condition {
  const test: Test<TestOperator, Operand> = { kind: "test", operator, operands };
  checkCalls(operands, invalid);
  checkTest(test, invalid);
  return test;
}
