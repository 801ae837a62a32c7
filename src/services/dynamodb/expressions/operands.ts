import type { Fault } from "../../../kernel/faults.ts";
import { compareValues } from "../values/compare.ts";
import { type AttributeValue, type TypeName, typeOf } from "../values/value.ts";
import type { Operand, Path, Test, TestOperator, UpdateAction } from "./ast.ts";
import { pathText } from "./overlaps.ts";

/*
 * What operators and functions accept. Only values given in the request are looked at, and what functions
 * yield; the type of an attribute shows when the item is there.
 */

type FaultOf = (message: string) => Fault;

const OPERAND_COUNTS: Readonly<Record<string, number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
  size: 1,
  if_not_exists: 2,
  list_append: 2,
};
/** `IN` counts its first operand too. */
const MOST_IN_OPERANDS = 100;

const TYPE_NAMES = "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}";
const TYPES: ReadonlySet<string> = new Set(["B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M"]);
const ORDERED: ReadonlySet<string> = new Set(["S", "N", "B"]);
const WITHOUT_SIZE: ReadonlySet<string> = new Set(["N", "BOOL", "NULL"]);
const ORDERINGS: ReadonlySet<string> = new Set(["<", "<=", ">", ">=", "BETWEEN"]);

/** Types as `ADD` and `DELETE` call them when they refuse them. */
const LONG_NAMES: Readonly<Record<TypeName, string>> = {
  S: "STRING",
  N: "NUMBER",
  B: "BINARY",
  NULL: "NULL",
  BOOL: "BOOLEAN",
  L: "LIST",
  M: "MAP",
  SS: "STRING_SET",
  NS: "NUMBER_SET",
  BS: "BINARY_SET",
};

/** Checks the functions among operands, the innermost first: their counts before their types. */
export function checkCalls(operands: readonly Operand[], fault: FaultOf): void {
  if (operands.every(({ kind }) => kind !== "call")) return;
  for (const operand of operands) checkCounts(operand, fault);
  for (const operand of operands) checkSize(operand, fault);
}

/** Checks a test whose operands are checked. */
export function checkTest(test: Test<TestOperator, Operand>, fault: FaultOf): void {
  const { operator, operands } = test;
  checkCount(operator, operands, fault);
  checkDistinct(operator, operands, fault);
  const [first, second, third] = operands;
  switch (operator) {
    case "attribute_exists":
    case "attribute_not_exists":
      checkIsPath(operator, first, fault);
      break;
    case "attribute_type":
      checkTypeName(second, fault);
      break;
    case "begins_with":
      for (const operand of operands) checkType(operator, operand, isTextOrBytes, fault);
      break;
    case "BETWEEN":
      checkOrdered(operator, operands, fault);
      checkBounds(second, third, fault);
      break;
    default:
      if (ORDERINGS.has(operator)) checkOrdered(operator, operands, fault);
  }
}

function checkCounts(operand: Operand, fault: FaultOf): void {
  if (operand.kind !== "call") return;
  for (const one of operand.operands) checkCounts(one, fault);
  checkCount(operand.name, operand.operands, fault);
}

function checkCount(name: string, operands: readonly Operand[], fault: FaultOf): void {
  const count = OPERAND_COUNTS[name];
  const right =
    name === "IN" ? operands.length <= MOST_IN_OPERANDS : (count ?? operands.length) === operands.length;
  if (right) return;
  throw fault(
    "Incorrect number of operands for operator or function; " +
      `operator or function: ${name}, number of operands: ${operands.length}`,
  );
}

function checkSize(operand: Operand, fault: FaultOf): void {
  if (operand.kind !== "call") return;
  for (const one of operand.operands) checkSize(one, fault);
  for (const one of operand.operands) {
    checkType(operand.name, one, (type) => !WITHOUT_SIZE.has(type), fault);
  }
}

function checkDistinct(operator: TestOperator, operands: readonly Operand[], fault: FaultOf): void {
  if (operands.length !== 2) return;
  const [first, second] = operands;
  if (first?.kind !== "path" || second?.kind !== "path" || !samePath(first.path, second.path)) return;
  throw fault(
    "The first operand must be distinct from the remaining operands for this operator or function; " +
      `operator: ${operator}, first operand: ${pathText(first.path)}`,
  );
}

function samePath(one: Path, other: Path): boolean {
  return one.length === other.length && one.every((step, at) => step === other[at]);
}

function checkIsPath(name: string, operand: Operand | undefined, fault: FaultOf): void {
  if (operand?.kind === "path") return;
  throw fault(`Operator or function requires a document path; operator or function: ${name}`);
}

function checkTypeName(operand: Operand | undefined, fault: FaultOf): void {
  const type = operand && typeOfOperand(operand);
  const name = operand?.kind === "value" ? operand.value.S : undefined;
  if (name === undefined) throw wrongType("attribute_type", type ?? TYPE_NAMES, fault);
  if (!TYPES.has(name)) {
    throw fault(`Invalid attribute type name found; type: ${name}, valid types: ${TYPE_NAMES}`);
  }
}

function isTextOrBytes(type: TypeName): boolean {
  return type === "S" || type === "B";
}

function checkOrdered(operator: string, operands: readonly Operand[], fault: FaultOf): void {
  for (const operand of operands) checkType(operator, operand, (type) => ORDERED.has(type), fault);
}

function checkType(
  name: string,
  operand: Operand,
  accepts: (type: TypeName) => boolean,
  fault: FaultOf,
): void {
  const type = typeOfOperand(operand);
  if (type !== undefined && !accepts(type)) throw wrongType(name, type, fault);
}

function wrongType(name: string, type: string, fault: FaultOf): Fault {
  return fault(
    "Incorrect operand type for operator or function; " +
      `operator or function: ${name}, operand type: ${type}`,
  );
}

/** The type that an operand has whatever the item holds, if any. */
function typeOfOperand(operand: Operand): TypeName | undefined {
  if (operand.kind === "value") return typeOf(operand.value);
  if (operand.kind === "call" && operand.name === "size") return "N";
  return undefined;
}

function checkBounds(low: Operand | undefined, high: Operand | undefined, fault: FaultOf): void {
  if (low?.kind !== "value" || high?.kind !== "value") return;
  const order = compareValues(low.value, high.value);
  const [lower, upper] = [valueText(low.value), valueText(high.value)];
  const bounds = `lower bound operand: ${lower}, upper bound operand: ${upper}`;
  if (order === undefined) {
    throw fault(`The BETWEEN operator requires same data type for lower and upper bounds; ${bounds}`);
  }
  if (order > 0) {
    throw fault(
      `The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${bounds}`,
    );
  }
}

/** A scalar as AWS writes it in messages: `AttributeValue: {N:1}`. */
function valueText(value: AttributeValue): string {
  const scalar = value.S ?? value.N ?? Buffer.from(value.B ?? []).toString("base64");
  return `AttributeValue: {${typeOf(value)}:${scalar}}`;
}

/** Checks the value of ADD, a number or a set, or of DELETE, a set. */
export function checkAdded({ section, value }: UpdateAction, fault: FaultOf): void {
  if ((section !== "ADD" && section !== "DELETE") || value?.kind !== "value") return;
  const type = typeOf(value.value);
  if (type === "SS" || type === "NS" || type === "BS" || (type === "N" && section === "ADD")) return;
  throw fault(
    `Incorrect operand type for operator or function; operator: ${section}, ` +
      `operand type: ${LONG_NAMES[type]}`,
  );
}

/** Checks the functions and operators in what is SET, the innermost first. */
export function checkUpdateCalls(operand: Operand, fault: FaultOf): void {
  if (operand.kind !== "call") return;
  const { name, operands } = operand;
  for (const one of operands) checkUpdateCalls(one, fault);
  checkCount(name, operands, fault);
  if (name === "if_not_exists") checkIsPath(name, operands[0], fault);
  else {
    const accepted = name === "list_append" ? "L" : "N";
    for (const one of operands) checkType(name, one, (type) => type === accepted, fault);
  }
}
