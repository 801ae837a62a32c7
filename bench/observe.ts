// What telemetry costs and how much of it can be kept. `npx tsx bench/observe.ts` prints one JSON line a
// figure; floors are measured in the same run.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClock } from "../src/kernel/clock.ts";
import { createLog } from "../src/kernel/log.ts";
import type { LogLine, Span } from "../src/kernel/telemetry.ts";
import { createObserve } from "../src/observe/observe.ts";

const ROWS = 200_000;
const SLICE = 5_000;
const TRACES = 250_000;
const SPANS_PER_TRACE = 4;

function figure(name: string, value: number, unit: string, floor?: number): void {
  console.log(JSON.stringify({ name, value: round(value), unit, ...(floor ? { floor: round(floor) } : {}) }));
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}

function lineOf(number: number): LogLine {
  return {
    timeMs: 1_700_000_000_000 + number,
    group: `/aws/lambda/function-${number % 100}`,
    stream: "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef",
    account: "000000000000",
    region: "us-east-1",
    requestId: `8f3a1c2e-0000-4000-8000-${String(number >> 3).padStart(12, "0")}`,
    traceId: `1-6500aaaa-${String(number >> 4).padStart(24, "0")}`,
    message: `a line of usual length that says something about order ${number} and what became of it`,
    source: "function",
  };
}

function spanOf(number: number): Span {
  const trace = Math.floor(number / SPANS_PER_TRACE);
  const first = number % SPANS_PER_TRACE === 0;
  return {
    traceId: `1-6500aaaa-${String(trace).padStart(24, "0")}`,
    spanId: String(number).padStart(16, "0"),
    ...(first ? {} : { parentId: String(trace * SPANS_PER_TRACE).padStart(16, "0") }),
    kind: first ? "call" : "invoke",
    name: first ? "s3.PutObject" : `function-${number % 100}`,
    resource: `arn:aws:s3:::photos-${trace % 10}/${trace}`,
    startMs: 1_700_000_000_000 + number,
    durationMs: 3.25,
    status: number % 1_000 === 1 ? "fault" : "ok",
    requestId: `8f3a1c2e-0000-4000-8000-${String(number).padStart(12, "0")}`,
    account: "000000000000",
    region: "us-east-1",
    attributes: { memoryMb: 512, maxMemoryMb: 85, coldStart: false },
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

const folder = mkdtempSync(join(tmpdir(), "nuage-bench-"));
const file = join(folder, "telemetry.duckdb");
const log = createLog("warn", (text) => process.stderr.write(text));
const start = () => createObserve({ file, clock: createClock(), log });
const startRssMb = process.memoryUsage.rss() / 1e6;

// The path of a request: making the record is the caller's; keeping it is what is measured.
const observe = start();
observe.recorder.log(lineOf(0));
await observe.flush();
figure("telemetry: memory of the engine once open", process.memoryUsage.rss() / 1e6 - startRssMb, "MB");
const lines = Array.from({ length: ROWS }, (_, number) => lineOf(number));
const array: LogLine[] = [];
const floorMs = await timed(async () => lines.forEach((line) => void array.push(line)));
let recordMs = 0;
let keepMs = 0;
for (let from = 0; from < ROWS; from += SLICE) {
  const slice = lines.slice(from, from + SLICE);
  recordMs += await timed(async () => slice.forEach((line) => void observe.recorder.log(line)));
  keepMs += await timed(() => observe.flush());
}
lines.length = 0;
array.length = 0;
figure("telemetry: record a line", (recordMs / ROWS) * 1_000, "µs", (floorMs / ROWS) * 1_000);
figure("telemetry: lines kept a second", (ROWS / keepMs) * 1_000, "rows/s");

// 10,000 lines a second for five seconds, in slices of 10 ms, with the event loop watched.
let longestMs = 0;
let recorded = 0;
const sustainedMs = await timed(async () => {
  const beganMs = performance.now();
  while (performance.now() - beganMs < 5_000) {
    const beforeMs = performance.now();
    await sleep(10);
    longestMs = Math.max(longestMs, performance.now() - beforeMs - 10);
    const due = (performance.now() - beganMs) * 10;
    while (recorded < due) observe.recorder.log(lineOf(recorded++));
  }
});
figure("telemetry: lines a second, sustained", (recorded / sustainedMs) * 1_000, "rows/s");
figure("telemetry: longest delay of the event loop meanwhile", longestMs, "ms");
figure("telemetry: kept after the last line", await timed(() => observe.flush()), "ms");
figure(
  "telemetry: memory above the start, the benchmark's own records included",
  process.memoryUsage.rss() / 1e6 - startRssMb,
  "MB",
);
figure("telemetry: latest 100 lines of a function", await timed(latest), "ms");
figure("telemetry: lines with a text", await timed(() => observe.logs({ filter: "order 77777 " })), "ms");

for (let number = 0; number < TRACES * SPANS_PER_TRACE; number++) {
  observe.recorder.span(spanOf(number));
  if (number % 50_000 === 0) await observe.flush();
}
await observe.flush();
const middle = spanOf((TRACES * SPANS_PER_TRACE) / 2);
figure("telemetry: latest 20 traces of a million spans", await timed(() => observe.traces({})), "ms");
figure(
  "telemetry: failed traces of a million spans",
  await timed(() => observe.traces({ failed: true })),
  "ms",
);
figure("telemetry: one trace of a million spans", await timed(() => observe.trace(middle.traceId)), "ms");
figure("telemetry: trace of a request id", await timed(() => observe.trace(middle.requestId)), "ms");
await observe.close();
figure("telemetry: size of the file", statSync(file).size / 1e6, "MB");
const again = start();
figure("telemetry: open the file and answer", await timed(() => again.logs({ limit: 1 })), "ms");
await again.close();
rmSync(folder, { recursive: true });

function latest(): Promise<unknown> {
  return observe.logs({ groups: ["/aws/lambda/function-7"], limit: 100 });
}
