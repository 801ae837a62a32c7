// On-demand streams follow their traffic: by the clock, and by what is written to them.
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  PutRecordsCommand,
} from "@aws-sdk/client-kinesis";
import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../store/drivers/memory.ts";
import { startNuage } from "../../testing/index.ts";
import { directKinesis } from "./direct.fixture.ts";
import { ON_DEMAND_SHARDS, reviewed, type Scaling, withTraffic } from "./scaling.ts";
import { firstShards, isOpen, type Shard } from "./shards.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const open = (shards: readonly Shard[]) => shards.filter(isOpen);
const review = (
  scaling: Scaling,
  shards: readonly Shard[],
  nowMs: number,
  { warm = 0, most = 10_000 } = {},
) => reviewed(scaling, shards, warm, most, nowMs);

describe("the rules", () => {
  const four = firstShards(4, 0);

  test("hot shards are split in two halves after a quarter of an hour, and no others", () => {
    const noted = withTraffic(undefined, { hot: [1, 3], load: 3 }, 1000);
    expect(noted.dueMs).toBe(1000 + 15 * MINUTE_MS);
    const { shards, scaling } = review(noted, four, 16 * MINUTE_MS);
    expect(open(shards).map(({ index }) => index)).toEqual([0, 2, 4, 5, 6, 7]);
    const [, one, two] = [0, 4, 5].map((index) => shards.find((shard) => shard.index === index));
    expect([one?.from, two?.to]).toEqual([four[1]?.from, four[1]?.to]);
    expect(scaling).toEqual({
      v: 1,
      hot: [],
      peaks: [{ atMs: 1000, load: 3 }],
      dueMs: 1000 + 30 * DAY_MS,
    });
  });

  test("traffic that comes before they are split does not put it off", () => {
    const noted = withTraffic(undefined, { hot: [0], load: 1 }, 0);
    const more = withTraffic(noted, { hot: [0, 2], load: 2 }, 10 * MINUTE_MS);
    expect(more).toMatchObject({ hot: [0, 2], dueMs: 15 * MINUTE_MS });
  });

  test("there is room for twice the peak of 30 days, and no more is kept", () => {
    let scaling = withTraffic(undefined, { hot: [], load: 7.5 }, 0);
    scaling = withTraffic(scaling, { hot: [], load: 3 }, 10 * DAY_MS);
    scaling = withTraffic(scaling, { hot: [], load: 3.2 }, 11 * DAY_MS);
    expect(scaling.peaks.map(({ load }) => load)).toEqual([7.5, 3.2]);
    const wide = firstShards(16, 0);
    const before = review(scaling, wide, 30 * DAY_MS - 1);
    expect(open(before.shards)).toHaveLength(15);
    const after = review(before.scaling, before.shards, 30 * DAY_MS);
    expect(open(after.shards)).toHaveLength(7);
    const end = review(after.scaling, after.shards, 41 * DAY_MS);
    expect(open(end.shards)).toHaveLength(ON_DEMAND_SHARDS);
    expect(end.scaling.dueMs).toBeUndefined();
    expect(open(review(scaling, wide, 60 * DAY_MS, { warm: 12 }).shards)).toHaveLength(12);
  });

  test("a stream comes to its limit", () => {
    const noted = withTraffic(undefined, { hot: [0, 1, 2, 3], load: 4 }, 0);
    expect(open(review(noted, four, 1, { most: 6 }).shards)).toHaveLength(6);
  });
});

/** An on-demand stream, a clock that only the test turns, and the work between calls. */
async function onDemand(capacity: "off" | "observe" | "enforce" = "observe") {
  const direct = directKinesis(createMemoryStore(), capacity);
  const { call } = direct;
  const StreamName = "s";
  await call.CreateStream({ StreamName, StreamModeDetails: { StreamMode: "ON_DEMAND" } });
  const shards = async () => {
    const { Shards = [] } = await call.ListShards({ StreamName, ShardFilter: { Type: "AT_LATEST" } });
    return Shards.map(({ ShardId = "" }) => Number(ShardId.slice(-3)));
  };
  /** Writes so many MB into the shard with a hash key, one a second. */
  const write = async (megabytes: number, ExplicitHashKey: string) => {
    const Data = Buffer.alloc(1_000_000);
    for (let at = 0; at < megabytes; at++) {
      direct.nowMs += 1000;
      await call.PutRecord({ StreamName, PartitionKey: "k", ExplicitHashKey, Data });
    }
  };
  const later = async (ms: number) => {
    direct.nowMs += ms;
    await direct.follow();
  };
  return Object.assign(direct, { StreamName, shards, write, later });
}

test("a shard that takes more than 500 KB a second is split within a quarter of an hour", async () => {
  const stream = await onDemand();
  await stream.write(29, "0");
  await stream.later(16 * MINUTE_MS);
  expect(await stream.shards()).toEqual([0, 1, 2, 3]);
  await stream.write(31, "0");
  await stream.later(14 * MINUTE_MS);
  expect(await stream.shards()).toEqual([0, 1, 2, 3]);
  await stream.later(MINUTE_MS);
  expect(await stream.shards()).toEqual([1, 2, 3, 4, 5]);
  // What nobody writes to any more is merged when its peak is a month old.
  await stream.later(30 * DAY_MS);
  expect(await stream.shards()).toHaveLength(4);
});

test("where throughput is not modelled a stream stays as it is", async () => {
  const stream = await onDemand("off");
  await stream.write(40, "0");
  await stream.later(20 * MINUTE_MS);
  expect(await stream.shards()).toEqual([0, 1, 2, 3]);
});

test("a provisioned stream stays as it is", async () => {
  const stream = await onDemand();
  const StreamARN = `arn:aws:kinesis:us-east-1:000000000000:stream/${stream.StreamName}`;
  await stream.write(40, "0");
  await stream.call.UpdateStreamMode({ StreamARN, StreamModeDetails: { StreamMode: "PROVISIONED" } });
  await stream.later(20 * MINUTE_MS);
  expect(await stream.shards()).toEqual([0, 1, 2, 3]);
});

test("throttled writers come through when the shards are more", async () => {
  const stream = await onDemand("enforce");
  const put = async () => {
    const Records = Array.from({ length: 500 }, (_, at) => ({
      Data: Buffer.alloc(1),
      PartitionKey: `${at}`,
    }));
    return (await stream.call.PutRecords({ StreamName: stream.StreamName, Records })).FailedRecordCount ?? 0;
  };
  const write = async (seconds: number) => {
    let failed = 0;
    for (let second = 0; second < seconds; second++) {
      stream.nowMs += 1000;
      for (let time = 0; time < 9; time++) failed += await put();
    }
    return failed;
  };
  expect(await write(40)).toBeGreaterThan(15_000);
  await stream.later(15 * MINUTE_MS);
  expect(await stream.shards()).toHaveLength(8);
  expect(await write(5)).toBe(0);
});

test("the platform does it by its clock", async () => {
  const nuage = await startNuage();
  const kinesis = nuage.client(KinesisClient);
  const StreamName = "s";
  await kinesis.send(new CreateStreamCommand({ StreamName, StreamModeDetails: { StreamMode: "ON_DEMAND" } }));
  const Data = Buffer.alloc(1_000_000);
  const Records = Array.from({ length: 8 }, () => ({ Data, PartitionKey: "k" }));
  for (let time = 0; time < 4; time++) await kinesis.send(new PutRecordsCommand({ StreamName, Records }));
  const count = async () =>
    (await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary
      ?.OpenShardCount;
  await nuage.idle();
  expect(await count()).toBe(4);
  await nuage.advance("15 minutes");
  expect(await count()).toBe(5);
  await nuage.stop();
});

test("warm throughput is there at once", async () => {
  const { call, StreamName, shards } = await onDemand();
  await call.UpdateAccountSettings({ MinimumThroughputBillingCommitment: { Status: "ENABLED" } });
  await call.UpdateStreamWarmThroughput({ StreamName, WarmThroughputMiBps: 10 });
  expect(await shards()).toHaveLength(10);
  await call.UpdateStreamWarmThroughput({ StreamName, WarmThroughputMiBps: 6 });
  expect(await shards()).toHaveLength(6);
  await call.CreateStream({
    StreamName: "warm",
    StreamModeDetails: { StreamMode: "ON_DEMAND" },
    WarmThroughputMiBps: 20,
  });
  const { StreamDescriptionSummary } = await call.DescribeStreamSummary({ StreamName: "warm" });
  expect(StreamDescriptionSummary?.OpenShardCount).toBe(20);
});
