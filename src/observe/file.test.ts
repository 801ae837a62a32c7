import { spawn } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClock } from "../kernel/clock.ts";
import { createLog } from "../kernel/log.ts";
import type { FunctionEvent, LogLine, Span } from "../kernel/telemetry.ts";
import { type Limits, MEMORY_LIMITS } from "./model.ts";
import { createObserve, type Observe } from "./observe.ts";

let folder = "";
let warnings: string[] = [];
const open: Observe[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nuage-telemetry-"));
  warnings = [];
});

afterEach(async () => {
  for (const observe of open.splice(0)) await observe.close();
  rmSync(folder, { recursive: true, force: true });
});

const file = () => join(folder, "telemetry.duckdb");

function start(path = file(), limits?: Limits): Observe {
  const log = createLog("warn", (line) => warnings.push(line));
  const bounded = limits ? { limits } : {};
  const observe = createObserve({ file: path, clock: createClock(), log, ...bounded });
  open.push(observe);
  return observe;
}

async function stop(observe: Observe): Promise<void> {
  open.splice(open.indexOf(observe), 1);
  await observe.close();
}

function line(message: string): LogLine {
  const scope = { account: "000000000000", region: "us-east-1" };
  return { ...scope, timeMs: 1_000, group: "/aws/lambda/one", stream: "s", message, source: "function" };
}

/** One invocation as it is recorded: a span, an event and a line. */
function record({ recorder }: Observe, functionName: string, number: number): void {
  const scope = { account: "000000000000", region: "us-east-1" };
  const requestId = `${functionName}-${number}`;
  const traceId = `1-6500aaaa-${String(number).padStart(23, "0")}${functionName === "quiet" ? "a" : "b"}`;
  const timeMs = 1_000 + number;
  const span: Span = {
    ...{ ...scope, traceId, requestId, spanId: String(number).padStart(16, "0"), kind: "invoke" },
    ...{ name: functionName, startMs: timeMs, durationMs: 1, status: "ok", attributes: {} },
  };
  const event: FunctionEvent = {
    ...{ ...scope, timeMs, requestId, traceId, functionArn: functionName, functionName, version: "1" },
    ...{ invokedArn: functionName, attempt: 1, source: "invoke", failed: false, durationMs: 1 },
    ...{ payload: Buffer.from("{}"), result: Buffer.from("null") },
  };
  recorder.span(span);
  recorder.event(event);
  const message = `${number} ${"x".repeat(200)}`;
  recorder.log({ ...line(message), timeMs, group: `/aws/lambda/${functionName}`, requestId, traceId });
}

async function messages(observe: Observe): Promise<string[]> {
  const page = await observe.logs({ order: "oldest", limit: 100_000 });
  return page.lines.map(({ message }) => message);
}

/** Records line after line into the file and prints the number of each once it is kept. */
const CHILD = `
  const { createObserve } = await import(${JSON.stringify(new URL("./observe.ts", import.meta.url))});
  const { createClock } = await import(${JSON.stringify(new URL("../kernel/clock.ts", import.meta.url))});
  const quiet = { debug() {}, info() {}, warn: console.error, error: console.error };
  const observe = createObserve({ file: process.argv[1], clock: createClock(), log: quiet });
  for (let number = Number(process.argv[2]); ; number++) {
    observe.recorder.log({ ...${JSON.stringify(line(""))}, message: String(number) });
    await observe.flush();
    console.log(number);
  }
`;

function spawnChild(from: number) {
  const args = ["--import", "tsx", "--input-type=module", "-e", CHILD, file(), String(from)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  return { child, exited, acknowledged: createInterface({ input: child.stdout }) };
}

describe("the telemetry file", () => {
  it("touches nothing before there is telemetry", async () => {
    const observe = start();
    await stop(observe);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("survives a restart, and a line's place is a cursor across it", async () => {
    const first = start();
    first.recorder.log(line("before"));
    const { lines } = await first.logs({});
    first.recorder.log(line("also before"));
    await stop(first);
    const second = start();
    second.recorder.log(line("after"));
    expect(await messages(second)).toEqual(["before", "also before", "after"]);
    const rest = await second.logs({ afterSeq: lines[0]?.seq ?? 0, order: "oldest" });
    expect(rest.lines.map(({ message }) => message)).toEqual(["also before", "after"]);
    expect(warnings).toEqual([]);
  });

  it("loses nothing that was flushed when the process is killed", async () => {
    let next = 0;
    for (let round = 0; round < 3; round++) {
      const { child, exited, acknowledged } = spawnChild(next);
      for await (const number of acknowledged) {
        next = Number(number) + 1;
        if (next >= (round + 1) * 8) break;
      }
      child.kill("SIGKILL");
      await exited;
      const observe = start();
      const kept = new Set(await messages(observe));
      await stop(observe);
      const missing = Array.from({ length: next }, (_, number) => `${number}`).filter((id) => !kept.has(id));
      expect(missing).toEqual([]);
    }
    expect(warnings).toEqual([]);
  }, 90_000);

  it("is bounded: a noisy function takes nothing from a quiet one, and what it lost is told", async () => {
    const limits = {
      ...MEMORY_LIMITS,
      ...{ lineBytes: 3_000_000, lineBytesPerGroup: 2_000_000, spans: 5_000, spansPerEntry: 4_000 },
      ...{ eventBytes: 3_000_000, eventBytesPerFunction: 2_000_000 },
    };
    const rounds = 8;
    const each = 3_000;
    const sizes: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const observe = start(file(), limits);
      if (round === 0) for (let number = 0; number < 20; number++) record(observe, "quiet", number);
      for (let number = 0; number < each; number++) record(observe, "noisy", round * each + number);
      await observe.flush();
      await stop(observe);
      sizes.push(statSync(file()).size);
    }
    const observe = start(file(), limits);
    const evicted = new Map(
      (await observe.evictions()).map(({ kind, group, count }) => [`${kind} ${group}`, count]),
    );
    const page = await observe.logs({ groups: ["/aws/lambda/noisy"], limit: 100_000 });
    expect(page.evicted).toBeGreaterThan(each);
    expect(page.lines.length + page.evicted).toBe(rounds * each);
    expect(page.lines[0]?.message).toContain(`${rounds * each - 1} `);
    const { events } = await observe.events({ functionName: "noisy", limit: 100_000 });
    expect([...evicted.keys()].sort()).toEqual(["event noisy", "line /aws/lambda/noisy", "span noisy"]);
    expect(events.length + (evicted.get("event noisy") ?? 0)).toBe(rounds * each);
    expect((await observe.logs({ groups: ["/aws/lambda/quiet"], limit: 100 })).lines).toHaveLength(20);
    expect((await observe.events({ functionName: "quiet", limit: 100 })).events).toHaveLength(20);
    expect((await observe.traces({ functionName: "quiet", limit: 100 })).traces).toHaveLength(20);
    // What is freed is used again: from the first eviction on the file grows no more.
    expect(sizes.at(-1)).toBeLessThan(2 * (sizes[2] ?? 0));
  }, 60_000);

  it.each([
    ["is not a database", () => writeFileSync(file(), "not a database at all".repeat(1_000))],
    ["was cut off", () => truncateSync(file(), 9_000)],
    ["has blocks full of noise", () => writeFileSync(file(), readFileSync(file()).fill(0xa5, 4_096))],
  ])("sets a file that %s aside with one warning, and begins a new one", async (_what, damage) => {
    const first = start();
    for (let number = 0; number < 5_000; number++) first.recorder.log(line(`${number} ${"x".repeat(100)}`));
    await stop(first);
    damage();
    const second = start();
    second.recorder.log(line("new"));
    expect(await messages(second)).toContain("new");
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("set aside");
    await stop(second);
    expect(readdirSync(folder).filter((name) => name.includes(".damaged-")).length).toBeGreaterThan(0);
    expect(await messages(start())).toContain("new");
  });

  it("works in memory, with one warning, while another process holds the file", async () => {
    const { child, exited, acknowledged } = spawnChild(0);
    for await (const _number of acknowledged) break;
    const observe = start();
    observe.recorder.log(line("mine"));
    expect(await messages(observe)).toEqual(["mine"]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("in memory only");
    child.kill("SIGKILL");
    await exited;
  });

  it("works in memory, with one warning, when the folder is not there", async () => {
    const observe = start(join(folder, "none", "telemetry.duckdb"));
    observe.recorder.log(line("mine"));
    expect(await messages(observe)).toEqual(["mine"]);
    expect(warnings).toHaveLength(1);
  });
});
