import * as sdk from "@aws-sdk/client-dynamodb";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { client, item, keySchema, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";

let nuage: Nuage;
let db: sdk.DynamoDBClient;
beforeAll(async () => {
  nuage = await startPlatform();
  db = client(nuage);
  await makeTable(db, "hash", ["pk"]);
  await makeTable(db, "pair", ["pk", "sk"], {
    AttributeDefinitions: [{ AttributeName: "city", AttributeType: "S" }],
    GlobalSecondaryIndexes: [
      { IndexName: "byCity", KeySchema: keySchema(["city"]), Projection: { ProjectionType: "KEYS_ONLY" } },
    ],
  });
  await db.send(new sdk.PutItemCommand({ TableName: "hash", Item: item({ pk: "here", n: 1, s: "text" }) }));
});
afterAll(() => nuage.stop());

test("a cancelled transaction gives a reason for each action, in order", async () => {
  const failing = db.send(
    new sdk.TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName: "hash", Item: item({ pk: "new" }) } },
        {
          ConditionCheck: {
            TableName: "hash",
            Key: item({ pk: "here" }),
            ConditionExpression: "attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          },
        },
        {
          Update: {
            TableName: "pair",
            Key: item({ pk: "a", sk: "b" }),
            UpdateExpression: "SET city = if_not_exists(x, :v)",
            ExpressionAttributeValues: { ":v": { N: "1" } },
          },
        },
      ],
    }),
  );
  await expect(failing).rejects.toMatchObject({
    name: "TransactionCanceledException",
    message:
      "Transaction cancelled, please refer cancellation reasons for specific reasons " +
      "[None, ConditionalCheckFailed, ValidationError]",
    CancellationReasons: [
      { Code: "None" },
      {
        Code: "ConditionalCheckFailed",
        Message: "The conditional request failed",
        Item: item({ pk: "here", n: 1, s: "text" }),
      },
      {
        Code: "ValidationError",
        Message: "The update expression attempted to update the secondary index key to unsupported type",
      },
    ],
  });
  const { Item } = await db.send(new sdk.GetItemCommand({ TableName: "hash", Key: item({ pk: "new" }) }));
  expect(Item).toBeUndefined();
});

test("a token repeats nothing for ten minutes, and goes with one request only", async () => {
  const add = (by: string) =>
    db.send(
      new sdk.TransactWriteItemsCommand({
        ClientRequestToken: "once",
        TransactItems: [
          {
            Update: {
              TableName: "hash",
              Key: item({ pk: "counter" }),
              UpdateExpression: "ADD n :by",
              ExpressionAttributeValues: { ":by": { N: by } },
            },
          },
        ],
      }),
    );
  const count = async () =>
    (await db.send(new sdk.GetItemCommand({ TableName: "hash", Key: item({ pk: "counter" }) }))).Item?.n;
  await add("1");
  await add("1");
  expect(await count()).toEqual({ N: "1" });
  await expect(add("2")).rejects.toMatchObject({ name: "IdempotentParameterMismatchException" });
  await nuage.advance(10 * 60 * 1000 + 1);
  await add("2");
  expect(await count()).toEqual({ N: "3" });
});

test("a transaction reads items as they are at one moment, and says what that cost", async () => {
  const get = (pk: string) => ({ Get: { TableName: "hash", Key: item({ pk }), ProjectionExpression: "n" } });
  const answer = await db.send(
    new sdk.TransactGetItemsCommand({
      TransactItems: [get("here"), get("nowhere")],
      ReturnConsumedCapacity: "INDEXES",
    }),
  );
  expect(answer.Responses).toEqual([{ Item: item({ n: 1 }) }, {}]);
  const units = { CapacityUnits: 4, ReadCapacityUnits: 4 };
  expect(answer.ConsumedCapacity).toEqual([{ TableName: "hash", ...units, Table: units }]);
});

test("statements read and write together, or not at all", async () => {
  const run = (...list: string[]) =>
    db.send(
      new sdk.ExecuteTransactionCommand({ TransactStatements: list.map((Statement) => ({ Statement })) }),
    );
  const failing = run(
    "INSERT INTO \"hash\" VALUE {'pk': 'fresh'}",
    "INSERT INTO \"hash\" VALUE {'pk': 'here'}",
  );
  await expect(failing).rejects.toMatchObject({
    CancellationReasons: [{ Code: "None" }, { Code: "DuplicateItem" }],
  });
  await run(
    "INSERT INTO \"hash\" VALUE {'pk': 'fresh', 'n': 7}",
    "UPDATE \"hash\" SET n = 2 WHERE pk = 'here'",
  );
  const read = await run(
    "SELECT n FROM \"hash\" WHERE pk = 'fresh'",
    "SELECT n FROM \"hash\" WHERE pk = 'here'",
  );
  expect(read.Responses).toEqual([{ Item: item({ n: 7 }) }, { Item: item({ n: 2 }) }]);
  await run("UPDATE \"hash\" SET n = 1 WHERE pk = 'here'");
});
