import { setImmediate } from "node:timers/promises";
import {
  DeleteStreamCommand,
  DeregisterStreamConsumerCommand,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  ListStreamConsumersCommand,
  MergeShardsCommand,
  RegisterStreamConsumerCommand,
  type StartingPosition,
  SubscribeToShardCommand,
  type SubscribeToShardEvent,
} from "@aws-sdk/client-kinesis";
import { startNuage } from "nuage/testing";
import { expect, test } from "vitest";
import { textOf, useKinesis } from "./kinesis.fixture.ts";

const t = useKinesis();
const SHARD = "shardId-000000000000";
const arnOf = (stream: string) => `arn:aws:kinesis:us-east-1:000000000000:stream/${stream}`;

async function register(stream: string, ConsumerName = "reader"): Promise<string> {
  const command = new RegisterStreamConsumerCommand({ StreamARN: arnOf(stream), ConsumerName });
  return (await t.kinesis.send(command)).Consumer?.ConsumerARN ?? "";
}

/** Opens a subscription; `next` gives its next event, undefined at its end. */
async function subscribe(
  ConsumerARN: string,
  more: { ShardId?: string; StartingPosition?: StartingPosition; client?: KinesisClient } = {},
) {
  const { client = t.kinesis, ShardId = SHARD, StartingPosition = { Type: "TRIM_HORIZON" } } = more;
  const answer = await client.send(new SubscribeToShardCommand({ ConsumerARN, ShardId, StartingPosition }));
  const events = answer.EventStream?.[Symbol.asyncIterator]();
  return {
    async next(): Promise<SubscribeToShardEvent | undefined> {
      const { value, done } = (await events?.next()) ?? { done: true };
      return done ? undefined : value.SubscribeToShardEvent;
    },
    end: () => events?.return?.(),
  };
}

const textsOf = (event: SubscribeToShardEvent | undefined) => event?.Records?.map(textOf);

test("a subscription gives what there is, and what comes, over HTTP/2", async () => {
  await t.create("fan-out");
  await t.put("fan-out", "a");
  const subscription = await subscribe(await register("fan-out"));
  const first = await subscription.next();
  expect(textsOf(first)).toEqual(["a"]);
  expect(first?.MillisBehindLatest).toBe(0);
  expect(first?.ContinuationSequenceNumber).toBe(first?.Records?.[0]?.SequenceNumber);
  expect(first?.Records?.[0]).toMatchObject({
    PartitionKey: "key",
    ApproximateArrivalTimestamp: expect.any(Date),
  });
  for (const text of ["b", "c"]) {
    await t.put("fan-out", text);
    expect(textsOf(await subscription.next())).toEqual([text]);
  }
  await subscription.end();
});

test("while nothing comes it says so every five seconds, and ends after five minutes", async () => {
  await t.create("quiet");
  const { SequenceNumber } = await t.put("quiet", "a");
  const subscription = await subscribe(await register("quiet"), {
    StartingPosition: { Type: "AFTER_SEQUENCE_NUMBER", SequenceNumber },
  });
  const beats: (SubscribeToShardEvent | undefined)[] = [await subscription.next()];
  await t.nuage.advance(301_000);
  for (let event = await subscription.next(); event; event = await subscription.next()) beats.push(event);
  expect(beats.length).toBeGreaterThanOrEqual(59);
  expect(beats.length).toBeLessThanOrEqual(62);
  expect(new Set(beats.map((beat) => beat?.Records?.length))).toEqual(new Set([0]));
  const shard = Number(SequenceNumber?.length);
  expect(beats.every((beat) => beat?.ContinuationSequenceNumber?.length === shard)).toBe(true);
});

test("a subscription goes on from where the one before says", async () => {
  await t.create("continued");
  await t.put("continued", "a");
  const arn = await register("continued");
  const first = await subscribe(arn);
  const SequenceNumber = (await first.next())?.ContinuationSequenceNumber;
  await first.end();
  await t.put("continued", "b");
  await t.nuage.advance(5_000);
  const second = await subscribe(arn, {
    StartingPosition: { Type: "AFTER_SEQUENCE_NUMBER", SequenceNumber },
  });
  const event = await second.next();
  expect(textsOf(event)).toEqual(["b"]);
  await second.end();
  await t.nuage.advance(5_000);
  const Timestamp = event?.Records?.[0]?.ApproximateArrivalTimestamp;
  const third = await subscribe(arn, { StartingPosition: { Type: "AT_TIMESTAMP", Timestamp } });
  expect(textsOf(await third.next())).toEqual(["b"]);
  await third.end();
});

test("within five seconds nobody takes a subscription over, and after them the older ends", async () => {
  await t.create("contended");
  const arn = await register("contended");
  const older = await subscribe(arn);
  await older.next();
  const taken = {
    name: "ResourceInUseException",
    message: `Another active subscription exists for this consumer: 000000000000:contended:${SHARD}:reader`,
  };
  await expect(subscribe(arn)).rejects.toMatchObject(taken);
  await t.nuage.advance(5_000);
  const younger = await subscribe(arn);
  expect(textsOf(await younger.next())).toEqual([]);
  await expect(
    (async () => {
      while (await older.next());
    })(),
  ).rejects.toMatchObject(taken);
  await t.put("contended", "x");
  expect(textsOf(await younger.next())).toEqual(["x"]);
  // Another consumer has subscriptions of its own.
  const other = await subscribe(await register("contended", "other"));
  expect(textsOf(await other.next())).toEqual(["x"]);
  await other.end();
  await younger.end();
});

test("the end of a closed shard tells its children", async () => {
  await t.create("closing", { ShardCount: 2 });
  const subscription = await subscribe(await register("closing"));
  await t.put("closing", "a", { ExplicitHashKey: "0" });
  const texts: (string[] | undefined)[] = [];
  const shards = { ShardToMerge: SHARD, AdjacentShardToMerge: "shardId-000000000001" };
  await t.kinesis.send(new MergeShardsCommand({ StreamName: "closing", ...shards }));
  let last: SubscribeToShardEvent | undefined;
  for (let event = await subscription.next(); event; event = await subscription.next()) {
    texts.push(textsOf(event));
    last = event;
  }
  expect(texts.flat()).toEqual(["a"]);
  expect(last?.ChildShards).toEqual([
    {
      ShardId: "shardId-000000000002",
      ParentShards: [SHARD, "shardId-000000000001"],
      HashKeyRange: { StartingHashKey: "0", EndingHashKey: String(2n ** 128n - 1n) },
    },
  ]);
  expect(last?.ContinuationSequenceNumber).toBeUndefined();
});

test("a subscription ends with its consumer, its stream, or its client", async () => {
  await t.create("ending");
  const drained = async (subscription: Awaited<ReturnType<typeof subscribe>>) => {
    while (await subscription.next());
  };
  const gone = { name: "ResourceNotFoundException" };
  const first = await register("ending");
  const deregistered = await subscribe(first);
  await deregistered.next();
  await t.kinesis.send(new DeregisterStreamConsumerCommand({ ConsumerARN: first }));
  await expect(drained(deregistered)).rejects.toMatchObject(gone);
  const second = await register("ending", "second");
  const deleted = await subscribe(second);
  await deleted.next();
  await t.kinesis.send(new DeleteStreamCommand({ StreamName: "ending", EnforceConsumerDeletion: true }));
  await expect(drained(deleted)).rejects.toMatchObject(gone);
});

test("a stopping platform ends its subscriptions", async () => {
  const nuage = await startNuage();
  const client = new KinesisClient({
    endpoint: nuage.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const own = { ...t, nuage, kinesis: client };
  void own;
  const { CreateStreamCommand } = await import("@aws-sdk/client-kinesis");
  await client.send(new CreateStreamCommand({ StreamName: "stopped", ShardCount: 1 }));
  const command = new RegisterStreamConsumerCommand({ StreamARN: arnOf("stopped"), ConsumerName: "c" });
  const arn = (await client.send(command)).Consumer?.ConsumerARN ?? "";
  const subscription = await subscribe(arn, { client });
  await subscription.next();
  const ended = subscription.next();
  await nuage.stop();
  expect(await ended).toBeUndefined();
  client.destroy();
});

test("consumers are registered, listed, described and deregistered", async () => {
  await t.create("consumed");
  const StreamARN = arnOf("consumed");
  const created = await t.kinesis.send(
    new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: "a", Tags: { team: "x" } }),
  );
  const ConsumerARN = created.Consumer?.ConsumerARN ?? "";
  expect(created.Consumer?.ConsumerStatus).toBe("CREATING");
  expect(ConsumerARN).toMatch(new RegExp(`^${StreamARN}/consumer/a:\\d{10}$`));
  await register("consumed", "b");
  await register("consumed", "c");
  const describe = (input: object) => t.kinesis.send(new DescribeStreamConsumerCommand(input));
  const description = { ConsumerName: "a", ConsumerARN, ConsumerStatus: "ACTIVE", StreamARN };
  expect((await describe({ ConsumerARN })).ConsumerDescription).toMatchObject(description);
  const named = { StreamARN, ConsumerName: "a" };
  expect((await describe(named)).ConsumerDescription).toMatchObject(description);
  expect((await describe({ ...named, ConsumerARN })).ConsumerDescription).toMatchObject(description);
  await expect(describe({ ConsumerARN, ConsumerName: "b" })).rejects.toMatchObject({
    name: "InvalidArgumentException",
  });
  await expect(describe({ ConsumerName: "b" })).rejects.toMatchObject({ name: "InvalidArgumentException" });
  const list = (more: object) => t.kinesis.send(new ListStreamConsumersCommand({ StreamARN, ...more }));
  const first = await list({ MaxResults: 2 });
  expect(first.Consumers?.map(({ ConsumerName }) => ConsumerName)).toEqual(["a", "b"]);
  const second = await list({ NextToken: first.NextToken });
  expect(second.Consumers?.map(({ ConsumerName }) => ConsumerName)).toEqual(["c"]);
  expect(second.NextToken).toBeUndefined();
  await t.nuage.advance(301_000);
  await expect(list({ NextToken: first.NextToken })).rejects.toMatchObject({
    name: "ExpiredNextTokenException",
  });
  await expect(register("consumed", "a")).rejects.toMatchObject({ name: "ResourceInUseException" });
  const summary = await t.kinesis.send(new DescribeStreamSummaryCommand({ StreamARN }));
  expect(summary.StreamDescriptionSummary?.ConsumerCount).toBe(3);
  await expect(t.kinesis.send(new DeleteStreamCommand({ StreamARN }))).rejects.toMatchObject({
    name: "ResourceInUseException",
  });
  await t.kinesis.send(new DeregisterStreamConsumerCommand({ ConsumerARN }));
  await expect(describe({ ConsumerARN })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await expect(subscribe(ConsumerARN)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  for (let at = 2; at < 20; at++) await register("consumed", `more-${at}`);
  await expect(register("consumed", "one-too-many")).rejects.toMatchObject({
    name: "LimitExceededException",
  });
});

test("a client that goes away ends its subscription", async () => {
  await t.create("left");
  const arn = await register("left");
  const client = new KinesisClient({
    endpoint: t.nuage.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const subscription = await subscribe(arn, { client });
  await subscription.next();
  client.destroy();
  await setImmediate();
  await t.nuage.idle();
  await t.nuage.advance(5_000);
  const again = await subscribe(arn);
  await t.put("left", "x");
  const texts: string[] = [];
  while (texts.length === 0) texts.push(...(textsOf(await again.next()) ?? []));
  expect(texts).toEqual(["x"]);
  await again.end();
});
