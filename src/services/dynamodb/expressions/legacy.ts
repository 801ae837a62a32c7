import { compareValues } from "../values/compare.ts";
import { checkValue } from "../values/validate.ts";
import { type AttributeValue, invalid, type TypeName, typeOf } from "../values/value.ts";
import type { Condition, Operand, TestOperator, UpdateAction } from "./ast.ts";
import {
  type ReadyCondition,
  type ReadyProjection,
  type ReadyUpdate,
  readyCondition,
  readyProjection,
  readyUpdate,
} from "./expressions.ts";
import type { KeyConditions, SortCondition } from "./key-condition.ts";

/*
 * The parameters from before expressions, read into what expressions are read into.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
 */

const PARAMETERS = "One or more parameter values were invalid: ";
const WRONG_UPDATE_TYPE = "Type mismatch for attribute to update";

/** A condition of `KeyConditions`, `QueryFilter` or `ScanFilter`; `Expected` has as much and more. */
export interface LegacyCondition {
  readonly ComparisonOperator?: string | undefined;
  readonly AttributeValueList?: readonly AttributeValue[] | undefined;
}

export interface ExpectedAttribute extends LegacyCondition {
  readonly Value?: AttributeValue | undefined;
  readonly Exists?: boolean | undefined;
}

export interface AttributeUpdate {
  readonly Action?: string | undefined;
  readonly Value?: AttributeValue | undefined;
}

type ByAttribute<T> = Readonly<Record<string, T>>;

const ORDERED: readonly TypeName[] = ["S", "N", "B"];
const EQUATABLE: readonly TypeName[] = ["S", "N", "B", "SS", "NS", "BS", "L", "M", "BOOL", "NULL"];

/** How many values an operator takes, [least, most], and of which types. */
const OPERATORS: Readonly<Record<string, { values: readonly [number, number]; types: readonly TypeName[] }>> =
  {
    EQ: { values: [1, 1], types: EQUATABLE },
    NE: { values: [1, 1], types: EQUATABLE },
    LE: { values: [1, 1], types: ORDERED },
    LT: { values: [1, 1], types: ORDERED },
    GE: { values: [1, 1], types: ORDERED },
    GT: { values: [1, 1], types: ORDERED },
    CONTAINS: { values: [1, 1], types: ["S", "N", "B", "BOOL", "NULL"] },
    NOT_CONTAINS: { values: [1, 1], types: ["S", "N", "B", "BOOL", "NULL"] },
    BEGINS_WITH: { values: [1, 1], types: ["S", "B"] },
    IN: { values: [1, Number.POSITIVE_INFINITY], types: ORDERED },
    BETWEEN: { values: [2, 2], types: ORDERED },
    NULL: { values: [0, 0], types: EQUATABLE },
    NOT_NULL: { values: [0, 0], types: EQUATABLE },
  };

const COMPARISONS: Readonly<Record<string, Exclude<SortCondition["operator"], "BETWEEN"> | "<>">> = {
  EQ: "=",
  NE: "<>",
  LE: "<=",
  LT: "<",
  GE: ">=",
  GT: ">",
  BEGINS_WITH: "begins_with",
};

/** `QueryFilter` or `ScanFilter`. Faults: ValidationException. */
export function readFilter(
  filter: ByAttribute<LegacyCondition> | undefined,
  conditionalOperator: string | undefined,
): ReadyCondition | undefined {
  const tests = Object.entries(filter ?? {}).map(([name, condition]) => {
    const values = checkValues(condition.AttributeValueList ?? []);
    return testOf(name, checkedOperator(condition, values), values);
  });
  return join(tests, conditionalOperator);
}

/** `Expected`. Faults: ValidationException. */
export function readExpected(
  expected: ByAttribute<ExpectedAttribute> | undefined,
  conditionalOperator: string | undefined,
): ReadyCondition | undefined {
  const tests = Object.entries(expected ?? {}).map(([name, one]) => readExpectation(name, one));
  return join(tests, conditionalOperator);
}

/** `KeyConditions`. Faults: ValidationException. */
export function readLegacyKeyConditions(conditions: ByAttribute<LegacyCondition>): KeyConditions {
  const entries = Object.entries(conditions).map(([name, condition]) => {
    const values = checkValues(condition.AttributeValueList ?? []);
    return { name, operator: checkedOperator(condition, values), values };
  });
  if (entries.length !== 1 && entries.length !== 2) {
    throw invalid("Conditions can be of length 1 or 2 only");
  }
  return new Map(entries.map(({ name, operator, values }) => [name, keyCondition(operator, values)]));
}

/** `AttributesToGet`. Faults: ValidationException. */
export function readAttributesToGet(names: readonly string[]): ReadyProjection {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw invalid(`${PARAMETERS}Duplicate value in attribute name: ${name}`);
    seen.add(name);
  }
  return readyProjection(names.map((name) => [name]));
}

/** `AttributeUpdates`. Faults: ValidationException. */
export function readAttributeUpdates(updates: ByAttribute<AttributeUpdate>): ReadyUpdate {
  const actions = Object.entries(updates).map(([name, update]) => updateAction(name, update));
  return readyUpdate(actions, WRONG_UPDATE_TYPE);
}

function updateAction(name: string, { Action: action = "PUT", Value: given }: AttributeUpdate): UpdateAction {
  const path = [name];
  if (given === undefined) {
    if (action === "DELETE") return { section: "REMOVE", path };
    throw invalid(`${PARAMETERS}Only DELETE action is allowed when no attribute value is specified`);
  }
  const value: Operand = { kind: "value", value: checkValue(given) };
  const type = typeOf(value.value);
  const isSet = type === "SS" || type === "NS" || type === "BS";
  if (action === "DELETE") {
    if (isSet) return { section: "DELETE", path, value };
    throw invalid(`${PARAMETERS}DELETE action with value is not supported for the type ${type}`);
  }
  if (action === "ADD") {
    if (isSet || type === "N" || type === "L") return { section: "ADD", path, value };
    throw invalid(`${PARAMETERS}ADD action is not supported for the type ${type}`);
  }
  return { section: "SET", path, value };
}

function readExpectation(name: string, expected: ExpectedAttribute): Condition {
  const { Value: value, AttributeValueList: list, ComparisonOperator: operator, Exists: exists } = expected;
  if (list !== undefined && value !== undefined) {
    throw invalid(`${PARAMETERS}Value and AttributeValueList cannot be used together for Attribute: ${name}`);
  }
  if (operator === undefined) return readExistence(name, expected);
  if (exists !== undefined) {
    throw invalid(
      `${PARAMETERS}Exists and ComparisonOperator cannot be used together for Attribute: ${name}`,
    );
  }
  if (operator !== "NULL" && operator !== "NOT_NULL" && list === undefined && value === undefined) {
    throw invalid(
      `${PARAMETERS}Value or AttributeValueList must be used with ComparisonOperator: ${operator} ` +
        `for Attribute: ${name}`,
    );
  }
  const values = checkValues(list ?? (value === undefined ? [] : [value]));
  return testOf(name, checkedOperator(expected, values), values);
}

function readExistence(name: string, expected: ExpectedAttribute): Condition {
  const { Value: value, Exists: exists } = expected;
  if (expected.AttributeValueList !== undefined) {
    throw invalid(
      `${PARAMETERS}AttributeValueList can only be used with a ComparisonOperator for Attribute: ${name}`,
    );
  }
  if (exists !== false && value === undefined) {
    throw invalid(
      `${PARAMETERS}Value must be provided when Exists is ${exists ?? "null"} for Attribute: ${name}`,
    );
  }
  if (exists === false && value !== undefined) {
    throw invalid(`${PARAMETERS}Value cannot be used when Exists is false for Attribute: ${name}`);
  }
  return value === undefined ? testOf(name, "NULL", []) : testOf(name, "EQ", [checkValue(value)]);
}

function checkValues(values: readonly AttributeValue[]): readonly AttributeValue[] {
  return values.map((value) => checkValue(value));
}

/** The operator, when its values are right for it. */
function checkedOperator(condition: LegacyCondition, values: readonly AttributeValue[]): string {
  const operator = condition.ComparisonOperator ?? "";
  const accepts = OPERATORS[operator];
  if (!accepts || values.length < accepts.values[0] || values.length > accepts.values[1]) {
    throw invalid(`${PARAMETERS}Invalid number of argument(s) for the ${operator} ComparisonOperator`);
  }
  const [first, second] = values;
  if (!first) return operator;
  const type = typeOf(first);
  if (values.some((value) => typeOf(value) !== type)) {
    throw invalid(`${PARAMETERS}AttributeValues inside AttributeValueList must be of same type`);
  }
  if (!accepts.types.includes(type)) {
    throw invalid(`${PARAMETERS}ComparisonOperator ${operator} is not valid for ${type} AttributeValue type`);
  }
  if (operator === "BETWEEN" && second && (compareValues(first, second) ?? 0) > 0) {
    throw invalid(
      "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
    );
  }
  return operator;
}

function testOf(name: string, operator: string, values: readonly AttributeValue[]): Condition {
  const attribute: Operand = { kind: "path", path: [name] };
  const operands = [attribute, ...values.map((value): Operand => ({ kind: "value", value }))];
  const test = (called: TestOperator): Condition => ({ kind: "test", operator: called, operands });
  const comparison = COMPARISONS[operator];
  if (comparison) return test(comparison);
  switch (operator) {
    case "NULL":
      return test("attribute_not_exists");
    case "NOT_NULL":
      return test("attribute_exists");
    case "CONTAINS":
      return test("contains");
    case "NOT_CONTAINS": {
      const exists: Condition = { kind: "test", operator: "attribute_exists", operands: [attribute] };
      return { kind: "and", conditions: [exists, { kind: "not", condition: test("contains") }] };
    }
    default:
      return test(operator === "IN" ? "IN" : "BETWEEN");
  }
}

function join(
  tests: readonly Condition[],
  conditionalOperator: string | undefined,
): ReadyCondition | undefined {
  if (conditionalOperator !== undefined && tests.length === 0) {
    throw invalid("ConditionalOperator cannot be used without Filter or Expected");
  }
  if (conditionalOperator !== undefined && tests.length === 1) {
    throw invalid("ConditionalOperator can only be used when Filter or Expected has two or more elements");
  }
  if (tests.length === 0) return undefined;
  return readyCondition({ kind: conditionalOperator === "OR" ? "or" : "and", conditions: tests });
}

function keyCondition(operator: string, values: readonly AttributeValue[]): SortCondition {
  const [first, second] = values;
  const comparison = COMPARISONS[operator];
  if (comparison && comparison !== "<>" && first) return { operator: comparison, value: first };
  if (operator === "BETWEEN" && first && second) return { operator, low: first, high: second };
  throw invalid("Attempted conditional constraint is not an indexable operation");
}
