import * as sdk from "@aws-sdk/client-dynamodb";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { client, item, keySchema, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";

const TableName = "measured";
let nuage: Nuage;
let db: sdk.DynamoDBClient;
beforeAll(async () => {
  nuage = await startPlatform();
  db = client(nuage);
  await makeTable(db, TableName, ["pk", "sk"], {
    AttributeDefinitions: [
      { AttributeName: "age", AttributeType: "N" },
      { AttributeName: "city", AttributeType: "S" },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: "byAge",
        KeySchema: keySchema(["pk", "age"]),
        Projection: { ProjectionType: "KEYS_ONLY" },
      },
    ],
    GlobalSecondaryIndexes: [
      { IndexName: "byCity", KeySchema: keySchema(["city"]), Projection: { ProjectionType: "ALL" } },
    ],
  });
});
afterAll(() => nuage.stop());

const ReturnConsumedCapacity = "INDEXES";
const put = async (more: Record<string, string | number>) => {
  const Item = item({ pk: "a", sk: "b", ...more });
  const answer = await db.send(
    new sdk.PutItemCommand({
      TableName,
      Item,
      ReturnConsumedCapacity,
      ReturnItemCollectionMetrics: "SIZE",
    }),
  );
  return answer;
};
const units = (CapacityUnits: number) => ({ CapacityUnits });

test("a write costs by its larger image, and each entry of an index by what becomes of it", async () => {
  const first = await put({});
  expect(first.ConsumedCapacity).toEqual({ TableName, ...units(1), Table: units(1) });
  expect(first.ItemCollectionMetrics).toEqual({
    ItemCollectionKey: item({ pk: "a" }),
    SizeEstimateRangeGB: [0, 1],
  });
  const large = await put({ city: "x", age: 1, data: "y".repeat(2500) });
  expect(large.ConsumedCapacity).toEqual({
    TableName,
    ...units(7),
    Table: units(3),
    LocalSecondaryIndexes: { byAge: units(1) },
    GlobalSecondaryIndexes: { byCity: units(3) },
  });
  // The entry moves: it is taken out with its old size and put in with its new one. The other stays.
  const moved = await put({ city: "z", age: 1 });
  expect(moved.ConsumedCapacity).toEqual({
    TableName,
    ...units(7),
    Table: units(3),
    GlobalSecondaryIndexes: { byCity: units(4) },
  });
});

test("reads cost by 4 KB, and half of it when they may be stale", async () => {
  await put({ city: "x", age: 1, data: "y".repeat(5000) });
  const Key = item({ pk: "a", sk: "b" });
  const get = async (more: Partial<sdk.GetItemCommandInput>) =>
    (await db.send(new sdk.GetItemCommand({ TableName, Key, ReturnConsumedCapacity: "TOTAL", ...more })))
      .ConsumedCapacity;
  expect(await get({})).toEqual({ TableName, ...units(1) });
  expect(await get({ ConsistentRead: true })).toEqual({ TableName, ...units(2) });
  expect(await get({ Key: item({ pk: "a", sk: "none" }) })).toEqual({ TableName, ...units(0.5) });
  expect(await get({ ReturnConsumedCapacity: "NONE" })).toBeUndefined();
});

test("an index that lacks what is asked for has it fetched, item by item", async () => {
  const answer = await db.send(
    new sdk.QueryCommand({
      TableName,
      IndexName: "byAge",
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: "a" } },
      Select: "ALL_ATTRIBUTES",
      ReturnConsumedCapacity,
    }),
  );
  expect(answer.Items?.[0]?.data?.S).toHaveLength(5000);
  expect(answer.ConsumedCapacity).toEqual({
    TableName,
    ...units(1.5),
    Table: units(1),
    LocalSecondaryIndexes: { byAge: units(0.5) },
  });
});

test("a page ends at 1 MB, and the next one goes on after it", async () => {
  await makeTable(db, "large", ["pk", "sk"]);
  const data = "x".repeat(300_000);
  for (let n = 0; n < 8; n++) {
    await db.send(new sdk.PutItemCommand({ TableName: "large", Item: item({ pk: "a", sk: `s${n}`, data }) }));
  }
  const pages: string[][] = [];
  let ExclusiveStartKey: Record<string, sdk.AttributeValue> | undefined;
  do {
    const page: sdk.QueryCommandOutput = await db.send(
      new sdk.QueryCommand({
        TableName: "large",
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: "a" } },
        ExclusiveStartKey,
      }),
    );
    pages.push((page.Items ?? []).map(({ sk }) => sk?.S ?? ""));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  expect(pages).toEqual([["s0", "s1", "s2", "s3"], ["s4", "s5", "s6", "s7"], []]);
});

test("a batch reads up to 16 MB and leaves the rest", async () => {
  await makeTable(db, "huge", ["pk"]);
  const data = "x".repeat(390_000);
  const keys = Array.from({ length: 45 }, (_, n) => item({ pk: String(n) }));
  for (const key of keys) {
    await db.send(new sdk.PutItemCommand({ TableName: "huge", Item: { ...key, data: { S: data } } }));
  }
  const answer = await db.send(new sdk.BatchGetItemCommand({ RequestItems: { huge: { Keys: keys } } }));
  const read = answer.Responses?.huge ?? [];
  const left = answer.UnprocessedKeys?.huge?.Keys ?? [];
  expect(read.length).toBe(Math.floor((16 * 1024 * 1024) / 390_020));
  expect(read.length + left.length).toBe(45);
});
