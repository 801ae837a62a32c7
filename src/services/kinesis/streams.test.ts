import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeLimitsCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  ListStreamsCommand,
  waitUntilStreamExists,
  waitUntilStreamNotExists,
} from "@aws-sdk/client-kinesis";
import { startNuage } from "nuage/testing";
import { expect, test } from "vitest";
import { useKinesis } from "./kinesis.fixture.ts";

const t = useKinesis();
const arnOf = (stream: string) => `arn:aws:kinesis:us-east-1:000000000000:stream/${stream}`;
const describe = async (input: object) =>
  (await t.kinesis.send(new DescribeStreamCommand(input))).StreamDescription;
const summarize = async (input: object) =>
  (await t.kinesis.send(new DescribeStreamSummaryCommand(input))).StreamDescriptionSummary;

test("a stream is there at once, and the SDK's waiters see it come and go", async () => {
  await t.create("waited");
  const waiting = { client: t.kinesis, maxWaitTime: 20 };
  expect((await waitUntilStreamExists(waiting, { StreamName: "waited" })).state).toBe("SUCCESS");
  await t.kinesis.send(new DeleteStreamCommand({ StreamName: "waited" }));
  expect((await waitUntilStreamNotExists(waiting, { StreamName: "waited" })).state).toBe("SUCCESS");
  await t.create("waited");
});

test("a provisioned stream is described with its shards, which share all hashes", async () => {
  await t.create("described", { ShardCount: 3, Tags: { a: "b" } });
  const stream = await describe({ StreamName: "described" });
  expect(stream).toMatchObject({
    StreamName: "described",
    StreamARN: arnOf("described"),
    StreamStatus: "ACTIVE",
    StreamModeDetails: { StreamMode: "PROVISIONED" },
    RetentionPeriodHours: 24,
    EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
    EncryptionType: "NONE",
    HasMoreShards: false,
    StreamCreationTimestamp: expect.any(Date),
  });
  expect(stream?.Shards?.map(({ ShardId, HashKeyRange }) => [ShardId, HashKeyRange])).toEqual([
    [
      "shardId-000000000000",
      { StartingHashKey: "0", EndingHashKey: "113427455640312821154458202477256070484" },
    ],
    [
      "shardId-000000000001",
      {
        StartingHashKey: "113427455640312821154458202477256070485",
        EndingHashKey: "226854911280625642308916404954512140969",
      },
    ],
    [
      "shardId-000000000002",
      {
        StartingHashKey: "226854911280625642308916404954512140970",
        EndingHashKey: "340282366920938463463374607431768211455",
      },
    ],
  ]);
  const range = stream?.Shards?.[0]?.SequenceNumberRange;
  expect(range?.StartingSequenceNumber).toMatch(/^49\d{54}$/);
  expect(range?.EndingSequenceNumber).toBeUndefined();
});

test("an on-demand stream begins with four shards", async () => {
  await t.create("on-demand", { StreamModeDetails: { StreamMode: "ON_DEMAND" } });
  expect(await summarize({ StreamName: "on-demand" })).toMatchObject({
    StreamModeDetails: { StreamMode: "ON_DEMAND" },
    OpenShardCount: 4,
    ConsumerCount: 0,
    MaxRecordSizeInKiB: 1024,
    RecordDistributionStrategy: "USER_PARTITION_KEY",
  });
});

test("a stream is found by its name, its ARN and its id", async () => {
  await t.create("found");
  const { StreamId } = (await summarize({ StreamName: "found" })) ?? {};
  expect(StreamId).toMatch(/^[a-z0-9]{20}-[a-z0-9]{3}$/);
  // The SDK sends what has an id to a host of the stream's own, which only AWS has.
  const byId = async (id: string | undefined) => {
    const headers = {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "Kinesis_20131202.DescribeStreamSummary",
    };
    const body = JSON.stringify({ StreamId: id });
    return (await fetch(t.nuage.endpoint, { method: "POST", headers, body })).json();
  };
  expect(await byId(StreamId)).toMatchObject({ StreamDescriptionSummary: { StreamName: "found" } });
  expect(await byId(`${"a".repeat(20)}-abc`)).toMatchObject({ __type: "ResourceNotFoundException" });
  expect((await describe({ StreamARN: arnOf("found") }))?.StreamName).toBe("found");
  expect((await describe({ StreamARN: arnOf("found"), StreamName: "found" }))?.StreamName).toBe("found");
  await expect(describe({})).rejects.toMatchObject({ name: "InvalidArgumentException" });
  const elsewhere = "arn:aws:kinesis:eu-west-1:000000000000:stream/found";
  await expect(describe({ StreamARN: elsewhere })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
});

test("DescribeStream gives its shards in pages", async () => {
  await t.create("paged", { ShardCount: 5 });
  const ids: (string | undefined)[] = [];
  let more: object = {};
  for (let page = 0; page < 3; page++) {
    const { Shards = [], HasMoreShards } = (await describe({ StreamName: "paged", Limit: 2, ...more })) ?? {};
    ids.push(...Shards.map(({ ShardId }) => ShardId));
    expect(HasMoreShards).toBe(page < 2);
    more = { ExclusiveStartShardId: Shards.at(-1)?.ShardId };
  }
  expect(ids).toEqual([0, 1, 2, 3, 4].map((at) => `shardId-00000000000${at}`));
});

test("streams are listed in pages, by name or by token", async () => {
  const nuage = await startNuage();
  const client = nuage.client(KinesisClient);
  for (const StreamName of ["c", "a", "b", "d"])
    await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  const list = (input: object) => client.send(new ListStreamsCommand(input));
  const all = await list({});
  expect(all).toMatchObject({ StreamNames: ["a", "b", "c", "d"], HasMoreStreams: false });
  expect(all.StreamSummaries?.[0]).toMatchObject({
    StreamName: "a",
    StreamARN: arnOf("a"),
    StreamStatus: "ACTIVE",
    StreamModeDetails: { StreamMode: "PROVISIONED" },
  });
  const first = await list({ Limit: 3 });
  expect(first).toMatchObject({ StreamNames: ["a", "b", "c"], HasMoreStreams: true });
  expect((await list({ NextToken: first.NextToken })).StreamNames).toEqual(["d"]);
  expect((await list({ ExclusiveStartStreamName: "b" })).StreamNames).toEqual(["c", "d"]);
  await expect(list({ NextToken: "nonsense" })).rejects.toMatchObject({ name: "InvalidArgumentException" });
  await nuage.advance(301_000);
  await expect(list({ NextToken: first.NextToken })).rejects.toMatchObject({
    name: "ExpiredNextTokenException",
  });
  const limits = await client.send(new DescribeLimitsCommand({}));
  expect(limits).toMatchObject({
    ShardLimit: 20_000,
    OpenShardCount: 4,
    OnDemandStreamCount: 0,
    OnDemandStreamCountLimit: 50,
  });
  await nuage.stop();
});

test("what is wrong with a new stream is said", async () => {
  const create = (input: object) => t.kinesis.send(new CreateStreamCommand(input as never));
  await t.create("taken");
  await expect(create({ StreamName: "taken", ShardCount: 1 })).rejects.toMatchObject({
    name: "ResourceInUseException",
    message: "Stream taken under account 000000000000 already exists.",
  });
  await expect(create({ StreamName: "none" })).rejects.toMatchObject({ name: "InvalidArgumentException" });
  await expect(create({ StreamName: "none", ShardCount: 0 })).rejects.toMatchObject({
    name: "ValidationException",
    message: expect.stringContaining("at 'shardCount' failed to satisfy constraint"),
  });
  await expect(create({ StreamName: "none", ShardCount: 30_000 })).rejects.toMatchObject({
    name: "LimitExceededException",
    message: expect.stringMatching(
      /^This request would exceed the shard limit for the account 000000000000 in us-east-1\. /,
    ),
  });
  const StreamModeDetails = { StreamMode: "NEITHER" };
  await expect(create({ StreamName: "none", StreamModeDetails })).rejects.toMatchObject({
    message: expect.stringContaining("Member must satisfy enum value set"),
  });
  const warm = { StreamModeDetails: { StreamMode: "ON_DEMAND" }, WarmThroughputMiBps: 10 };
  await expect(create({ StreamName: "none", ...warm })).rejects.toMatchObject({
    name: "ValidationException",
  });
  const automatic = { ShardCount: 1, RecordDistributionStrategy: "AUTO" };
  await expect(create({ StreamName: "none", ...automatic })).rejects.toMatchObject({
    name: "InvalidArgumentException",
  });
  await expect(describe({ StreamName: "none" })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Stream none under account 000000000000 not found.",
  });
});

test("an account has at most 50 on-demand streams", async () => {
  const nuage = await startNuage({ region: "eu-central-1" });
  const client = nuage.client(KinesisClient);
  const create = (at: number) =>
    client.send(
      new CreateStreamCommand({ StreamName: `s${at}`, StreamModeDetails: { StreamMode: "ON_DEMAND" } }),
    );
  for (let at = 0; at < 50; at++) await create(at);
  await expect(create(50)).rejects.toMatchObject({ name: "LimitExceededException" });
  await nuage.stop();
});

test("a stream made anew under a name has none of the old one's records", async () => {
  await t.create("again");
  await t.put("again", "old");
  const iterator = await t.iterator("again");
  await t.kinesis.send(new DeleteStreamCommand({ StreamName: "again" }));
  await expect(t.read(iterator)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await expect(t.put("again", "x")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await t.create("again");
  await t.put("again", "new");
  expect(await t.texts("again")).toEqual(["new"]);
  await expect(t.read(iterator)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});
