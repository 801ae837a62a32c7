import {
  BatchWriteItemCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import type { Nuage } from "nuage/testing";
import { afterEach, expect, test } from "vitest";
import { client } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";
import type { TableReport } from "./report.ts";

const TableName = "orders";
const ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/orders";

let nuage: Nuage;
let db: DynamoDBClient;
afterEach(() => nuage.stop());

async function open(capacity: "off" | "observe" | "enforce", more: Partial<CreateTableCommandInput> = {}) {
  nuage = await startPlatform({ capacity });
  db = client(nuage);
  await db.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [
        { AttributeName: "id", AttributeType: "S" },
        { AttributeName: "buyer", AttributeType: "S" },
      ],
      ProvisionedThroughput: { ReadCapacityUnits: 2, WriteCapacityUnits: 4 },
      GlobalSecondaryIndexes: [
        {
          IndexName: "byBuyer",
          KeySchema: [{ AttributeName: "buyer", KeyType: "HASH" }],
          Projection: { ProjectionType: "ALL" },
          ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
        },
      ],
      ...more,
    }),
  );
}

const put = (id: string, kilobytes: number, more: Record<string, { S: string }> = {}) =>
  db.send(
    new PutItemCommand({
      TableName,
      Item: { id: { S: id }, text: { S: "x".repeat(kilobytes * 1024 - 100) }, ...more },
    }),
  );

async function report(name = TableName): Promise<TableReport> {
  return (await fetch(`${nuage.endpoint}/_nuage/tables/${name}`)).json() as Promise<TableReport>;
}

test("enforced, a table without units throttles and says why, until there are more", async () => {
  await open("enforce");
  await put("a", 9);
  await expect(put("b", 1)).rejects.toMatchObject({
    name: "ProvisionedThroughputExceededException",
    message:
      "The level of configured provisioned throughput for the table was exceeded. " +
      "Consider increasing your provisioning level with the UpdateTable API.",
    ThrottlingReasons: [{ reason: "TableWriteProvisionedThroughputExceeded", resource: ARN }],
  });
  const read = () =>
    db.send(new GetItemCommand({ TableName, Key: { id: { S: "b" } }, ConsistentRead: true }));
  expect(await read()).not.toHaveProperty("Item");
  await nuage.advance(3_000);
  await put("b", 1);
  expect((await read()).Item?.id?.S).toBe("b");
});

test("enforced, an index that has used up its units holds up its table's writes", async () => {
  await open("enforce", { ProvisionedThroughput: { ReadCapacityUnits: 50, WriteCapacityUnits: 50 } });
  await put("a", 3, { buyer: { S: "one" } });
  await expect(put("b", 1, { buyer: { S: "two" } })).rejects.toMatchObject({
    name: "ProvisionedThroughputExceededException",
    ThrottlingReasons: [
      { reason: "IndexWriteProvisionedThroughputExceeded", resource: `${ARN}/index/byBuyer` },
    ],
  });
  await put("b", 1);
  const { Items } = await db.send(new ScanCommand({ TableName }));
  expect(Items?.map(({ buyer }) => buyer?.S).sort()).toEqual(["one", undefined]);
});

test("enforced, an on-demand table throttles at the limit it was given", async () => {
  await open("enforce", {
    BillingMode: "PAY_PER_REQUEST",
    ProvisionedThroughput: undefined,
    OnDemandThroughput: { MaxReadRequestUnits: -1, MaxWriteRequestUnits: 5 },
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    GlobalSecondaryIndexes: undefined,
  });
  await put("a", 20);
  await expect(put("b", 1)).rejects.toMatchObject({
    name: "ThrottlingException",
    throttlingReasons: [{ reason: "TableWriteMaxOnDemandThroughputExceeded", resource: ARN }],
  });
});

test("observed, nothing throttles, and the report tells what would have", async () => {
  await open("observe");
  for (let at = 0; at < 4; at++) await put(`k${at}`, 4, { buyer: { S: "hot" } });
  for (let at = 0; at < 8; at++) await put("same", 2);
  await db.send(
    new ScanCommand({
      TableName,
      FilterExpression: "buyer = :b",
      ExpressionAttributeValues: { ":b": { S: "nobody" } },
    }),
  );
  const { places, findings, minutes, mode, provisioned } = await report();
  expect({ mode, provisioned }).toEqual({ mode: "PROVISIONED", provisioned: { read: 2, write: 4 } });
  const [table, index] = places;
  expect(table).toMatchObject({ partitionKey: "id", consumed: { write: 4 * 4 + 8 * 2 } });
  expect(index).toMatchObject({ index: "byBuyer", partitionKey: "buyer", consumed: { write: 16 } });
  expect(table?.hotKeys.write[0]).toEqual({ key: "same", units: 16, error: 0 });
  expect(minutes.reduce((sum, { write }) => sum + write, 0)).toBe(32);
  const kinds = new Set(findings.map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(["billing", "index-writes", "scan", "throttle"]);
  const text = (kind: string) => findings.find((finding) => finding.kind === kind)?.text;
  expect(text("scan")).toContain("Query the index byBuyer by buyer instead.");
  expect(text("index-writes")).toBe(
    "Every unit written to the table costs 1.50 with its indexes. " +
      "Smaller projections and fewer indexes make it less.",
  );
  expect(text("throttle")).toContain("TableWriteProvisionedThroughputExceeded");
  expect(text("billing")).toContain("the break-even is 28.9 %");
});

test("off, nothing is counted; a table that there is not has no report", async () => {
  await open("off");
  const RequestItems = { [TableName]: [{ PutRequest: { Item: { id: { S: "a" } } } }] };
  await db.send(new BatchWriteItemCommand({ RequestItems }));
  const { places, minutes, findings } = await report();
  expect(places[0]?.consumed).toEqual({ read: 0, write: 0 });
  expect({ minutes, findings }).toEqual({ minutes: [], findings: [] });
  expect(await report("nothing")).toEqual({ message: 'There is no table "nothing" in us-east-1.' });
});
