import { equalValues } from "../../values/compare.ts";
import { attributesOf, type KeySchema } from "../../values/keys.ts";
import {
  type AttributeValue,
  attributeOf,
  type Item,
  invalid,
  setAttribute,
  typeOf,
} from "../../values/value.ts";
import type { Condition, Operand, Path, Test, TestOperator } from "../ast.ts";
import type { KeyRequest, SortCondition } from "../key-condition.ts";
import { valueAt } from "../paths.ts";
import type { Order, Select } from "./statement.ts";

/** How a SELECT is answered: by queries, in order, or by a scan; then by what is left of WHERE. */
export interface SelectPlan {
  readonly queries?: readonly KeyRequest[];
  readonly filter?: Condition;
  /** Whether queries run from the highest sort key to the lowest. */
  readonly descending: boolean;
}

/** The item that a write is about, and what else must hold for it. */
export interface WritePlan {
  readonly key: Item;
  readonly condition?: Condition;
}

const NO_KEY = "Where clause does not contain a mandatory equality on all key attributes";

const FLIPPED: Partial<Record<TestOperator, TestOperator>> = {
  "=": "=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

/** Plans a SELECT on a table or index with this key. Faults: ValidationException for an impossible order. */
export function planSelect(select: Select, schema: KeySchema): SelectPlan {
  const isPlain = schema.partitions.length === 1;
  const branches =
    isPlain && select.where?.kind === "or" ? planBranches(select.where.conditions, schema) : undefined;
  if (branches) {
    const descending = checkOrder(select, schema, true);
    return { queries: branches, ...(select.where && { filter: select.where }), descending };
  }
  const { queries, rest } = planConjunction(select.where, schema);
  const descending = checkOrder(select, schema, queries !== undefined);
  if (!queries) return { ...(select.where && { filter: select.where }), descending };
  return { queries, ...(rest && { filter: rest }), descending };
}

/** The queries that conditions joined by AND come to, if they fix the partition key, and what they leave. */
function planConjunction(
  where: Condition | undefined,
  schema: KeySchema,
): { readonly queries?: readonly KeyRequest[]; readonly rest?: Condition } {
  const tests = conjuncts(where);
  const onPartition = tests.find((test) => partitionsOf(test, schema) !== undefined);
  const partitions = onPartition && partitionsOf(onPartition, schema);
  if (!partitions) return {};
  const others = otherPartitions(tests, schema);
  if (!others) return {};
  const onSort = tests.find((test) => test !== onPartition && sortOf(test, schema) !== undefined);
  const sort = onSort && sortOf(onSort, schema);
  const used = new Set([onPartition, onSort, ...others.tests]);
  const rest = allOf(tests.filter((test) => !used.has(test)));
  const fixed = others.values.length === 0 ? {} : { fixed: others.values };
  const queries = partitions.map((partition) => ({ partition, ...fixed, ...(sort && { sort }) }));
  return { queries, ...(rest && { rest }) };
}

/** What fixes the partition key's attributes after the first; undefined when one of them is left open. */
function otherPartitions(tests: readonly Condition[], { partitions }: KeySchema) {
  const values: AttributeValue[] = [];
  const found: Condition[] = [];
  for (const { name, type } of partitions.slice(1)) {
    const test = tests.find((one) => equalityOf(one)?.name === name);
    const value = test && equalityOf(test)?.value;
    if (!test || !value || typeOf(value) !== type) return undefined;
    values.push(value);
    found.push(test);
  }
  return { values, tests: found };
}

/**
 * The queries that conditions joined by OR come to, if each fixes the partition key: one for each sort key
 * where these are given, and one for each partition otherwise.
 * Faults: ValidationException where only some conditions on a partition speak of the sort key.
 */
function planBranches(conditions: readonly Condition[], schema: KeySchema): KeyRequest[] | undefined {
  const groups: KeyRequest[][] = [];
  for (const condition of conditions) {
    const { queries } = planConjunction(condition, schema);
    if (!queries) return undefined;
    for (const query of queries) {
      const group = groups.find(([one]) => one && equalValues(one.partition, query.partition));
      if (group) group.push(query);
      else groups.push([query]);
    }
  }
  return groups.flatMap(mergeRequests);
}

/** As few requests on one partition as never read an item twice. */
function mergeRequests(requests: readonly KeyRequest[]): readonly KeyRequest[] {
  const [first] = requests;
  if (!first || requests.length === 1) return requests;
  const sorts = requests.flatMap(({ sort }) => (sort ? [sort] : []));
  if (sorts.length > 0 && sorts.length < requests.length) {
    throw invalid("Overlapping conditions with range keys are not supported in where clause");
  }
  const keys = sorts.flatMap((sort) => (sort.operator === "=" ? [sort.value] : []));
  if (keys.length === 0 || keys.length < requests.length) return [{ partition: first.partition }];
  return requests.filter(
    (_, at) => keys.findIndex((key) => keys[at] !== undefined && equalValues(key, keys[at])) === at,
  );
}

/** Plans an UPDATE, a DELETE, or a read in a transaction. Faults: ValidationException without a whole key. */
export function planWrite(where: Condition | undefined, schema: KeySchema): WritePlan {
  const rest: Condition[] = [];
  const key: Record<string, AttributeValue> = {};
  for (const test of conjuncts(where)) {
    const equality = equalityOf(test);
    const isKey = equality && [schema.partition, schema.sort].some((one) => one?.name === equality.name);
    if (isKey && attributeOf(key, equality.name) === undefined) {
      setAttribute(key, equality.name, equality.value);
    } else rest.push(test);
  }
  for (const attribute of [schema.partition, ...(schema.sort ? [schema.sort] : [])]) {
    const value = attributeOf(key, attribute.name);
    if (!value) throw invalid(NO_KEY);
    if (typeOf(value) !== attribute.type) {
      throw invalid("The provided key element does not match the schema");
    }
  }
  const condition = allOf(rest);
  return { key, ...(condition && { condition }) };
}

/** What SELECT gives of an item: each path's value under its last name, or its position where it has none. */
export function selectColumns(item: Item, columns: readonly Path[] | "*"): Item {
  if (columns === "*") return item;
  const row: Record<string, AttributeValue> = {};
  for (const [at, path] of columns.entries()) {
    const value = valueAt(item, path);
    const last = path[path.length - 1];
    if (value) setAttribute(row, typeof last === "string" ? last : `_${at + 1}`, value);
  }
  return row;
}

function conjuncts(condition: Condition | undefined): readonly Condition[] {
  if (!condition) return [];
  return condition.kind === "and" ? condition.conditions.flatMap(conjuncts) : [condition];
}

function allOf(conditions: readonly Condition[]): Condition | undefined {
  return conditions.length > 1 ? { kind: "and", conditions } : conditions[0];
}

function checkOrder({ orderBy, where }: Select, schema: KeySchema, byPartition: boolean): boolean {
  if (orderBy.length === 0) return false;
  if (!where) throw invalid("Must have WHERE clause in the statement when using ORDER BY clause.");
  if (!byPartition) {
    throw invalid(
      "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.",
    );
  }
  for (const { name } of orderBy) {
    if (!attributesOf(schema).some((attribute) => attribute.name === name)) {
      throw invalid(`Variable reference ${name} in ORDER BY clause must be part of the primary key`);
    }
  }
  return orderBy.some((order: Order) => order.name === schema.sort?.name && order.descending);
}

/** The attribute and value of a test that compares the two. */
function comparisonOf(
  test: Condition,
): { readonly name: string; readonly operator: TestOperator; readonly value: AttributeValue } | undefined {
  if (test.kind !== "test" || test.operands.length !== 2) return undefined;
  const [left, right] = test.operands;
  const name = nameOf(left);
  if (name !== undefined && right?.kind === "value") {
    return { name, operator: test.operator, value: right.value };
  }
  const flipped = FLIPPED[test.operator];
  const other = nameOf(right);
  if (other === undefined || left?.kind !== "value" || !flipped) return undefined;
  return { name: other, operator: flipped, value: left.value };
}

function nameOf(operand: Operand | undefined): string | undefined {
  if (operand?.kind !== "path" || operand.path.length !== 1) return undefined;
  const [name] = operand.path;
  return typeof name === "string" ? name : undefined;
}

function equalityOf(test: Condition): { readonly name: string; readonly value: AttributeValue } | undefined {
  const comparison = comparisonOf(test);
  return comparison?.operator === "=" ? comparison : undefined;
}

/** The partition keys that a test allows, if it is about nothing else. */
function partitionsOf(test: Condition, { partition }: KeySchema): readonly AttributeValue[] | undefined {
  const equality = equalityOf(test);
  const values = equality?.name === partition.name ? [equality.value] : listed(test, partition.name);
  if (!values?.every((value) => typeOf(value) === partition.type)) return undefined;
  return values.filter((value, at) => values.findIndex((one) => equalValues(one, value)) === at);
}

function listed(test: Condition, name: string): readonly AttributeValue[] | undefined {
  if (test.kind !== "test" || test.operator !== "IN" || nameOf(test.operands[0]) !== name) return undefined;
  const values = valuesAfterFirst(test);
  return values.length === test.operands.length - 1 ? values : undefined;
}

function valuesAfterFirst({ operands }: Test<TestOperator, Operand>): readonly AttributeValue[] {
  return operands.slice(1).flatMap((operand) => (operand.kind === "value" ? [operand.value] : []));
}

/** The range of sort keys that a test allows, if it is about nothing else. */
function sortOf(test: Condition, { sort }: KeySchema): SortCondition | undefined {
  if (!sort || test.kind !== "test") return undefined;
  if (test.operator === "BETWEEN" && nameOf(test.operands[0]) === sort.name) {
    const [low, high] = valuesAfterFirst(test);
    if (!low || !high || typeOf(low) !== sort.type || typeOf(high) !== sort.type) return undefined;
    return { operator: "BETWEEN", low, high };
  }
  const comparison = comparisonOf(test);
  if (comparison?.name !== sort.name || typeOf(comparison.value) !== sort.type) return undefined;
  const { operator, value } = comparison;
  switch (operator) {
    case "=":
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "begins_with":
      return { operator, value };
    default:
      return undefined;
  }
}
