import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";
import { expect, test } from "vitest";
import { under, usePublished } from "./published.fixture.ts";

const published = usePublished();
const { it } = published;

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html

const TABLE = {
  ConsumedReadCapacityUnits: "Count",
  ConsumedWriteCapacityUnits: "Count",
  ProvisionedReadCapacityUnits: "Count",
  ProvisionedWriteCapacityUnits: "Count",
};
const ACCOUNT = {
  AccountMaxReads: "Count",
  AccountMaxTableLevelReads: "Count",
  AccountMaxTableLevelWrites: "Count",
  AccountMaxWrites: "Count",
  AccountProvisionedReadCapacityUtilization: "Percent",
  AccountProvisionedWriteCapacityUtilization: "Percent",
  MaxProvisionedTableReadCapacityUtilization: "Percent",
  MaxProvisionedTableWriteCapacityUtilization: "Percent",
  UserErrors: "Count",
};
const LATENCY = { SuccessfulRequestLatency: "Milliseconds" };

const key = (AttributeName: string) => [{ AttributeName, KeyType: "HASH" as const }];
const units = (most: number) => ({ ReadCapacityUnits: most, WriteCapacityUnits: most });

test("tables, indexes, streams and accounts publish what AWS's do", async () => {
  const db = it.nuage.client(DynamoDBClient);
  const streams = it.nuage.client(DynamoDBStreamsClient);
  const create = (TableName: string, more: Partial<CreateTableCommandInput>) =>
    db.send(
      new CreateTableCommand({
        TableName,
        KeySchema: key("id"),
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        ...more,
      }),
    );
  const { TableDescription } = await create("orders", {
    AttributeDefinitions: ["id", "who"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
    ProvisionedThroughput: units(400),
    GlobalSecondaryIndexes: [
      {
        IndexName: "byWho",
        KeySchema: key("who"),
        Projection: { ProjectionType: "ALL" },
        ProvisionedThroughput: units(5),
      },
    ],
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
  });
  await create("open", {
    BillingMode: "PAY_PER_REQUEST",
    OnDemandThroughput: { MaxReadRequestUnits: 40, MaxWriteRequestUnits: 30 },
  });
  const TimeToLiveSpecification = { AttributeName: "until", Enabled: true };
  await db.send(new UpdateTimeToLiveCommand({ TableName: "orders", TimeToLiveSpecification }));

  const id = { id: { S: "1" } };
  const until = { N: String(Math.floor(it.nuage.clock.now() / 1000) + 60) };
  const put = (TableName: string, more = {}) =>
    db.send(new PutItemCommand({ TableName, Item: { ...id, who: { S: "me" }, until }, ...more }));
  await put("orders");
  await put("open");
  await put("orders", { ConditionExpression: "attribute_not_exists(id)" }).catch(() => {});
  await db.send(new GetItemCommand({ TableName: "orders", Key: id }));
  await db.send(new GetItemCommand({ TableName: "orders", Key: {} })).catch(() => {});
  const asked = { KeyConditionExpression: "who = :w", ExpressionAttributeValues: { ":w": { S: "me" } } };
  await db.send(new QueryCommand({ TableName: "orders", IndexName: "byWho", ...asked }));
  await db.send(new ExecuteStatementCommand({ Statement: `SELECT * FROM "orders" WHERE id = '1'` }));
  const TransactItems = [{ Put: { TableName: "open", Item: id } }];
  await db.send(new TransactWriteItemsCommand({ TransactItems }));
  const StreamArn = TableDescription?.LatestStreamArn ?? "";
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
  const { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
  );
  await streams.send(new GetRecordsCommand({ ShardIterator }));
  await it.nuage.advance("10 minutes");

  const operation = (name: string, more = {}) =>
    under(`TableName=orders,Operation=${name}`, { ...LATENCY, ...more });
  const read = `TableName=orders,Operation=GetRecords,StreamLabel=${StreamArn.split("/stream/")[1]}`;
  expect(await published.rows("AWS/DynamoDB")).toEqual(
    [
      ...under("-", ACCOUNT),
      ...under("TableName=orders", {
        ...TABLE,
        ConditionalCheckFailedRequests: "Count",
        TimeToLiveDeletedItemCount: "Count",
      }),
      ...under("TableName=orders,GlobalSecondaryIndexName=byWho", TABLE),
      ...under("TableName=open", {
        ConsumedWriteCapacityUnits: "Count",
        OnDemandMaxReadRequestUnits: "Count",
        OnDemandMaxWriteRequestUnits: "Count",
      }),
      ...operation("PutItem"),
      ...operation("GetItem"),
      ...operation("Query", { ReturnedItemCount: "Count" }),
      ...operation("ExecuteStatement", { ReturnedItemCount: "Count" }),
      ...under("TableName=open,Operation=PutItem", LATENCY),
      ...under("TableName=open,Operation=TransactWriteItems", LATENCY),
      ...under(read, { ...LATENCY, ReturnedBytes: "Bytes", ReturnedRecordsCount: "Count" }),
    ].sort(),
  );
  expect(await published.values("AWS/DynamoDB", "TableName=orders", "Maximum")).toMatchObject({
    ProvisionedReadCapacityUnits: 400,
    TimeToLiveDeletedItemCount: 1,
  });
  expect(await published.values("AWS/DynamoDB", "-", "Maximum")).toMatchObject({
    AccountMaxReads: 80_000,
    AccountProvisionedReadCapacityUtilization: (405 / 80_000) * 100,
    MaxProvisionedTableReadCapacityUtilization: (405 / 40_000) * 100,
    UserErrors: 1,
  });
});
