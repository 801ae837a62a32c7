import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Fault } from "../../../kernel/faults.ts";
import { keySchemaOf } from "../values/keys.ts";
import type { AttributeValue, Item } from "../values/value.ts";
import { checkExpressionParameters, type ExpressionInput, readExpressions } from "./expressions.ts";
import { fitKeyConditions, keyConditionHolds } from "./key-condition.ts";
import { valueAt } from "./paths.ts";
import { isReserved } from "./reserved.ts";

function messageOf(body: () => unknown): string {
  try {
    body();
  } catch (fault) {
    expect(fault).toMatchObject({ code: "ValidationException" });
    return fault instanceof Error ? fault.message : "";
  }
  return "no fault";
}

const refusal = (input: ExpressionInput) => messageOf(() => readExpressions(input));

describe("placeholders", () => {
  const given = { FilterExpression: "" };
  const empty = "Invalid FilterExpression: The expression can not be empty;";
  test.each<[ExpressionInput, string]>([
    [{ ...given, ExpressionAttributeNames: {} }, "ExpressionAttributeNames must not be empty"],
    [
      { ...given, ExpressionAttributeNames: { a: "a" }, ExpressionAttributeValues: {} },
      'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"',
    ],
    [
      { ...given, ExpressionAttributeNames: { "#a-b": "a" } },
      'ExpressionAttributeNames contains invalid key: Syntax error; key: "#a-b"',
    ],
    [{ ...given, ExpressionAttributeValues: {} }, "ExpressionAttributeValues must not be empty"],
    [
      { ...given, ExpressionAttributeValues: { b: { S: "a" } } },
      'ExpressionAttributeValues contains invalid key: Syntax error; key: "b"',
    ],
    [
      { ...given, ExpressionAttributeValues: { ":b": { NS: [] } } },
      "ExpressionAttributeValues contains invalid value: " +
        "One or more parameter values were invalid: An number set  may not be empty for key :b",
    ],
    [
      { ...given, ExpressionAttributeValues: { ":b": { N: "b" } } },
      "ExpressionAttributeValues contains invalid value: " +
        "The parameter cannot be converted to a numeric value: b for key :b",
    ],
    [{ ...given, ExpressionAttributeValues: { ":0": { S: "b" } } }, empty],
    [
      { ConditionExpression: "", UpdateExpression: "" },
      "Invalid UpdateExpression: The expression can not be empty;",
    ],
    [
      {
        UpdateExpression: "remove a set b = list_append(b, if_not_exists(a, :a))",
        ConditionExpression: "a = :b",
        ExpressionAttributeNames: { "#a": "a", "#b": "b" },
        ExpressionAttributeValues: { ":a": { S: "a" }, ":b": { S: "a" } },
      },
      "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}",
    ],
    [
      {
        UpdateExpression: "remove a",
        ConditionExpression: "a = :b",
        ExpressionAttributeValues: { ":a": { S: "a" }, ":b": { S: "a" }, ":c": { S: "a" } },
      },
      "Value provided in ExpressionAttributeValues unused in expressions: keys: {:a, :c}",
    ],
    [
      { FilterExpression: "a = :constructor", ExpressionAttributeValues: { ":a": { S: "a" } } },
      "Invalid FilterExpression: An expression attribute value used in expression is not defined; " +
        "attribute value: :constructor",
    ],
  ])("%#", (input, message) => {
    expect(refusal(input)).toBe(message);
  });

  test("values of 2 MB together and no more", () => {
    const input = (bytes: number): ExpressionInput => ({
      FilterExpression: "a = :a",
      ExpressionAttributeValues: { ":a": { S: "x".repeat(bytes) } },
    });
    expect(refusal(input(2 ** 21))).toBe("no fault");
    expect(refusal(input(2 ** 21 + 1))).toBe("ExpressionAttributeValues exceeds max size");
  });

  test("expressions and what came before them", () => {
    const check = (input: ExpressionInput & Record<string, unknown>) =>
      messageOf(() =>
        checkExpressionParameters(
          input,
          ["ProjectionExpression", "FilterExpression", "KeyConditionExpression"],
          ["AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"],
        ),
      );
    expect(check({ FilterExpression: "", AttributesToGet: ["a"], KeyConditions: {} })).toBe(
      "Can not use both expression and non-expression parameters in the same request: " +
        "Non-expression parameters: {AttributesToGet} Expression parameters: {FilterExpression}",
    );
    expect(check({ KeyConditionExpression: "", KeyConditions: {} })).toBe(
      "Can not use both expression and non-expression parameters in the same request: " +
        "Non-expression parameters: {KeyConditions} Expression parameters: {KeyConditionExpression}",
    );
    expect(check({ ExpressionAttributeNames: {} })).toBe(
      "ExpressionAttributeNames can only be specified when using expressions",
    );
    expect(check({ ProjectionExpression: "a", ExpressionAttributeValues: {} })).toBe(
      "ExpressionAttributeValues can only be specified when using expressions: " +
        "FilterExpression and KeyConditionExpression are null",
    );
  });

  test("573 words are reserved", () => {
    expect(isReserved("Zone")).toBe(true);
    expect(isReserved("status")).toBe(true);
    expect(isReserved("zones")).toBe(false);
    expect(isReserved("constructor")).toBe(true);
    expect(isReserved("toString")).toBe(false);
  });
});

describe("projections", () => {
  const item: Item = {
    a: { L: [{ N: "0" }, { M: { x: { S: "one" }, y: { S: "two" } } }, { N: "2" }] },
    b: { M: { c: { S: "c" }, d: { M: { e: { N: "1" } } } } },
    "b.c": { S: "dotted" },
    s: { S: "s" },
  };
  test.each<[string, Item]>([
    ["s, b", { s: item.s ?? { S: "" }, b: item.b ?? { S: "" } }],
    ["b.c", { b: { M: { c: { S: "c" } } } }],
    ["#dotted", { "b.c": { S: "dotted" } }],
    ["a[2], a[0]", { a: { L: [{ N: "0" }, { N: "2" }] } }],
    ["a[1].y, b.d.e", { a: { L: [{ M: { y: { S: "two" } } }] }, b: { M: { d: { M: { e: { N: "1" } } } } } }],
    ["a[9], b.zz, s[0], zz", {}],
    ["a.x, b[0]", {}],
    ["a[9], a[2]", { a: { L: [{ N: "2" }] } }],
  ])("%s", (expression, expected) => {
    const { projection } = readExpressions({
      ProjectionExpression: expression,
      ...(expression.includes("#") && { ExpressionAttributeNames: { "#dotted": "b.c" } }),
    });
    expect(projection?.project(item)).toEqual(expected);
  });

  const two = (relation: string, one: string, other: string) =>
    `Two document paths ${relation} with each other; must remove or rewrite one of these paths; ` +
    `path one: ${one}, path two: ${other}`;
  test.each([
    ["", "The expression can not be empty;"],
    ["!!! INVALID !!!", 'Syntax error; token: "!", near: "!!"'],
    ["a,", 'Syntax error; token: "<EOF>", near: ","'],
    ["a[-1]", 'Syntax error; token: "-", near: "[-1"'],
    ["a[]", 'Syntax error; token: "]", near: "[]"'],
    [":a", 'Syntax error; token: ":a", near: ":a"'],
    ["abs.Absolute, #z", "Attribute name is a reserved keyword; reserved keyword: Absolute"],
    ["a, #z", "An expression attribute name used in the document path is not defined; attribute name: #z"],
    ["a, b, a", two("overlap", "[a]", "[a]")],
    ["a.b.c, a.b", two("overlap", "[a, b, c]", "[a, b]")],
    ["a.b, a[1]", two("conflict", "[a, b]", "[a, [1]]")],
    ["a.b, a[1], a.b.c", two("overlap", "[a, b]", "[a, b, c]")],
  ])("%s", (expression, message) => {
    expect(refusal({ ProjectionExpression: expression })).toBe(`Invalid ProjectionExpression: ${message}`);
  });
});

describe("key conditions", () => {
  const schema = keySchemaOf([{ name: "p", type: "S" }], [{ name: "c", type: "N" }]);
  const values: Item = {
    ":p": { S: "x" },
    ":q": { S: "y" },
    ":n": { N: "5" },
    ":m": { N: "7" },
    ":e": { S: "" },
  };

  function requestOf(KeyConditionExpression: string, key = schema) {
    const used = new Set(KeyConditionExpression.match(/:\w+/g));
    const given = Object.fromEntries(Object.entries(values).filter(([name]) => used.has(name)));
    const { keyConditions } = readExpressions({
      KeyConditionExpression,
      ...(used.size > 0 && { ExpressionAttributeValues: given }),
    });
    return fitKeyConditions(keyConditions ?? new Map(), key);
  }

  test.each([
    ["p = :p", undefined],
    [":p = p", undefined],
    ["p = :p AND c = :n", { operator: "=", value: { N: "5" } }],
    ["c < :n and p = :p", { operator: "<", value: { N: "5" } }],
    [":n < c and p = :p", { operator: ">", value: { N: "5" } }],
    ["(p = :p) AND (c between :n and :m)", { operator: "BETWEEN", low: { N: "5" }, high: { N: "7" } }],
  ])("%s", (expression, sort) => {
    expect(requestOf(expression)).toEqual({ partition: { S: "x" }, ...(sort && { sort }) });
  });

  const operator = (name: string) => `Invalid operator used in KeyConditionExpression: ${name}`;
  const condition = "Invalid condition in KeyConditionExpression: ";
  const nested = "KeyConditionExpressions cannot have conditions on nested attributes";
  const operations = "KeyConditionExpressions cannot contain nested operations";
  test.each([
    ["p > :p and size(b) > c or p > c", operator("OR")],
    ["p in (b, size(c), d)", operator("IN")],
    ["attribute_exists(p)", operator("attribute_exists")],
    ["contains(a.d, b)", operator("contains")],
    ["not p > b", operator("NOT")],
    ["p <> b", operator("<>")],
    [":p between size(b) and size(p) and b > :q", "Invalid KeyConditionExpression: Incorrect operand type"],
    [
      "begins_with(:p, b) and p > :q",
      `${condition}begins_with operator must have the key attribute as its first operand`,
    ],
    ["size(b) > p AND a.b > b AND b > c", operations],
    ["p > size(b.d)", operations],
    ["b > a.b", `${condition}Multiple attribute names used in one condition`],
    ["begins_with(p, b)", `${condition}Multiple attribute names used in one condition`],
    ["b.d > a AND c.d > e.f", nested],
    ["b[0] > a", nested],
    [":p > :q AND p < :q", `${condition}No key attribute specified`],
    [
      "p > :p AND p < :p and c = :p",
      "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key",
    ],
    [
      ":p = p and b = :p and :p = c",
      "The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)",
    ],
    ["p = :p and x = :p", "Query condition missed key schema element: c"],
    ["c = :n", "Query condition missed key schema element: p"],
    ["p > :p", "Query key condition not supported"],
    [
      "p = :p and c = :q",
      "One or more parameter values were invalid: Condition parameter type does not match schema type",
    ],
    [
      "p = :e",
      "One or more parameter values are not valid. " +
        "The AttributeValue for a key attribute cannot contain an empty string value. Key: p",
    ],
  ])("%s", (expression, message) => {
    const found = messageOf(() => requestOf(expression));
    if (message.endsWith("operand type")) expect(found).not.toBe("no fault");
    else expect(found).toBe(message);
  });

  test("a table without a sort key takes one condition", () => {
    const { partition } = schema;
    expect(messageOf(() => requestOf("p = :p and c = :n", keySchemaOf([partition])))).toBe(
      "Query key condition not supported",
    );
  });

  test("which keys a request reaches", () => {
    const request = requestOf("p = :p AND c between :n and :m");
    const holds = (p: string, c: string) => keyConditionHolds(request, schema, { p: { S: p }, c: { N: c } });
    expect([holds("x", "5"), holds("x", "6.5"), holds("x", "7.1"), holds("y", "6")]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe("whatever is written", () => {
  const words = (
    "a b.c #n #z :v :z SET REMOVE ADD DELETE AND OR NOT BETWEEN IN ( ) [ ] , . = <> < <= > >= + - 0 12 " +
    'size contains begins_with attribute_type attribute_exists if_not_exists list_append name ! " é'
  ).split(" ");
  const members = [
    "UpdateExpression",
    "ConditionExpression",
    "KeyConditionExpression",
    "FilterExpression",
    "ProjectionExpression",
  ] as const;
  const texts = fc.oneof(
    fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((parts) => parts.join(" ")),
    fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((parts) => parts.join("")),
    fc.string(),
  );
  test("the answer is an expression or a ValidationException", () => {
    fc.assert(
      fc.property(fc.constantFrom(...members), texts, (member, text) => {
        try {
          const expressions = readExpressions({
            [member]: text,
            ExpressionAttributeNames: { "#n": "name" },
            ExpressionAttributeValues: { ":v": { N: "1" } },
          });
          const item: Item = { a: { N: "1" }, b: { M: { c: { L: [] } } } };
          expressions.filter?.holds(item);
          expressions.projection?.project(item);
          expressions.update?.apply({}, item);
        } catch (fault) {
          if (!(fault instanceof Fault) || fault.code !== "ValidationException") throw fault;
        }
      }),
      { numRuns: 3000 },
    );
  });

  test.each(members)("nothing in %s is too deep or too long", (member) => {
    const patterns = [
      "(",
      "((",
      "not ",
      "a<b and (",
      "size(",
      "a.",
      "a[0]",
      "a,",
      "set a=f(",
      "set a=(",
      "a[0],",
    ];
    for (const pattern of patterns) {
      for (const tail of ["", "a", "a=b", ")".repeat(500)]) {
        const text = (pattern.repeat(4096).slice(0, 4096 - tail.length) + tail).trim();
        expect(refusal({ [member]: text })).toMatch(/^(Invalid|no fault|KeyCondition)/);
      }
    }
  });
});

describe("an update and a read of the same path", () => {
  const leaf = fc.oneof(
    fc.string().map((S): AttributeValue => ({ S })),
    fc.integer().map((N): AttributeValue => ({ N: String(N) })),
    fc.boolean().map((BOOL): AttributeValue => ({ BOOL })),
  );
  const { value: document } = fc.letrec<{ value: AttributeValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.dictionary(fc.constantFrom("x", "y", "__proto__"), tie("value")).map((M) => ({ M })),
      fc.array(tie("value"), { maxLength: 3 }).map((L) => ({ L })),
    ),
  }));
  const items = fc.dictionary(fc.constantFrom("x", "y", "q"), document);

  /** Every path in an item. */
  function pathsOf(item: Item, before: readonly (string | number)[] = []): (string | number)[][] {
    return Object.entries(item).flatMap(([name, value]) => pathsIn(value, [...before, name]));
  }
  function pathsIn(value: AttributeValue, path: readonly (string | number)[]): (string | number)[][] {
    const inner = value.L
      ? value.L.flatMap((one, at) => pathsIn(one, [...path, at]))
      : pathsOf(value.M ?? {}, path);
    return [[...path], ...inner];
  }

  test("give what was set, and leave all else and the old item alone", () => {
    fc.assert(
      fc.property(items, leaf, fc.nat(), (before, value, pick) => {
        const paths = pathsOf(before);
        const path = paths[pick % Math.max(paths.length, 1)] ?? ["fresh"];
        const names: Record<string, string> = {};
        const text = path
          .map((step, at) => {
            if (typeof step === "number") return `[${step}]`;
            names[`#n${at}`] = step;
            return `${at > 0 ? "." : ""}#n${at}`;
          })
          .join("");
        const copy = structuredClone(before);
        const placeholders = { ExpressionAttributeNames: names };
        const set = readExpressions({
          ...placeholders,
          UpdateExpression: `SET ${text} = :v`,
          ExpressionAttributeValues: { ":v": value },
        }).update?.apply({}, before);
        expect(set && valueAt(set, path)).toEqual(value);
        expect(before).toEqual(copy);
        const others = paths.filter((other) => !related(path, other));
        for (const other of others) expect(set && valueAt(set, other)).toEqual(valueAt(before, other));
        const removed = readExpressions({
          ...placeholders,
          UpdateExpression: `REMOVE ${text}`,
        }).update?.apply({}, before);
        if (typeof path[path.length - 1] === "string")
          expect(removed && valueAt(removed, path)).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  function related(one: readonly unknown[], other: readonly unknown[]): boolean {
    return one.every((step, at) => at >= other.length || step === other[at]);
  }
});
