import {
  ListShardsCommand,
  MergeShardsCommand,
  type Shard,
  type ShardFilter,
  SplitShardCommand,
  UpdateShardCountCommand,
  UpdateStreamModeCommand,
} from "@aws-sdk/client-kinesis";
import { expect, test } from "vitest";
import { textOf, useKinesis } from "./kinesis.fixture.ts";

const t = useKinesis();
const ids = (...indexes: number[]) => indexes.map((index) => `shardId-${String(index).padStart(12, "0")}`);
const idsOf = (shards: readonly Shard[] = []) => shards.map(({ ShardId }) => ShardId);
const HALF = String(2n ** 127n);

const split = (StreamName: string, ShardToSplit: string, NewStartingHashKey: string) =>
  t.kinesis.send(new SplitShardCommand({ StreamName, ShardToSplit, NewStartingHashKey }));
const merge = (StreamName: string, ShardToMerge: string, AdjacentShardToMerge: string) =>
  t.kinesis.send(new MergeShardsCommand({ StreamName, ShardToMerge, AdjacentShardToMerge }));
const scale = (StreamName: string, TargetShardCount: number) =>
  t.kinesis.send(
    new UpdateShardCountCommand({ StreamName, TargetShardCount, ScalingType: "UNIFORM_SCALING" }),
  );
const list = (StreamName: string, more: object = {}) =>
  t.kinesis.send(new ListShardsCommand({ StreamName, ...more }));
const isOpen = ({ SequenceNumberRange }: Shard) => SequenceNumberRange?.EndingSequenceNumber === undefined;

test("a split closes the parent, whose children share its hashes and have larger numbers", async () => {
  await t.create("split");
  const before = await t.put("split", "a", { ExplicitHashKey: "0" });
  await split("split", "shardId-000000000000", HALF);
  const [parent, lower, upper] = await t.shards("split");
  expect(parent?.SequenceNumberRange?.EndingSequenceNumber).toMatch(/^\d{56}$/);
  expect(lower).toMatchObject({
    ShardId: "shardId-000000000001",
    ParentShardId: "shardId-000000000000",
    HashKeyRange: { StartingHashKey: "0", EndingHashKey: String(2n ** 127n - 1n) },
  });
  expect(upper).toMatchObject({
    ShardId: "shardId-000000000002",
    ParentShardId: "shardId-000000000000",
    HashKeyRange: { StartingHashKey: HALF, EndingHashKey: String(2n ** 128n - 1n) },
  });
  const after = await t.put("split", "b", { ExplicitHashKey: "0" });
  expect(after.ShardId).toBe("shardId-000000000001");
  const ordered = [
    before.SequenceNumber,
    parent?.SequenceNumberRange?.EndingSequenceNumber,
    lower?.SequenceNumberRange?.StartingSequenceNumber,
    after.SequenceNumber,
  ];
  expect([...ordered].sort()).toEqual(ordered);
  const page = await t.read(await t.iterator("split"));
  expect(page.Records?.map(textOf)).toEqual(["a"]);
  expect(page.NextShardIterator).toBeUndefined();
  expect(page.ChildShards).toEqual([
    { ShardId: ids(1)[0], ParentShards: ids(0), HashKeyRange: lower?.HashKeyRange },
    { ShardId: ids(2)[0], ParentShards: ids(0), HashKeyRange: upper?.HashKeyRange },
  ]);
});

test("a reader at the end of a shard that is split is told so by its next read", async () => {
  await t.create("told");
  const { NextShardIterator } = await t.read(await t.iterator("told"));
  await split("told", "shardId-000000000000", HALF);
  const page = await t.read(NextShardIterator ?? "");
  expect(page).toMatchObject({ Records: [], MillisBehindLatest: 0 });
  expect(page.NextShardIterator).toBeUndefined();
  expect(page.ChildShards?.map(({ ShardId }) => ShardId)).toEqual(ids(1, 2));
});

test("a merge has both parents, in the order they were named", async () => {
  await t.create("merged", { ShardCount: 2 });
  await merge("merged", ...(ids(1, 0) as [string, string]));
  const shards = await t.shards("merged");
  expect(shards.map(isOpen)).toEqual([false, false, true]);
  expect(shards[2]).toMatchObject({
    ParentShardId: "shardId-000000000001",
    AdjacentParentShardId: "shardId-000000000000",
    HashKeyRange: { StartingHashKey: "0", EndingHashKey: String(2n ** 128n - 1n) },
  });
});

test("what is wrong with a split or merge is said as AWS says it", async () => {
  await t.create("wrong", { ShardCount: 3 });
  const under = "in stream wrong under account 000000000000";
  await expect(split("wrong", "shardId-000000000009", "5")).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: `Could not find shard shardId-000000000009 ${under}.`,
  });
  for (const start of ["0", "1", String(2n ** 127n)]) {
    await expect(split("wrong", "shardId-000000000000", start)).rejects.toMatchObject({
      name: "InvalidArgumentException",
      message:
        `NewStartingHashKey ${start} used in SplitShard() on shard shardId-000000000000 ${under} ` +
        "is not both greater than one plus the shard's StartingHashKey 0 " +
        "and less than the shard's EndingHashKey " +
        "113427455640312821154458202477256070484.",
    });
  }
  await expect(merge("wrong", "shardId-000000000000", "shardId-000000000002")).rejects.toMatchObject({
    name: "InvalidArgumentException",
    message:
      `Shards shardId-000000000000 and shardId-000000000002 ${under} ` +
      "are not an adjacent pair of shards eligible for merging",
  });
  await expect(merge("wrong", "shardId-000000000001", "shardId-000000000001")).rejects.toMatchObject({
    name: "InvalidArgumentException",
  });
  await split("wrong", "shardId-000000000000", "1000");
  const closed = {
    name: "InvalidArgumentException",
    message:
      `Shard shardId-000000000000 ${under} has already been merged or split, ` +
      "and thus is not eligible for merging or splitting.",
  };
  await expect(split("wrong", "shardId-000000000000", "500")).rejects.toMatchObject(closed);
  await expect(merge("wrong", "shardId-000000000000", "shardId-000000000001")).rejects.toMatchObject(closed);
  await expect(split("none", "shardId-000000000000", "5")).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
});

test("UpdateShardCount gives uniform ranges, up and down", async () => {
  await t.create("scaled", { ShardCount: 3 });
  const answer = await scale("scaled", 4);
  expect(answer).toMatchObject({ StreamName: "scaled", CurrentShardCount: 3, TargetShardCount: 4 });
  const ranges = async () =>
    (await t.shards("scaled"))
      .filter(isOpen)
      .map(({ HashKeyRange }) => BigInt(HashKeyRange?.StartingHashKey ?? -1))
      .sort((one, other) => (one < other ? -1 : 1));
  expect(await ranges()).toEqual([0n, 2n ** 126n, 2n ** 127n, 3n * 2n ** 126n]);
  await scale("scaled", 8);
  expect((await ranges()).length).toBe(8);
  await scale("scaled", 4);
  await scale("scaled", 2);
  expect(await ranges()).toEqual([0n, 2n ** 127n]);
  const all = await t.shards("scaled");
  const known = new Set(idsOf(all));
  for (const { ShardId = "", ParentShardId } of all) {
    if (ParentShardId) expect(known.has(ParentShardId) && ParentShardId < ShardId).toBe(true);
  }
});

test("UpdateShardCount keeps to its limits", async () => {
  await t.create("limited", { ShardCount: 4 });
  const limit = (message: string) => ({ name: "LimitExceededException", message });
  await expect(scale("limited", 9)).rejects.toMatchObject(
    limit(
      "UpdateShardCount cannot scale up over double your current open shard count. " +
        "Current open shard count: 4 Target shard count: 9",
    ),
  );
  await expect(scale("limited", 1)).rejects.toMatchObject(
    limit(
      "UpdateShardCount cannot scale down below half your current open shard count. " +
        "Current open shard count: 4 Target shard count: 1",
    ),
  );
  for (let time = 0; time < 10; time++) await scale("limited", time % 2 === 0 ? 5 : 4);
  await expect(scale("limited", 5)).rejects.toMatchObject({ name: "LimitExceededException" });
  await t.nuage.advance(24 * 3_600_000);
  await scale("limited", 5);
  const StreamARN = "arn:aws:kinesis:us-east-1:000000000000:stream/limited";
  const mode = { StreamModeDetails: { StreamMode: "ON_DEMAND" as const } };
  await t.kinesis.send(new UpdateStreamModeCommand({ StreamARN, ...mode }));
  for (const change of [() => scale("limited", 6), () => split("limited", "shardId-000000000001", "5")]) {
    await expect(change()).rejects.toMatchObject({
      name: "ValidationException",
      message: "Request is invalid. Stream limited under account 000000000000 is in On-Demand mode.",
    });
  }
});

test("ListShards filters by every type, and goes on by tokens", async () => {
  await t.create("filtered", { ShardCount: 2 });
  await t.nuage.advance(3_600_000);
  await split("filtered", "shardId-000000000000", "1000");
  await t.nuage.advance(3_600_000);
  await merge("filtered", "shardId-000000000001", "shardId-000000000003");
  const filtered = async (filter: ShardFilter) =>
    idsOf((await list("filtered", { ShardFilter: filter })).Shards);
  const ago = (hours: number) => new Date(t.nuage.clock.now() - hours * 3_600_000);
  expect(idsOf((await list("filtered")).Shards)).toEqual(ids(0, 1, 2, 3, 4));
  expect(await filtered({ Type: "FROM_TRIM_HORIZON" })).toEqual(ids(0, 1, 2, 3, 4));
  expect(await filtered({ Type: "AT_TRIM_HORIZON" })).toEqual(ids(0, 1));
  expect(await filtered({ Type: "AT_LATEST" })).toEqual(ids(2, 4));
  expect(await filtered({ Type: "AT_TIMESTAMP", Timestamp: ago(0.5) })).toEqual(ids(1, 2, 3));
  expect(await filtered({ Type: "AT_TIMESTAMP", Timestamp: ago(100) })).toEqual(ids(0, 1));
  expect(await filtered({ Type: "FROM_TIMESTAMP", Timestamp: ago(0.5) })).toEqual(ids(1, 2, 3, 4));
  expect(await filtered({ Type: "AFTER_SHARD_ID", ShardId: "shardId-000000000002" })).toEqual(ids(3, 4));
  const first = await list("filtered", {
    MaxResults: 2,
    ShardFilter: { Type: "FROM_TIMESTAMP", Timestamp: ago(0.5) },
  });
  expect(idsOf(first.Shards)).toEqual(ids(1, 2));
  const next = { NextToken: first.NextToken };
  expect(idsOf((await t.kinesis.send(new ListShardsCommand(next))).Shards)).toEqual(ids(3, 4));
  expect(idsOf((await list("filtered", { ExclusiveStartShardId: "shardId-000000000003" })).Shards)).toEqual(
    ids(4),
  );
  const invalid = { name: "InvalidArgumentException" };
  await expect(list("filtered", next)).rejects.toMatchObject({
    ...invalid,
    message: "NextToken and StreamName cannot be provided together.",
  });
  await expect(filtered({ Type: "AFTER_SHARD_ID" })).rejects.toMatchObject(invalid);
  await expect(filtered({ Type: "AT_TIMESTAMP" })).rejects.toMatchObject(invalid);
  await expect(filtered({ Type: "AT_LATEST", ShardId: "shardId-0" })).rejects.toMatchObject(invalid);
  await expect(list("filtered", { StreamCreationTimestamp: ago(9) })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
  await t.nuage.advance(301_000);
  await expect(t.kinesis.send(new ListShardsCommand(next))).rejects.toMatchObject({
    name: "ExpiredNextTokenException",
  });
  // A closed shard goes when its last record has expired.
  await t.nuage.advance(24 * 3_600_000);
  expect(idsOf((await list("filtered")).Shards)).toEqual(ids(2, 4));
});

test("a closed shard is forgotten with what it held, and its number is not given again", async () => {
  await t.create("forgotten");
  await t.put("forgotten", "a");
  await split("forgotten", "shardId-000000000000", HALF);
  await t.nuage.advance(25 * 3_600_000);
  expect(idsOf(await t.shards("forgotten"))).toEqual(ids(1, 2));
  await merge("forgotten", ...(ids(1, 2) as [string, string]));
  expect(idsOf(await t.shards("forgotten"))).toEqual(ids(1, 2, 3));
  await expect(t.iterator("forgotten")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  expect((await t.put("forgotten", "b")).ShardId).toBe("shardId-000000000003");
});
