import {
  BatchWriteItemCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import {
  type _Record,
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from "@aws-sdk/client-dynamodb-streams";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { client, item, keySchema, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";

const MINUTE_MS = 60_000;

let nuage: Nuage;
let db: DynamoDBClient;
beforeAll(async () => {
  nuage = await startPlatform();
  db = client(nuage);
});
afterAll(() => nuage.stop());
beforeEach(async () => {
  await nuage.reset();
  await makeTable(db, "sessions", ["id"], {
    StreamSpecification: { StreamEnabled: true, StreamViewType: "OLD_IMAGE" },
    AttributeDefinitions: [{ AttributeName: "user", AttributeType: "S" }],
    GlobalSecondaryIndexes: [
      { IndexName: "byUser", KeySchema: keySchema(["user"]), Projection: { ProjectionType: "ALL" } },
    ],
  });
});

const TableName = "sessions";
const seconds = (fromNowMs: number) => Math.floor((nuage.clock.now() + fromNowMs) / 1000);
const put = (values: Record<string, string | number>) =>
  db.send(new PutItemCommand({ TableName, Item: item(values) }));
const setTtl = (Enabled: boolean, AttributeName = "expires") =>
  db.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { Enabled, AttributeName } }));
const ids = async (IndexName?: string) =>
  ((await db.send(new ScanCommand({ TableName, IndexName }))).Items ?? []).map(({ id }) => id?.S).sort();

async function removals(): Promise<_Record[]> {
  const streams = nuage.client(DynamoDBStreamsClient);
  const { Streams } = await streams.send(new ListStreamsCommand({ TableName }));
  const StreamArn = Streams?.[0]?.StreamArn;
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const all: _Record[] = [];
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    const { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
    );
    all.push(...((await streams.send(new GetRecordsCommand({ ShardIterator }))).Records ?? []));
  }
  return all.filter(({ eventName }) => eventName === "REMOVE");
}

describe("an item", () => {
  test("goes when its time comes, from its indexes too, and the stream says who removed it", async () => {
    await setTtl(true);
    await put({ id: "short", user: "u", expires: seconds(10 * MINUTE_MS) });
    await put({ id: "long", user: "u", expires: seconds(100 * MINUTE_MS) });
    await put({ id: "ever", user: "u" });
    await nuage.advance(9 * MINUTE_MS);
    expect(await ids()).toEqual(["ever", "long", "short"]);
    await nuage.advance(2 * MINUTE_MS);
    expect(await ids()).toEqual(["ever", "long"]);
    expect(await ids("byUser")).toEqual(["ever", "long"]);
    const [removal, ...more] = await removals();
    expect(more).toEqual([]);
    expect(removal).toMatchObject({
      userIdentity: { Type: "Service", PrincipalId: "dynamodb.amazonaws.com" },
      dynamodb: { Keys: item({ id: "short" }), OldImage: { user: { S: "u" } } },
    });
  });

  test("lives longer when its time is moved, and for ever when it is taken away", async () => {
    await setTtl(true);
    await put({ id: "a", expires: seconds(MINUTE_MS) });
    await put({ id: "b", expires: seconds(MINUTE_MS) });
    await db.send(
      new UpdateItemCommand({
        TableName,
        Key: item({ id: "a" }),
        UpdateExpression: "SET expires = :later",
        ExpressionAttributeValues: { ":later": { N: String(seconds(30 * MINUTE_MS)) } },
      }),
    );
    await db.send(
      new UpdateItemCommand({ TableName, Key: item({ id: "b" }), UpdateExpression: "REMOVE expires" }),
    );
    await nuage.advance(20 * MINUTE_MS);
    expect(await ids()).toEqual(["a", "b"]);
    await nuage.advance(20 * MINUTE_MS);
    expect(await ids()).toEqual(["b"]);
  });

  test("stays when its time is no number, or lies more than five years back", async () => {
    await setTtl(true);
    await put({ id: "text", expires: "1700000000" });
    await put({ id: "ancient", expires: seconds(-6 * 365 * 24 * 60 * MINUTE_MS) });
    await put({ id: "milliseconds", expires: Math.floor(nuage.clock.now()) });
    await put({ id: "past", expires: seconds(-60 * MINUTE_MS) });
    await nuage.advance(24 * 60 * MINUTE_MS);
    expect(await ids()).toEqual(["ancient", "milliseconds", "text"]);
  });

  test("that was there before expires too", async () => {
    for (let first = 0; first < 450; first += 25) {
      const sessions = Array.from({ length: 25 }, (_, at) => ({
        PutRequest: { Item: item({ id: `${first + at}`, expires: seconds(MINUTE_MS) }) },
      }));
      await db.send(new BatchWriteItemCommand({ RequestItems: { sessions } }));
    }
    await setTtl(true);
    await nuage.advance(2 * MINUTE_MS);
    expect(await ids()).toEqual([]);
  });

  test("stays when time to live is switched off before its time", async () => {
    await setTtl(true);
    await put({ id: "a", expires: seconds(60 * MINUTE_MS) });
    await nuage.advance(32 * MINUTE_MS);
    await setTtl(false);
    await nuage.advance(60 * MINUTE_MS);
    const { Item } = await db.send(new GetItemCommand({ TableName, Key: item({ id: "a" }) }));
    expect(Item?.id?.S).toBe("a");
  });
});

describe("time to live", () => {
  const refused = (message: string) => ({ name: "ValidationException", message });

  test("is described, and forgets its attribute when it is off", async () => {
    const describe = async () =>
      (await db.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription;
    expect(await describe()).toEqual({ TimeToLiveStatus: "DISABLED" });
    expect((await setTtl(true)).TimeToLiveSpecification).toEqual({ Enabled: true, AttributeName: "expires" });
    expect(await describe()).toEqual({ TimeToLiveStatus: "ENABLED", AttributeName: "expires" });
    await nuage.advance(32 * MINUTE_MS);
    await setTtl(false);
    expect(await describe()).toEqual({ TimeToLiveStatus: "DISABLED" });
  });

  test("refuses what changes nothing, another attribute, and changes too close together", async () => {
    await expect(setTtl(false)).rejects.toMatchObject(refused("TimeToLive is already disabled"));
    await setTtl(true);
    await expect(setTtl(true)).rejects.toMatchObject(refused("TimeToLive is already enabled"));
    await expect(setTtl(true, "other")).rejects.toMatchObject(
      refused("TimeToLive is active on a different AttributeName: current AttributeName is expires"),
    );
    await expect(setTtl(false)).rejects.toMatchObject(
      refused("Time to live has been modified multiple times within a fixed interval"),
    );
    await nuage.advance(32 * MINUTE_MS);
    await setTtl(false);
  });

  test("is of a table that there is", async () => {
    const missing = db.send(new DescribeTimeToLiveCommand({ TableName: "nothing" }));
    await expect(missing).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Requested resource not found: Table: nothing not found",
    });
  });
});
