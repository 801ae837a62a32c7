import { describe, expect, test } from "vitest";
import type { AttributeValue, Item } from "../values/value.ts";
import {
  type AttributeUpdate,
  type ExpectedAttribute,
  type LegacyCondition,
  readAttributesToGet,
  readAttributeUpdates,
  readExpected,
  readFilter,
  readLegacyKeyConditions,
} from "./legacy.ts";

function messageOf(body: () => unknown): string {
  try {
    body();
  } catch (fault) {
    expect(fault).toMatchObject({ code: "ValidationException" });
    return fault instanceof Error ? fault.message : "";
  }
  return "no fault";
}

const PARAMETERS = "One or more parameter values were invalid: ";
const a: AttributeValue = { S: "a" };
const b: AttributeValue = { S: "b" };
const one: AttributeValue = { N: "1" };

describe("conditions that AWS refuses", () => {
  const count = (operator: string) =>
    `${PARAMETERS}Invalid number of argument(s) for the ${operator} ComparisonOperator`;
  const type = (operator: string, name: string) =>
    `${PARAMETERS}ComparisonOperator ${operator} is not valid for ${name} AttributeValue type`;
  test.each<[LegacyCondition, string]>([
    [{ ComparisonOperator: "EQ" }, count("EQ")],
    [{ ComparisonOperator: "IN", AttributeValueList: [] }, count("IN")],
    [{ ComparisonOperator: "NULL", AttributeValueList: [a] }, count("NULL")],
    [{ ComparisonOperator: "BETWEEN", AttributeValueList: [a, a, a] }, count("BETWEEN")],
    [{ ComparisonOperator: "LT", AttributeValueList: [{ BOOL: true }] }, type("LT", "BOOL")],
    [{ ComparisonOperator: "IN", AttributeValueList: [{ SS: ["a"] }] }, type("IN", "SS")],
    [{ ComparisonOperator: "CONTAINS", AttributeValueList: [{ L: [] }] }, type("CONTAINS", "L")],
    [{ ComparisonOperator: "BEGINS_WITH", AttributeValueList: [one] }, type("BEGINS_WITH", "N")],
    [
      { ComparisonOperator: "IN", AttributeValueList: [b, one] },
      `${PARAMETERS}AttributeValues inside AttributeValueList must be of same type`,
    ],
    [
      { ComparisonOperator: "BETWEEN", AttributeValueList: [b, a] },
      "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
    ],
    [
      { ComparisonOperator: "EQ", AttributeValueList: [one, { N: "x" }] },
      "The parameter cannot be converted to a numeric value: x",
    ],
  ])("%#", (condition, message) => {
    expect(messageOf(() => readFilter({ a: condition }, undefined))).toBe(message);
  });

  test.each<[ExpectedAttribute, string]>([
    [
      { Value: a, AttributeValueList: [a] },
      `${PARAMETERS}Value and AttributeValueList cannot be used together for Attribute: a`,
    ],
    [
      { ComparisonOperator: "EQ", Exists: true, Value: a },
      `${PARAMETERS}Exists and ComparisonOperator cannot be used together for Attribute: a`,
    ],
    [
      { ComparisonOperator: "GT" },
      `${PARAMETERS}Value or AttributeValueList must be used with ComparisonOperator: GT for Attribute: a`,
    ],
    [
      { AttributeValueList: [a] },
      `${PARAMETERS}AttributeValueList can only be used with a ComparisonOperator for Attribute: a`,
    ],
    [{}, `${PARAMETERS}Value must be provided when Exists is null for Attribute: a`],
    [{ Exists: true }, `${PARAMETERS}Value must be provided when Exists is true for Attribute: a`],
    [{ Exists: false, Value: a }, `${PARAMETERS}Value cannot be used when Exists is false for Attribute: a`],
    [{ ComparisonOperator: "BETWEEN", Value: a }, count("BETWEEN")],
  ])("expected %#", (expected, message) => {
    expect(messageOf(() => readExpected({ a: expected }, undefined))).toBe(message);
  });

  test("ConditionalOperator needs conditions to join", () => {
    expect(messageOf(() => readExpected({}, "OR"))).toBe(
      "ConditionalOperator cannot be used without Filter or Expected",
    );
    expect(messageOf(() => readFilter({ a: { ComparisonOperator: "NULL" } }, "AND"))).toBe(
      "ConditionalOperator can only be used when Filter or Expected has two or more elements",
    );
  });
});

describe("whether conditions hold", () => {
  const item: Item = { s: { S: "abc" }, n: { N: "5" }, set: { SS: ["x"] } };
  test.each<[string, LegacyCondition, boolean]>([
    ["s", { ComparisonOperator: "EQ", AttributeValueList: [{ S: "abc" }] }, true],
    ["n", { ComparisonOperator: "EQ", AttributeValueList: [{ N: "5.0" }] }, true],
    ["n", { ComparisonOperator: "NE", AttributeValueList: [{ S: "5" }] }, true],
    ["none", { ComparisonOperator: "NE", AttributeValueList: [a] }, true],
    ["n", { ComparisonOperator: "LE", AttributeValueList: [{ N: "5" }] }, true],
    ["n", { ComparisonOperator: "GT", AttributeValueList: [{ N: "5" }] }, false],
    ["n", { ComparisonOperator: "BETWEEN", AttributeValueList: [one, { N: "9" }] }, true],
    ["n", { ComparisonOperator: "IN", AttributeValueList: [one, { N: "5" }] }, true],
    ["s", { ComparisonOperator: "BEGINS_WITH", AttributeValueList: [{ S: "ab" }] }, true],
    ["s", { ComparisonOperator: "CONTAINS", AttributeValueList: [{ S: "bc" }] }, true],
    ["set", { ComparisonOperator: "CONTAINS", AttributeValueList: [{ S: "x" }] }, true],
    ["set", { ComparisonOperator: "NOT_CONTAINS", AttributeValueList: [{ S: "x" }] }, false],
    ["set", { ComparisonOperator: "NOT_CONTAINS", AttributeValueList: [{ S: "y" }] }, true],
    ["none", { ComparisonOperator: "NULL" }, true],
    ["s", { ComparisonOperator: "NOT_NULL" }, true],
  ])("%s %j is %s", (name, condition, holds) => {
    expect(readFilter({ [name]: condition }, undefined)?.holds(item)).toBe(holds);
  });

  test("all of them, or any with OR", () => {
    const expected = { s: { Value: { S: "abc" } }, none: { Exists: true, Value: a } };
    expect(readExpected(expected, undefined)?.holds(item)).toBe(false);
    expect(readExpected(expected, "OR")?.holds(item)).toBe(true);
    expect(readExpected({ none: { Exists: false } }, undefined)?.holds(item)).toBe(true);
    expect(readExpected(undefined, undefined)).toBeUndefined();
  });
});

describe("the other parameters", () => {
  test("KeyConditions", () => {
    expect(
      readLegacyKeyConditions({
        p: { ComparisonOperator: "EQ", AttributeValueList: [a] },
        s: { ComparisonOperator: "BETWEEN", AttributeValueList: [one, { N: "2.0" }] },
      }),
    ).toEqual(
      new Map<string, unknown>([
        ["p", { operator: "=", value: a }],
        ["s", { operator: "BETWEEN", low: one, high: { N: "2" } }],
      ]),
    );
    expect(messageOf(() => readLegacyKeyConditions({}))).toBe("Conditions can be of length 1 or 2 only");
    expect(
      messageOf(() => readLegacyKeyConditions({ p: { ComparisonOperator: "NE", AttributeValueList: [a] } })),
    ).toBe("Attempted conditional constraint is not an indexable operation");
  });

  test("AttributesToGet", () => {
    expect(readAttributesToGet(["a", "a.b", "c"]).project({ a, "a.b": b, d: one })).toEqual({ a, "a.b": b });
    expect(messageOf(() => readAttributesToGet(["a", "b", "a"]))).toBe(
      `${PARAMETERS}Duplicate value in attribute name: a`,
    );
  });

  test.each<[AttributeUpdate, Item, Item | string]>([
    [{ Value: a }, { x: one }, { x: a }],
    [{ Action: "PUT", Value: { N: "1.0" } }, {}, { x: one }],
    [{ Action: "ADD", Value: one }, { x: one }, { x: { N: "2" } }],
    [{ Action: "ADD", Value: { SS: ["b"] } }, { x: { SS: ["a"] } }, { x: { SS: ["a", "b"] } }],
    [{ Action: "ADD", Value: { L: [b] } }, { x: { L: [a] } }, { x: { L: [a, b] } }],
    [{ Action: "ADD", Value: one }, { x: a }, "Type mismatch for attribute to update"],
    [{ Action: "ADD", Value: a }, {}, `${PARAMETERS}ADD action is not supported for the type S`],
    [{ Action: "DELETE" }, { x: one }, {}],
    [{ Action: "DELETE", Value: { SS: ["a"] } }, { x: { SS: ["a"] } }, {}],
    [{ Action: "DELETE", Value: { SS: ["a"] } }, { x: one }, "Type mismatch for attribute to update"],
    [
      { Action: "DELETE", Value: one },
      {},
      `${PARAMETERS}DELETE action with value is not supported for the type N`,
    ],
    [
      { Action: "PUT" },
      {},
      `${PARAMETERS}Only DELETE action is allowed when no attribute value is specified`,
    ],
  ])("AttributeUpdates %j of %j", (change, before, after) => {
    const apply = () => readAttributeUpdates({ x: change }).apply({}, before);
    if (typeof after === "string") expect(messageOf(apply)).toBe(after);
    else expect(apply()).toEqual(after);
  });
});
