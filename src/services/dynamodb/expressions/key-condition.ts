import { compareValues } from "../values/compare.ts";
import { attributesOf, type KeySchema } from "../values/keys.ts";
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
  /** Of the key's attributes after the first, those that are fixed before `sort`. */
  readonly fixed?: readonly AttributeValue[];
  readonly sort?: SortCondition;
}

/** Of the longest key, of four attributes for each role. */
const MOST_CONDITIONS = 8;

const NOT_ALLOWED: ReadonlySet<TestOperator> = new Set<TestOperator>([
  "<>",
  "IN",
  "attribute_exists",
  "attribute_not_exists",
  "attribute_type",
  "contains",
]);
const TOO_MANY = "Conditions can be of length 1 or 2 only";
const SEVERAL_ON_ONE =
  "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key";
const NOT_SUPPORTED = "Query key condition not supported";

/**
 * The conditions in a KeyConditionExpression that is otherwise valid.
 * Faults: ValidationException for what a key condition must not be, whatever the table.
 */
export function readKeyConditions(condition: Condition): KeyConditions {
  const found = new Map<string, SortCondition>();
  collect(condition, found);
  if (found.size > MOST_CONDITIONS) throw invalid(TOO_MANY);
  return found;
}

function collect(condition: Condition, found: Map<string, SortCondition>): void {
  if (condition.kind === "and") {
    for (const one of condition.conditions) collect(one, found);
    return;
  }
  if (condition.kind !== "test") throw notAllowed(condition.kind.toUpperCase());
  const { name, sort } = readTest(condition);
  if (found.has(name)) throw invalid(SEVERAL_ON_ONE);
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
  const { partition, sort, partitions, sorts } = schema;
  if (partitions.length + sorts.length > 2) return fitSeveral(conditions, schema);
  if (conditions.size > 2) {
    throw invalid(
      `The number of query conditions (${conditions.size}) exceeds the number of key attributes defined in ` +
        `the schema (${attributesOf(schema).length})`,
    );
  }
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

/**
 * As `fitKeyConditions`, for a key of several attributes: all of the partition key's are fixed; of the sort
 * key's any number from the left, and the last condition may be one of order.
 */
function fitSeveral(conditions: KeyConditions, { partitions, sorts }: KeySchema): KeyRequest {
  const values: AttributeValue[] = [];
  for (const { name, type } of partitions) {
    const condition = conditions.get(name);
    if (!condition) throw missed(name);
    checkTypes(condition, type);
    if (condition.operator !== "=") throw invalid(NOT_SUPPORTED);
    checkNotEmpty(condition, name);
    values.push(condition.value);
  }
  let left = conditions.size - partitions.length;
  let last: SortCondition | undefined;
  for (const { name, type } of sorts) {
    if (left === 0) break;
    const condition = conditions.get(name);
    if (!condition) throw missed(name);
    if (last && last.operator !== "=") throw invalid(NOT_SUPPORTED);
    checkTypes(condition, type);
    if (condition.operator !== "begins_with") checkNotEmpty(condition, name);
    if (last?.operator === "=") values.push(last.value);
    last = condition;
    left--;
  }
  if (left > 0) throw invalid(NOT_SUPPORTED);
  const [partition = { NULL: true }, ...fixed] = values;
  return { partition, fixed, ...(last ? { sort: last } : {}) };
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
  const names = attributesOf(schema).map(({ name }) => name);
  const values = [request.partition, ...(request.fixed ?? [])];
  for (const [at, value] of values.entries()) {
    const own = key[names[at] ?? ""];
    if (!own || compareValues(own, value) !== 0) return false;
  }
  const next = names[values.length];
  if (!request.sort || next === undefined) return true;
  const sort = key[next];
  return sort !== undefined && matchesSort(request.sort, sort);
}

/** The partition key that is read, as an item that has no more than it. */
export function partitionItem({ partitions }: KeySchema, { partition, fixed = [] }: KeyRequest): Item {
  const values = [partition, ...fixed];
  return Object.fromEntries(partitions.map(({ name }, at) => [name, values[at] ?? { NULL: true }]));
}
