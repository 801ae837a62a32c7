import { describe, expect, test } from "vitest";
import type { AttributeValue, Item } from "../values/value.ts";
import { readExpressions } from "./expressions.ts";

/** The message of the fault that `body` throws. */
function messageOf(body: () => unknown): string {
  try {
    body();
  } catch (fault) {
    expect(fault).toMatchObject({ name: "ValidationException", code: "ValidationException" });
    return fault instanceof Error ? fault.message : "";
  }
  return "no fault";
}

function refusal(FilterExpression: string, values?: Item, names?: Record<string, string>): string {
  const message = messageOf(() =>
    readExpressions({
      FilterExpression,
      ...(values && { ExpressionAttributeValues: values }),
      ...(names && { ExpressionAttributeNames: names }),
    }),
  );
  return message.replace(/^Invalid FilterExpression: /, "");
}

describe("syntax errors name the token and what is written around it", () => {
  test.each([
    ["things are not gonna be ok", 'token: "are", near: "things are not"'],
    ["a > 4", 'token: "4", near: "> 4"'],
    ["attribute_exists(Pictures-RearView)", 'token: "-", near: "Pictures-RearView"'],
    ['attribute_exists("Pictures.RearView")', 'token: """, near: "("Pictures"'],
    ["attribute_exists(Pictures..RearView)", 'token: ".", near: "..RearView"'],
    ["attribute_exists(Pi#ctures.RearView)", 'token: "#ctures", near: "Pi#ctures."'],
    ["attribute_exists(asdf[a])", 'token: "a", near: "[a]"'],
    ["a in b, c", 'token: "b", near: "in b,"'],
    ["a > between", 'token: "between", near: "> between"'],
    ["a in (b,c,)", 'token: ")", near: ",)"'],
    ["(a)between(b.(c.d))and(c)", 'token: "(", near: ".(c"'],
    ["(a)between(b.c.d)and((c)", 'token: "<EOF>", near: ")"'],
    ["#$.b > a", 'token: "#", near: "#$"'],
    ["a > :things.stuff", 'token: ".", near: ":things.stuff"'],
    ["b[:a] > a", 'token: ":a", near: "[:a]"'],
    ["ü > a", 'token: "ü", near: "ü >"'],
    ["(a)between(b.c[4.5].#d)and(:a)", 'token: ".", near: "4.5"'],
    ["size(a).b > a", 'token: ".", near: ").b"'],
    ["(size(a))[0] > a", 'token: "[", near: ")[0"'],
    ["a = = b", 'token: "=", near: "= = b"'],
    ["a AND b = c", 'token: "AND", near: "a AND b"'],
    ["(a = b) = c", 'token: "=", near: ") = c"'],
    ["a", 'token: "<EOF>", near: "a"'],
    ["a < b)", 'token: ")", near: "b)"'],
    ["_a < b", 'token: "_", near: "_a"'],
    ["(".repeat(4000), 'token: "<EOF>", near: "("'],
  ])("%s", (expression, detail) => {
    expect(refusal(expression)).toBe(`Syntax error; ${detail}`);
  });
});

describe("what is wrong with the whole expression", () => {
  const parens = "The expression has redundant parentheses;";
  const misused = (name: string) =>
    `The function is not allowed to be used this way in an expression; function: ${name}`;
  test.each([
    ["", "The expression can not be empty;"],
    [" ".repeat(4097), "Expression size has exceeded the maximum allowed size; expression size: 4097"],
    [
      `a = ${"é".repeat(2047)}`,
      "Expression size has exceeded the maximum allowed size; expression size: 4098",
    ],
    ["a=a and a > ((views))", parens],
    ["(a)between(((b.c)).d)and(c)", parens],
    ["a > whatever((:things), ((a)))", parens],
    ["a=a AND ((a=a AND a=a)) AND a=a", parens],
    ["a=a OR ((a=a OR (a=a OR a=a)))", parens],
    ["((a=b))", parens],
    ["a=a and whatever((:things)) > a", "Invalid function name; function: whatever"],
    ["attRIbute_exIsts((views), #a)", "Invalid function name; function: attRIbute_exIsts"],
    ["a=a and attribute_exists((views), (#a)) > b", misused("attribute_exists")],
    ["size(contains(a, b)) > a", misused("contains")],
    ["size(things)", misused("size")],
    ["a = b AND NOT size(things)", misused("size")],
    ["a between b and attribute_exists(things)", misused("attribute_exists")],
    ["a in (b, attribute_exists(things))", misused("attribute_exists")],
    ["attribute_exists(views, #a)", "Attribute name is a reserved keyword; reserved keyword: views"],
    [":a < abOrT", "Attribute name is a reserved keyword; reserved keyword: abOrT"],
    ["a.b.size = c", "Attribute name is a reserved keyword; reserved keyword: size"],
    ["a[99999999999999] = b", "List index is not within the allowable range; index: [99999999999999]"],
    [`a${".b".repeat(32)} = c`, "The document path has too many nesting levels; nesting levels: 33"],
    [`${"a<b or ".repeat(200)}a<b`, "The expression contains too many operators; operator count: 301"],
    [`${"not ".repeat(400)}a<b`, "The expression contains too many operators; operator count: 301"],
  ])("%s", (expression, message) => {
    expect(refusal(expression)).toBe(message);
  });

  test("150 comparisons and the words between them are 299 operators", () => {
    expect(refusal(`${"a<b or (".repeat(149)}a<b${")".repeat(149)}`)).toBe("no fault");
  });
});

describe("what is wrong with the first test that is wrong", () => {
  const name = (placeholder: string) =>
    `An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`;
  const value = (placeholder: string) =>
    `An expression attribute value used in expression is not defined; attribute value: ${placeholder}`;
  const operands = (call: string, count: number) =>
    "Incorrect number of operands for operator or function; " +
    `operator or function: ${call}, number of operands: ${count}`;
  const distinct = (operator: string, path: string) =>
    "The first operand must be distinct from the remaining operands for this operator or function; " +
    `operator: ${operator}, first operand: ${path}`;
  const names = { "#a": "a" };
  test.each([
    ["attribute_exists(#Pictures.RearView, :a) and a=a", name("#Pictures")],
    ["begins_with(Pictures.#RearView)", name("#RearView")],
    ["(#P between :lo and :hi) and (#PC in (:cat1, :cat2))", name("#P")],
    ["#4g > a", name("#4g")],
    ["#_ > a", name("#_")],
    ["(a)between(b.c[45].#d)and(:a)", name("#d")],
    ["begins_with(:hello, #z, #y)", value(":hello")],
    [":a < :b", value(":a")],
    [":_ > a", value(":_")],
    ["attribute_exists(things, a) and a=a", operands("attribute_exists", 2)],
    ["attribute_type(things)", operands("attribute_type", 1)],
    ["begins_with(things, size(a), b)", operands("begins_with", 3)],
    ["size(things, a) > b", operands("size", 2)],
    [`a in (${"b,".repeat(99)}b)`, operands("IN", 101)],
    ["a = a AND #a = b AND :views > a", distinct("=", "[a]")],
    ["#a <> a", distinct("<>", "[a]")],
    ["((a=a) OR (a=a))", distinct("=", "[a]")],
    ["contains(ab.bc[1].a, ab.bc[1].#a)", distinct("contains", "[ab, bc, [1], a]")],
    ["attribute_type(ab.bc[1].#a, ab.bc[1].a)", distinct("attribute_type", "[ab, bc, [1], a]")],
  ])("%s", (expression, message) => {
    expect(refusal(expression, undefined, names)).toBe(message);
  });

  const type = (call: string, type: string) =>
    `Incorrect operand type for operator or function; operator or function: ${call}, operand type: ${type}`;
  const path = (call: string) =>
    `Operator or function requires a document path; operator or function: ${call}`;
  const one = { N: "1" };
  test.each<[string, AttributeValue, string]>([
    ["attribute_type(a, size(a)) and a=a and a=:a", one, type("attribute_type", "N")],
    ["attribute_type(a, :a)", { BOOL: true }, type("attribute_type", "BOOL")],
    ["attribute_type(a, b) and a = :a", one, type("attribute_type", "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}")],
    [
      "attribute_type(a, :a)",
      { S: "1" },
      "Invalid attribute type name found; type: 1, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
    ],
    ["begins_with(a, size(a)) and a=:a", one, type("begins_with", "N")],
    ["begins_with(a, :a)", { L: [] }, type("begins_with", "L")],
    ["begins_with(:a, a)", { M: {} }, type("begins_with", "M")],
    ["size(size(a)) > :a", one, type("size", "N")],
    ["attribute_not_exists(size(:a))", one, type("size", "N")],
    ["attribute_not_exists(size(:a))", { S: "1" }, path("attribute_not_exists")],
    ["attribute_exists(:a) and a=a", { S: "1" }, path("attribute_exists")],
    ["size(:a) > a", { NULL: true }, type("size", "NULL")],
    ["a < :a", { BOOL: true }, type("<", "BOOL")],
    [":a >= a", { L: [] }, type(">=", "L")],
    ["a between :a and b", { SS: ["a"] }, type("BETWEEN", "SS")],
  ])("%s with %j", (expression, given, message) => {
    expect(refusal(expression, { ":a": given })).toBe(message);
  });

  test.each<[AttributeValue, AttributeValue, string]>([
    [
      { N: "1" },
      { S: "a" },
      "The BETWEEN operator requires same data type for lower and upper bounds; " +
        "lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:a}",
    ],
    [
      { S: "b" },
      { S: "a" },
      "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; " +
        "lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}",
    ],
  ])("bounds %j and %j", (low, high, message) => {
    expect(refusal("a between :low and :high", { ":low": low, ":high": high })).toBe(message);
  });

  test("99 operands of IN are not too many", () => {
    expect(refusal(`a in (${"b,".repeat(98)}b)`)).toBe("no fault");
  });
});

describe("whether a condition holds", () => {
  const item: Item = {
    s: { S: "hello" },
    n: { N: "10" },
    m: { N: "9.5" },
    b: { B: Uint8Array.of(1, 200, 3) },
    t: { BOOL: true },
    z: { NULL: true },
    ss: { SS: ["x", "y"] },
    ns: { NS: ["1", "2"] },
    bs: { BS: [Uint8Array.of(1), Uint8Array.of(2)] },
    l: { L: [{ S: "x" }, { N: "2" }, { M: { deep: { L: [{ S: "end" }] } } }] },
    doc: { M: { prop: { N: "3" }, "with.dot": { S: "dotted" } } },
  };
  const values: Item = {
    ":hello": { S: "hello" },
    ":he": { S: "he" },
    ":ten": { N: "10" },
    ":three": { N: "3" },
    ":five": { N: "5" },
    ":yx": { SS: ["y", "x"] },
    ":low": { B: Uint8Array.of(1, 127) },
    ":one": { B: Uint8Array.of(1) },
    ":S": { S: "S" },
    ":x": { S: "x" },
    ":true": { BOOL: true },
    ":null": { NULL: true },
    ":end": { S: "end" },
    ":dotted": { S: "dotted" },
  };
  test.each<[string, boolean]>([
    ["s = :hello", true],
    ["s <> :hello", false],
    ["n = :ten", true],
    ["n > m", true],
    ["n < m", false],
    ["s < n", false],
    ["s > n", false],
    ["NOT s < n", true],
    ["absent = :ten", false],
    ["absent <> :ten", true],
    ["absent = gone", false],
    ["absent <> gone", true],
    ["absent < :ten", false],
    ["ss = :yx", true],
    ["ss < n", false],
    ["b > :low", true],
    ["t = :true", true],
    ["z = :null", true],
    ["n BETWEEN m AND :ten", true],
    ["m between :ten and n", false],
    ["n IN (m, :ten)", true],
    ["n in (m, s, t)", false],
    ["attribute_exists(doc.prop)", true],
    ["attribute_exists(l[2].deep[0])", true],
    ["attribute_exists(l[3])", false],
    ["attribute_exists(s.prop)", false],
    ["attribute_not_exists(absent.b.c[3])", true],
    ["l[2].deep[0] = :end", true],
    ["doc.#dot = :dotted", true],
    ["attribute_type(s, :S)", true],
    ["attribute_type(n, :S)", false],
    ["attribute_type(absent, :S)", false],
    ["begins_with(s, :he)", true],
    ["begins_with(b, :one)", true],
    ["begins_with(n, :he)", false],
    ["begins_with(:hello, :he)", true],
    ["contains(s, :he)", true],
    ["contains(ss, :x)", true],
    ["contains(l, :x)", true],
    ["contains(bs, :one)", true],
    ["contains(b, :one)", true],
    ["contains(ns, :three)", false],
    ["contains(l, :three)", false],
    ["contains(doc, :x)", false],
    ["size(s) = :five", true],
    ["size(l) = :three", true],
    ["size(b) = :three", true],
    ["size(n) = :three", false],
    ["size(absent) <> :three", true],
    ["s = :hello AND n = :three OR t = :true", true],
    ["s = :hello AND (n = :three OR t = :true)", true],
    ["n = :three OR NOT (t = :true)", false],
    ["not not t = :true", true],
    ["(s) = (:hello)", true],
  ])("%s is %s", (expression, holds) => {
    const used = new Set(expression.match(/:\w+/g));
    const given = Object.fromEntries(Object.entries(values).filter(([key]) => used.has(key)));
    const { filter } = readExpressions({
      FilterExpression: expression,
      ...(used.size > 0 && { ExpressionAttributeValues: given }),
      ...(expression.includes("#dot") && { ExpressionAttributeNames: { "#dot": "with.dot" } }),
    });
    expect(filter?.holds(item)).toBe(holds);
  });
});
