import { describe, expect, test } from "vitest";
import type { AttributeValue, Item } from "../values/value.ts";
import { readExpressions } from "./expressions.ts";

function messageOf(body: () => unknown): string {
  try {
    body();
  } catch (fault) {
    expect(fault).toMatchObject({ code: "ValidationException" });
    return fault instanceof Error ? fault.message : "";
  }
  return "no fault";
}

function read(UpdateExpression: string, values?: Item, names?: Record<string, string>) {
  return readExpressions({
    UpdateExpression,
    ...(values && { ExpressionAttributeValues: values }),
    ...(names && { ExpressionAttributeNames: names }),
  });
}

function refusal(expression: string, values?: Item, names?: Record<string, string>): string {
  return messageOf(() => read(expression, values, names)).replace(/^Invalid UpdateExpression: /, "");
}

const n = (number: number): AttributeValue => ({ N: String(number) });
const list = (...numbers: number[]): AttributeValue => ({ L: numbers.map(n) });

describe("syntax errors", () => {
  test.each([
    ["INVALID SYNTAX HERE", 'token: "INVALID", near: "INVALID SYNTAX"'],
    ["set a", 'token: "<EOF>", near: "a"'],
    ["add a", 'token: "<EOF>", near: "a"'],
    ["set a=set", 'token: "set", near: "=set"'],
    ["remove a = b", 'token: "=", near: "a = b"'],
    ["add a = b", 'token: "=", near: "a = b"'],
    ["delete a b", 'token: "b", near: "a b"'],
    ["add a if_not_exist(b)", 'token: "if_not_exist", near: "a if_not_exist("'],
    ["remove a b", 'token: "b", near: "a b"'],
    ["set :a = b", 'token: ":a", near: "set :a ="'],
    ["set a = b / c", 'token: "/", near: "b / c"'],
    ["set a = b * c", 'token: "*", near: "b * c"'],
    ['set a[1] = "eight"', 'token: """, near: "= "eight"'],
    ["set a[1] = 1", 'token: "1", near: "= 1"'],
    ["SET a = if_not_exist(a, 100)", 'token: "100", near: ", 100)"'],
    ["SET if_not_exist(a, b) = a", 'token: "(", near: "if_not_exist(a"'],
    ["set (a = (b + c))", 'token: "(", near: "set (a"'],
    ["set a = (b.c).d + e", 'token: ".", near: ").d"'],
    ["set a = b + c + d", 'token: "+", near: "c + d"'],
    ["SET _123 = :v", 'token: "_", near: "SET _123"'],
    ["SET #a = :a, #b = :b,", 'token: "<EOF>", near: ","'],
    ["SET c = if_not_exists(c, :a+:b)", 'token: "+", near: ":a+:b"'],
    ["set a[#xyz] = :a", 'token: "#xyz", near: "[#xyz]"'],
  ])("%s", (expression, detail) => {
    expect(refusal(expression)).toBe(`Syntax error; ${detail}`);
  });
});

describe("what is wrong with an update", () => {
  const reserved = (word: string) => `Attribute name is a reserved keyword; reserved keyword: ${word}`;
  const once = (section: string) => `The "${section}" section can only be used once in an update expression;`;
  const overlap = (one: string, other: string) =>
    "Two document paths overlap with each other; must remove or rewrite one of these paths; " +
    `path one: ${one}, path two: ${other}`;
  const conflict = (one: string, other: string) =>
    "Two document paths conflict with each other; must remove or rewrite one of these paths; " +
    `path one: ${one}, path two: ${other}`;
  const names = { "#c": "c", "#d": "[3]" };
  test.each<[string, string, Item?]>([
    [" set #e = :e set abOrt = true ", reserved("abOrt")],
    [" remove Absolute ", reserved("Absolute")],
    ["set #e = if_not_exist(:e) set c = d", "Invalid function name; function: if_not_exist"],
    ["SET a = LIST_APPEND(:e, :f)", "Invalid function name; function: LIST_APPEND"],
    ["set a = #e set c = :d", once("SET")],
    ["remove #e set a = b remove e", once("REMOVE")],
    ["add #e :e set a = b add e :f", once("ADD")],
    [
      "SET #e = if_not_exists(:e)",
      "An expression attribute name used in the document path is not defined; attribute name: #e",
    ],
    [
      "SET #c = if_not_exists(:e)",
      "An expression attribute value used in expression is not defined; attribute value: :e",
    ],
    ["set d[1] = a, d.b = a, c[1].a = a, #c = if_not_exists(a)", overlap("[c, [1], a]", "[c]")],
    ["set #c[3].#d = a, #c[3] = a", overlap("[c, [3], [3]]", "[c, [3]]")],
    ["SET a = b REMOVE a", overlap("[a]", "[a]")],
    ["set #c[3].#d = a, #c.#d[3] = if_not_exists(a)", conflict("[c, [3], [3]]", "[c, [3], [3]]")],
    ["remove a.#c set a[1] = #d", conflict("[a, c]", "[a, [1]]")],
    [
      "set a = list_append(list_append(b, c), d)",
      "The function is not allowed to be used this way in an expression; function: list_append",
    ],
    [
      "set a = if_not_exists(c)",
      "Incorrect number of operands for operator or function; " +
        "operator or function: if_not_exists, number of operands: 1",
    ],
    [
      "set a = if_not_exists(if_not_exists(a, b), c)",
      "Operator or function requires a document path; operator or function: if_not_exists",
    ],
  ])("%s", (expression, message) => {
    expect(refusal(expression, undefined, names)).toBe(message);
  });

  const operator = (name: string, type: string) =>
    `Incorrect operand type for operator or function; operator: ${name}, operand type: ${type}`;
  const call = (name: string, type: string) =>
    `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`;
  test.each<[string, AttributeValue, string]>([
    ["set b = list_append(:a, a), c = if_not_exists(a) add a.b :a", { S: "a" }, overlap("", "")],
    ["delete a.b :a", { S: "a" }, operator("DELETE", "STRING")],
    ["add a.b :a", { NULL: true }, operator("ADD", "NULL")],
    ["add a.b :a", { BOOL: true }, operator("ADD", "BOOLEAN")],
    ["add a.b :a", { B: Uint8Array.of(1) }, operator("ADD", "BINARY")],
    ["add a.b :a", { M: {} }, operator("ADD", "MAP")],
    ["add a.b :a", { L: [] }, operator("ADD", "LIST")],
    ["delete a.b :a", { N: "1" }, operator("DELETE", "NUMBER")],
    ["set a = list_append(:a, a)", { S: "a" }, call("list_append", "S")],
    ["set a = list_append(a, :a)", { SS: ["a"] }, call("list_append", "SS")],
    ["set a = a + :a", { S: "a" }, call("+", "S")],
    ["set a = :a - a", { L: [] }, call("-", "L")],
    [
      "set a = if_not_exists(:a, c)",
      { S: "a" },
      "Operator or function requires a document path; operator or function: if_not_exists",
    ],
  ])("%s with %j", (expression, value, message) => {
    const found = refusal(expression, { ":a": value });
    if (message === overlap("", "")) expect(found).toBe(operator("ADD", "STRING"));
    else expect(found).toBe(message);
  });
});

describe("what an update makes of an item", () => {
  const values: Item = {
    ":v": { S: "v" },
    ":one": n(1),
    ":zero": n(0),
    ":list": list(8, 9),
    ":ss": { SS: ["a", "b"] },
    ":ns": { NS: ["1"] },
    ":sum": { N: "0.1" },
  };

  function apply(expression: string, before: Item | undefined, key: Item = {}): Item | undefined {
    const used = new Set(expression.match(/:\w+/g));
    const given = Object.fromEntries(Object.entries(values).filter(([name]) => used.has(name)));
    return read(expression, used.size > 0 ? given : undefined).update?.apply(key, before);
  }

  test.each<[string, Item, Item]>([
    ["SET a = :v, b = a", { a: n(1) }, { a: { S: "v" }, b: n(1) }],
    ["SET a = b, b = a", { a: n(1), b: n(2) }, { a: n(2), b: n(1) }],
    ["SET a = a + :one, b = :one - a", { a: n(5) }, { a: n(6), b: n(-4) }],
    ["SET a = (a + :sum)", { a: { N: "0.2" } }, { a: { N: "0.3" } }],
    ["SET a = if_not_exists(a, :zero) + :one", {}, { a: n(1) }],
    ["SET a = if_not_exists(a, :zero) + :one", { a: n(4) }, { a: n(5) }],
    ["SET a = if_not_exists(b, if_not_exists(c, :one))", { c: n(3) }, { c: n(3), a: n(3) }],
    ["SET a = list_append(a, :list)", { a: list(1) }, { a: list(1, 8, 9) }],
    ["SET a = list_append(if_not_exists(a, :list), :list)", {}, { a: list(8, 9, 8, 9) }],
    ["SET a[1] = :one", { a: list(7, 8) }, { a: list(7, 1) }],
    ["SET a[7] = :one, a[5] = :zero", { a: list(7) }, { a: list(7, 0, 1) }],
    ["REMOVE a[1] SET a[3] = :zero", { a: list(2, 3, 4, 5, 6, 7) }, { a: list(2, 4, 0, 6, 7) }],
    ["SET a[3] = :zero REMOVE a[1]", { a: list(2, 3, 4, 5, 6, 7) }, { a: list(2, 4, 0, 6, 7) }],
    ["REMOVE a[0], a[1], a[17]", { a: list(1, 2, 3) }, { a: list(3) }],
    ["REMOVE a.b, c", { a: { M: { b: n(1) } } }, { a: { M: {} } }],
    ["REMOVE a.y, b[7], c", { a: { M: { x: n(3) } }, b: list(1) }, { a: { M: { x: n(3) } }, b: list(1) }],
    [
      "SET a.b[0].c = :v REMOVE a.b[1], a.x",
      { a: { M: { b: { L: [{ M: {} }, n(1)] }, x: n(1) } } },
      { a: { M: { b: { L: [{ M: { c: { S: "v" } } }] } } } },
    ],
    ["ADD a :one, b :ss", {}, { a: n(1), b: { SS: ["a", "b"] } }],
    ["ADD a :one, b :ss", { a: n(1), b: { SS: ["b", "c"] } }, { a: n(2), b: { SS: ["b", "c", "a"] } }],
    ["ADD a.b :one", { a: { M: {} } }, { a: { M: { b: n(1) } } }],
    ["DELETE a :ss", { a: { SS: ["a", "b", "c"] } }, { a: { SS: ["c"] } }],
    ["DELETE a :ss, b :ns", { a: { SS: ["b"] } }, {}],
  ])("%s", (expression, before, after) => {
    const copy = structuredClone(before);
    expect(apply(expression, before)).toEqual(after);
    expect(before).toEqual(copy);
  });

  const PATH = "The document path provided in the update expression is invalid for update";
  const TYPE = "An operand in the update expression has an incorrect data type";
  const MISSING = "The provided expression refers to an attribute that does not exist in the item";
  test.each<[string, Item | undefined, string]>([
    ["SET a = b", {}, MISSING],
    ["SET a = b + :one", undefined, MISSING],
    ["SET a = list_append(b, :list)", {}, MISSING],
    ["SET a = b + :one", { b: { S: "x" } }, TYPE],
    ["SET a = list_append(b, :list)", { b: n(1) }, TYPE],
    ["ADD a :one", { a: { S: "x" } }, TYPE],
    ["ADD a :ns", { a: { SS: ["x"] } }, TYPE],
    ["DELETE a :ss", { a: { NS: ["1"] } }, TYPE],
    ["SET a.b = :v", {}, PATH],
    ["SET a.b = :v", { a: { S: "x" } }, PATH],
    ["SET a.b = :v", { a: list(1) }, PATH],
    ["SET a[0] = :v", { a: { M: {} } }, PATH],
    ["SET a[3].b = :v", { a: list(1) }, PATH],
    ["REMOVE a.b", {}, PATH],
    ["REMOVE a[0]", { a: { S: "x" } }, PATH],
    ["REMOVE a.b", undefined, "no fault"],
    ["SET a.b = :v", undefined, PATH],
  ])("%s of %j", (expression, before, message) => {
    expect(messageOf(() => apply(expression, before))).toBe(message);
  });

  test("a value must not be put too deep", () => {
    const names = Array.from({ length: 31 }, (_, at) => `l${at}`);
    const before = names.reduceRight<AttributeValue>((inner, name) => ({ M: { [name]: inner } }), list(1));
    const expression = `SET ${["a", ...names].join(".")} = :list`;
    expect(messageOf(() => apply(expression, { a: before }))).toMatch(/^Nesting Levels have exceeded/);
  });

  test("an item that did not exist begins with its key", () => {
    expect(apply("SET a = :v", undefined, { pk: n(1) })).toEqual({ pk: n(1), a: { S: "v" } });
  });

  test("it tells its targets and everything it reads", () => {
    const { update } = read("SET a.b = if_not_exists(c, d) REMOVE e[0]");
    expect(update?.targets).toEqual([
      ["a", "b"],
      ["e", 0],
    ]);
    expect(update?.paths).toEqual([["a", "b"], ["e", 0], ["c"], ["d"]]);
  });
});
