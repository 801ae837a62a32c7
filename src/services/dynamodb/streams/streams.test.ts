import {
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import {
  type _Record,
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type ShardIteratorType,
} from "@aws-sdk/client-dynamodb-streams";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { client, item, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";

const HOUR_MS = 3_600_000;

let nuage: Nuage;
let db: DynamoDBClient;
let streams: DynamoDBStreamsClient;
beforeAll(async () => {
  nuage = await startPlatform();
  db = client(nuage);
  streams = nuage.client(DynamoDBStreamsClient);
  streams.config.maxAttempts = async () => 1;
});
afterAll(() => nuage.stop());
beforeEach(() => nuage.reset());

type View = "KEYS_ONLY" | "NEW_IMAGE" | "OLD_IMAGE" | "NEW_AND_OLD_IMAGES";

/** A table with a stream of one shard: it has few units, and so one partition. */
async function streamed(name: string, view: View = "NEW_AND_OLD_IMAGES"): Promise<string> {
  await makeTable(db, name, ["id"], {
    BillingMode: "PROVISIONED",
    ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
    StreamSpecification: { StreamEnabled: true, StreamViewType: view },
  });
  const { Table } = await db.send(new DescribeTableCommand({ TableName: name }));
  return Table?.LatestStreamArn ?? "";
}

async function shardsOf(StreamArn: string) {
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  return StreamDescription?.Shards ?? [];
}

async function iterator(
  StreamArn: string,
  ShardIteratorType: ShardIteratorType = "TRIM_HORIZON",
  SequenceNumber?: string,
  at = 0,
) {
  const ShardId = (await shardsOf(StreamArn))[at]?.ShardId;
  const { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType, SequenceNumber }),
  );
  return ShardIterator;
}

async function read(StreamArn: string): Promise<_Record[]> {
  const records: _Record[] = [];
  for (const { ShardId } of await shardsOf(StreamArn)) {
    const { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
    );
    const page = await streams.send(new GetRecordsCommand({ ShardIterator }));
    records.push(...(page.Records ?? []));
  }
  return records;
}

const put = (TableName: string, values: Record<string, string | number>) =>
  db.send(new PutItemCommand({ TableName, Item: item(values) }));

describe("a stream", () => {
  test("tells every change in order, with its images", async () => {
    const arn = await streamed("orders");
    await put("orders", { id: "a", total: 1 });
    await put("orders", { id: "a", total: 2 });
    await db.send(new DeleteItemCommand({ TableName: "orders", Key: item({ id: "a" }) }));
    const records = await read(arn);
    expect(records.map(({ eventName }) => eventName)).toEqual(["INSERT", "MODIFY", "REMOVE"]);
    expect(records[1]).toMatchObject({
      eventVersion: "1.1",
      eventSource: "aws:dynamodb",
      awsRegion: "us-east-1",
      dynamodb: {
        Keys: item({ id: "a" }),
        OldImage: item({ id: "a", total: 1 }),
        NewImage: item({ id: "a", total: 2 }),
        StreamViewType: "NEW_AND_OLD_IMAGES",
        SizeBytes: 3 + 10 + 10,
      },
    });
    expect(records[0]?.dynamodb).not.toHaveProperty("OldImage");
    expect(records[2]?.dynamodb).not.toHaveProperty("NewImage");
    expect(records[0]).not.toHaveProperty("userIdentity");
    const numbers = records.map(({ dynamodb }) => BigInt(dynamodb?.SequenceNumber ?? 0));
    expect(numbers[0]).toBeLessThan(numbers[1] ?? 0n);
    expect(numbers[1]).toBeLessThan(numbers[2] ?? 0n);
    expect(new Set(records.map(({ eventID }) => eventID)).size).toBe(3);
    expect(records[0]?.dynamodb?.ApproximateCreationDateTime?.getMilliseconds()).toBe(0);
  });

  test.each([
    ["KEYS_ONLY", ["Keys"]],
    ["NEW_IMAGE", ["Keys", "NewImage"]],
    ["OLD_IMAGE", ["Keys", "OldImage"]],
    ["NEW_AND_OLD_IMAGES", ["Keys", "NewImage", "OldImage"]],
  ] as const)("of the view %s shows %s of a change", async (view, members) => {
    const arn = await streamed("orders", view);
    await put("orders", { id: "a", total: 1 });
    await put("orders", { id: "a", total: 2 });
    const change = (await read(arn))[1]?.dynamodb ?? {};
    const shown = Object.keys(change).filter((name) => name === "Keys" || name.endsWith("Image"));
    expect(shown.sort()).toEqual(members);
  });

  test("tells nothing of a write that changes nothing, or whose condition fails", async () => {
    const arn = await streamed("orders");
    await put("orders", { id: "a", total: 1 });
    await put("orders", { id: "a", total: 1 });
    const Key = item({ id: "a" });
    await db.send(
      new UpdateItemCommand({
        TableName: "orders",
        Key,
        UpdateExpression: "SET #t = :same",
        ExpressionAttributeNames: { "#t": "total" },
        ExpressionAttributeValues: { ":same": { N: "1.0" } },
      }),
    );
    const failing = new DeleteItemCommand({
      TableName: "orders",
      Key,
      ConditionExpression: "attribute_not_exists(id)",
    });
    await expect(db.send(failing)).rejects.toThrow("The conditional request failed");
    await db.send(new DeleteItemCommand({ TableName: "orders", Key: item({ id: "nobody" }) }));
    expect(await read(arn)).toHaveLength(1);
  });

  test("tells all changes of a transaction", async () => {
    const arn = await streamed("orders");
    const TransactItems = ["a", "b", "c"].map((id) => ({ Put: { TableName: "orders", Item: item({ id }) } }));
    await db.send(new TransactWriteItemsCommand({ TransactItems }));
    expect((await read(arn)).map(({ dynamodb }) => dynamodb?.Keys?.id?.S).sort()).toEqual(["a", "b", "c"]);
  });

  test("forgets changes after a day", async () => {
    const arn = await streamed("orders");
    await put("orders", { id: "old" });
    await nuage.advance(23 * HOUR_MS);
    await put("orders", { id: "new" });
    expect(await read(arn)).toHaveLength(2);
    await nuage.advance(1.5 * HOUR_MS);
    expect((await read(arn)).map(({ dynamodb }) => dynamodb?.Keys?.id?.S)).toEqual(["new"]);
    await nuage.advance(48 * HOUR_MS);
    expect(await read(arn)).toEqual([]);
  });

  test("of a deleted table can be read for another day", async () => {
    const arn = await streamed("orders");
    await put("orders", { id: "a" });
    await db.send(new DeleteTableCommand({ TableName: "orders" }));
    expect(await read(arn)).toHaveLength(1);
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: arn }));
    expect(StreamDescription?.StreamStatus).toBe("DISABLED");
    await nuage.advance(29 * HOUR_MS);
    const gone = streams.send(new DescribeStreamCommand({ StreamArn: arn }));
    await expect(gone).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: `Requested resource not found: Stream: ${arn} not found`,
    });
  });
});

describe("a table's stream", () => {
  const set = (StreamEnabled: boolean, StreamViewType?: View) =>
    db.send(
      new UpdateTableCommand({
        TableName: "orders",
        StreamSpecification: { StreamEnabled, ...(StreamViewType ? { StreamViewType } : {}) },
      }),
    );
  const refused = (message: string) => ({ name: "ValidationException", message });

  test("is switched off and on again, as another stream", async () => {
    const first = await streamed("orders");
    await put("orders", { id: "a" });
    await set(false);
    await put("orders", { id: "unseen" });
    const off = await db.send(new DescribeTableCommand({ TableName: "orders" }));
    expect(off.Table).not.toHaveProperty("StreamSpecification");
    expect(off.Table?.LatestStreamArn).toBe(first);
    await nuage.advance(1_000);
    await set(true, "KEYS_ONLY");
    await put("orders", { id: "b" });
    const { Table } = await db.send(new DescribeTableCommand({ TableName: "orders" }));
    const second = Table?.LatestStreamArn ?? "";
    expect(second).not.toBe(first);
    const keys = async (arn: string) => (await read(arn)).map(({ dynamodb }) => dynamodb?.Keys?.id?.S);
    expect(await keys(first)).toEqual(["a"]);
    expect(await keys(second)).toEqual(["b"]);
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: first }));
    expect(StreamDescription?.StreamStatus).toBe("DISABLED");
    const end = await streams.send(new GetRecordsCommand({ ShardIterator: await iterator(first) }));
    expect(end).not.toHaveProperty("NextShardIterator");
  });

  test("refuses what it is already, and options that do not belong", async () => {
    await streamed("orders");
    await expect(set(true, "KEYS_ONLY")).rejects.toMatchObject(
      refused("Table already has an enabled stream: TableName: orders"),
    );
    await expect(set(false, "KEYS_ONLY")).rejects.toMatchObject(
      refused(
        "One or more parameter values were invalid: " +
          "If stream is being disabled, then UpdateViewType must not be specified",
      ),
    );
    await set(false);
    await expect(set(false)).rejects.toMatchObject(
      refused("Table has no stream to disable: TableName: orders"),
    );
    await expect(set(true)).rejects.toMatchObject(
      refused(
        "One or more parameter values were invalid: " +
          "If stream is being enabled then UpdateViewType is required",
      ),
    );
  });

  test("gets more shards with more throughput, each key going on in a child of its shard", async () => {
    const arn = await streamed("orders");
    for (let n = 0; n < 20; n++) await put("orders", { id: `k${n}`, n: 1 });
    await nuage.advance(1_000);
    await db.send(
      new UpdateTableCommand({
        TableName: "orders",
        ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 3_500 },
      }),
    );
    for (let n = 0; n < 20; n++) await put("orders", { id: `k${n}`, n: 2 });
    const shards = await shardsOf(arn);
    expect(shards).toHaveLength(5);
    for (const child of shards.slice(1)) expect(child.ParentShardId).toBe(shards[0]?.ShardId);
    const records = await read(arn);
    expect(records.map(({ eventName }) => eventName)).toEqual([
      ...Array(20).fill("INSERT"),
      ...Array(20).fill("MODIFY"),
    ]);
  });
});

describe("shards", () => {
  test("of an on-demand table are four, and a key's changes are in one of them", async () => {
    await makeTable(db, "events", ["id"], {
      StreamSpecification: { StreamEnabled: true, StreamViewType: "KEYS_ONLY" },
    });
    const { Table } = await db.send(new DescribeTableCommand({ TableName: "events" }));
    const arn = Table?.LatestStreamArn ?? "";
    expect(await shardsOf(arn)).toHaveLength(4);
    for (let at = 0; at < 40; at++) await put("events", { id: `key${at % 10}`, at });
    const perShard: string[][] = [];
    for (let at = 0; at < 4; at++) {
      const page = await streams.send(
        new GetRecordsCommand({ ShardIterator: await iterator(arn, "TRIM_HORIZON", undefined, at) }),
      );
      perShard.push((page.Records ?? []).map(({ dynamodb }) => dynamodb?.Keys?.id?.S ?? ""));
    }
    expect(perShard.flat()).toHaveLength(40);
    for (let key = 0; key < 10; key++) {
      expect(perShard.filter((ids) => ids.includes(`key${key}`))).toHaveLength(1);
    }
  });

  test("roll over every four hours; a closed one ends", async () => {
    const arn = await streamed("orders");
    await put("orders", { id: "a" });
    const first = await iterator(arn);
    const page = await streams.send(new GetRecordsCommand({ ShardIterator: first }));
    expect(page.NextShardIterator).toBeDefined();
    await nuage.advance(4 * HOUR_MS + 5_000);
    await put("orders", { id: "b" });
    const shards = await shardsOf(arn);
    expect(shards).toHaveLength(2);
    expect(shards[1]?.ParentShardId).toBe(shards[0]?.ShardId);
    expect(shards[0]?.SequenceNumberRange?.EndingSequenceNumber).toBeDefined();
    expect(shards[1]?.SequenceNumberRange?.EndingSequenceNumber).toBeUndefined();
    const closed = await streams.send(new GetRecordsCommand({ ShardIterator: await iterator(arn) }));
    expect(closed.Records).toHaveLength(1);
    expect(closed.Records?.[0]?.dynamodb?.SequenceNumber).toBe(
      shards[0]?.SequenceNumberRange?.EndingSequenceNumber,
    );
    expect(closed.NextShardIterator).toBeUndefined();
    const children = await streams.send(
      new DescribeStreamCommand({
        StreamArn: arn,
        ShardFilter: { Type: "CHILD_SHARDS", ShardId: shards[0]?.ShardId },
      }),
    );
    expect(children.StreamDescription?.Shards?.map(({ ShardId }) => ShardId)).toEqual([shards[1]?.ShardId]);
  });
});

describe("iterators", () => {
  test("begin where they are asked to", async () => {
    const arn = await streamed("orders");
    for (const id of ["a", "b", "c"]) await put("orders", { id });
    const numbers = (await read(arn)).map(({ dynamodb }) => dynamodb?.SequenceNumber);
    const ids = async (type: ShardIteratorType, number?: string) => {
      const page = await streams.send(
        new GetRecordsCommand({ ShardIterator: await iterator(arn, type, number) }),
      );
      return page.Records?.map(({ dynamodb }) => dynamodb?.Keys?.id?.S);
    };
    expect(await ids("TRIM_HORIZON")).toEqual(["a", "b", "c"]);
    expect(await ids("AT_SEQUENCE_NUMBER", numbers[1])).toEqual(["b", "c"]);
    expect(await ids("AFTER_SEQUENCE_NUMBER", numbers[1])).toEqual(["c"]);
    expect(await ids("LATEST")).toEqual([]);
    const latest = await iterator(arn, "LATEST");
    await put("orders", { id: "d" });
    const page = await streams.send(new GetRecordsCommand({ ShardIterator: latest }));
    expect(page.Records?.map(({ dynamodb }) => dynamodb?.Keys?.id?.S)).toEqual(["d"]);
  });

  test("go on from page to page, which hold what was asked for and no more than 1 MB", async () => {
    const arn = await streamed("orders", "NEW_IMAGE");
    for (let at = 0; at < 5; at++) await put("orders", { id: `${at}`, text: "x".repeat(300_000) });
    const seen: number[] = [];
    let next = await iterator(arn);
    for (let page = 0; page < 3; page++) {
      const { Records = [], NextShardIterator } = await streams.send(
        new GetRecordsCommand({ ShardIterator: next, ...(page === 0 ? { Limit: 1 } : {}) }),
      );
      seen.push(Records.length);
      next = NextShardIterator;
    }
    expect(seen).toEqual([1, 3, 1]);
  });

  test("expire after 15 minutes, and are refused when they are none", async () => {
    const arn = await streamed("orders");
    const old = await iterator(arn);
    await nuage.advance(15 * 60_000 + 1);
    await expect(streams.send(new GetRecordsCommand({ ShardIterator: old }))).rejects.toMatchObject({
      name: "ExpiredIteratorException",
    });
    await expect(streams.send(new GetRecordsCommand({ ShardIterator: "nonsense" }))).rejects.toMatchObject({
      name: "ValidationException",
      message: "Invalid ShardIterator",
    });
    await expect(
      streams.send(new GetRecordsCommand({ ShardIterator: old, Limit: 1001 })),
    ).rejects.toMatchObject({
      message:
        "1 validation error detected: Value '1001' at 'limit' failed to satisfy constraint: " +
        "Member must have value less than or equal to 1000",
    });
  });

  test("at a change that was trimmed are refused", async () => {
    const arn = await streamed("orders");
    await put("orders", { id: "a" });
    const number = (await read(arn))[0]?.dynamodb?.SequenceNumber;
    await nuage.advance(24.5 * HOUR_MS);
    await expect(iterator(arn, "AT_SEQUENCE_NUMBER", number)).rejects.toMatchObject({
      name: "TrimmedDataAccessException",
    });
  });
});

test("streams are listed page by page, of a table or all", async () => {
  const arns = [await streamed("first"), await streamed("second"), await streamed("third")];
  const all = await streams.send(new ListStreamsCommand({ Limit: 2 }));
  expect(all.Streams?.map(({ StreamArn }) => StreamArn)).toEqual(arns.slice(0, 2));
  const rest = await streams.send(
    new ListStreamsCommand({ ExclusiveStartStreamArn: all.LastEvaluatedStreamArn }),
  );
  expect(rest.Streams?.map(({ StreamArn }) => StreamArn)).toEqual(arns.slice(2));
  expect(rest).not.toHaveProperty("LastEvaluatedStreamArn");
  const one = await streams.send(new ListStreamsCommand({ TableName: "second" }));
  expect(one.Streams?.map(({ TableName }) => TableName)).toEqual(["second"]);
});
