import { describe, expect, test } from "vitest";
import { createMetrics } from "../../../kernel/metrics.ts";
import type { Usage } from "../../../kernel/telemetry.ts";
import { createMemoryStore } from "../../../store/drivers/memory.ts";
import { Growth } from "./growth.ts";
import { HotKeys } from "./hot-keys.ts";
import {
  consume,
  type MeteredTable,
  type MeterPorts,
  readMeter,
  seriesOf,
  throttleOf,
  type Use,
} from "./meter.ts";
import { Partitions } from "./partitions.ts";
import { type Limit, reasonOf, throttleFault } from "./reasons.ts";

const MINUTE_MS = 60_000;

function table(change: Partial<MeteredTable> = {}): MeteredTable {
  return {
    account: "111122223333",
    region: "eu-west-1",
    name: "orders",
    id: "one",
    billing: { mode: "PROVISIONED", throughput: { read: 10, write: 5 } },
    globals: [],
    ...change,
  };
}

const onDemand = table({ billing: { mode: "PAY_PER_REQUEST", throughput: { read: 0, write: 0 } } });

function world(capacity: MeterPorts["capacity"] = "enforce") {
  const usages: Usage[] = [];
  const time = { nowMs: 1_000_000_000_000 };
  const ports: MeterPorts = {
    store: createMemoryStore(),
    clock: { now: () => time.nowMs },
    metrics: createMetrics(),
    recorder: { span() {}, log() {}, usage: (usage) => void usages.push(usage) },
    capacity,
  };
  /** Tries a use of one unit `count` times; how many were let in. */
  const run = (use: Use, count: number, units = 1) => {
    let admitted = 0;
    for (let at = 0; at < count; at++) {
      if (throttleOf(ports, use)) continue;
      consume(ports, { ...use, units });
      admitted++;
    }
    return admitted;
  };
  return { ports, usages, time, run };
}

describe("a provisioned table", () => {
  test("serves its rate at once, and the unused of five minutes in a burst", () => {
    const { run, time } = world();
    const use: Use = { table: table(), kind: "write" };
    expect(run(use, 100)).toBe(5);
    time.nowMs += 1_000;
    expect(run(use, 100)).toBe(5);
    time.nowMs += 3_600_000;
    expect(run(use, 10_000)).toBe(5 * 300);
  });

  test("lets a large request in while anything is left, and has it paid back", () => {
    const { run, time } = world();
    const use: Use = { table: table(), kind: "write" };
    expect(run(use, 3, 20)).toBe(1);
    time.nowMs += 3_000;
    expect(run(use, 1)).toBe(0);
    time.nowMs += 1_000;
    expect(run(use, 1)).toBe(1);
  });

  test("throttles one key at a partition's ceiling, however much the table has", () => {
    const { run } = world();
    const rich = table({ billing: { mode: "PROVISIONED", throughput: { read: 40_000, write: 20_000 } } });
    expect(run({ table: rich, kind: "write", key: "hot" }, 5_000)).toBe(1_000);
    expect(run({ table: rich, kind: "read", key: "hot" }, 5_000)).toBe(3_000);
  });

  test("counts reads, writes and indexes apart", () => {
    const { run } = world();
    const indexed = table({ globals: [{ name: "byDate", throughput: { read: 1, write: 2 } }] });
    expect(run({ table: indexed, kind: "write", index: "byDate" }, 10)).toBe(2);
    expect(run({ table: indexed, kind: "read", index: "byDate" }, 10)).toBe(1);
    expect(run({ table: indexed, kind: "read" }, 20)).toBe(10);
  });
});

describe("an on-demand table", () => {
  test("begins with 4,000 writes a second, and doubles its peak when that has lasted half an hour", () => {
    const { run, time, ports } = world();
    const scan: Use = { table: onDemand, kind: "write" };
    expect(run(scan, 5_000)).toBe(4_000);
    time.nowMs += MINUTE_MS;
    consume(ports, { ...scan, units: 60 * 3_500 });
    time.nowMs += 29 * MINUTE_MS;
    expect(run(scan, 9_000)).toBe(4_000);
    time.nowMs += 2 * MINUTE_MS;
    expect(run(scan, 9_000)).toBe(7_000);
  });

  test("keeps to the limit it was given", () => {
    const { run } = world();
    const limited = { ...onDemand, onDemandLimits: { read: 0, write: 7 } };
    expect(run({ table: limited, kind: "write", key: "a" }, 50)).toBe(7);
    expect(run({ table: limited, kind: "read", key: "a" }, 50)).toBe(50);
  });
});

describe("growth", () => {
  const cases: readonly [string, readonly [minute: number, perSecond: number][], number, number][] = [
    ["nothing yet", [], 0, 4_000],
    ["a small peak", [[0, 100]], 60, 4_000],
    ["a peak too young", [[0, 6_000]], 29, 4_000],
    ["a peak of half an hour ago", [[0, 6_000]], 31, 12_000],
    [
      "the highest of several",
      [
        [0, 3_000],
        [1, 5_000],
        [2, 4_000],
      ],
      60,
      10_000,
    ],
  ];
  test.each(cases)("%s", (_, minutes, atMinute, allowance) => {
    const growth = new Growth(4_000);
    for (const [minute, perSecond] of minutes) growth.add(perSecond * 60, minute * MINUTE_MS);
    expect(growth.allowance(atMinute * MINUTE_MS)).toBe(allowance);
  });
});

describe("partitions", () => {
  test("split where they are full minute after minute, and isolate a key with most of the traffic", () => {
    const partitions = new Partitions(1, 0);
    for (let minute = 0; minute < 3; minute++) {
      partitions.take("write", 42, 1_500, minute * MINUTE_MS);
      partitions.admits("write", 42, minute * MINUTE_MS);
    }
    expect(partitions.count).toBe(3);
    // The neighbours are free of it, and the key alone still has a ceiling.
    partitions.take("write", 42, 1_500, 4 * MINUTE_MS);
    expect(partitions.admits("write", 42, 4 * MINUTE_MS)).toBe(false);
    expect(partitions.admits("write", 43, 4 * MINUTE_MS)).toBe(true);
    expect(partitions.admits("write", 41, 4 * MINUTE_MS)).toBe(true);
  });

  test("halve when many keys fill one", () => {
    const partitions = new Partitions(1, 0);
    for (let minute = 0; minute < 3; minute++) {
      for (let key = 0; key < 100; key++) partitions.take("write", key * 40_000_000, 15, minute * MINUTE_MS);
      partitions.admits("write", 5, minute * MINUTE_MS);
    }
    expect(partitions.count).toBe(2);
  });

  test("grow with the throughput", () => {
    const partitions = new Partitions(1, 0);
    partitions.grow(7, 0);
    expect(partitions.count).toBe(7);
    partitions.grow(3, 0);
    expect(partitions.count).toBe(7);
  });
});

test("the sketch keeps every key with more than its share, and never counts one short", () => {
  const sketch = new HotKeys(10);
  const truth = new Map<string, number>();
  for (let at = 0; at < 20_000; at++) {
    const key = at % 3 === 0 ? "hot" : at % 7 === 0 ? "warm" : `cold${at}`;
    truth.set(key, (truth.get(key) ?? 0) + 1);
    sketch.add(key, 1);
  }
  const top = sketch.top(10);
  expect(top[0]?.key).toBe("hot");
  for (const { key, units, error } of top) {
    expect(units).toBeGreaterThanOrEqual(truth.get(key) ?? 0);
    expect(units - error).toBeLessThanOrEqual(truth.get(key) ?? 0);
  }
  expect(sketch.total).toBe(20_000);
});

describe("modes", () => {
  test("observe lets everything in, and records what would have been throttled", () => {
    const { run, usages, ports, time } = world("observe");
    const use: Use = { table: table(), kind: "write", key: "a" };
    expect(run(use, 8)).toBe(8);
    expect(usages.map(({ unit }) => unit)).toEqual(
      Array(3).fill("dynamodb:would-throttle:TableWriteProvisionedThroughputExceeded"),
    );
    expect(usages[0]?.resource).toBe("arn:aws:dynamodb:eu-west-1:111122223333:table/orders");
    const events = ports.metrics.minutes(
      seriesOf(table(), undefined, "WriteThrottleEvents"),
      0,
      time.nowMs + 1,
    );
    expect(events.map(({ sum }) => sum)).toEqual([3]);
    expect(readMeter(ports.store, table())?.throttles).toEqual(
      new Map([["TableWriteProvisionedThroughputExceeded", 3]]),
    );
  });

  test("off counts nothing", () => {
    const { run, ports, usages } = world("off");
    expect(run({ table: table(), kind: "write" }, 100)).toBe(100);
    expect(usages).toEqual([]);
    expect(readMeter(ports.store, table())).toBeUndefined();
  });
});

test("there are 16 reasons, and each has AWS's fault", () => {
  const limits: Limit[] = [
    "ProvisionedThroughputExceeded",
    "AccountLimitExceeded",
    "KeyRangeThroughputExceeded",
    "MaxOnDemandThroughputExceeded",
  ];
  const reasons = limits.flatMap((limit) =>
    [true, false].flatMap((isIndex) =>
      (["read", "write"] as const).map((kind) =>
        reasonOf({ limit, kind, isIndex, resource: "arn", mode: "PROVISIONED" }),
      ),
    ),
  );
  expect(new Set(reasons).size).toBe(16);
  expect(reasons).toContain("IndexReadMaxOnDemandThroughputExceeded");
  const base = { kind: "write", resource: "arn", isIndex: true } as const;
  const provisioned = throttleFault({ ...base, limit: "KeyRangeThroughputExceeded", mode: "PROVISIONED" });
  expect(provisioned.code).toBe("ProvisionedThroughputExceededException");
  expect(provisioned.members).toEqual({
    ThrottlingReasons: [{ reason: "IndexWriteKeyRangeThroughputExceeded", resource: "arn" }],
  });
  const other = throttleFault({ ...base, limit: "KeyRangeThroughputExceeded", mode: "PAY_PER_REQUEST" });
  expect(other.code).toBe("ThrottlingException");
  expect(Object.keys(other.members)).toEqual(["throttlingReasons"]);
});
