import { expect, it } from "vitest";
import { createVirtualClock } from "../kernel/clock.ts";
import { createIds } from "../kernel/ids.ts";
import { createLog } from "../kernel/log.ts";
import { createMetrics } from "../kernel/metrics.ts";
import type { SourceMapping } from "../kernel/sources.ts";
import { createMemoryStore } from "../store/drivers/memory.ts";
import type { Store } from "../store/store.ts";
import type { Outcome } from "./batch.ts";
import { Lease } from "./lease.ts";
import type { ServiceCall } from "./source.ts";
import { createSources } from "./sources.ts";
import type { Watches } from "./watches.ts";

const clock = createVirtualClock(async () => {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
});

it("is one holder's until it expires, and keeps out whoever has lost it", async () => {
  const store = createMemoryStore();
  const [one, other] = ["one", "other"].map((holder) => new Lease(store, clock, ["lease"], holder));
  if (!one || !other) return expect.unreachable();
  expect(await one.hold()).toBeUndefined();
  const againMs = await other.hold();
  expect(againMs).toBeGreaterThan(clock.now() + 29_000);
  await store.transact((tx) => one.fence(tx));
  await expect(store.transact((tx) => other.fence(tx))).rejects.toThrow("taken over");
  await clock.advance(31_000);
  expect(await other.hold()).toBeUndefined();
  await expect(store.transact((tx) => one.fence(tx))).rejects.toThrow("taken over");
  expect(await one.hold()).toBeGreaterThan(clock.now());
  await store.close();
});

it("is kept while something is under way", async () => {
  const store = createMemoryStore();
  const [one, other] = ["one", "other"].map((holder) => new Lease(store, clock, ["lease"], holder));
  if (!one || !other) return expect.unreachable();
  await one.hold();
  const letGo = one.keep();
  await clock.advance(120_000);
  expect(await other.hold()).toBeGreaterThan(clock.now());
  letGo();
  await clock.advance(31_000);
  expect(await other.hold()).toBeUndefined();
  await store.close();
});

const ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000";
const MAPPING: SourceMapping = {
  ...{ account: "000000000000", region: "us-east-1", id: "m", arn: "m", targetArn: "f", name: "f" },
  ...{ sourceArn: ARN, role: "r", logGroup: "g", revision: "1", active: true, pending: true },
  settings: {
    ...{ batchSize: 1, windowMs: 0, filters: [], reportsItems: false, countsEvents: true, deliveryMs: 0 },
    ...{ start: { at: "TRIM_HORIZON" }, parallelization: 1, tumblingMs: 0, bisects: false },
  },
};

/** A stream of one shard with the records 1, 2, 3: what sources ask of DynamoDB. */
const call: ServiceCall = async (_, operation, input) => {
  if (operation === "DescribeStream") return { StreamDescription: { Shards: [{ ShardId: "s" }] } };
  if (operation === "GetShardIterator") return { ShardIterator: String(input.SequenceNumber ?? "0") };
  const next = Number(input.ShardIterator) + 1;
  if (next > 3) return { Records: [], NextShardIterator: String(input.ShardIterator) };
  const record = { eventName: "INSERT", dynamodb: { SequenceNumber: String(next), Keys: {} } };
  return { Records: [record], NextShardIterator: String(next) };
};

const never = new Promise<void>(() => {});
const watches = { dynamodb: { watch: async () => ({ news: never }), lastBefore: async () => undefined } };

function start(store: Store, holder: string, deliver: (id: string) => Promise<Outcome>) {
  const stop = new AbortController();
  const metrics = createMetrics();
  const sources = createSources({
    ...{
      store,
      clock,
      ids: createIds(),
      log: createLog("error", () => {}),
      metrics,
      call,
      holder,
    },
    recorder: { span: () => {}, log: () => {}, usage: () => {} },
    watches: watches as unknown as Watches,
    fidelity: false,
    signal: stop.signal,
    begin: () => () => {},
    consumers: [
      {
        id: "test",
        key: ["test"],
        list: async () => [MAPPING],
        settled: async () => {},
        processed: async () => {},
        deliver: (_, { records }) => deliver(records[0]?.id ?? ""),
        failureRecord: () => ({}),
      },
    ],
  });
  sources.start();
  const counted = (name: string) => {
    const { account, region, id } = MAPPING;
    const dimensions = `EventSourceMappingUUID=${id}`;
    const minutes = metrics.minutes({ account, region, namespace: "AWS/Lambda", name, dimensions }, 0, 9e15);
    return minutes.reduce((total, { sum }) => total + sum, 0);
  };
  return { stop: () => stop.abort(), ended: () => sources.stop(), counted };
}

it("moves to another process when its holder dies, and what was not done is done by that one", async () => {
  const store = createMemoryStore();
  let isDead = false;
  const mortal: Store = {
    watch: (prefix, signal) => store.watch(prefix, signal),
    clear: () => store.clear(),
    close: () => store.close(),
    transact: (body) => (isDead ? new Promise(() => {}) : store.transact(body)),
  };
  const done: Record<string, string[]> = { first: [], second: [] };
  start(mortal, "first", async (id) => {
    done.first?.push(id);
    // It dies in the middle of the second record.
    if (id === "2") {
      isDead = true;
      await never;
    }
    return { kind: "done", failed: new Set(), requestId: id };
  });
  await clock.advance(0);
  const second = start(store, "second", async (id) => {
    done.second?.push(id);
    return { kind: "done", failed: new Set(), requestId: id };
  });
  await clock.advance(20_000);
  expect(done).toEqual({ first: ["1", "2"], second: [] });
  await clock.advance(15_000);
  expect(done).toEqual({ first: ["1", "2"], second: ["2", "3"] });
  expect(["PolledEventCount", "InvokedEventCount", "FailedInvokeEventCount"].map(second.counted)).toEqual([
    2, 2, 0,
  ]);
  second.stop();
  await second.ended();
});
