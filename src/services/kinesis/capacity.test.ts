import {
  GetRecordsCommand,
  KinesisClient,
  PutRecordCommand,
  PutRecordsCommand,
} from "@aws-sdk/client-kinesis";
import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../store/drivers/memory.ts";
import { directKinesis } from "./direct.fixture.ts";
import { useKinesis } from "./kinesis.fixture.ts";

const KIB = 1024;
const entries = (count: number, bytes: number) =>
  Array.from({ length: count }, (_, at) => ({ Data: Buffer.alloc(bytes), PartitionKey: `${at}` }));
const exceeded = (stream: string) => ({
  name: "ProvisionedThroughputExceededException",
  message: `Rate exceeded for shard shardId-000000000000 in stream ${stream} under account 000000000000.`,
});

describe("enforced", () => {
  const t = useKinesis({ capacity: "enforce" });
  const putMany = (StreamName: string, count: number, bytes: number) =>
    t.kinesis.send(new PutRecordsCommand({ StreamName, Records: entries(count, bytes) }));

  test("a shard takes 1,000 records a second", async () => {
    await t.create("by-count");
    const first = await putMany("by-count", 500, 1);
    const second = await putMany("by-count", 500, 1);
    expect([first.FailedRecordCount, second.FailedRecordCount]).toEqual([0, 0]);
    const third = await putMany("by-count", 500, 1);
    expect(third.FailedRecordCount).toBeGreaterThan(200);
    const failed = third.Records?.find(({ ErrorCode }) => ErrorCode);
    expect(failed).toEqual({
      ErrorCode: exceeded("by-count").name,
      ErrorMessage: exceeded("by-count").message,
    });
    await t.nuage.advance(1_000);
    expect((await putMany("by-count", 500, 1)).FailedRecordCount).toBe(0);
  });

  test("a shard takes 1 MiB a second, and a record that fails leaves the others be", async () => {
    await t.create("by-bytes", { ShardCount: 2 });
    const big = { Data: Buffer.alloc(900 * KIB), PartitionKey: "k" };
    const Records = [
      { ...big, ExplicitHashKey: "0" },
      { ...big, ExplicitHashKey: "1" },
      { ...big, ExplicitHashKey: "2" },
      { ...big, ExplicitHashKey: String(2n ** 128n - 1n) },
    ];
    const answer = await t.kinesis.send(new PutRecordsCommand({ StreamName: "by-bytes", Records }));
    expect(answer.FailedRecordCount).toBe(1);
    expect(answer.Records?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      undefined,
      exceeded("").name,
      undefined,
    ]);
    const one = new PutRecordCommand({ StreamName: "by-bytes", ...Records[0] } as never);
    const client = new KinesisClient({
      endpoint: t.nuage.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
    });
    await expect(client.send(one)).rejects.toMatchObject(exceeded("by-bytes"));
    await t.nuage.advance(2_000);
    await client.send(one);
    expect((await t.read(await t.iterator("by-bytes"))).Records).toHaveLength(3);
    client.destroy();
  });

  test("a shard is read five times a second, and not for five seconds after 10 MiB", async () => {
    await t.create("by-reads");
    const iterator = await t.iterator("by-reads");
    const client = new KinesisClient({
      endpoint: t.nuage.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
    });
    const read = () => client.send(new GetRecordsCommand({ ShardIterator: iterator }));
    const reads = await Promise.allSettled(Array.from({ length: 8 }, read));
    expect(reads.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
    await expect(read()).rejects.toMatchObject(exceeded("by-reads"));
    for (let megabyte = 0; megabyte < 11; megabyte++) {
      await t.nuage.advance(1_000);
      await t.put("by-reads", "x".repeat(1000 * KIB));
    }
    await t.nuage.advance(1_000);
    expect((await read()).Records?.length).toBe(10);
    await t.nuage.advance(2_000);
    await expect(read()).rejects.toMatchObject(exceeded("by-reads"));
    await t.nuage.advance(3_100);
    await read();
    client.destroy();
  });
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
  expect(put[0]?.sum).toBe(times === undefined ? undefined : 1500);
});
