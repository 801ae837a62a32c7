import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { LogLine, Span } from "../kernel/telemetry.ts";
import { DatabaseKeeper } from "./database-keeper.ts";
import { MemoryKeeper } from "./memory.ts";
import { type EventQuery, type KeptEvent, type Limits, MEMORY_LIMITS } from "./model.ts";
import type { Batch, Keeper } from "./records.ts";

const folders: string[] = [];
const keepers: Keeper[] = [];

afterEach(async () => {
  for (const keeper of keepers.splice(0)) await keeper.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Every keeper answers alike; the database does so with a file and without. */
const KINDS: Record<string, (limits: Limits) => Promise<Keeper>> = {
  memory: async (limits) => new MemoryKeeper(limits),
  "database in memory": (limits) => openDatabase(undefined, limits),
  "database in a file": (limits) => {
    const folder = mkdtempSync(join(tmpdir(), "nuage-telemetry-"));
    folders.push(folder);
    return openDatabase(join(folder, "telemetry.duckdb"), limits);
  },
};

function openDatabase(file: string | undefined, limits: Limits): Promise<Keeper> {
  const sizes = { fileLimits: limits, memoryLimits: limits, memoryBytes: 256_000_000 };
  return DatabaseKeeper.open({ file, ...sizes, warn: () => {}, suffix: () => "test" });
}

let place = 0;

function spans(...records: Partial<Span>[]): Batch {
  return {
    spans: records.map((record) => ({ seq: ++place, record: { ...SPAN, ...record } })),
    lines: [],
    usages: [],
    events: [],
    evicted: [],
  };
}

function lines(...records: Partial<LogLine>[]): Batch {
  return { ...spans(), lines: records.map((record) => ({ seq: ++place, record: { ...LINE, ...record } })) };
}

function events(...records: Partial<KeptEvent>[]): Batch {
  return { ...spans(), events: records.map((record) => ({ seq: ++place, record: { ...EVENT, ...record } })) };
}

const EVENT: KeptEvent = {
  timeMs: 1_000,
  requestId: "request-one",
  traceId: "1-00000001-aaaaaaaaaaaaaaaaaaaaaaaa",
  account: "000000000000",
  region: "us-east-1",
  functionArn: "arn:aws:lambda:us-east-1:000000000000:function:one",
  functionName: "one",
  invokedArn: "arn:aws:lambda:us-east-1:000000000000:function:one:live",
  version: "3",
  attempt: 1,
  source: "s3",
  sourceArn: "arn:aws:s3:::photos",
  failed: false,
  durationMs: 1.5,
  payloadBytes: 9,
  payload: '{"a":"ü"}',
  result: "null",
};

const SPAN: Span = {
  traceId: "1-00000001-aaaaaaaaaaaaaaaaaaaaaaaa",
  spanId: "00000000000000aa",
  kind: "call",
  name: "s3.PutObject",
  startMs: 1_000,
  durationMs: 5,
  status: "ok",
  requestId: "request-one",
  account: "000000000000",
  region: "us-east-1",
  attributes: { httpStatus: 200, internal: false, note: "ü" },
};

const LINE: LogLine = {
  timeMs: 1_000.5,
  group: "/aws/lambda/one",
  stream: "stream",
  account: "000000000000",
  region: "us-east-1",
  message: "hello",
  source: "function",
};

const scopeOf = ({ account, region, group }: LogLine) => ({ account, region, group });

for (const [kind, open] of Object.entries(KINDS)) {
  const start = async (limits: Limits = MEMORY_LIMITS) => {
    const keeper = await open(limits);
    keepers.push(keeper);
    return keeper;
  };

  describe(`keeper: ${kind}`, () => {
    it("gives back what it was given, and only that", async () => {
      const keeper = await start();
      const span = { ...SPAN, parentId: "00000000000000bb", resource: "arn:aws:s3:::photos/a b.jpg" };
      const line = {
        ...LINE,
        requestId: "request-one",
        traceId: SPAN.traceId,
        message: "\0 \ttab 😀\n'; --",
      };
      await keeper.append(spans(span));
      await keeper.append(lines(line));
      const trace = await keeper.trace(undefined);
      expect(trace?.spans).toEqual([span]);
      expect(trace?.lines).toEqual([{ seq: place, ...line }]);
      expect(trace?.summary).toMatchObject({ entry: "s3.PutObject photos/a b.jpg", spanCount: 1 });
    });

    it("reads the lines of some streams in order, page by page, and sums streams up", async () => {
      const keeper = await start();
      const at = (timeMs: number, stream: string, message: string) => ({ timeMs, stream, message });
      await keeper.append(
        lines(
          at(2_000, "a", "two"),
          at(1_000, "a", "one"),
          at(2_000, "b", "ü"),
          at(2_000, "a", "three"),
          { ...at(1_500, "a", "elsewhere"), region: "eu-west-1" },
          { ...at(1_500, "a", "another's"), group: "other" },
        ),
      );
      const where = { account: LINE.account, region: LINE.region, groups: [LINE.group] };
      for (const order of ["oldest", "latest"] as const) {
        const seen: string[] = [];
        let beyond: { timeMs: number; seq: number } | undefined;
        for (let more = true; more; ) {
          const page = await keeper.logs({ ...where, order, limit: 1, ...(beyond ? { beyond } : {}) });
          for (const { message, timeMs, seq } of page.lines) {
            seen.push(message);
            beyond = { timeMs, seq };
          }
          more = page.more;
        }
        const all = ["one", "two", "ü", "three"];
        expect(seen).toEqual(order === "oldest" ? all : all.toReversed());
      }
      const some = await keeper.logs({ ...where, streams: ["b", "c"] });
      expect(some.lines.map(({ message }) => message)).toEqual(["ü"]);
      expect(await keeper.streams({ region: LINE.region, group: LINE.group })).toEqual([
        { ...scopeOf(LINE), stream: "a", firstMs: 1_000, lastMs: 2_000, lastSeq: place - 2, bytes: 11 },
        { ...scopeOf(LINE), stream: "b", firstMs: 2_000, lastMs: 2_000, lastSeq: place - 3, bytes: 2 },
      ]);
      expect(await keeper.streams({})).toHaveLength(4);
    });

    it("answers with as many large lines as it can hold, and says that there are more", async () => {
      const keeper = await start();
      const count = 120;
      for (let at = 0; at < count; at += 10) {
        const large = (n: number) => ({ timeMs: at + n, message: `${at + n}`.padEnd(250_000, "x") });
        await keeper.append(lines(...Array.from({ length: 10 }, (_, n) => large(n))));
      }
      let read = 0;
      let beyond: { timeMs: number; seq: number } | undefined;
      for (let more = true; more; ) {
        const page = await keeper.logs({ order: "oldest", limit: 1_000, ...(beyond ? { beyond } : {}) });
        for (const { message, timeMs, seq } of page.lines) {
          expect(Number.parseInt(message, 10)).toBe(read++);
          beyond = { timeMs, seq };
        }
        expect(page.lines.length).toBeLessThan(40);
        more = page.more;
      }
      expect(read).toBe(count);
    });

    it("lists the latest traces first, summed up from their first span to their last", async () => {
      const keeper = await start();
      const other = "1-00000002-bbbbbbbbbbbbbbbbbbbbbbbb";
      const run = { kind: "invoke", name: "resize", parentId: SPAN.spanId, spanId: "c".repeat(16) } as const;
      await keeper.append(
        spans(
          { ...run, startMs: 1_200, durationMs: 300, status: "fault" },
          { ...run, kind: "init", startMs: 1_100, durationMs: 100, spanId: "d".repeat(16) },
          {},
          { traceId: other, startMs: 5_000, requestId: "request-two", name: "sts.GetCallerIdentity" },
        ),
      );
      const { traces, more } = await keeper.traces({});
      expect(traces.map(({ traceId }) => traceId)).toEqual([other, SPAN.traceId]);
      expect(more).toBe(false);
      expect(traces[1]).toMatchObject({
        entry: "s3.PutObject",
        startMs: 1_000,
        durationMs: 500,
        spanCount: 3,
        errorCount: 1,
        coldStarts: 1,
        stopped: false,
        functions: ["resize"],
      });
      const ids = async (query: object) => (await keeper.traces(query)).traces.map((trace) => trace.traceId);
      expect(await ids({ limit: 1 })).toEqual([other]);
      expect((await keeper.traces({ limit: 1 })).more).toBe(true);
      expect(await ids({ functionName: "resize" })).toEqual([SPAN.traceId]);
      expect(await ids({ failed: true })).toEqual([SPAN.traceId]);
      expect(await ids({ failed: true, functionName: "other" })).toEqual([]);
      expect(await ids({ sinceMs: 1_001 })).toEqual([other]);
      expect(await ids({ untilMs: 5_000 })).toEqual([SPAN.traceId]);
    });

    it("finds a trace by its id, a request's, or the beginning of either", async () => {
      const keeper = await start();
      const other = "1-00000002-bbbbbbbbbbbbbbbbbbbbbbbb";
      await keeper.append(spans({}, { traceId: other, startMs: 5_000, requestId: "request-two" }));
      const find = async (id?: string) => {
        const found = await keeper.trace(id);
        return found && [found.summary.traceId, found.matches];
      };
      expect(await find()).toEqual([other, 1]);
      expect(await find(SPAN.traceId)).toEqual([SPAN.traceId, 1]);
      expect(await find("1-00000001")).toEqual([SPAN.traceId, 1]);
      expect(await find("request-one")).toEqual([SPAN.traceId, 1]);
      expect(await find("request-")).toEqual([other, 2]);
      expect(await find("%")).toBeUndefined();
      expect(await find("' OR 1=1 --")).toBeUndefined();
    });

    it("answers for log lines by every condition, from either end", async () => {
      const keeper = await start();
      await keeper.append(
        lines(
          { message: "first", timeMs: 3_000 },
          { message: "second", timeMs: 1_000, group: "/aws/lambda/two", requestId: "r2" },
          { message: "third 100%", timeMs: 2_000, traceId: SPAN.traceId },
        ),
      );
      const [first = 0] = [place - 2];
      const found = async (query: object) => (await keeper.logs(query)).lines.map((line) => line.message);
      expect(await found({})).toEqual(["first", "third 100%", "second"]);
      expect(await found({ order: "oldest" })).toEqual(["second", "third 100%", "first"]);
      expect(await found({ order: "oldest", afterSeq: first })).toEqual(["second", "third 100%"]);
      expect(await found({ order: "oldest", afterSeq: first, untilSeq: first + 1 })).toEqual(["second"]);
      expect(await found({ groups: ["/aws/lambda/two", "/aws/lambda/none"] })).toEqual(["second"]);
      expect(await found({ sinceMs: 2_000 })).toEqual(["first", "third 100%"]);
      expect(await found({ untilMs: 2_000 })).toEqual(["second"]);
      expect(await found({ filter: "0%" })).toEqual(["third 100%"]);
      expect(await found({ filter: "FIRST" })).toEqual([]);
      expect(await found({ requestId: "r2" })).toEqual(["second"]);
      expect(await found({ requestId: "r" })).toEqual(["second"]);
      expect(await found({ requestId: "2" })).toEqual([]);
      expect(await found({ traceId: SPAN.traceId.slice(0, 10) })).toEqual(["third 100%"]);
      expect(await found({ traceId: SPAN.traceId })).toEqual(["third 100%"]);
      expect((await keeper.logs({ limit: 2 })).more).toBe(true);
      expect((await keeper.logs({ limit: 3 })).more).toBe(false);
    });

    it("evicts from the noisiest function, keeps the others whole, and says so", async () => {
      const keeper = await start({ ...MEMORY_LIMITS, lineBytes: 4_000_000, lineBytesPerGroup: 3_000_000 });
      await keeper.append(lines(...Array.from({ length: 50 }, (_, at) => ({ message: `quiet ${at}` }))));
      for (let round = 0; round < 4; round++) {
        const noise = Array.from({ length: 10_000 }, (_, at) => ({
          group: "/aws/lambda/noisy",
          message: `noise ${round * 10_000 + at}`,
        }));
        await keeper.append(lines(...noise));
      }
      const quiet = await keeper.logs({ groups: [LINE.group] });
      expect(quiet.lines).toHaveLength(50);
      expect(quiet.evicted).toBe(0);
      const noisy = await keeper.logs({ groups: ["/aws/lambda/noisy"], limit: 100_000 });
      expect(noisy.lines[0]?.message).toBe("noise 39999");
      expect(noisy.evicted).toBeGreaterThan(20_000);
      expect(noisy.evicted + noisy.lines.length).toBe(40_000);
    });

    it("evicts whole entries fairly: many puts do not push out the one trace of another kind", async () => {
      const keeper = await start({ ...MEMORY_LIMITS, spans: 10_000, spansPerEntry: 10_000 });
      await keeper.append(spans({ name: "lambda.Invoke", startMs: 1 }));
      for (let round = 0; round < 3; round++) {
        const many = Array.from({ length: 10_000 }, (_, at) => ({
          traceId: `1-0000000a-${String(round * 10_000 + at).padStart(24, "0")}`,
          resource: `arn:aws:s3:::photos/${at}`,
          startMs: 10_000 + round * 10_000 + at,
        }));
        await keeper.append(spans(...many));
      }
      expect((await keeper.trace(SPAN.traceId))?.summary.entry).toBe("lambda.Invoke");
      const list = await keeper.traces({ limit: 1_000 });
      expect(list.traces[0]?.startMs).toBe(39_999);
      expect(list.evicted).toBeGreaterThan(9_000);
    });

    it("gives the last attempt at each event, as it was kept", async () => {
      const keeper = await start();
      const { payload: _, result: _r, sourceArn: _s, ...large } = EVENT;
      await keeper.append(events({}, { requestId: "two", timeMs: 2_000, failed: true, errorType: "E" }));
      await keeper.append(events({ requestId: "two", timeMs: 3_000, attempt: 2 }));
      await keeper.append({
        ...spans(),
        events: [
          { seq: ++place, record: { ...large, requestId: "three", functionName: "large", failed: true } },
        ],
      });
      const ask = async (query: EventQuery) => (await keeper.events({ texts: true, ...query })).events;
      expect(await ask({ id: "request" })).toEqual([EVENT]);
      expect((await ask({ functionName: "one" })).map((event) => [event.requestId, event.attempt])).toEqual([
        ["two", 2],
        ["request-one", 1],
      ]);
      expect(await ask({ functionName: "one", failed: true })).toEqual([]);
      expect(await ask({ failed: true })).toEqual([
        { ...large, requestId: "three", functionName: "large", failed: true },
      ]);
      const { payload: _p, result: _q, ...facts } = EVENT;
      expect(await ask({ id: "request", texts: false })).toEqual([facts]);
      expect(await ask({ sinceMs: 2_000, untilMs: 3_000 })).toEqual([]);
      expect(await ask({ sinceMs: 3_000, untilMs: 3_001 })).toHaveLength(1);
      expect(await keeper.events({ limit: 1 })).toMatchObject({ more: true, evicted: 0 });
      await keeper.clear();
      expect(await ask({})).toEqual([]);
    });

    it("takes each record of a batch for an event of its own, in the last batch that held it", async () => {
      const keeper = await start();
      const batch = { source: "sqs", sourceArn: "q" };
      await keeper.append(events({ ...batch, requestId: "r1", items: "a b !c", timeMs: 1_000 }));
      await keeper.append(events({ ...batch, requestId: "r2", items: "c d", timeMs: 2_000, failed: true }));
      await keeper.append(events({ ...batch, requestId: "r3", items: "d", timeMs: 3_000, attempt: 2 }));
      // Of another queue it is another message.
      await keeper.append(
        events({ source: "sqs", sourceArn: "p", requestId: "r4", items: "c", timeMs: 4_000 }),
      );
      const ask = async (query: EventQuery) =>
        (await keeper.events(query)).events.map(({ requestId, items }) => [
          requestId,
          items?.split(" ").sort().join(" "),
        ]);
      expect(await ask({})).toEqual([
        ["r4", "c"],
        ["r3", "d"],
        ["r2", "c"],
        ["r1", "a b"],
      ]);
      expect(await ask({ failed: true })).toEqual([["r2", "c"]]);
      expect(await ask({ id: "d" })).toEqual([["r3", "d"]]);
      expect(await ask({ id: "r1" })).toEqual([["r1", "a b c"]]);
      expect(await ask({ id: "r1", failed: true })).toEqual([["r1", "c"]]);
    });

    it("evicts events of the function that has the most, and says so", async () => {
      const limits = { ...MEMORY_LIMITS, eventBytes: 1_000_000, eventBytesPerFunction: 800_000 };
      const keeper = await start(limits);
      await keeper.append(events({ requestId: "quiet" }));
      const functionArn = "arn:aws:lambda:us-east-1:000000000000:function:noisy";
      const noise = { functionArn, functionName: "noisy", payload: "x".repeat(1_000_000) };
      for (let at = 0; at < 210; at++) {
        await keeper.append(events({ ...noise, requestId: `noise-${at}`, timeMs: 2_000 + at }));
      }
      const page = await keeper.events({ limit: 1_000 });
      expect(page.events.map(({ requestId }) => requestId)).toContain("quiet");
      expect(page.evicted).toBeGreaterThan(190);
      expect(page.evicted + page.events.length).toBe(211);
    });

    it("lists only the traces in which a loop was stopped", async () => {
      const keeper = await start();
      const traceId = "1-00000002-bbbbbbbbbbbbbbbbbbbbbbbb";
      await keeper.append(spans({}, { traceId }, { traceId, spanId: "2", kind: "stopped", status: "error" }));
      const { traces } = await keeper.traces({ stopped: true });
      expect(traces.map((trace) => trace.traceId)).toEqual([traceId]);
    });

    it("counts what was dropped before it came, and forgets everything when cleared", async () => {
      const keeper = await start();
      await keeper.append({ ...lines({}), evicted: [{ kind: "line", group: LINE.group, count: 7 }] });
      expect((await keeper.logs({})).evicted).toBe(7);
      expect(await keeper.evictions()).toEqual([{ kind: "line", group: LINE.group, count: 7 }]);
      await keeper.clear();
      expect(await keeper.logs({})).toEqual({ lines: [], more: false, evicted: 0 });
      expect(await keeper.trace(undefined)).toBeUndefined();
    });
  });
}
