import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createVirtualClock } from "../kernel/clock.ts";
import { LONGEST_LINE_BYTES } from "./lines.ts";
import { createTrial, type Trial } from "./trial.fixture.ts";

let trial: Trial;
beforeAll(async () => {
  trial = await createTrial();
});
afterAll(() => trial.close());

const node = (text: string, change = {}) => trial.version({ "index.js": text }, change);

/** Whether a process runs; one that was killed but not yet reaped by its parent does not. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** The number of a child process that a function started and printed. */
function childPid(tail: string): number {
  return Number(/child (\d+)/.exec(tail)?.[1]);
}

describe("functions that misbehave", () => {
  it("are killed when their time is up, with all that they forked, and start again", async () => {
    let never = () => {};
    const clock = createVirtualClock(async () => {});
    const own = await createTrial({ clock });
    const started = new Promise<void>((resolve) => {
      never = resolve;
    });
    const version = own.version(
      {
        "index.js": `let calls = 0; const { spawn } = require("child_process"); const fs = require("fs");
          exports.handler = async (event) => {
            fs.appendFileSync(require("os").tmpdir() + "/kept", "x");
            if (!event.hang) return [++calls, fs.readFileSync(require("os").tmpdir() + "/kept", "utf8")];
            console.log("child", spawn("sleep", ["600"]).pid);
            return new Promise(() => setInterval(() => {}, 1000));
          }`,
      },
      { timeoutMs: 900_000 },
    );
    const seen = own.lines.push.bind(own.lines);
    own.lines.push = (...lines) => {
      if (lines.some((line) => line.message.includes("child"))) never();
      return seen(...lines);
    };
    const hanging = own.invoke(version, { hang: true }, { requestId: "r-1" });
    await started;
    await clock.advance(900_000);
    const reply = await hanging;
    expect(reply.value).toEqual({
      errorType: "Sandbox.Timeout",
      errorMessage: "RequestId: r-1 Error: Task timed out after 900.00 seconds",
    });
    expect(reply.errorType).toBe("Sandbox.Timeout");
    // What it held is known, though it is gone.
    expect(reply.report.maxMemoryMb).toBeGreaterThan(10);
    expect(reply.report.durationMs).toBe(900_000);
    expect(reply.tail).toMatch(/Z r-1 Task timed out after 900\.00 seconds\n/);
    expect(reply.tail).toMatch(/^REPORT .*\tStatus: timeout\t$/m);
    expect(runs(childPid(reply.tail))).toBe(false);
    const again = await own.invoke(version, {});
    // The process is new and /tmp is not; the init counts as duration and is not reported as one.
    expect(again.value).toEqual([1, "xx"]);
    expect(again.report.initDurationMs).toBeUndefined();
    expect(own.spans.filter((span) => span.kind === "init")).toHaveLength(1);
    await own.close();
  });

  it("are killed when they spin without giving the event loop a turn", async () => {
    const reply = await trial.invoke(
      node("exports.handler = async () => { for (;;); }", { timeoutMs: 1000 }),
    );
    expect(reply.errorType).toBe("Sandbox.Timeout");
  });

  it("are told their whole time, also where an init within the invocation took some of it", async () => {
    const version = node(
      "exports.handler = async (event) => { if (event.exit) process.exit(1); for (;;); }",
      { timeoutMs: 1000 },
    );
    expect((await trial.invoke(version, { exit: true })).errorType).toBe("Runtime.ExitError");
    const { value } = await trial.invoke(version, {}, { requestId: "r-9" });
    expect(value).toMatchObject({ errorMessage: "RequestId: r-9 Error: Task timed out after 1.00 seconds" });
  });

  it("answer Runtime.ExitError when they exit", async () => {
    const version = node(
      "exports.handler = async (event) => { console.log('last'); process.exit(event.status) }",
    );
    const failed = await trial.invoke(version, { status: 7 }, { requestId: "r-2" });
    expect(failed.value).toEqual({
      errorType: "Runtime.ExitError",
      errorMessage: "RequestId: r-2 Error: Runtime exited with error: exit status 7",
    });
    expect(failed.tail).toContain("INFO\tlast\n");
    expect(failed.tail).toMatch(/\tStatus: error\tError Type: Runtime\.ExitError\t$/m);
    const clean = await trial.invoke(version, { status: 0 }, { requestId: "r-3" });
    expect(clean.value).toMatchObject({
      errorMessage: "RequestId: r-3 Error: Runtime exited without providing a reason",
    });
    const killed = await trial.invoke(
      node("exports.handler = () => process.kill(process.pid, 'SIGSEGV')"),
      {},
      { requestId: "r-4" },
    );
    expect(killed.value).toMatchObject({
      errorMessage: "RequestId: r-4 Error: Runtime exited with error: signal: segmentation fault",
    });
  });

  it.runIf(process.platform === "linux")("are killed when they take more memory than they have", async () => {
    const text = `const kept = []; const turn = () => new Promise(setImmediate);
       exports.handler = async () => { for (;;) { kept.push(Buffer.alloc(8e6, 1)); await turn(); } }`;
    const reply = await trial.invoke(
      node(text, { memoryMb: 192, timeoutMs: 20_000 }),
      {},
      { requestId: "r-5" },
    );
    expect(reply.value).toEqual({
      errorType: "Runtime.OutOfMemory",
      errorMessage: "RequestId: r-5 Error: Runtime exited with error: signal: killed",
    });
    expect(reply.report.maxMemoryMb).toBe(192);
  });

  it.runIf(process.platform === "linux")("count the memory of their children", async () => {
    const hog = "const b = Buffer.alloc(160e6, 1); setInterval(() => b, 1000)";
    const text = `const { spawn } = require("child_process"); exports.handler = () => {
      spawn(process.execPath, ["-e", ${JSON.stringify(hog)}]);
      return new Promise(() => setInterval(() => {}, 1000)) }`;
    const reply = await trial.invoke(node(text, { memoryMb: 192, timeoutMs: 20_000 }));
    expect(reply.errorType).toBe("Runtime.OutOfMemory");
  });

  it.runIf(process.platform === "linux")("see their real peak reported", async () => {
    const text = "exports.handler = async () => { Buffer.alloc(100e6, 1); return 1 }";
    const reply = await trial.invoke(node(text));
    expect(reply.report.maxMemoryMb).toBeGreaterThan(130);
    expect(reply.report.maxMemoryMb).toBeLessThan(200);
  });

  it("may print megabytes, in one line or in many", async () => {
    const text = `exports.handler = async () => {
      process.stdout.write("y".repeat(3 * ${LONGEST_LINE_BYTES}));
      require("fs").writeSync(1, "\\n" + "z".repeat(100) + "\\n");
      for (let i = 0; i < 20000; i++) console.log(i, "x".repeat(500));
      return "done" }`;
    const version = node(text, { timeoutMs: 20_000 });
    const reply = await trial.invoke(version);
    expect(reply.value).toBe("done");
    const own = trial.lines.filter((line) => line.group === version.logGroup && line.source === "function");
    expect(Math.max(...own.map((line) => line.message.length))).toBe(LONGEST_LINE_BYTES);
    expect(own.filter((line) => line.message.startsWith("y"))).toHaveLength(3);
    expect(own.filter((line) => line.message.includes("INFO\t"))).toHaveLength(20_000);
    trial.lines.length = 0;
  });

  it("run out of files at 1,024, and not the platform", async () => {
    const text = `const fs = require("fs"); const kept = [];
      exports.handler = async () => {
        try { for (;;) kept.push(fs.openSync("/dev/null")) }
        catch (error) { return [error.code, kept.length] } }`;
    const reply = await trial.invoke(node(text));
    const [code, count] = reply.value as [string, number];
    expect(code).toBe("EMFILE");
    expect(count).toBeGreaterThan(900);
    expect(count).toBeLessThan(1024);
  });

  it("leave nothing behind that they forked, even into another group", async () => {
    const own = await createTrial();
    const text = `exports.handler = async () => {
      const options = { detached: true, stdio: "ignore" };
      const { spawn } = require("child_process");
      return [spawn("sleep", ["600"]).pid, spawn("sleep", ["600"], options).pid] }`;
    const version = own.version({ "index.js": text });
    const [near, far] = (await own.invoke(version)).value as [number, number];
    expect([runs(near), runs(far)]).toEqual([true, true]);
    await own.close();
    expect([runs(near), runs(far)]).toEqual([false, false]);
  });

  it("break only themselves when they write into the channel", async () => {
    const version = node(
      `exports.handler = () => { require("fs").writeSync(3, "garbage".repeat(10));
        return new Promise(() => setInterval(() => {}, 1000)) }`,
    );
    expect((await trial.invoke(version)).errorType).toBe("Runtime.ExitError");
  });
});
