import { expect, test } from "vitest";
import type { CallSequence, FunctionFigures } from "../../observe/analysis/model.ts";
import { aboutRuns, aboutSequences, aboutSettings, aboutThrottles } from "./rules.ts";
import { deprecationOf, successorOf } from "./runtimes.ts";
import { aboutLoop, aboutMapping, aboutTable } from "./sources.ts";

const FINE: FunctionFigures = {
  ...{ functionName: "one", account: "000000000000", region: "us-east-1", invocations: 1_000, failed: 0 },
  ...{ timeouts: 0, coldStarts: 3, p50Ms: 5, p95Ms: 20, maxMs: 100, timeoutMs: 3_000 },
  ...{ memoryMb: 128, maxMemoryMb: 60, maxAtOnce: 3, firstMs: 1_000, lastMs: 9_000, left: 0 },
};

/** `errors 0.05`: kinds with their numbers. */
const told = (change: Partial<FunctionFigures>): string[] =>
  aboutRuns({ ...FINE, ...change }).map(({ severity, kind, value }) => `${severity} ${kind} ${value}`);

test("what runs well is not warned of", () => {
  expect(told({})).toEqual([]);
  expect(told({ failed: 10, coldStarts: 10, maxMs: 2_850, maxMemoryMb: 121 })).toEqual([]);
  expect(told({ invocations: 99, coldStarts: 50 })).toEqual([]);
  expect(told({ invocations: 1, failed: 1 })).toEqual([]);
  expect(told({ invocations: 9, failed: 2 })).toEqual([]);
});

test.each([
  [{ failed: 11 }, "warning errors 0.011"],
  [{ failed: 101 }, "critical errors 0.101"],
  [{ invocations: 10, failed: 1, coldStarts: 0 }, "warning errors 0.1"],
  [{ invocations: 3, failed: 3 }, "critical errors 1"],
  [{ timeouts: 1, maxMs: 3_000 }, "critical timeouts 1"],
  [{ maxMs: 2_940, timeSinceMs: 5 }, "warning duration 0.98"],
  [{ maxMemoryMb: 124, memorySinceMs: 5 }, "warning memory 0.96875"],
  [{ maxMemoryMb: 128, memorySinceMs: 5 }, "critical memory 1"],
  [{ memoryMb: 1_024 }, "advice too much memory 0.05859375"],
  [{ coldStarts: 20 }, "warning cold starts 0.02"],
  [{ left: 4 }, "warning work left 4"],
])("beyond a threshold: %j", (change, expected) => {
  expect(told(change)).toEqual([expected]);
});

test("what was near no limit when it ran is near none that was set later", () => {
  expect(told({ maxMs: 9_000, maxMemoryMb: 400 })).toEqual([]);
});

test("throttles, settings and calls in a row", () => {
  const throttled = { functionName: "one", count: 12, firstMs: 5, help: "Raise it." };
  expect(aboutThrottles([throttled], 100)).toMatchObject([
    { kind: "throttles", value: 12 / 112, help: "Raise it.", sinceMs: 5 },
  ]);
  expect(aboutThrottles([throttled], 108)).toEqual([]);
  expect(aboutThrottles([], 0)).toEqual([]);
  const settings = {
    ...{ account: "000000000000", region: "us-east-1", name: "one", runtime: "nodejs18.x" },
    ...{ memoryMb: 128, timeoutMs: 3_000, provisionedConcurrency: 10 },
  };
  const day = Date.parse("2025-09-01T00:00:00Z");
  expect(aboutSettings(settings, day - 1, 6)).toEqual([]);
  expect(aboutSettings(settings, day, 5)).toMatchObject([
    { kind: "deprecated runtime", help: "Go on to nodejs24.x, the one that lasts longest." },
    { kind: "idle provisioned concurrency", value: 0.5, help: expect.stringContaining("Provision 5,") },
  ]);
  const row = (totalMs: number): CallSequence => ({
    ...{ functionName: "one", traceId: "t", target: "dynamodb.GetItem orders", calls: 4 },
    ...{ totalMs, longestMs: 10, atMs: 7 },
  });
  expect(aboutSequences([row(30), row(40)])).toMatchObject([
    { kind: "calls in a row", value: 25, sinceMs: 7 },
  ]);
  expect(aboutSequences([row(15)])).toEqual([]);
});

test("streams, loops and tables", () => {
  const lane = { behind: 5, ageMs: 3 * 3_600_000, blocked: { count: 1, failures: 9, expiresMs: 0 } };
  const mapping = {
    ...{ id: "m", name: "one", sourceArn: "arn:aws:kinesis:us-east-1:000000000000:stream/steps", advice: [] },
    shards: [{ shardId: "s", lanes: [lane, { behind: 1, ageMs: 5 }] }],
  };
  expect(aboutMapping(mapping, 4 * 3_600_000)).toMatchObject([
    { kind: "blocked shard", subject: "stream/steps", value: 9, sinceMs: 3_600_000 },
    { kind: "iterator age", what: "its reader one is 3 hours behind in shard s" },
  ]);
  const loop = { functionName: "one", rounds: 16, chains: 2, stoppedMs: 5, traceId: "t" };
  expect(aboutLoop(loop)).toMatchObject({ kind: "loop", severity: "critical", value: 2, traceId: "t" });
  const hot = { key: "home", kind: "write" as const, minuteMs: 60_000, unitsPerSecond: 635, share: 0.635 };
  const findings = [{ formula: "f", hot }, { formula: "of a scan" }];
  expect(aboutTable({ name: "orders", findings })).toMatchObject([
    {
      ...{ kind: "hot key", severity: "warning", subject: "table orders", value: 0.635, sinceMs: 60_000 },
      what: 'the key "home" took 635 write units a second for a minute',
    },
  ]);
});

test("runtimes have an end, and one that comes after", () => {
  expect(deprecationOf("nodejs99.x")).toBeUndefined();
  expect(new Date(deprecationOf("python3.9") ?? 0).toISOString()).toBe("2025-12-15T00:00:00.000Z");
  expect([successorOf("python3.8"), successorOf("go1.x"), successorOf("java8")]).toEqual([
    expect.stringMatching(/^python3\.1[34]$/),
    "provided.al2023",
    expect.stringMatching(/^java2[15]$/),
  ]);
});
