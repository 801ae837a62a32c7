import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  PutRecordCommand,
  PutRecordsCommand,
  UpdateMaxRecordSizeCommand,
} from "@aws-sdk/client-kinesis";
import { expect, test } from "vitest";
import { textOf, useKinesis } from "./kinesis.fixture.ts";

const t = useKinesis();
const SHARD = "shardId-000000000000";
const MIB = 1024 * 1024;

test("records come back in the order they were put, with growing numbers of 56 digits", async () => {
  await t.create("ordered");
  const numbers: string[] = [];
  for (const text of ["a", "b", "c"]) {
    const { ShardId, SequenceNumber = "" } = await t.put("ordered", text, { PartitionKey: `key-${text}` });
    expect(ShardId).toBe(SHARD);
    numbers.push(SequenceNumber);
  }
  expect(numbers.every((number) => /^49\d{54}$/.test(number))).toBe(true);
  expect([...numbers].sort()).toEqual(numbers);
  const { Records = [], MillisBehindLatest, NextShardIterator } = await t.read(await t.iterator("ordered"));
  expect(Records.map(textOf)).toEqual(["a", "b", "c"]);
  expect(Records.map(({ SequenceNumber }) => SequenceNumber)).toEqual(numbers);
  expect(Records.map(({ PartitionKey }) => PartitionKey)).toEqual(["key-a", "key-b", "key-c"]);
  const arrived = Records[0]?.ApproximateArrivalTimestamp?.getTime() ?? 0;
  expect(Math.abs(arrived - t.nuage.clock.now())).toBeLessThan(60_000);
  expect(Records[0]).not.toHaveProperty("Trace");
  expect(MillisBehindLatest).toBe(0);
  await t.put("ordered", "d");
  expect((await t.read(NextShardIterator ?? "")).Records?.map(textOf)).toEqual(["d"]);
});

test("an iterator of every type begins where it says", async () => {
  await t.create("iterators");
  await t.put("iterators", "a");
  await t.nuage.advance(5_000);
  const { SequenceNumber } = await t.put("iterators", "b");
  const Timestamp = new Date(t.nuage.clock.now() - 2_000);
  await t.nuage.advance(5_000);
  await t.put("iterators", "c");
  const from = (more: object) => t.texts("iterators", more);
  expect(await from({ ShardIteratorType: "TRIM_HORIZON" })).toEqual(["a", "b", "c"]);
  expect(await from({ ShardIteratorType: "LATEST" })).toEqual([]);
  const sequence = { StartingSequenceNumber: SequenceNumber };
  expect(await from({ ShardIteratorType: "AT_SEQUENCE_NUMBER", ...sequence })).toEqual(["b", "c"]);
  expect(await from({ ShardIteratorType: "AFTER_SEQUENCE_NUMBER", ...sequence })).toEqual(["c"]);
  expect(await from({ ShardIteratorType: "AT_TIMESTAMP", Timestamp })).toEqual(["b", "c"]);
  const late = new Date(t.nuage.clock.now() - 1_000);
  expect(await from({ ShardIteratorType: "AT_TIMESTAMP", Timestamp: late })).toEqual(["c"]);
  const [shard] = await t.shards("iterators");
  const start = { StartingSequenceNumber: shard?.SequenceNumberRange?.StartingSequenceNumber };
  expect(await from({ ShardIteratorType: "AT_SEQUENCE_NUMBER", ...start })).toEqual(["a", "b", "c"]);
  const latest = await t.iterator("iterators", { ShardIteratorType: "LATEST" });
  await t.put("iterators", "d");
  expect((await t.read(latest)).Records?.map(textOf)).toEqual(["d"]);
});

test("an iterator ends after five minutes, and is good for nothing else", async () => {
  await t.create("expiring");
  const iterator = await t.iterator("expiring");
  await t.nuage.advance(299_000);
  await t.read(iterator);
  await t.nuage.advance(2_000);
  await expect(t.read(iterator)).rejects.toMatchObject({
    name: "ExpiredIteratorException",
    message: expect.stringMatching(
      /^Iterator expired\. .* than the tolerated delay of 300000 milliseconds\.$/,
    ),
  });
  const { message } = await t.read(iterator).catch((error) => error);
  const date = "\\w{3} \\w{3} \\d\\d \\d\\d:\\d\\d:\\d\\d UTC \\d{4}";
  expect(message).toMatch(new RegExp(`was created at time ${date} while right now it is ${date} which`));
  const changed = `${iterator.slice(0, -6)}AAAAAA`;
  const refused = { name: "InvalidArgumentException", message: "Invalid ShardIterator." };
  for (const wrong of [changed, "nonsense", iterator.slice(4)]) {
    await expect(t.read(wrong)).rejects.toMatchObject(refused);
  }
});

test("a limit ends a page, and tells how far behind it is", async () => {
  await t.create("pages");
  for (const text of ["a", "b", "c", "d", "e"]) await t.put("pages", text);
  await t.nuage.advance(7_000);
  let iterator = await t.iterator("pages");
  const pages: string[][] = [];
  for (let page = 0; page < 3; page++) {
    const { Records = [], MillisBehindLatest, NextShardIterator = "" } = await t.read(iterator, 2);
    pages.push(Records.map(textOf));
    iterator = NextShardIterator;
    if (page < 2) expect(MillisBehindLatest).toBeGreaterThanOrEqual(7_000);
    else expect(MillisBehindLatest).toBe(0);
  }
  expect(pages).toEqual([["a", "b"], ["c", "d"], ["e"]]);
});

test("PutRecords spreads records by their keys, and answers in their order", async () => {
  await t.create("many", { ShardCount: 3 });
  const Records = Array.from({ length: 500 }, (_, at) => ({
    Data: Buffer.from(`${at}`),
    PartitionKey: `${at}`,
  }));
  const answer = await t.kinesis.send(new PutRecordsCommand({ StreamName: "many", Records }));
  expect(answer.FailedRecordCount).toBe(0);
  const there = new Map<string, string>();
  for (const { ShardId = "" } of await t.shards("many")) {
    const page = await t.read(await t.iterator("many", { ShardId }));
    expect(page.Records?.length).toBeGreaterThan(100);
    for (const record of page.Records ?? []) {
      there.set(textOf(record), `${ShardId} ${record.SequenceNumber}`);
    }
  }
  expect(answer.Records?.map(({ ShardId, SequenceNumber }) => `${ShardId} ${SequenceNumber}`)).toEqual(
    Records.map((_, at) => there.get(String(at))),
  );
});

test("the MD5 of a key, or an explicit hash, decides about the shard", async () => {
  await t.create("hashed", { ShardCount: 2 });
  const half = 2n ** 127n;
  const shardOf = async (more: object) => (await t.put("hashed", "x", more)).ShardId;
  // MD5 of "a" begins with 0c, that of "b" with 92.
  expect(await shardOf({ PartitionKey: "a" })).toBe(SHARD);
  expect(await shardOf({ PartitionKey: "b" })).toBe("shardId-000000000001");
  expect(await shardOf({ ExplicitHashKey: String(half - 1n) })).toBe(SHARD);
  expect(await shardOf({ ExplicitHashKey: String(half) })).toBe("shardId-000000000001");
  expect(await shardOf({ ExplicitHashKey: String(2n ** 128n - 1n) })).toBe("shardId-000000000001");
  await expect(shardOf({ ExplicitHashKey: String(2n ** 128n) })).rejects.toMatchObject({
    name: "InvalidArgumentException",
    message:
      "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. " +
      "Specified value was 340282366920938463463374607431768211456",
  });
});

test("SequenceNumberForOrdering is taken from a record that was put before", async () => {
  await t.create("for-ordering");
  const first = await t.put("for-ordering", "a");
  const next = await t.put("for-ordering", "b", { SequenceNumberForOrdering: first.SequenceNumber });
  expect(BigInt(next.SequenceNumber ?? 0)).toBeGreaterThan(BigInt(first.SequenceNumber ?? 0));
  await expect(t.put("for-ordering", "c", { SequenceNumberForOrdering: "17" })).rejects.toMatchObject({
    name: "InvalidArgumentException",
  });
});

test("a record holds 1 MiB with its key, or up to 10 MiB where the stream says so", async () => {
  await t.create("large");
  await t.put("large", "x".repeat(MIB - 3));
  const tooLong = (most: number, path: string) => ({
    name: "ValidationException",
    message:
      `1 validation error detected: Value at '${path}' failed to satisfy constraint: ` +
      `Member must have length less than or equal to ${most}`,
  });
  await expect(t.put("large", "x".repeat(MIB - 2))).rejects.toMatchObject(tooLong(MIB, "data"));
  const two = (size: number) =>
    new PutRecordsCommand({
      StreamName: "large",
      Records: [1, size].map((bytes) => ({ Data: Buffer.alloc(bytes), PartitionKey: "k" })),
    });
  await expect(t.kinesis.send(two(MIB))).rejects.toMatchObject(tooLong(MIB, "records.2.member.data"));
  const StreamARN = "arn:aws:kinesis:us-east-1:000000000000:stream/large";
  await t.kinesis.send(new UpdateMaxRecordSizeCommand({ StreamARN, MaxRecordSizeInKiB: 10_240 }));
  await t.put("large", "y".repeat(10 * MIB - 3));
  await expect(t.kinesis.send(two(10 * MIB - 1))).rejects.toMatchObject({
    name: "InvalidArgumentException",
    message: "Records size exceeds 10 MB limit",
  });
  const first = await t.read(await t.iterator("large"));
  expect(first.Records?.map(({ Data }) => Data?.length)).toEqual([MIB - 3]);
  const second = await t.read(first.NextShardIterator ?? "");
  expect(second.Records?.map(({ Data }) => Data?.length)).toEqual([10 * MIB - 3]);
});

test("what is wrong with a put is said as AWS says it", async () => {
  await t.create("strict");
  const send = (input: object) => t.kinesis.send(new PutRecordCommand(input as never));
  const record = { Data: Buffer.from("x"), PartitionKey: "k" };
  await expect(send({ ...record, StreamName: "nothing" })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Stream nothing under account 000000000000 not found.",
  });
  await expect(send({ StreamName: "strict", Data: record.Data })).rejects.toMatchObject({
    name: "ValidationException",
    message:
      "1 validation error detected: Value null at 'partitionKey' failed to satisfy constraint: " +
      "Member must not be null",
  });
  await expect(send({ StreamName: "strict", PartitionKey: "k" })).rejects.toMatchObject({
    message: expect.stringContaining("Value null at 'data'"),
  });
  await expect(send({ ...record, StreamName: "no such name!" })).rejects.toMatchObject({
    message: expect.stringContaining("Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
  });
  await expect(
    send({ ...record, StreamName: "strict", PartitionKey: "k".repeat(257) }),
  ).rejects.toMatchObject({
    message: expect.stringContaining("Member must have length less than or equal to 256"),
  });
  await expect(send(record)).rejects.toMatchObject({ name: "InvalidArgumentException" });
  const StreamARN = "arn:aws:kinesis:us-east-1:000000000000:stream/other";
  await expect(send({ ...record, StreamName: "strict", StreamARN })).rejects.toMatchObject({
    name: "InvalidArgumentException",
  });
  const Records = Array.from({ length: 501 }, () => record);
  await expect(
    t.kinesis.send(new PutRecordsCommand({ StreamName: "strict", Records })),
  ).rejects.toMatchObject({ message: expect.stringContaining("length less than or equal to 500") });
});

test("what is wrong with an iterator's request is said as AWS says it", async () => {
  await t.create("asked", { ShardCount: 2 });
  await t.create("asked-too");
  const { SequenceNumber } = await t.put("asked", "x", { ExplicitHashKey: "0" });
  const ask = (more: object) => t.iterator("asked", more);
  const invalid = (message: string) => ({ name: "InvalidArgumentException", message });
  const either =
    "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or " +
    "(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified";
  await expect(
    ask({ ShardIteratorType: "LATEST", StartingSequenceNumber: SequenceNumber }),
  ).rejects.toMatchObject(invalid(`${either} LATEST and also a StartingSequenceNumber.`));
  await expect(ask({ ShardIteratorType: "AT_SEQUENCE_NUMBER" })).rejects.toMatchObject(
    invalid(`${either} AT_SEQUENCE_NUMBER and no StartingSequenceNumber.`),
  );
  const at = { ShardIteratorType: "AT_SEQUENCE_NUMBER", StartingSequenceNumber: SequenceNumber };
  await expect(ask({ ...at, ShardId: "shardId-000000000001" })).rejects.toMatchObject(
    invalid(
      `Invalid StartingSequenceNumber. It encodes ${SHARD}, ` +
        "while it was used in a call to a shard with shardId-000000000001",
    ),
  );
  await expect(ask({ ...at, StartingSequenceNumber: "12" })).rejects.toMatchObject(
    invalid(
      `StartingSequenceNumber 12 used in GetShardIterator on shard ${SHARD} in stream asked ` +
        "under account 000000000000 is invalid.",
    ),
  );
  await t.nuage.advance(3_000);
  await t.create("asked-later");
  await expect(t.iterator("asked-later", at as never)).rejects.toMatchObject({
    message: expect.stringMatching(/is invalid because it did not come from this stream\.$/),
  });
  await expect(ask({ ShardIteratorType: "AT_TIMESTAMP" })).rejects.toMatchObject({
    message: expect.stringContaining("Current request has no timestamp parameter."),
  });
  const Timestamp = new Date(t.nuage.clock.now() + 60_000);
  await expect(ask({ ShardIteratorType: "AT_TIMESTAMP", Timestamp })).rejects.toMatchObject({
    message: expect.stringContaining("cannot be greater than the currentTimestampInMillis"),
  });
  await expect(ask({ ShardId: "shardId-000000000009" })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Shard shardId-000000000009 in stream asked under account 000000000000 does not exist",
  });
  await expect(ask({ ShardId: "nonsense" })).rejects.toMatchObject({
    message: "Could not find shard nonsense in stream asked under account 000000000000.",
  });
});

test("a dry run says that the request would have succeeded, and does nothing", async () => {
  await t.create("dry");
  const dry = { name: "DryRunOperationException" };
  await expect(t.put("dry", "x", { DryRun: true })).rejects.toMatchObject(dry);
  await expect(t.put("not-dry", "x", { DryRun: true })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
  const ShardIterator = await t.iterator("dry");
  const iterator = { StreamName: "dry", ShardId: SHARD, ShardIteratorType: "LATEST" as const, DryRun: true };
  await expect(t.kinesis.send(new GetShardIteratorCommand(iterator))).rejects.toMatchObject(dry);
  const read = new GetRecordsCommand({ ShardIterator, DryRun: true });
  await expect(t.kinesis.send(read)).rejects.toMatchObject(dry);
  expect(await t.texts("dry")).toEqual([]);
});
