import {
  CreateTableCommand,
  DescribeLimitsCommand,
  type DynamoDBClient,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { client, keySchema, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";

let nuage: Nuage;
let db: DynamoDBClient;
beforeAll(async () => {
  nuage = await startPlatform({ capacity: "enforce" });
  db = client(nuage);
});
afterAll(() => nuage.stop());
beforeEach(() => nuage.reset());

const units = (read: number, write: number) => ({ ReadCapacityUnits: read, WriteCapacityUnits: write });
const make = (name: string, read: number, write: number, on = db) =>
  makeTable(on, name, ["id"], {
    BillingMode: "PROVISIONED",
    ProvisionedThroughput: units(read, write),
  });
const refused = (kind: string, of: string, limit: number) => ({
  name: "LimitExceededException",
  message:
    `Subscriber limit exceeded: Provisioned ${kind} capacity exceeds the ${of} limit of ` + `${limit} units`,
});

test("a table and its indexes together have a limit, as DescribeLimits tells it", async () => {
  const limits = await db.send(new DescribeLimitsCommand({}));
  expect(limits).toMatchObject({ AccountMaxReadCapacityUnits: 80_000, TableMaxWriteCapacityUnits: 40_000 });
  await expect(make("large", 40_001, 1)).rejects.toMatchObject(refused("read", "table", 40_000));
  const withIndex = db.send(
    new CreateTableCommand({
      TableName: "indexed",
      KeySchema: keySchema(["id"]),
      AttributeDefinitions: ["id", "user"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
      ProvisionedThroughput: units(1, 30_000),
      GlobalSecondaryIndexes: [
        {
          IndexName: "byUser",
          KeySchema: keySchema(["user"]),
          Projection: { ProjectionType: "ALL" },
          ProvisionedThroughput: units(1, 10_001),
        },
      ],
    }),
  );
  await expect(withIndex).rejects.toMatchObject(refused("write", "table", 40_000));
});

test("the tables of an account in a Region have a limit; less is always taken", async () => {
  await make("one", 40_000, 1);
  await make("two", 39_000, 1);
  await expect(make("three", 1_001, 1)).rejects.toMatchObject(refused("read", "account", 80_000));
  const update = (TableName: string, read: number) =>
    db.send(new UpdateTableCommand({ TableName, ProvisionedThroughput: units(read, 1) }));
  await expect(update("two", 40_001)).rejects.toMatchObject(refused("read", "table", 40_000));
  await make("three", 1_000, 1);
  await expect(update("three", 1_001)).rejects.toMatchObject(refused("read", "account", 80_000));
  await update("one", 100);
  await update("three", 1_001);
});

test("where capacity is only observed, nothing is refused", async () => {
  await using other = await startPlatform();
  await make("large", 50_000, 1, client(other));
});
