import { compareValues } from "../values/compare.ts";
import type { KeySchema } from "../values/keys.ts";
import { type AttributeValue, type Item, invalid, typeOf } from "../values/value.ts";
import type { Comparator, Condition, Operand, Test, TestOperator } from "./ast.ts";
import { beginsWith } from "./compile.ts";

/** What a sort key must be. */
export type SortCondition =
  | { readonly operator: Exclude<Comparator, "<>"> | "begins_with"; readonly value: AttributeValue }
  | { readonly operator: "BETWEEN"; readonly low: AttributeValue; readonly high: AttributeValue };

/** The conditions on keys by attribute name, before the table's keys are known. */
export type KeyConditions = ReadonlyMap<string, SortCondition>;

/** Which items a Query reads. */
export interface KeyRequest {
  readonly partition: AttributeValue;
  readonly sort?: SortCondition;
}

const NOT_ALLOWED: ReadonlySet<TestOperator> = new Set<TestOperator>([
  "<>",
  "IN",
  "attribute_exists",
  "attribute_not_exists",
  "attribute_type",
  "contains",
]);
const NOT_SUPPORTED = "Query key condition not supported";

/**
 * The conditions in a KeyConditionExpression that is otherwise valid.
 * Faults: ValidationException for what a key condition must not be, whatever the table.
 */
export function readKeyConditions(condition: Condition): KeyConditions {
  const found = new Map<string, SortCondition>();
  collect(condition, found);
  if (found.size > 2) throw invalid("Conditions can be of length 1 or 2 only");
  return found;
}

function collect(condition: Condition, found: Map<string, SortCondition>): void {
  if (condition.kind === "and") {
    for (const one of condition.conditions) collect(one, found);
    return;
  }
  if (condition.kind !== "test") throw notAllowed(condition.kind.toUpperCase());
  const { name, sort } = readTest(condition);
  if (found.has(name)) throw invalid("KeyConditionExpressions must only contain one condition per key");
  found.set(name, sort);
}

function notAllowed(operator: string) {
  return invalid(`Invalid operator used in KeyConditionExpression: ${operator}`);
}

function readTest(test: Test<TestOperator, Operand>): { name: string; sort: SortCondition } {
  const { operator, operands } = test;
  if (NOT_ALLOWED.has(operator)) throw notAllowed(operator);
  if ((operator === "BETWEEN" || operator === "begins_with") && operands[0]?.kind !== "path") {
    throw invalid(
      `Invalid condition in KeyConditionExpression: ${operator} operator must have the key attribute ` +
        "as its first operand",
    );
  }
  const { name, at } = keyOperand(operands);
  const values = operands.flatMap((one) => (one.kind === "value" ? [one.value] : []));
  return { name, sort: sortCondition(at === 0 ? operator : flip(operator), values) };
}

/** The one operand that is an attribute, and where it stands. */
function keyOperand(operands: readonly Operand[]): { name: string; at: number } {
  let found: { name: string; at: number } | undefined;
  for (const [at, operand] of operands.entries()) {
    if (operand.kind === "call") throw invalid("KeyConditionExpressions cannot contain nested operations");
    if (operand.kind !== "path") continue;
    if (found) {
      throw invalid(
        "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition",
      );
    }
    const [name] = operand.path;
    if (operand.path.length > 1 || typeof name !== "string") {
      throw invalid("KeyConditionExpressions cannot have conditions on nested attributes");
    }
    found = { name, at };
  }
  if (found) return found;
  throw invalid("Invalid condition in KeyConditionExpression: No key attribute specified");
}

function flip(operator: TestOperator): TestOperator {
  const flipped: Partial<Record<TestOperator, TestOperator>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };
  return flipped[operator] ?? operator;
}

function sortCondition(operator: TestOperator, values: readonly AttributeValue[]): SortCondition {
  const [first, second] = values;
  if (first && second && operator === "BETWEEN") return { operator, low: first, high: second };
  switch (operator) {
    case "=":
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "begins_with":
      if (first) return { operator, value: first };
  }
  throw invalid(NOT_SUPPORTED);
}

/**
 * The conditions as a request on this table or index.
 * Faults: ValidationException when they do not fit its key.
 */
export function fitKeyConditions(conditions: KeyConditions, schema: KeySchema): KeyRequest {
  const { partition, sort } = schema;
  if (!sort && conditions.size > 1) throw invalid(NOT_SUPPORTED);
  const onPartition = conditions.get(partition.name);
  if (!onPartition) throw missed(partition.name);
  checkTypes(onPartition, partition.type);
  if (onPartition.operator !== "=") throw invalid(NOT_SUPPORTED);
  const onSort = sort && conditions.get(sort.name);
  if (sort && !onSort && conditions.size > 1) throw missed(sort.name);
  checkNotEmpty(onPartition, partition.name);
  if (!onSort || !sort) return { partition: onPartition.value };
  checkTypes(onSort, sort.type);
  if (onSort.operator !== "begins_with") checkNotEmpty(onSort, sort.name);
  return { partition: onPartition.value, sort: onSort };
}

function missed(name: string) {
  return invalid(`Query condition missed key schema element: ${name}`);
}

function valuesOf(condition: SortCondition): readonly AttributeValue[] {
  return condition.operator === "BETWEEN" ? [condition.low, condition.high] : [condition.value];
}

function checkTypes(condition: SortCondition, type: string): void {
  if (valuesOf(condition).every((value) => typeOf(value) === type)) return;
  throw invalid(
    "One or more parameter values were invalid: Condition parameter type does not match schema type",
  );
}

function checkNotEmpty(condition: SortCondition, name: string): void {
  for (const value of valuesOf(condition)) {
    if (value.S !== "" && value.B?.byteLength !== 0) continue;
    const kind = value.S === "" ? "string" : "binary";
    throw invalid(
      "One or more parameter values are not valid. " +
        `The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${name}`,
    );
  }
}

/** Whether a sort key satisfies the condition. */
function matchesSort(condition: SortCondition, value: AttributeValue): boolean {
  if (condition.operator === "begins_with") return beginsWith(value, condition.value);
  if (condition.operator === "BETWEEN") {
    return (
      (compareValues(value, condition.low) ?? -1) >= 0 && (compareValues(value, condition.high) ?? 1) <= 0
    );
  }
  const order = compareValues(value, condition.value);
  if (order === undefined) return false;
  switch (condition.operator) {
    case "=":
      return order === 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}

/** The attributes of an item, for whoever checks a start key against the conditions. */
export function keyConditionHolds(request: KeyRequest, schema: KeySchema, key: Item): boolean {
  const partition = key[schema.partition.name];
  if (!partition || compareValues(partition, request.partition) !== 0) return false;
  if (!request.sort || !schema.sort) return true;
  const sort = key[schema.sort.name];
  return sort !== undefined && matchesSort(request.sort, sort);
}
