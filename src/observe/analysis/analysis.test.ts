import { afterEach, describe, expect, it } from "vitest";
import type { Span } from "../../kernel/telemetry.ts";
import { DatabaseKeeper } from "../database-keeper.ts";
import { MemoryKeeper } from "../memory.ts";
import { MEMORY_LIMITS } from "../model.ts";
import type { Keeper } from "../records.ts";

const keepers: Keeper[] = [];
afterEach(async () => {
  for (const keeper of keepers.splice(0)) await keeper.close();
});

const KINDS: Record<string, () => Promise<Keeper>> = {
  memory: async () => new MemoryKeeper(MEMORY_LIMITS),
  database: () =>
    DatabaseKeeper.open({
      file: undefined,
      fileLimits: MEMORY_LIMITS,
      memoryLimits: MEMORY_LIMITS,
      memoryBytes: 256_000_000,
      warn: () => {},
      suffix: () => "test",
    }),
};

let place = 0;
const span = (startMs: number, durationMs: number, fields: Partial<Span> = {}): Span => ({
  traceId: "1-00000001-aaaaaaaaaaaaaaaaaaaaaaaa",
  spanId: String(++place).padStart(16, "0"),
  kind: "invoke",
  name: "one",
  startMs,
  durationMs,
  status: "ok",
  requestId: `request-${place}`,
  account: "000000000000",
  region: "us-east-1",
  attributes: {},
  ...fields,
});

/** Each knows how many there are with it, as invocations do. */
function run(startMs: number, endMs: number, running: number, fields: Partial<Span> = {}): Span {
  const attributes = {
    ...{ running, runningAll: running + 1, environment: `e${running}`, version: "$LATEST" },
    ...{ memoryMb: 128, maxMemoryMb: 64, durationMs: endMs - startMs, timeoutMs: 3_000 },
    ...fields.attributes,
  };
  return span(startMs, endMs - startMs, { ...fields, attributes });
}

for (const [kind, open] of Object.entries(KINDS)) {
  const start = async (spans: readonly Span[]) => {
    const keeper = await open();
    keepers.push(keeper);
    const numbered = spans.map((record) => ({ seq: ++place, record }));
    await keeper.append({ spans: numbered, lines: [], usages: [], events: [], evicted: [] });
    return keeper;
  };

  describe(`analysis: ${kind}`, () => {
    it("counts what was under way, also while nothing begins", async () => {
      const keeper = await start([
        run(1_000, 9_000, 1),
        run(2_000, 4_500, 2, { attributes: { coldStart: true } }),
        run(3_000, 3_500, 3, { attributes: { coldStart: true } }),
        run(3_900, 4_000, 3, { name: "other" }),
      ]);
      const asked = { what: "concurrency", functionName: "one", sinceMs: 0, untilMs: 10_000 } as const;
      const { peak, peakMs, series, functions } = await keeper.analyse({ ...asked, buckets: 10 });
      expect([peak, peakMs]).toEqual([3, 3_000]);
      expect(series).toEqual([0, 1, 2, 3, 2, 1, 1, 1, 1, 0]);
      expect(functions).toEqual([
        {
          ...{ functionName: "one", account: "000000000000", region: "us-east-1", peak: 3, peakMs: 3_000 },
          ...{ invocations: 3, environments: 3, coldStarts: 2, startsInTenSeconds: 2 },
        },
      ]);
      const all = await keeper.analyse({ what: "concurrency", sinceMs: 5_000, untilMs: 10_000, buckets: 5 });
      expect(all).toMatchObject({ peak: 0, series: [1, 1, 1, 1, 0], functions: [] });
      const later = await keeper.analyse({ what: "concurrency", untilMs: 10_000, buckets: 9 });
      expect(later).toMatchObject({ sinceMs: 1_000, peak: 4 });
    });

    it("knows what was under way at an instant, and what was being started", async () => {
      const cold = run(1_000, 3_000, 1, {
        attributes: { coldStart: true, caller: "x", sourceArn: "arn:aws:sqs:::q" },
      });
      const keeper = await start([
        cold,
        span(1_000, 500, { kind: "init", parentId: cold.spanId }),
        run(1_200, 1_300, 2),
        run(2_000, 2_500, 2, { name: "other" }),
      ]);
      const at = (atMs: number) => keeper.analyse({ what: "executions", atMs, limit: 10 });
      expect(await at(999)).toEqual([]);
      expect((await at(1_250)).map(({ startMs, endMs, phase }) => [startMs, endMs, phase])).toEqual([
        [1_000, 3_000, "init"],
        [1_200, 1_300, "handler"],
      ]);
      expect((await at(2_100)).map(({ functionName, phase }) => [functionName, phase])).toEqual([
        ["one", "handler"],
        ["other", "handler"],
      ]);
      expect(await at(3_000)).toEqual([]);
    });

    it("sums functions up", async () => {
      const keeper = await start([
        run(1_000, 1_100, 1, { attributes: { coldStart: true } }),
        run(2_000, 2_300, 1, { status: "fault", errorType: "Error" }),
        run(3_000, 6_000, 2, {
          status: "fault",
          errorType: "Sandbox.Timeout",
          attributes: { maxMemoryMb: 127 },
        }),
        span(6_000, 0, { kind: "left" }),
        run(1_000, 1_001, 1, { name: "other" }),
      ]);
      const [one, other, ...rest] = await keeper.analyse({ what: "functions", sinceMs: 0, untilMs: 9_000 });
      expect(rest).toEqual([]);
      expect(one).toMatchObject({
        ...{ functionName: "one", invocations: 3, failed: 2, timeouts: 1, coldStarts: 1 },
        ...{ maxMs: 3_000, timeoutMs: 3_000, memoryMb: 128, maxMemoryMb: 127, maxAtOnce: 2 },
        ...{ firstMs: 1_000, lastMs: 3_000, failedSinceMs: 2_000, memorySinceMs: 3_000, timeSinceMs: 3_000 },
        ...{ left: 1, leftSinceMs: 6_000 },
      });
      expect(other).toMatchObject({ functionName: "other", failed: 0, left: 0 });
      expect(other).not.toHaveProperty("failedSinceMs");
    });

    it("tells who calls whom, and calls in a row", async () => {
      const call = (startMs: number, durationMs: number, more: Partial<Span> = {}) =>
        span(startMs, durationMs, {
          kind: "call",
          name: "dynamodb.GetItem",
          parentId: "00000000000000aa",
          ...more,
          attributes: { tableName: "orders", caller: "one", ...more.attributes },
        });
      const queued = {
        kind: "queue",
        attributes: { source: "sqs", sourceArn: "arn:aws:sqs:::jobs" },
      } as const;
      const keeper = await start([
        call(1_000, 10),
        call(1_010, 30),
        call(1_050, 10, {}),
        call(2_000, 5, { parentId: "00000000000000bb", status: "throttle" }),
        call(2_000, 5, { attributes: { caller: "two" } }),
        call(2_001, 5, { attributes: { caller: "two" } }),
        // Made at once, and answered one after the other.
        ...[1, 2, 3].map((connection) =>
          call(4_000 + connection, 1, { attributes: { caller: "three", connection } }),
        ),
        span(3_000, 900, queued),
        span(3_900, 900, queued),
        span(4_800, 0, { ...queued, status: "throttle" }),
        span(4_900, 0, {
          ...queued,
          status: "fault",
          attributes: { ...queued.attributes, outcome: "dropped" },
        }),
      ]);
      const edges = await keeper.analyse({ what: "edges", sinceMs: 0, untilMs: 9_000 });
      const told = edges.map(({ kind: each, origin, target, count, throttled, failed }) =>
        [each, origin, target, count, throttled, failed].join(" "),
      );
      expect(told.sort()).toEqual([
        "call one dynamodb.GetItem orders 4 1 0",
        "call three dynamodb.GetItem orders 3 0 0",
        "call two dynamodb.GetItem orders 2 0 0",
        "queue arn:aws:sqs:::jobs one 2 1 0",
      ]);
      const late = await keeper.analyse({ what: "edges", sinceMs: 4_790, untilMs: 4_801 });
      expect(late).toMatchObject([{ kind: "queue", target: "one", count: 1, throttled: 1 }]);
      expect(await keeper.analyse({ what: "sequences", sinceMs: 0, untilMs: 9_000 })).toEqual([
        {
          ...{ functionName: "one", traceId: "1-00000001-aaaaaaaaaaaaaaaaaaaaaaaa", calls: 3, totalMs: 50 },
          ...{ target: "dynamodb.GetItem orders", longestMs: 30, atMs: 1_000 },
        },
      ]);
    });
  });
}
