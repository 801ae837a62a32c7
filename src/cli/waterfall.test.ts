import { describe, expect, it } from "vitest";
import type { Span } from "../kernel/telemetry.ts";
import { criticalPathsOf } from "../observe/critical-path.ts";
import type { TraceView } from "../observe/model.ts";
import { summarise } from "../observe/summary.ts";
import { palette, widthOf } from "./terminal.ts";
import { drawTraces } from "./traces.ts";
import { drawTrace } from "./waterfall.ts";

const ARN = "arn:aws:lambda:us-east-1:000000000000:function:thumbnail";
const START_MS = Date.UTC(2026, 10, 23, 3, 15, 0, 123);

function span(spanId: string, startMs: number, durationMs: number, fields: Partial<Span>): Span {
  return {
    traceId: "1-6500aaaa-0123456789abcdef01234567",
    spanId,
    kind: "call",
    name: "s3.PutObject",
    startMs: START_MS + startMs,
    durationMs,
    status: "ok",
    requestId: "8f3a1c2e-1111-4000-8000-000000000000",
    account: "000000000000",
    region: "us-east-1",
    attributes: {},
    ...fields,
  };
}

function detail(first: Span, ...others: Span[]): TraceView {
  const spans = [first, ...others] as const;
  const summary = summarise(spans);
  const criticalPaths = criticalPathsOf(spans, summary.root);
  return { summary, spans, criticalPaths, lines: [], matches: 1, truncated: false, evicted: 0 };
}

const fromS3 = { source: "s3", sourceArn: "arn:aws:s3:::photos" };
const PHOTO = { bucket: "photos", key: "cat.jpg" };
const SAMPLE = detail(
  span("put", 0, 14, { attributes: { ...PHOTO, bytesIn: 2_100_000, bytesOut: 0 }, requestId: "M3Q0PZ1" }),
  span("wait", 12, 35, {
    kind: "queue",
    name: "thumbnail",
    resource: ARN,
    parentId: "put",
    attributes: fromS3,
  }),
  span("run", 48, 392, {
    kind: "invoke",
    name: "thumbnail",
    resource: ARN,
    parentId: "wait",
    attributes: { memoryMb: 512, maxMemoryMb: 85, coldStart: true, attempt: 1, durationMs: 205.4 },
  }),
  span("start", 49, 182, { kind: "init", name: "thumbnail", resource: ARN, parentId: "run" }),
  span("get", 240, 12, {
    name: "s3.GetObject",
    parentId: "run",
    attributes: { ...PHOTO, bytesOut: 2_100_000 },
  }),
  span("put2", 420, 8.44, {
    parentId: "run",
    attributes: { bucket: "thumbnails", key: "cat.jpg", bytesIn: 34_000 },
  }),
);

describe("the drawing of a trace", () => {
  it("shows the queue, the cold start, the run and its calls in 80 columns", () => {
    expect(drawTrace(SAMPLE, 80, palette(false))).toEqual([
      "Trace 1-6500aaaa-0123456789abcdef01234567",
      "2026-11-23 03:15:00.123 · 440 ms · 6 spans · 1 cold start · ok",
      "s3.PutObject request M3Q0PZ1",
      "",
      "s3.PutObject photos/cat.jpg      █                  ◆   14 ms ↑ 2.1 MB",
      "└╌ ⇢ queue for thumbnail         ░░                 ◇   35 ms from s3 photos",
      "   └─ thumbnail invoke            █████████████████ ◇  392 ms 85/512 MB 8f3a1c2e",
      "      ├─ thumbnail init            ▒▒▒▒▒▒▒          ◇  182 ms cold start",
      "      ├─ s3.GetObject p…/cat.jpg          █         ◇   12 ms ↓ 2.1 MB",
      "      └─ s3.PutObject t…/cat.jpg                  █ ◇  8.4 ms ↑ 34 kB",
      "",
      "█ running  ▒ starting an environment  ░ waiting in a queue",
      "",
      "◆ critical path: 14 ms = s3.PutObject 14 ms",
      "◇ to the end: 440 ms = thumbnail 191 ms + thumbnail init 182 ms + …",
    ]);
  });

  it("leaves a gap before durations of minutes, and names extensions", () => {
    const first = span("put", 0, 14, {});
    const wait = span("wait", 12, 125_000, { kind: "queue", name: "thumbnail", parentId: "put" });
    const init = span("start", 20, 30, {
      kind: "init",
      name: "thumbnail",
      parentId: "put",
      attributes: { extensions: "adapter, otel" },
    });
    const lines = drawTrace(detail(first, wait, init), 160, palette(false)).join("\n");
    expect(lines).toMatch(/ 2min 5s/);
    expect(lines).toMatch(/cold start with adapter, otel/);
  });

  it("gives a wider terminal's room to names, bars and notes", () => {
    const lines = drawTrace(SAMPLE, 120, palette(false));
    expect(lines[6]).toMatch(/^ {3}└─ thumbnail invoke +█+ +◇ +392 ms 85\/512 MB 8f3a1c2e$/);
    expect(lines[9]).toContain("s3.PutObject thumbnails/cat.jpg");
    for (const columns of [20, 80, 97, 120, 300]) {
      for (const line of drawTrace(SAMPLE, columns, palette(false))) {
        expect(widthOf(line)).toBeLessThanOrEqual(Math.max(80, columns));
      }
    }
  });

  it("colours what happened, and changes nothing else", () => {
    const plain = drawTrace(SAMPLE, 100, palette(false));
    const coloured = drawTrace(SAMPLE, 100, palette(true));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
    expect(coloured.map((line) => line.replace(/\x1b\[[\d;]*m/g, ""))).toEqual(plain);
    expect(coloured.join("")).toContain("\x1b[33m");
  });

  it("tells an SDK's tries at one call as one, and deep trees in less room", () => {
    const attributes = { tableName: "orders", sdkInvocationId: "a", writeUnits: 1 };
    const put = (id: string, at: number, status: Span["status"]) =>
      span(id, at, 5, { name: "dynamodb.PutItem", parentId: "deep8", status, attributes });
    const deep = Array.from({ length: 9 }, (_, at) =>
      span(`deep${at}`, 0, 400, { name: `level${at}`, ...(at === 0 ? {} : { parentId: `deep${at - 1}` }) }),
    );
    const [first, ...others] = deep;
    if (!first) return;
    const tried = [put("one", 10, "throttle"), put("two", 100, "throttle"), put("three", 300, "ok")];
    const lines = drawTrace(detail(first, ...others, ...tried), 120, palette(false));
    expect(lines.filter((line) => line.includes("PutItem"))).toEqual([
      expect.stringMatching(/^ {16}└ dynamodb.PutItem orders +█+ +◆ +295 ms 3 tries, 280 ms between$/),
    ]);
  });

  it("says aloud that a loop was stopped, and names what the events went round", () => {
    const chain: Span[] = [];
    for (let round = 0; round < 16; round++) {
      const [at, cause] = [round * 10, round === 0 ? {} : { parentId: `run${round - 1}` }];
      const queue = { kind: "queue", name: "thumbnail", attributes: fromS3 } as const;
      chain.push(span(`put${round}`, at, 2, { ...cause, attributes: PHOTO }));
      chain.push(span(`wait${round}`, at + 2, 3, { ...queue, parentId: `put${round}` }));
      chain.push(
        span(`run${round}`, at + 5, 6, { kind: "invoke", name: "thumbnail", parentId: `wait${round}` }),
      );
    }
    const [first, ...others] = chain;
    if (!first) return;
    const last = span("put16", 160, 2, { parentId: "run15", attributes: PHOTO });
    const errorMessage = "Recursive loop stopped: thumbnail has run 16 times in one chain of events.";
    const stopped = span("stop", 163, 0, {
      kind: "stopped",
      name: "thumbnail",
      parentId: "put16",
      status: "error",
      errorType: "RecursiveInvocationException",
      errorMessage,
      attributes: { count: 16, ...fromS3 },
    });
    const lines = drawTrace(detail(first, ...others, last, stopped), 80, palette(false));
    expect(lines[3]).toBe(" LOOP STOPPED after 16 rounds: thumbnail → photos → thumbnail ");
    const at = lines.findIndex((line) => line.includes("✖ thumbnail not run"));
    expect(lines[at]).toMatch(/✖ +◇ +loop stopped$/);
    expect(lines[at + 1]).toContain("Recursive loop stopped: thumbnail has run");
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(80);
  });

  it("tells an event's wait from what became of it", () => {
    const queue = { kind: "queue", name: "resize", parentId: "put" } as const;
    const failed = { ...queue, status: "fault", errorType: "RetriesExhausted" } as const;
    const lines = drawTrace(
      detail(
        span("put", 0, 5, {}),
        span("a", 5, 10, { ...queue, attributes: { source: "s3" } }),
        span("b", 20, 0, { ...queue, status: "throttle", attributes: { outcome: "refused" } }),
        span("c", 30, 0, { ...failed, attributes: { outcome: "RetriesExhausted" } }),
      ),
      80,
      palette(false),
    );
    const labels = lines.slice(4).map((line) => line.slice(0, 32).trimEnd());
    expect(labels).toContain("├╌ ⇢ queue for resize");
    expect(labels).toContain("├╌ ⇢ resize refused");
    expect(labels).toContain("└╌ ⇢ event for resize given up");
  });

  it("shows failures with their type and message, and lets no text move the cursor", () => {
    const failed = span("get", 1, 2, {
      name: "s3.GetObject",
      parentId: "put",
      status: "error",
      errorType: "NoSuchKey",
      errorMessage: "The key \x1b[2J\r\nis not there",
    });
    const lines = drawTrace(detail(span("put", 0, 5, {}), failed), 80, palette(false));
    expect(lines).toContain("      The key  is not there");
    expect(lines.some((line) => line.endsWith("NoSuchKey"))).toBe(true);
    expect(lines[1]).toContain("1 error");
  });

  it("draws every span once, also those whose parent is missing or who are each other's", () => {
    const lines = drawTrace(
      detail(
        span("a", 0, 1, { parentId: "b", name: "one.Call" }),
        span("b", 0, 1, { parentId: "a", name: "two.Call" }),
        span("c", 5, 0, { parentId: "gone", name: "three.Call" }),
      ),
      80,
      palette(false),
    );
    for (const name of ["one", "two", "three"]) {
      expect(lines.filter((line) => line.includes(`${name}.Call `) && line.includes("█"))).toHaveLength(1);
    }
  });
});

it("lists traces as a table that fits", () => {
  const list = { traces: [SAMPLE.summary], more: true, evicted: 0 };
  for (const columns of [80, 120]) {
    const lines = drawTraces(list, columns, palette(false));
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    expect(lines[1]).toMatch(/^03:15:00 {2}1-6500aaaa-.* s3\.PutObject.* thumbna.* 6 +440 ms {2}ok$/);
  }
});
