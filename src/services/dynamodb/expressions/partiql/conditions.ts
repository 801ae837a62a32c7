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
 *   primary = "(" where ")" | operand test | call [ ( "=" | "<>" ) ( TRUE | FALSE ) ]
 *   test    = comparator operand | BETWEEN operand AND operand
 *           | IN "[" operand { "," operand } "]" | IN "(" operand { "," operand } ")"
 *           | IS [ NOT ] ( MISSING | NULL | BOOL | STRING )
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
  ATTRIBUTE_EXISTS: "attribute_exists",
  ATTRIBUTE_NOT_EXISTS: "attribute_not_exists",
  ATTRIBUTE_TYPE: "attribute_type",
  BEGINS_WITH: "begins_with",
  CONTAINS: "contains",
};
/** What `IS` takes, and the types that AWS filters by then. */
const FILTERED_TYPES: Readonly<Record<string, string>> = { NULL: "NULL", BOOL: "BOOL", STRING: "S" };
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
    return compared(reader, checked(call, readOperands(reader, ")")));
  }
  return readTest(reader, readOperand(reader));
}

/** What a function yields may be compared with TRUE and FALSE. */
function compared(reader: Reader, condition: Condition): Condition {
  const isEqual = reader.isSymbol("=");
  if (!isEqual && !reader.isSymbol("<>") && !reader.isSymbol("!=")) return condition;
  reader.advance();
  const wanted = readRight(reader);
  const holds = wanted.kind === "value" ? wanted.value.BOOL : undefined;
  if (holds === undefined) throw malformed("Unexpected term");
  return holds === isEqual ? condition : { kind: "not", condition };
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
  const type = reader.token.kind === "word" ? FILTERED_TYPES[reader.token.text.toUpperCase()] : undefined;
  if (type !== undefined) {
    reader.advance();
    const isOfType = checked("attribute_type", [left, { kind: "value", value: { S: type } }]);
    return negated ? { kind: "not", condition: isOfType } : isOfType;
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
  if (reader.atCall && !FUNCTIONS[reader.token.text.toUpperCase()]) throw reader.unrecognized();
  return { kind: "path", path: reader.path() };
}

function readOperands(reader: Reader, close: string): Operand[] {
  if (reader.take(close)) return [];
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
