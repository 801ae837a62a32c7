import { CreateStreamCommand, KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { startNuage } from "nuage/testing";
import { expect, test } from "vitest";
import { createMemoryStore } from "../../store/drivers/memory.ts";
import { directKinesis } from "./direct.fixture.ts";

const KIB = 1024;
const entries = (count: number, bytes: number) =>
  Array.from({ length: count }, (_, at) => ({ Data: Buffer.alloc(bytes), PartitionKey: `${at}` }));
const exceeded = (stream: string) => ({
  name: "ProvisionedThroughputExceededException",
  message: `Rate exceeded for shard shardId-000000000000 in stream ${stream} under account 000000000000.`,
});

/** A stream on a store of its own, with a clock that only the test turns. */
async function enforced(ShardCount = 1) {
  const direct = directKinesis(createMemoryStore(), "enforce");
  const { call } = direct;
  await call.CreateStream({ StreamName: "s", ShardCount });
  const putMany = (count: number, bytes: number) =>
    call.PutRecords({ StreamName: "s", Records: entries(count, bytes) });
  const ShardId = "shardId-000000000000";
  const start = { StreamName: "s", ShardId, ShardIteratorType: "TRIM_HORIZON" as const };
  const read = async () => {
    const { ShardIterator } = await call.GetShardIterator(start);
    return call.GetRecords({ ShardIterator });
  };
  return Object.assign(direct, { putMany, read });
}

const refused = (stream: string) => ({ code: exceeded(stream).name, message: exceeded(stream).message });

test("a shard takes 1,000 records a second", async () => {
  const direct = await enforced();
  expect((await direct.putMany(500, 1)).FailedRecordCount).toBe(0);
  expect((await direct.putMany(500, 1)).FailedRecordCount).toBe(0);
  const third = await direct.putMany(500, 1);
  expect(third.FailedRecordCount).toBe(500);
  expect(third.Records?.[0]).toEqual({
    ErrorCode: exceeded("s").name,
    ErrorMessage: exceeded("s").message,
  });
  direct.nowMs += 250;
  expect((await direct.putMany(500, 1)).FailedRecordCount).toBe(250);
  expect((await direct.read()).Records).toHaveLength(1250);
});

test("a shard takes 1 MiB a second, and a record that fails leaves the others be", async () => {
  const { call } = await enforced(2);
  const big = { Data: Buffer.alloc(900 * KIB), PartitionKey: "k" };
  const Records = ["0", "1", "2", String(2n ** 128n - 1n)].map((ExplicitHashKey) => ({
    ...big,
    ExplicitHashKey,
  }));
  const answer = await call.PutRecords({ StreamName: "s", Records });
  expect(answer.FailedRecordCount).toBe(1);
  const codes = answer.Records?.map(({ ErrorCode }) => ErrorCode);
  expect(codes).toEqual([undefined, undefined, exceeded("s").name, undefined]);
  await expect(call.PutRecord({ StreamName: "s", ...big, ExplicitHashKey: "0" })).rejects.toMatchObject(
    refused("s"),
  );
});

test("a shard is read five times a second", async () => {
  const direct = await enforced();
  for (let time = 0; time < 5; time++) await direct.read();
  await expect(direct.read()).rejects.toMatchObject(refused("s"));
  direct.nowMs += 200;
  await direct.read();
});

test("a shard is not read for five seconds after 10 MiB", async () => {
  const direct = await enforced();
  for (let second = 0; second < 11; second++) {
    direct.nowMs += 1_000;
    // With its key of one byte it is 1 MiB.
    await direct.putMany(1, 1024 * KIB - 1);
  }
  direct.nowMs += 1_000;
  expect((await direct.read()).Records).toHaveLength(10);
  direct.nowMs += 4_900;
  const early = direct.read().then(() => "read");
  await expect(early).rejects.toMatchObject(refused("s"));
  direct.nowMs += 200;
  await direct.read();
});

test("the SDK is told, and comes through when it tries again later", async () => {
  const nuage = await startNuage({ capacity: "enforce" });
  const kinesis = nuage.client(KinesisClient);
  const MaxRecordSizeInKiB = 10_240;
  await kinesis.send(new CreateStreamCommand({ StreamName: "sdk", ShardCount: 1, MaxRecordSizeInKiB }));
  const put = (bytes: number) =>
    kinesis.send(new PutRecordCommand({ StreamName: "sdk", PartitionKey: "k", Data: Buffer.alloc(bytes) }));
  await put(10_000 * KIB);
  await expect(put(1)).rejects.toMatchObject(exceeded("sdk"));
  await nuage.advance(10_000);
  await put(1);
  await nuage.stop();
});

test.each([
  ["observe", 500, ["kinesis:would-throttle:WriteProvisionedThroughputExceeded"]],
  ["off", undefined, []],
] as const)("with %s nothing throttles", async (capacity, times, units) => {
  const { call, usages, context } = directKinesis(createMemoryStore(), capacity);
  await call.CreateStream({ StreamName: "s", ShardCount: 1 });
  for (let time = 0; time < 3; time++) {
    const answer = await call.PutRecords({ StreamName: "s", Records: entries(500, 1) });
    expect(answer.FailedRecordCount).toBe(0);
  }
  expect(usages.map(({ unit }) => unit)).toEqual(units);
  const series = { ...context.scope, namespace: "AWS/Kinesis", dimensions: "StreamName=s" };
  const seen = context.metrics.minutes(
    { ...series, name: "WriteProvisionedThroughputExceeded" },
    0,
    Infinity,
  );
  expect(seen[0]?.sum).toBe(times);
  const put = context.metrics.minutes({ ...series, name: "IncomingRecords" }, 0, Infinity);
  expect(put[0]?.sum).toBe(1500);
});
