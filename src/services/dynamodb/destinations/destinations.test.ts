import {
  CreateTableCommand,
  DeleteItemCommand,
  DescribeKinesisStreamingDestinationCommand,
  DisableKinesisStreamingDestinationCommand,
  DynamoDBClient,
  EnableKinesisStreamingDestinationCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateKinesisStreamingDestinationCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
} from "@aws-sdk/client-kinesis";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPlatform } from "../platform.fixture.ts";

let nuage: Nuage;
let db: DynamoDBClient;
let kinesis: KinesisClient;
beforeAll(async () => {
  nuage = await startPlatform();
  db = nuage.client(DynamoDBClient);
  kinesis = nuage.client(KinesisClient);
});
afterAll(() => nuage.stop());

const arnOf = (stream: string) => `arn:aws:kinesis:us-east-1:000000000000:stream/${stream}`;
const HOUR_MS = 3_600_000;

async function create(name: string): Promise<{ TableName: string; StreamArn: string }> {
  await db.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    }),
  );
  await kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: 1 }));
  return { TableName: name, StreamArn: arnOf(name) };
}

interface Sent {
  readonly eventName: string;
  readonly eventID: string;
  readonly dynamodb: Record<string, unknown>;
}

/** What has come to the stream, in order. */
async function sent(StreamName: string): Promise<Sent[]> {
  await nuage.idle();
  const where = { ShardId: "shardId-000000000000", ShardIteratorType: "TRIM_HORIZON" as const };
  const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand({ StreamName, ...where }));
  const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  return Records.map(({ Data }) => JSON.parse(Buffer.from(Data ?? []).toString()));
}

const put = (TableName: string, id: string, n: string) =>
  db.send(new PutItemCommand({ TableName, Item: { id: { S: id }, n: { N: n } } }));
const enable = (input: object) => db.send(new EnableKinesisStreamingDestinationCommand(input as never));
const disable = (input: object) => db.send(new DisableKinesisStreamingDestinationCommand(input as never));
const update = (input: object) => db.send(new UpdateKinesisStreamingDestinationCommand(input as never));
const listed = async (TableName: string) =>
  (await db.send(new DescribeKinesisStreamingDestinationCommand({ TableName })))
    .KinesisDataStreamDestinations;
const invalid = (message: string) => ({ name: "ValidationException", message });
const UNFIT = "Table is not in a valid state to enable Kinesis Streaming Destination: ";

test("changes of items come to the stream as AWS writes them", async () => {
  const both = await create("changes");
  const { TableName } = both;
  await put(TableName, "before", "0");
  expect(await enable(both)).toMatchObject({ ...both, DestinationStatus: "ENABLING" });
  expect(await listed(TableName)).toEqual([{ StreamArn: both.StreamArn, DestinationStatus: "ACTIVE" }]);
  const Item = { id: { S: "a" }, b: { B: Buffer.from([1, 2]) }, m: { M: { l: { L: [{ BOOL: true }] } } } };
  await db.send(new PutItemCommand({ TableName, Item }));
  await put(TableName, "a", "2");
  await put(TableName, "a", "2");
  await db.send(new DeleteItemCommand({ TableName, Key: { id: { S: "a" } } }));
  const records = await sent("changes");
  expect(records.map(({ eventName }) => eventName)).toEqual(["INSERT", "MODIFY", "REMOVE"]);
  expect(records[0]).toEqual({
    awsRegion: "us-east-1",
    eventID: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
    eventName: "INSERT",
    userIdentity: null,
    recordFormat: "application/json",
    tableName: "changes",
    dynamodb: {
      ApproximateCreationDateTime: expect.any(Number),
      Keys: { id: { S: "a" } },
      NewImage: { id: { S: "a" }, b: { B: "AQI=" }, m: { M: { l: { L: [{ BOOL: true }] } } } },
      SizeBytes: expect.any(Number),
    },
    eventSource: "aws:dynamodb",
  });
  expect(Math.abs(Number(records[0]?.dynamodb.ApproximateCreationDateTime) - nuage.clock.now())).toBeLessThan(
    60_000,
  );
  expect(records[1]?.dynamodb).toMatchObject({ NewImage: { n: { N: "2" } }, OldImage: { b: { B: "AQI=" } } });
  expect(records[2]?.dynamodb).toMatchObject({ OldImage: { n: { N: "2" } } });
  expect(records[2]?.dynamodb).not.toHaveProperty("NewImage");
  expect(new Set(records.map(({ eventID }) => eventID)).size).toBe(3);
});

test("the changes of an item keep their order, and those of a failed transaction do not come", async () => {
  const both = await create("order");
  const { TableName } = both;
  await enable(both);
  for (let n = 0; n < 30; n++) await put(TableName, `i${n % 3}`, String(n));
  const Put = { TableName, Item: { id: { S: "never" } } };
  const ConditionCheck = {
    TableName,
    Key: { id: { S: "i0" } },
    ConditionExpression: "attribute_not_exists(id)",
  };
  await expect(
    db.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }, { ConditionCheck }] })),
  ).rejects.toMatchObject({ name: "TransactionCanceledException" });
  const records = (await sent("order")).map(
    ({ dynamodb }) => dynamodb.NewImage as Record<string, { S: string; N: string }>,
  );
  expect(records).toHaveLength(30);
  for (const id of ["i0", "i1", "i2"]) {
    const numbers = records.filter((image) => image.id?.S === id).map((image) => Number(image.n?.N));
    expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
  }
});

test("times come in microseconds where they are asked for", async () => {
  const both = await create("precise");
  const { TableName, StreamArn } = both;
  await enable(both);
  const precisely = (ApproximateCreationDateTimePrecision: string) => ({
    ...both,
    UpdateKinesisStreamingConfiguration: { ApproximateCreationDateTimePrecision },
  });
  const same = await update(precisely("MILLISECOND")).catch((error) => error);
  expect(same.message).toMatch(
    /Precision is already set to the desired value of MILLISECOND for tableId: .*, kdsArn: /,
  );
  expect(await update(precisely("MICROSECOND"))).toMatchObject({ DestinationStatus: "UPDATING" });
  expect(await listed(TableName)).toEqual([
    { StreamArn, DestinationStatus: "ACTIVE", ApproximateCreationDateTimePrecision: "MICROSECOND" },
  ]);
  await put(TableName, "a", "1");
  const [record] = await sent("precise");
  expect(record?.dynamodb.ApproximateCreationDateTimePrecision).toBe("MICROSECOND");
  const seconds = Number(record?.dynamodb.ApproximateCreationDateTime) / 1e6;
  expect(Math.abs(seconds - nuage.clock.now() / 1000)).toBeLessThan(60);
  await expect(update(both)).rejects.toMatchObject(
    invalid(
      "Streaming destination cannot be updated with given parameters: " +
        "UpdateKinesisStreamingConfiguration cannot be null or contain only null values",
    ),
  );
  await expect(update(precisely("SECOND"))).rejects.toMatchObject({ name: "ValidationException" });
});

test("one stream is active at a time, and what was stays in the list", async () => {
  const both = await create("states");
  const { TableName, StreamArn } = both;
  const nowhere = { TableName, StreamArn: arnOf("nowhere") };
  await enable(nowhere);
  const failed = {
    StreamArn: nowhere.StreamArn,
    DestinationStatus: "ENABLE_FAILED",
    DestinationStatusDescription: "User does not have a permission to use kinesis stream",
  };
  expect(await listed(TableName)).toEqual([failed]);
  const disabling = invalid(
    `${UNFIT}KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.`,
  );
  await expect(disable(nowhere)).rejects.toMatchObject(disabling);
  await enable(both);
  const enabling = invalid(
    `${UNFIT}EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED ` +
      "to perform ENABLE operation.",
  );
  await expect(enable(both)).rejects.toMatchObject(enabling);
  await expect(enable(nowhere)).rejects.toMatchObject(enabling);
  const configuration = { ApproximateCreationDateTimePrecision: "MICROSECOND" };
  await expect(
    disable({ ...both, EnableKinesisStreamingConfiguration: configuration }),
  ).rejects.toMatchObject(
    invalid("Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters"),
  );
  expect(await disable(both)).toMatchObject({ DestinationStatus: "DISABLING" });
  expect(await listed(TableName)).toEqual([{ StreamArn, DestinationStatus: "DISABLED" }, failed]);
  await put(TableName, "unseen", "1");
  expect(await sent("states")).toEqual([]);
  const change = { UpdateKinesisStreamingConfiguration: configuration };
  await expect(update({ ...both, ...change })).rejects.toMatchObject({
    message: expect.stringMatching(
      /Kinesis streaming is not in ACTIVE state\. Updates are only allowed in ACTIVE/,
    ),
  });
  await enable(both);
  expect((await listed(TableName))?.map(({ DestinationStatus }) => DestinationStatus)).toEqual([
    "ACTIVE",
    "ENABLE_FAILED",
  ]);
  await expect(enable({ ...both, TableName: "nothing" })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Requested resource not found: Table: nothing not found",
  });
});

test("changes wait for a stream that is gone for a while, and say who removed what expired", async () => {
  const both = await create("patient");
  const { TableName } = both;
  await enable(both);
  await kinesis.send(new DeleteStreamCommand({ StreamName: "patient" }));
  await put(TableName, "a", "1");
  await put(TableName, "a", "2");
  await nuage.idle();
  await kinesis.send(new CreateStreamCommand({ StreamName: "patient", ShardCount: 1 }));
  await nuage.advance(70_000);
  expect((await sent("patient")).map(({ eventName }) => eventName)).toEqual(["INSERT", "MODIFY"]);
  const TimeToLiveSpecification = { AttributeName: "until", Enabled: true };
  await db.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  const until = String(Math.floor(nuage.clock.now() / 1000) + 60);
  await db.send(new PutItemCommand({ TableName, Item: { id: { S: "b" }, until: { N: until } } }));
  await nuage.advance(HOUR_MS);
  const last = (await sent("patient")).at(-1);
  expect(last).toMatchObject({
    eventName: "REMOVE",
    userIdentity: { principalId: "dynamodb.amazonaws.com", type: "Service" },
    dynamodb: { Keys: { id: { S: "b" } } },
  });
});
