// What is wrong with a number or a set is worded by the operation that meets it, and PartiQL has words of
// its own, as Amazon DynamoDB answered in October 2026.
import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  ExecuteStatementCommand,
  ExecuteTransactionCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { client, item, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";

const TableName = "words";
let nuage: Nuage;
let db: ReturnType<typeof client>;
beforeAll(async () => {
  nuage = await startPlatform();
  db = client(nuage);
  await makeTable(db, TableName, ["pk"]);
  await makeTable(db, "sorted", ["pk", "sk"]);
  const texts = { SS: ["a", "b", "c"] };
  const Item = { ...item({ pk: "i", s: "str" }), ss: texts, flag: { BOOL: true }, m: { M: { sub: texts } } };
  await db.send(new PutItemCommand({ TableName, Item }));
});
afterAll(() => nuage.stop());

const wording = (sent: Promise<unknown>) =>
  sent.then(
    () => "accepted",
    (fault: Error) => fault.message,
  );
const Key = item({ pk: "x" });

const SENT = {
  current: {
    BatchGetItem: (pk: AttributeValue) =>
      db.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [{ pk }] } } })),
    GetItem: (pk: AttributeValue) => db.send(new GetItemCommand({ TableName, Key: { pk } })),
    Query: (value: AttributeValue) =>
      db.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: "pk = :v",
          ExpressionAttributeValues: { ":v": value },
        }),
      ),
  },
  enveloped: {
    "PutItem's item": (v: AttributeValue) =>
      db.send(new PutItemCommand({ TableName, Item: { ...Key, deep: { L: [{ M: { v } }] } } })),
    "PutItem's condition": (value: AttributeValue) =>
      db.send(
        new PutItemCommand({
          TableName,
          Item: Key,
          ConditionExpression: "v = :v",
          ExpressionAttributeValues: { ":v": value },
        }),
      ),
    "PutItem's Expected": (Value: AttributeValue) =>
      db.send(new PutItemCommand({ TableName, Item: Key, Expected: { v: { Value } } })),
    UpdateItem: (Value: AttributeValue) =>
      db.send(new UpdateItemCommand({ TableName, Key, AttributeUpdates: { v: { Action: "PUT", Value } } })),
    DeleteItem: (pk: AttributeValue) => db.send(new DeleteItemCommand({ TableName, Key: { pk } })),
  },
  older: {
    BatchWriteItem: (v: AttributeValue) =>
      db.send(
        new BatchWriteItemCommand({
          RequestItems: { [TableName]: [{ PutRequest: { Item: { ...Key, v } } }] },
        }),
      ),
    TransactWriteItems: (v: AttributeValue) =>
      db.send(
        new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item: { ...Key, v } } }] }),
      ),
  },
};

const NOT_NUMERIC = "The parameter cannot be converted to a numeric value";
const TOO_LARGE = "Number overflow. Attempting to store a number with magnitude larger than supported range";
const TOO_SMALL =
  "Number underflow. Attempting to store a number with magnitude smaller than supported range";
const invalid = (message: string) => `One or more parameter values were invalid: ${message}`;
const bytes = (text: string) => Buffer.from(text, "base64");

/** A value, what is said of it now, and what was said before. */
const WRONG: [AttributeValue, string, string][] = [
  [{ N: "abc" }, `${NOT_NUMERIC}: abc`, `${NOT_NUMERIC}: abc`],
  [{ N: "" }, `${NOT_NUMERIC}: `, NOT_NUMERIC],
  [{ N: "1e126" }, TOO_LARGE, TOO_LARGE],
  [{ N: "1e2147483647" }, TOO_LARGE, TOO_SMALL],
  [{ N: "1e99999999999" }, TOO_LARGE, `${NOT_NUMERIC}: 1e99999999999`],
  [{ N: "1e-99999999999" }, TOO_SMALL, `${NOT_NUMERIC}: 1e-99999999999`],
  [
    { SS: ["b", "a", "b"] },
    invalid('Input collection ["a", "b", "b"] contains duplicates.'),
    invalid("Input collection [b, a, b] contains duplicates."),
  ],
  [
    { NS: ["2", "1", "2"] },
    invalid("Input collection contains duplicates."),
    "Input collection contains duplicates",
  ],
  [
    { BS: [bytes("/w=="), bytes("AA=="), bytes("AA==")] },
    invalid('Input collection ["AA==","/w==","AA=="]of type BS contains duplicates.'),
    invalid("Input collection [/w==, AA==, AA==]of type BS contains duplicates."),
  ],
];

test.each(WRONG)("what is wrong with %j is said in each operation's words", async (value, current, older) => {
  for (const [name, send] of Object.entries(SENT.current)) {
    expect(await wording(send(value)), name).toBe(current);
  }
  for (const [name, send] of Object.entries(SENT.enveloped)) {
    expect(await wording(send(value)), name).toBe(`1 validation error detected: ${current}`);
  }
  for (const [name, send] of Object.entries(SENT.older)) {
    expect(await wording(send(value)), name).toBe(older);
  }
});

describe("PartiQL", () => {
  const run = (Statement: string, more = {}) => db.send(new ExecuteStatementCommand({ Statement, ...more }));
  const where = (condition: string) => `SELECT * FROM "${TableName}" WHERE pk = 'i' AND ${condition}`;
  const update = (set: string) => `UPDATE "${TableName}" SET ${set} WHERE pk = 'i'`;
  const place = (statement: string, token: string, from = 0) =>
    `1:${statement.indexOf(token, from) + 1}:${token.length}`;

  test.each([
    ["attribute_exists(ss)", true],
    ["ATTRIBUTE_EXISTS(nope)", false],
    ["attribute_not_exists(nope)", true],
    ["NOT attribute_exists(ss)", false],
    ["(attribute_exists(nope) OR attribute_exists(m.sub))", true],
    ["attribute_exists(ss) = true", true],
    ["attribute_exists(ss) = false", false],
    ["flag IS BOOL", true],
    ["s IS STRING", true],
    ["s IS NOT STRING", false],
    ["s IS BOOL", false],
  ])("filters by %s", async (condition, found) => {
    expect((await run(where(condition))).Items).toHaveLength(found ? 1 : 0);
  });

  test.each([
    [
      "attribute_exists('ss')",
      "Operator or function requires a document path; operator or function: attribute_exists",
    ],
    [
      "attribute_exists()",
      "Incorrect number of operands for operator or function; " +
        "operator or function: attribute_exists, number of operands: 0",
    ],
    [
      "attribute_exists(m.inner)",
      "Statement wasn't well formed, can't be processed: Invalid path dot component",
    ],
  ])("refuses %s", async (condition, message) => {
    expect(await wording(run(where(condition)))).toBe(message);
  });

  test("names functions that there are not, and where they stand", async () => {
    const exists = where("EXISTS(ss)");
    expect(await wording(run(exists))).toBe(`Unrecognized function: exists at ${place(exists, "EXISTS")}`);
    const column = `SELECT size(ss) FROM "${TableName}"`;
    expect(await wording(run(column))).toBe(`Unexpected path component at ${place(column, "size")}`);
    const insert = `INSERT INTO "${TableName}" VALUE {'pk': 'p', 'v': set_add(<<'a'>>, <<'b'>>)}`;
    expect(await wording(run(insert))).toBe(
      `Unsupported data type: set_add under key root at ${place(insert, "set_add")}`,
    );
  });

  test("takes for a set's function the attribute that is set, and a set", async () => {
    const cases: [string, (statement: string) => string][] = [
      [
        "t = set_add(ss, <<'x'>>)",
        (all) => `The first argument to SET_ADD must equal the assignment value at ${place(all, "set_add")}`,
      ],
      [
        "ss = set_delete(ss)",
        (all) => `SET_DELETE must have exactly two arguments at ${place(all, "set_delete")}`,
      ],
      [
        "ss = set_add(ss, ['x'])",
        (all) =>
          "The second argument to SET_ADD must be a value with type SET at " +
          place(all, "ss", all.indexOf("(")),
      ],
      ["ss = set_add(ss, <<>>)", () => "Empty bags are not supported"],
      ["ss = set_add(ss, <<'x', 'x'>>)", () => invalid("Input collection [x, x] contains duplicates.")],
    ];
    for (const [set, message] of cases) {
      expect(await wording(run(update(set)))).toBe(message(update(set)));
    }
  });

  test("says of indexes and transactions what it says on AWS", async () => {
    expect(await wording(run(`SELECT * FROM "${TableName}"."none"`, { ConsistentRead: true }))).toBe(
      "The table does not have the specified index",
    );
    const Statement = where("attribute_exists(ss)");
    const key = "must specify the primary key in the where clause.";
    const { Responses } = await db.send(new BatchExecuteStatementCommand({ Statements: [{ Statement }] }));
    expect(Responses?.[0]?.Error?.Message).toBe(`Select statements within BatchExecuteStatement ${key}`);
    const inTransaction = (...statements: string[]) =>
      db.send(
        new ExecuteTransactionCommand({ TransactStatements: statements.map((one) => ({ Statement: one })) }),
      );
    expect(await wording(inTransaction(Statement))).toBe(
      `Validation failed in TransactStatements[0]: Select statements within ExecuteTransaction ${key}`,
    );
    const exists = `EXISTS(SELECT * FROM "${TableName}" WHERE pk = 'i')`;
    expect(await wording(inTransaction(exists, `UPDATE "${TableName}" SET z = 1 WHERE pk = 'y'`))).toBe(
      "Validation failed in TransactStatements[0]: " +
        "EXISTS() must contain a single item read with additional condition",
    );
  });
});
