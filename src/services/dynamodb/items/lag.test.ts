import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { client, item, keySchema, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";
import { Replicas } from "../replicas/replicas.fixture.ts";

const LAG_MS = 60_000;
const TableName = "orders";
let nuage: Nuage;
let db: DynamoDBClient;
beforeAll(async () => {
  nuage = await startPlatform({ lag: LAG_MS });
  db = client(nuage);
});
afterAll(() => nuage.stop());
beforeEach(async () => {
  await nuage.reset();
  await makeTable(db, TableName, ["id", "at"], {
    AttributeDefinitions: [{ AttributeName: "user", AttributeType: "S" }],
    GlobalSecondaryIndexes: [
      { IndexName: "byUser", KeySchema: keySchema(["user", "at"]), Projection: { ProjectionType: "ALL" } },
    ],
  });
});

const put = (values: Record<string, string | number>) =>
  db.send(new PutItemCommand({ TableName, Item: item({ id: "a", at: "1", ...values }) }));
const remove = (id: string, at: string) =>
  db.send(new DeleteItemCommand({ TableName, Key: item({ id, at }) }));
const Key = item({ id: "a", at: "1" });
const get = async (ConsistentRead = false) =>
  (await db.send(new GetItemCommand({ TableName, Key, ConsistentRead }))).Item;
const query = async (user: string, more: { Limit?: number; ScanIndexForward?: boolean } = {}) =>
  (
    await db.send(
      new QueryCommand({
        TableName,
        IndexName: "byUser",
        KeyConditionExpression: "#u = :u",
        ExpressionAttributeNames: { "#u": "user" },
        ExpressionAttributeValues: { ":u": { S: user } },
        ...more,
      }),
    )
  ).Items?.map(({ at }) => at?.S);

describe("with a lag", () => {
  test("a read that need not be consistent sees what was written only then", async () => {
    await put({ n: 1 });
    expect(await get()).toBeUndefined();
    expect(await get(true)).toMatchObject({ n: { N: "1" } });
    await nuage.advance(LAG_MS);
    expect(await get()).toMatchObject({ n: { N: "1" } });
    await put({ n: 2 });
    await put({ n: 3 });
    expect(await get()).toMatchObject({ n: { N: "1" } });
    await remove("a", "1");
    expect(await get()).toMatchObject({ n: { N: "1" } });
    await nuage.advance(LAG_MS);
    expect(await get()).toBeUndefined();
  });

  test("batches, scans and statements lag too, and consistent ones do not", async () => {
    await put({ n: 1 });
    const batch = async (ConsistentRead: boolean) => {
      const RequestItems = { [TableName]: { Keys: [Key], ConsistentRead } };
      return (await db.send(new BatchGetItemCommand({ RequestItems }))).Responses?.[TableName];
    };
    const scan = async (ConsistentRead: boolean) =>
      (await db.send(new ScanCommand({ TableName, ConsistentRead }))).Items;
    const Statement = `SELECT n FROM "${TableName}" WHERE id = 'a'`;
    const select = async (ConsistentRead: boolean) =>
      (await db.send(new ExecuteStatementCommand({ Statement, ConsistentRead }))).Items;
    for (const read of [batch, scan, select]) {
      expect(await read(false)).toEqual([]);
      expect(await read(true)).toHaveLength(1);
    }
  });

  test("a global index shows entries where they were, in their order", async () => {
    for (const at of ["1", "3", "5"]) await put({ at, user: "u" });
    await nuage.advance(LAG_MS);
    await put({ at: "2", user: "u" });
    await put({ at: "3", user: "other" });
    await remove("a", "1");
    expect(await query("u")).toEqual(["1", "3", "5"]);
    expect(await query("u", { Limit: 2, ScanIndexForward: false })).toEqual(["5", "3"]);
    expect(await query("other")).toEqual([]);
    await nuage.advance(LAG_MS);
    expect(await query("u")).toEqual(["2", "5"]);
    expect(await query("other")).toEqual(["3"]);
  });

  test("the later of two writes wins, whichever replica hears of the other first", async () => {
    await nuage.reset();
    const orders = new Replicas(nuage, TableName);
    await makeTable(orders.in("us-east-1"), TableName, ["id"]);
    await orders.add("us-east-1", "eu-west-1");
    await orders.put("us-east-1", { id: "y", n: 0 });
    await nuage.advance(LAG_MS);
    await orders.put("eu-west-1", { id: "x", n: 1 });
    await orders.put("us-east-1", { id: "x", n: 2 });
    await orders.put("us-east-1", { id: "y", n: 1 });
    const Key = item({ id: "y" });
    await orders.in("eu-west-1").send(new DeleteItemCommand({ TableName, Key }));
    await nuage.idle();
    expect(await orders.get("eu-west-1", "x")).toEqual(item({ id: "x", n: 1 }));
    expect(await orders.get("us-east-1", "y")).toEqual(item({ id: "y", n: 1 }));
    expect(await orders.get("eu-west-1", "y")).toBeUndefined();
    await nuage.advance(LAG_MS);
    for (const region of ["us-east-1", "eu-west-1"]) {
      expect(await orders.get(region, "x")).toEqual(item({ id: "x", n: 2 }));
      expect(await orders.get(region, "y")).toBeUndefined();
    }
  });
});

test("what is read is the table of a lag ago, whatever was done since", async () => {
  const change = fc.record({ at: fc.constantFrom("1", "2", "3", "4"), user: fc.constantFrom("u", "v", "") });
  const changes = fc.array(change, { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(changes, changes, async (before, after) => {
      await nuage.reset();
      await makeTable(db, TableName, ["id", "at"], {
        AttributeDefinitions: [{ AttributeName: "user", AttributeType: "S" }],
        GlobalSecondaryIndexes: [
          {
            IndexName: "byUser",
            KeySchema: keySchema(["user", "at"]),
            Projection: { ProjectionType: "ALL" },
          },
        ],
      });
      const apply = async (list: typeof before) => {
        for (const { at, user } of list) {
          if (user === "") await remove("a", at);
          else await put({ at, user });
        }
      };
      await apply(before);
      await nuage.advance(LAG_MS);
      const was = { u: await query("u"), v: await query("v") };
      await apply(after);
      expect({ u: await query("u"), v: await query("v") }).toEqual(was);
      const backwards = await query("u", { ScanIndexForward: false });
      expect(backwards?.reverse()).toEqual(was.u);
    }),
    { numRuns: 15 },
  );
});

test("without a lag everything is seen at once", async () => {
  await using prompt = await startPlatform({ lag: "off" });
  const own = client(prompt);
  await makeTable(own, TableName, ["id"]);
  const requests = [{ PutRequest: { Item: item({ id: "a" }) } }];
  await own.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
  const { Item } = await own.send(new GetItemCommand({ TableName, Key: item({ id: "a" }) }));
  expect(Item).toEqual(item({ id: "a" }));
});
