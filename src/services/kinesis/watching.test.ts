import { expect, test } from "vitest";
import { createMemoryStore } from "../../store/drivers/memory.ts";
import { directKinesis } from "./direct.fixture.ts";
import type { TracedRecord } from "./reading.ts";
import { watchShard } from "./watching.ts";

const SHARDS = ["shardId-000000000000", "shardId-000000000001"] as const;

async function open() {
  const store = createMemoryStore();
  const direct = directKinesis(store);
  const { call, context } = direct;
  await call.CreateStream({ StreamName: "s", ShardCount: 2 });
  const watch = async (shardId: string, signal = new AbortController().signal) => {
    const { news } = await watchShard(store, { ...context.scope, name: "s" }, shardId, signal);
    let told = false;
    void news.then(() => {
      told = true;
    });
    return async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return told;
    };
  };
  const put = (ExplicitHashKey: string) =>
    call.PutRecord({ StreamName: "s", PartitionKey: "k", ExplicitHashKey, Data: Buffer.from("x") });
  return { ...direct, call, watch, put };
}

test("news of a shard come with its records, and with no other shard's", async () => {
  const { watch, put } = await open();
  const [first, second] = [await watch(SHARDS[0]), await watch(SHARDS[1])];
  await put("0");
  expect([await first(), await second()]).toEqual([true, false]);
  await put(String(2n ** 127n));
  expect(await second()).toBe(true);
});

test("news come when a shard is closed, its stream deleted, or the watch given up", async () => {
  const { watch, call } = await open();
  const stop = new AbortController();
  const given = await watch(SHARDS[0], stop.signal);
  stop.abort();
  expect(await given()).toBe(true);
  const [closed, open_] = [await watch(SHARDS[0]), await watch(SHARDS[1])];
  await call.SplitShard({ StreamName: "s", ShardToSplit: SHARDS[0], NewStartingHashKey: "1000" });
  expect([await closed(), await open_()]).toEqual([true, false]);
  await call.DeleteStream({ StreamName: "s" });
  expect(await open_()).toBe(true);
  await expect(watch(SHARDS[0])).rejects.toMatchObject({ code: "ResourceNotFoundException" });
});

test("in process, records tell the trace of the request that put them", async () => {
  const { call, put, context } = await open();
  await put("0");
  const start = { StreamName: "s", ShardId: SHARDS[0], ShardIteratorType: "TRIM_HORIZON" as const };
  const { ShardIterator } = await call.GetShardIterator(start);
  const { Records = [] } = await call.GetRecords({ ShardIterator });
  const [record] = Records as TracedRecord[];
  expect(record?.Trace).toBe(`Root=${context.trace.root};Sampled=1`);
});
