import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
} from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { startPlatform } from "../platform.fixture.ts";

test("a table lives from its creation to its end", async () => {
  await using nuage = await startPlatform();
  const db = nuage.client(DynamoDBClient);
  const created = await db.send(
    new CreateTableCommand({
      TableName: "music",
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  expect(created.TableDescription).toMatchObject({
    TableName: "music",
    TableStatus: "CREATING",
    ItemCount: 0,
  });
  const { Table } = await db.send(new DescribeTableCommand({ TableName: "music" }));
  expect(Table).toMatchObject({
    TableStatus: "ACTIVE",
    TableArn: "arn:aws:dynamodb:us-east-1:000000000000:table/music",
    BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
    ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0, NumberOfDecreasesToday: 0 },
    DeletionProtectionEnabled: false,
  });
  expect((await db.send(new ListTablesCommand({}))).TableNames).toEqual(["music"]);
  const deleted = await db.send(new DeleteTableCommand({ TableName: "music" }));
  expect(deleted.TableDescription).toMatchObject({ TableStatus: "DELETING" });
  await expect(db.send(new DescribeTableCommand({ TableName: "music" }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Requested resource not found: Table: music not found",
  });
});
