// What telemetry costs and how much of it can be kept. `npx tsx bench/observe.ts` prints one JSON line a
// figure; floors are measured in the same run. Of questions, and of what is done for a record, it also tells
// what they take of a processor (`cpu`), which other work on the machine does not lengthen as much.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClock } from "../src/kernel/clock.ts";
import { createLog } from "../src/kernel/log.ts";
import type { FunctionEvent, LogLine, Span } from "../src/kernel/telemetry.ts";
import { createObserve } from "../src/observe/observe.ts";

const ROWS = 200_000;
const SLICE = 5_000;
const TRACES = 250_000;
const SPANS_PER_TRACE = 4;
const EVENTS = 100_000;

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
    attributes: first ? { caller: `function-${trace % 100}`, bucket: `photos-${trace % 10}` } : runOf(number),
  };
}

/** What an invocation's span says. */
function runOf(number: number): Span["attributes"] {
  return {
    ...{ memoryMb: 512, maxMemoryMb: 85, coldStart: number % 100 === 2, attempt: 1, durationMs: 3 },
    ...{ billedDurationMs: 3, timeoutMs: 3_000, version: "$LATEST", running: number % 50 },
    ...{ environment: `2026/11/23/[$LATEST]${String(number % 500).padStart(32, "0")}` },
    ...{ runningAll: number % 400, source: "s3", sourceArn: `arn:aws:s3:::photos-${number % 10}` },
  };
}

const ERROR = JSON.stringify({
  errorType: "TypeError",
  errorMessage: "Cannot read properties of undefined (reading 'lines')",
  trace: [
    "TypeError: Cannot read properties of undefined (reading 'lines')",
    `    at countOf (file:///tmp/functions/code/${"a".repeat(64)}/index.mjs:3:21)`,
    `    at Runtime.handler (file:///tmp/functions/code/${"a".repeat(64)}/index.mjs:9:3)`,
  ],
});

/** Of a thousand events one fails, and is tried again with success. */
function eventOf(number: number): FunctionEvent {
  const failed = number % 1_000 === 1;
  const isRetry = number % 1_000 === 2;
  const name = `function-${Math.floor(number / 1_000) % 100}`;
  return {
    ...{ timeMs: 1_700_000_000_000 + number, account: "000000000000", region: "us-east-1" },
    requestId: `8f3a1c2e-0000-4000-8000-${String(isRetry ? number - 1 : number).padStart(12, "0")}`,
    traceId: `1-6500aaaa-${String(number).padStart(24, "0")}`,
    functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    ...{ functionName: name, invokedArn: name, version: "$LATEST", attempt: isRetry ? 2 : 1, source: "s3" },
    payload: Buffer.from('{"order":1}'),
    result: Buffer.from(failed ? ERROR : "null"),
    ...(failed ? { errorType: "TypeError" } : {}),
    ...{ failed, durationMs: 3 },
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

// What an invocation costs where it is recorded: two spans, its event, and four lines. They are made a few at
// a time, as invocations come: records that were made long before would first have to come out of memory.
const made = (number: number) => ({
  spans: [spanOf(4 * number), spanOf(4 * number + 1)],
  event: eventOf(number),
  lines: [0, 1, 2, 3].map((line) => lineOf(8 * number + line)),
});
const costs = { record: [] as number[], push: [] as number[], json: [] as number[] };
for (let round = 0; round < 2_000; round++) {
  const runs = Array.from({ length: 10 }, (_, at) => made(10 * round + at));
  const beganMs = performance.now();
  for (const { spans, event, lines: logged } of runs) {
    for (const span of spans) observe.recorder.span(span);
    observe.recorder.event(event);
    for (const line of logged) observe.recorder.log(line);
  }
  const recordedMs = performance.now();
  const waiting: object[] = [];
  for (const { spans, event, lines: logged } of runs) {
    for (const record of spans) waiting.push({ record });
    waiting.push({ record: event });
    for (const record of logged) waiting.push({ record });
  }
  const pushedMs = performance.now();
  for (const { spans, event, lines: logged } of runs) {
    JSON.stringify([spans, { ...event, payload: "", result: "" }, logged]);
  }
  costs.record.push(recordedMs - beganMs);
  costs.push.push(pushedMs - recordedMs);
  costs.json.push(performance.now() - pushedMs);
  if (round % 200 === 0) await observe.flush();
}
const perRun = (times: readonly number[], share: number) =>
  ((times.toSorted((one, other) => one - other)[Math.floor(share * times.length)] ?? 0) / 10) * 1_000;
const mean = (times: readonly number[]) =>
  (times.reduce((sum, each) => sum + each, 0) / times.length / 10) * 1_000;
figure("telemetry: record an invocation, mean", mean(costs.record), "µs", mean(costs.push));
figure("telemetry: record an invocation, median", perRun(costs.record, 0.5), "µs", perRun(costs.push, 0.5));
figure("telemetry: the same as JSON, median", perRun(costs.json, 0.5), "µs");
await observe.flush();
for (let number = 0; number < EVENTS; number++) {
  observe.recorder.event(eventOf(number));
  if (number % 20_000 === 0) await observe.flush();
}
await observe.flush();
const range = { sinceMs: 0, untilMs: 2_000_000_000_000 };
const ask = async (name: string, work: () => Promise<unknown>) => {
  const times: number[] = [];
  const busy: number[] = [];
  for (let turn = 0; turn < 7; turn++) {
    const before = process.cpuUsage();
    times.push(await timed(work));
    const { user, system } = process.cpuUsage(before);
    busy.push((user + system) / 1_000);
  }
  const middle = (values: number[]) => round(values.sort((one, other) => one - other)[3] ?? 0);
  const told = { name: `telemetry: ${name} of a million spans`, value: middle(times), unit: "ms" };
  console.log(JSON.stringify({ ...told, cpu: middle(busy) }));
};
await ask("errors", () => observe.issues({}));
const [issue] = (await observe.issues({ limit: 1 })).issues;
await ask("one error explained", () => observe.issue(issue?.id ?? ""));
await ask("concurrency", () => observe.analyse({ what: "concurrency", ...range, buckets: 60 }));
await ask("executions at an instant", () =>
  observe.analyse({ what: "executions", atMs: 1_700_000_500_000, limit: 1_000 }),
);
await ask("map", () => observe.analyse({ what: "edges", ...range }));
await ask("figures of functions", () => observe.analyse({ what: "functions", ...range }));
await ask("calls in a row", () => observe.analyse({ what: "sequences", ...range }));
await observe.close();
figure("telemetry: size of the file", statSync(file).size / 1e6, "MB");
const again = start();
figure("telemetry: open the file and answer", await timed(() => again.logs({ limit: 1 })), "ms");
await again.close();
rmSync(folder, { recursive: true });

function latest(): Promise<unknown> {
  return observe.logs({ groups: ["/aws/lambda/function-7"], limit: 100 });
}
