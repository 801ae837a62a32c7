import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Fault } from "../../../../kernel/faults.ts";
import { keySchemaOf } from "../../values/keys.ts";
import type { AttributeValue, Item } from "../../values/value.ts";
import { compileCondition } from "../compile.ts";
import { readyUpdate } from "../expressions.ts";
import { parseStatement } from "./parse.ts";
import { planSelect, planWrite, selectColumns } from "./plan.ts";

const schema = keySchemaOf([{ name: "pk", type: "S" }], [{ name: "sk", type: "N" }]);
const NOT_WELL_FORMED = "Statement wasn't well formed, can't be processed: ";
const OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range";
const LEFTOVER = `${NOT_WELL_FORMED}Unexpected token after expression`;

function messageOf(body: () => unknown): string {
  try {
    body();
  } catch (fault) {
    expect(fault).toMatchObject({ code: "ValidationException" });
    return fault instanceof Error ? fault.message : "";
  }
  return "no fault";
}

function select(text: string, parameters: readonly AttributeValue[] = []) {
  const statement = parseStatement(text, parameters);
  if (statement.kind !== "select") throw new TypeError("not a select");
  return statement;
}

function update(text: string, before: Item, parameters: readonly AttributeValue[] = []): Item {
  const statement = parseStatement(text, parameters);
  if (statement.kind !== "update") throw new TypeError("not an update");
  return readyUpdate(statement.actions).apply({}, before);
}

describe("statements that AWS refuses, and how", () => {
  test.each([
    [`SELECT * FROM "N" WHERE pk = 1 foo`, LEFTOVER],
    [`SELECT * FROM "N" WHERE pk = 1 e5`, LEFTOVER],
    [`INSERT INTO "N" VALUE {'pk': 970001} foo`, LEFTOVER],
    [`UPDATE "N" SET a = 9 WHERE pk = 970002 foo`, LEFTOVER],
    [`DELETE FROM "N" WHERE pk = 970003 foo`, LEFTOVER],
    [`SELECT * FROM "N" WHERE pk = 1)`, LEFTOVER],
    [`DELETE FROM "N" WHERE pk = 970004 ORDER BY pk`, LEFTOVER],
    [`SELECT * FROM "N" ORDER BY pk WHERE pk = 1`, LEFTOVER],
    [`SELECT * FROM "N" WHERE pk = 1e2147483648`, NOT_WELL_FORMED],
    [`SELECT * FROM "N" WHERE pk = 1e99999999999`, NOT_WELL_FORMED],
    [`SELECT * FROM "N" WHERE pk = 1.5e-2147483647`, NOT_WELL_FORMED],
    [`SELECT * FROM "N" WHERE pk = 1 # note`, NOT_WELL_FORMED],
    [`SELECT * FROM "N" WHERE pk = 1 /* note`, NOT_WELL_FORMED],
    [`SELECT * FROM "N`, NOT_WELL_FORMED],
    [`SELECT * FROM "S" t WHERE pk = 'x'`, "Aliasing is not supported"],
    [`SELECT * FROM "S" AS t WHERE pk = 'x'`, "Aliasing is not supported"],
    [`UPDATE "S" t SET a = 3 WHERE pk = 'x'`, "Aliasing is not supported"],
    [`DELETE FROM "S" t WHERE pk = 'x'`, "Aliasing is not supported"],
    [`INSERT INTO "S" t VALUE {'pk': 'x'}`, LEFTOVER],
    [`SELECT * FROM "N" WHERE pk = 1e126`, `${OVERFLOW} under root`],
    [
      `UPDATE "N" SET a = 1e-131 WHERE pk = 970005`,
      "Number underflow. Attempting to store a number with magnitude smaller than supported range under root",
    ],
    [
      `SELECT * FROM "N" WHERE pk = 123456789012345678901234567890123456789`,
      "Attempting to store more than 38 significant digits in a Number under root",
    ],
    [`INSERT INTO "N" VALUE {'pk': 970006, 'm': {'x': 1e126}}`, `${OVERFLOW} under root.x`],
    [`INSERT INTO "N" VALUE {'pk': 970007, 'l': [1, 1e126]}`, `${OVERFLOW} under root[1]`],
    [
      `UPDATE "N" SET d = ${"{'a':".repeat(32)}1${"}".repeat(32)} WHERE pk = 1`,
      `Nesting Levels have exceeded supported limits under root${".a".repeat(32)}`,
    ],
    [`SELECT * FROM "S" WHERE`, `${NOT_WELL_FORMED}Unexpected term`],
    [`SELECT * FROM "S" WHERE;`, `${NOT_WELL_FORMED}Unexpected term`],
    [`UPDATE "S" SET a = 1 WHERE`, `${NOT_WELL_FORMED}Unexpected term`],
    [`DELETE FROM "S" WHERE`, `${NOT_WELL_FORMED}Unexpected term`],
    [`SELECT * FROM "S" WHERE NOT`, `${NOT_WELL_FORMED}Unexpected term`],
    [`SELECT * FROM "S" WHERE (`, `${NOT_WELL_FORMED}Unexpected term`],
    [
      `SELECT * FROM "S" WHERE pk = 'p1' AND`,
      `${NOT_WELL_FORMED}Missing right-hand side expression of infix operator`,
    ],
    [
      `SELECT * FROM "S" WHERE pk = 'p1' OR`,
      `${NOT_WELL_FORMED}Missing right-hand side expression of infix operator`,
    ],
    [`SELECT * FROM "S" WHERE ORDER BY pk`, `${NOT_WELL_FORMED}Unexpected keyword`],
    [`SELECT * FROM "S" WHERE pk = 'a' AND x IS FOO`, `${NOT_WELL_FORMED}Expected type name`],
    [`SELECT * FROM "S" WHERE pk = 'a' AND x IS INT4`, "Unsupported operation: IsType"],
    [`SELECT * FROM "S" WHERE IS NULL`, `${NOT_WELL_FORMED}Unexpected operator`],
    [`SELECT * FROM "S" WHERE pk = LIKE`, `${NOT_WELL_FORMED}Unexpected operator`],
    ["DELETE FROM", `${NOT_WELL_FORMED}Expected identifier for simple path`],
    ["DELETE FROM;", `${NOT_WELL_FORMED}Expected identifier for simple path`],
    ["DELETE FROM WHERE pk = 'a'", `${NOT_WELL_FORMED}Expected identifier for simple path`],
    ["SELECT * FROM", `${NOT_WELL_FORMED}Unexpected term`],
    [`SLECT * FROM "S" WHERE pk = 'x'`, `${NOT_WELL_FORMED}Expected data manipulation`],
    [`FROM "S" SET c = 1 WHERE pk = 'x'`, LEFTOVER],
    [
      `DELETE FROM "S" WHERE pk = 'x' RETURNING MODIFIED OLD *`,
      "Invalid returning clause: RETURNING MODIFIED OLD *. " +
        "Only RETURNING ALL OLD * is allowed in DELETE statements.",
    ],
    [
      `SELECT * FROM "S"."i"."extra" WHERE pk = 'p'`,
      "A path may contain at most 2 components in the FROM clause",
    ],
    [`SELECT * FROM "S"."" WHERE pk = 'p'`, "Path component cannot be an empty string"],
    [`SELECT * FROM "" WHERE pk = 'p'`, "Path component cannot be an empty string"],
    [`SELECT * FROM "S" WHERE pk = ?`, "Number of parameters in request and statement don't match."],
  ])("%s", (statement, message) => {
    expect(messageOf(() => parseStatement(statement))).toBe(message);
  });

  test("operands of types without an order", () => {
    expect(
      messageOf(() => parseStatement(`SELECT pk FROM "S" WHERE pk = 'x' AND val < ?`, [{ BOOL: true }])),
    ).toBe("Incorrect operand type for operator or function; operator or function: <, operand type: BOOL");
  });

  test("parameters that nothing asks for", () => {
    expect(messageOf(() => parseStatement(`SELECT * FROM "S"`, [{ S: "x" }]))).toBe(
      "Number of parameters in request and statement don't match.",
    );
  });

  test("whatever is written, the answer is a statement or a ValidationException", () => {
    const words = (
      "SELECT FROM WHERE INSERT INTO VALUE UPDATE SET REMOVE DELETE RETURNING ALL OLD NEW * AND OR NOT IN " +
      "BETWEEN IS MISSING NULL EXISTS ORDER BY DESC a b.c[0] \"t\" 'x' 1 -2.5e3 ? ( ) [ ] { } << >> , . : " +
      "; = <> <= + - size contains begins_with attribute_type list_append set_add 'a': true /* -- \""
    ).split(" ");
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 25 }), fc.string(), (parts, rest) => {
        try {
          parseStatement(parts.join(" ") + rest, [{ S: "x" }]);
        } catch (fault) {
          if (!(fault instanceof Fault) || fault.code !== "ValidationException") throw fault;
        }
      }),
      { numRuns: 2000 },
    );
    for (const deep of ["(", "NOT ", "a IN (size(", "[", "{'a':", "<<"]) {
      expect(messageOf(() => parseStatement(`SELECT * FROM t WHERE ${deep.repeat(1000)}`))).not.toBe(
        "no fault",
      );
    }
  });
});

describe("reading", () => {
  test("a key and a range are a query, and the rest is a filter", () => {
    const statement = select(
      `SELECT a, b.c, d[1] FROM "t"."i" WHERE pk = 'x' AND 5 <= sk AND a <> ? ORDER BY sk DESC;`,
      [{ N: "1.0" }],
    );
    expect(statement).toMatchObject({ table: "t", index: "i", columns: [["a"], ["b", "c"], ["d", 1]] });
    const plan = planSelect(statement, schema);
    expect(plan).toEqual({
      queries: [{ partition: { S: "x" }, sort: { operator: ">=", value: { N: "5" } } }],
      filter: {
        kind: "test",
        operator: "<>",
        operands: [
          { kind: "path", path: ["a"] },
          { kind: "value", value: { N: "1" } },
        ],
      },
      descending: true,
    });
  });

  test.each([
    ["pk IN ['a', 'b', 'a']", 2],
    ["pk in ('a', 'b')", 2],
    ["pk = 'a' AND sk BETWEEN 1 AND 2", 1],
    ["pk = 'a' OR pk = 'b'", 2],
    ["pk = 'a' AND x = 1 OR pk = 'a'", 1],
    ["pk = 'a' AND sk = 1 OR pk = 'a' AND sk = 2 OR pk = 'a' AND sk = 1.0", 2],
    ["pk = 'a' AND sk < 3 OR pk = 'a' AND sk > 2", 1],
    ["pk = 'a' OR x = 1", undefined],
    ["NOT pk = 'a'", undefined],
    ["pk > 'a'", undefined],
    ["pk = 1", undefined],
    ["sk = 1", undefined],
  ])("%s takes %s queries", (where, queries) => {
    expect(planSelect(select(`SELECT * FROM t WHERE ${where}`), schema).queries?.length).toBe(queries);
  });

  test.each([
    ["a IS MISSING", {}, true],
    ["a IS NOT MISSING", {}, false],
    ["a IS NULL", { a: { NULL: true } }, true],
    ["a IS NOT NULL", { a: { S: "" } }, true],
    ["a = 'it''s'", { a: { S: "it's" } }, true],
    ["a = <<1, 2.0>>", { a: { NS: ["2", "1"] } }, true],
    ["a = [1, {'b': true}]", { a: { L: [{ N: "1" }, { M: { b: { BOOL: true } } }] } }, true],
    ["a.b[0] >= -1", { a: { M: { b: { L: [{ N: "-0.5" }] } } } }, true],
    [`"a" BETWEEN 1 AND 3 AND NOT ("a" = 2)`, { a: { N: "3" } }, true],
    ["size(a) > 2 OR contains(a, 'x')", { a: { S: "x" } }, true],
    ["begins_with(a, 'x') AND attribute_type(a, 'S')", { a: { S: "xy" } }, true],
    ["a IN [1, 2] /* either */ AND a != 1 -- but not this", { a: { N: "2" } }, true],
  ] satisfies [string, Item, boolean][])("%s of %j is %s", (where, item, holds) => {
    const { where: condition } = select(`SELECT * FROM t WHERE ${where}`);
    expect(condition && compileCondition(condition)(item)).toBe(holds);
  });

  test("columns are named after the end of their path", () => {
    const item: Item = { a: { S: "x" }, b: { M: { c: { N: "1" } } }, d: { L: [{ N: "2" }] } };
    expect(selectColumns(item, [["a"], ["b", "c"], ["d", 0], ["e"]])).toEqual({
      a: { S: "x" },
      c: { N: "1" },
      _3: { N: "2" },
    });
    expect(selectColumns(item, "*")).toBe(item);
  });

  test.each([
    ["SELECT * FROM t ORDER BY sk", "Must have WHERE clause in the statement when using ORDER BY clause."],
    [
      "SELECT * FROM t WHERE sk = 1 ORDER BY sk",
      "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.",
    ],
    [
      "SELECT * FROM t WHERE pk = 'a' ORDER BY x",
      "Variable reference x in ORDER BY clause must be part of the primary key",
    ],
  ])("%s", (statement, message) => {
    expect(messageOf(() => planSelect(select(statement), schema))).toBe(message);
  });

  test.each(["=", "<>"])("an OR branch with x %s '1' beside one with a sort key", (operator) => {
    const where = `pk = 'a' AND x ${operator} '1' OR pk = 'a' AND sk = 2`;
    expect(messageOf(() => planSelect(select(`SELECT * FROM t WHERE ${where}`), schema))).toBe(
      "Overlapping conditions with range keys are not supported in where clause",
    );
  });

  test("EXISTS checks a SELECT", () => {
    expect(parseStatement("EXISTS(SELECT * FROM t WHERE pk = 'a' AND x = 1)")).toMatchObject({
      kind: "exists",
      select: { table: "t" },
    });
  });
});

describe("writing", () => {
  test("an item is inserted as it is written", () => {
    const text = `INSERT INTO "t" VALUE {'pk': ?, 'n': 1.50, 's': <<'a','b'>>}`;
    expect(parseStatement(text, [{ S: "x" }])).toEqual({
      kind: "insert",
      table: "t",
      item: { pk: { S: "x" }, n: { N: "1.5" }, s: { SS: ["a", "b"] } },
    });
    const item = { pk: { S: "y" } };
    expect(parseStatement(`INSERT INTO "t" VALUE ?`, [{ M: item }])).toMatchObject({ item });
  });

  test("the key is taken out of WHERE", () => {
    const statement = parseStatement("DELETE FROM t WHERE pk = 'a' AND 1 = sk AND x > 2 RETURNING ALL OLD *");
    if (statement.kind !== "delete") throw new TypeError("not a delete");
    expect(statement.returning).toBe("ALL OLD");
    const plan = planWrite(statement.where, schema);
    expect(plan.key).toEqual({ pk: { S: "a" }, sk: { N: "1" } });
    expect(plan.condition).toMatchObject({ operator: ">" });
  });

  test.each([
    "FROM t SET c = 1",
    "UPDATE t REMOVE a WHERE pk = 'a'",
    "UPDATE t SET c = 1 WHERE pk = 'a' OR sk = 1",
  ])("%s has no whole key", (text) => {
    const statement = parseStatement(text);
    if (statement.kind !== "update") throw new TypeError("not an update");
    expect(messageOf(() => planWrite(statement.where, schema))).toBe(
      "Where clause does not contain a mandatory equality on all key attributes",
    );
  });

  test.each([
    [
      "SET a = 1 SET b.c = 'x' REMOVE d",
      { b: { M: {} }, d: { N: "1" } },
      { a: { N: "1" }, b: { M: { c: { S: "x" } } } },
    ],
    ["SET a = a + 1, b = a - 1", { a: { N: "5" } }, { a: { N: "6" }, b: { N: "4" } }],
    ["SET a = list_append(a, [1])", { a: { L: [{ N: "0" }] } }, { a: { L: [{ N: "0" }, { N: "1" }] } }],
    ["SET a = set_add(a, <<'y'>>)", { a: { SS: ["x"] } }, { a: { SS: ["x", "y"] } }],
    ["SET a = set_delete(a, <<'x'>>)", { a: { SS: ["x"] } }, {}],
    ["REMOVE l[0]", { l: { L: [{ N: "1" }, { N: "2" }] } }, { l: { L: [{ N: "2" }] } }],
  ] satisfies [string, Item, Item][])("%s", (changes, before, after) => {
    expect(update(`UPDATE t ${changes} WHERE pk = 'a'`, before)).toEqual(after);
  });
});
