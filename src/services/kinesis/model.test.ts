// Random histories of puts, splits and merges, held against a simple model.
import fc from "fast-check";
import { expect, test } from "vitest";
import { createHostileStore } from "../../store/drivers/hostile.ts";
import { createMemoryStore } from "../../store/drivers/memory.ts";
import type { Store } from "../../store/store.ts";
import { histories, patienceMs } from "../histories.fixture.ts";
import { type Direct, directKinesis } from "./direct.fixture.ts";
import { textOf } from "./kinesis.fixture.ts";

const StreamName = "s";
const HOUR_MS = 3_600_000;

type Step =
  | { readonly kind: "put"; readonly keys: readonly number[] }
  | { readonly kind: "split" | "merge"; readonly at: number }
  | { readonly kind: "scale"; readonly to: number }
  | { readonly kind: "wait"; readonly hours: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("put" as const),
      keys: fc.array(fc.nat(7), { minLength: 1, maxLength: 12 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom("split" as const, "merge" as const), at: fc.nat(20) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("scale" as const), to: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), hours: fc.integer({ min: 1, max: 9 }) }),
  },
);

interface Put {
  readonly key: string;
  readonly text: string;
  readonly atMs: number;
}

async function openShards({ call }: Direct) {
  const { Shards = [] } = await call.ListShards({ StreamName, ShardFilter: { Type: "AT_LATEST" } });
  const startOf = (shard: (typeof Shards)[number]) => BigInt(shard.HashKeyRange?.StartingHashKey ?? 0);
  return Shards.sort((one, other) => (startOf(one) < startOf(other) ? -1 : 1));
}

async function reshard(direct: Direct, kind: "split" | "merge", at: number): Promise<void> {
  const open = await openShards(direct);
  const shard = open[at % open.length];
  const next = open[(at % open.length) + 1];
  if (kind === "merge" && shard && next) {
    const pair = at % 2 === 0 ? [shard, next] : [next, shard];
    await direct.call.MergeShards({
      StreamName,
      ShardToMerge: pair[0]?.ShardId,
      AdjacentShardToMerge: pair[1]?.ShardId,
    });
  }
  if (kind === "split" && shard) {
    const [from, to] = [shard.HashKeyRange?.StartingHashKey, shard.HashKeyRange?.EndingHashKey].map(
      BigInt as never,
    );
    const middle = ((from as unknown as bigint) + (to as unknown as bigint)) / 2n;
    await direct.call.SplitShard({
      StreamName,
      ShardToSplit: shard.ShardId,
      NewStartingHashKey: String(middle),
    });
  }
}

async function take(direct: Direct, action: Step, puts: Put[]): Promise<void> {
  const { call } = direct;
  if (action.kind === "wait") direct.nowMs += action.hours * HOUR_MS;
  else if (action.kind === "put") {
    const entries = action.keys.map((key, at) => ({
      key: `key-${key}`,
      text: `${puts.length + at}`,
      atMs: direct.nowMs,
    }));
    const Records = entries.map(({ key, text }) => ({ PartitionKey: key, Data: Buffer.from(text) }));
    const answer = await call.PutRecords({ StreamName, Records });
    expect(answer.FailedRecordCount).toBe(0);
    puts.push(...entries);
  } else if (action.kind === "scale") {
    const open = (await openShards(direct)).length;
    const to = Math.min(Math.max(action.to, Math.ceil(open / 2)), open * 2);
    await call
      .UpdateShardCount({ StreamName, TargetShardCount: to, ScalingType: "UNIFORM_SCALING" })
      .catch((error) => expect(error.code).toBe("LimitExceededException"));
  } else await reshard(direct, action.kind, action.at);
}

/** All records, each shard after its parents, in pages of a few. */
async function readAll({ call }: Direct): Promise<{ key: string; text: string; number: bigint }[]> {
  const { Shards = [] } = await call.ListShards({ StreamName });
  const found: { key: string; text: string; number: bigint }[] = [];
  for (const { ShardId } of Shards) {
    const start = { StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" as const };
    let iterator = (await call.GetShardIterator(start)).ShardIterator;
    while (iterator) {
      const page = await call.GetRecords({ ShardIterator: iterator, Limit: 5 });
      for (const record of page.Records ?? []) {
        found.push({
          key: record.PartitionKey ?? "",
          text: textOf(record),
          number: BigInt(record.SequenceNumber ?? 0),
        });
      }
      const isOver = page.MillisBehindLatest === 0;
      expect(page.NextShardIterator === undefined).toBe(page.ChildShards !== undefined);
      iterator = isOver ? undefined : page.NextShardIterator;
    }
  }
  return found;
}

async function check(store: Store, steps: readonly Step[]): Promise<void> {
  const direct = directKinesis(store);
  await direct.call.CreateStream({ StreamName, ShardCount: 2 });
  const puts: Put[] = [];
  for (const each of steps) await take(direct, each, puts);
  const kept = puts.filter(({ atMs }) => atMs > direct.nowMs - 24 * HOUR_MS);
  const found = await readAll(direct);
  expect(found.map(({ text }) => text).sort()).toEqual(kept.map(({ text }) => text).sort());
  for (const key of new Set(puts.map((put) => put.key))) {
    const ofKey = found.filter((record) => record.key === key);
    // Numbers grow along a key through all splits and merges, and so do the records.
    expect(ofKey.map(({ text }) => text)).toEqual(
      kept.filter((put) => put.key === key).map(({ text }) => text),
    );
    const numbers = ofKey.map(({ number }) => number);
    expect(numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? 0n))).toBe(true);
  }
  await checkRanges(direct);
}

/** The open shards have all hashes between them, and none twice. */
async function checkRanges(direct: Direct): Promise<void> {
  let next = 0n;
  for (const { HashKeyRange } of await openShards(direct)) {
    expect(BigInt(HashKeyRange?.StartingHashKey ?? -1)).toBe(next);
    next = BigInt(HashKeyRange?.EndingHashKey ?? -1) + 1n;
  }
  expect(next).toBe(2n ** 128n);
}

test(
  "every record is read once, in order by key, whatever becomes of the shards",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) => check(createMemoryStore(), steps)),
      { numRuns: histories(150) },
    );
  },
  patienceMs(30_000),
);

test(
  "and on a store that mixes transactions up",
  async () => {
    let state = 17;
    const chance = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), (steps) =>
        check(createHostileStore(createMemoryStore(), chance), steps),
      ),
      { numRuns: histories(20) },
    );
  },
  patienceMs(30_000),
);

test("puts and splits that run into each other lose nothing", async () => {
  const direct = directKinesis(createMemoryStore());
  await direct.call.CreateStream({ StreamName, ShardCount: 1 });
  const texts = Array.from({ length: 300 }, (_, at) => String(at));
  const put = async (text: string) => {
    await direct.call.PutRecord({ StreamName, PartitionKey: text, Data: Buffer.from(text) });
  };
  const splitting = async () => {
    for (let at = 0; at < 20; at++) await reshard(direct, at % 3 === 2 ? "merge" : "split", at * 7);
  };
  await Promise.all([...texts.map(put), splitting()]);
  expect((await readAll(direct)).map(({ text }) => text).sort()).toEqual([...texts].sort());
});

test("records that an earlier release kept are read with those that came after", async () => {
  const store = createMemoryStore();
  const direct = directKinesis(store);
  await direct.call.CreateStream({ StreamName, ShardCount: 1 });
  await store.transact(async (tx) => {
    const [atMs, trace, keys] = [direct.nowMs, "", ["a", null, "b"]];
    tx.set(["kinesisBlock", 1, 0, 3], { v: 1, atMs, trace, keys, data: ["1", "", "three"].map(Buffer.from) });
    tx.set(["kinesis", "tip", 1], { v: 1, next: 4 });
  });
  await direct.call.PutRecord({ StreamName, PartitionKey: "c", Data: Buffer.from("four") });
  expect((await readAll(direct)).map(({ text }) => text)).toEqual(["1", "", "three", "four"]);
});
