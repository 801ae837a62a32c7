import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createVirtualClock } from "../kernel/clock.ts";
import { every } from "../kernel/realtime.ts";
import { createTrial, type Trial } from "./trial.fixture.ts";

/** Gives its process, counts its calls, and waits for a file where it is told to. */
const COUNTER = `let calls = 0; const fs = require("fs");
  exports.handler = async ({ until }) => {
    calls++;
    while (until && !fs.existsSync(until)) await new Promise((resolve) => setTimeout(resolve, 2));
    return { pid: process.pid, calls };
  }`;

interface Count {
  readonly pid: number;
  readonly calls: number;
}

function stateOf(pid: number): string {
  try {
    return /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "";
  } catch {
    return "";
  }
}

/** Resolves when `holds` does; the test's own time limit is what ends it otherwise. */
function until(holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const timer = every(2, () => {
      if (!holds()) return;
      timer.cancel();
      resolve();
    });
  });
}

async function withTrial(
  options: Parameters<typeof createTrial>[0],
  body: (trial: Trial) => Promise<void>,
): Promise<void> {
  const trial = await createTrial(options);
  try {
    await body(trial);
  } finally {
    await trial.close();
  }
}

describe("environments", () => {
  it("are used again, one request at a time, and start side by side in a burst", () =>
    withTrial({}, async (trial) => {
      const version = trial.version({ "index.js": COUNTER }, { timeoutMs: 20_000 });
      const first = (await trial.invoke(version)).value as Count;
      expect((await trial.invoke(version)).value).toEqual({ pid: first.pid, calls: 2 });
      const gate = join(trial.folder, "gate");
      const burst = Array.from({ length: 5 }, () => trial.invoke(version, { until: gate }));
      await until(() => trial.lines.filter((line) => line.message.startsWith("START")).length === 7);
      const { writeFileSync } = await import("node:fs");
      writeFileSync(gate, "");
      const counts = (await Promise.all(burst)).map((reply) => reply.value as Count);
      expect(new Set(counts.map((count) => count.pid)).size).toBe(5);
      const spans = trial.spans.filter((span) => span.kind === "invoke");
      expect(spans.filter((span) => span.attributes.coldStart)).toHaveLength(5);
    }));

  it("give a waiting request whichever environment is free first", () =>
    withTrial({}, async (trial) => {
      const slow = `${COUNTER}\nconst end = Date.now() + 300; while (Date.now() < end);`;
      const version = trial.version({ "index.js": slow });
      const one = trial.invoke(version);
      const { pid } = (await one).value as Count;
      // The second waits for a start of 300 ms and is served by the first environment before.
      const replies = await Promise.all([trial.invoke(version), trial.invoke(version)]);
      expect(replies.map((reply) => reply.value)).toEqual([
        { pid, calls: 2 },
        { pid, calls: 3 },
      ]);
    }));

  it("are frozen between invocations, so that work left running stops", () =>
    withTrial({}, async (trial) => {
      const text = `let ticks = 0; setInterval(() => ticks++, 1);
        exports.handler = async () => ({ pid: process.pid, ticks });`;
      const version = trial.version({ "index.js": text });
      const { pid } = (await trial.invoke(version)).value as Count;
      await until(() => stateOf(pid) === "T");
      expect((await trial.invoke(version)).value).toMatchObject({ pid });
    }));

  it("are left running without freeze", () =>
    withTrial({ freeze: false }, async (trial) => {
      const text = `exports.handler = async () => {
        setTimeout(() => console.log("left running"), 5); return 1; }`;
      await trial.invoke(trial.version({ "index.js": text }));
      await until(() => trial.messages().some((message) => message.includes("left running")));
    }));

  it("expire when nobody needs them", async () => {
    const clock = createVirtualClock(async () => {});
    await withTrial({ clock }, async (trial) => {
      const version = trial.version({ "index.js": COUNTER });
      const { pid } = (await trial.invoke(version)).value as Count;
      await clock.advance(9 * 60_000);
      expect((await trial.invoke(version)).value).toEqual({ pid, calls: 2 });
      await clock.advance(11 * 60_000);
      await until(() => stateOf(pid) === "" || stateOf(pid) === "Z");
      expect((await trial.invoke(version)).value).toMatchObject({ calls: 1 });
    });
  });

  it("of an older revision end, and their code with them", () =>
    withTrial({}, async (trial) => {
      const version = trial.version({ "index.js": COUNTER }, { name: "changing" });
      const other = trial.version({ "index.js": `${COUNTER}// 2` }, { name: "changing", revision: "2" });
      const idle = (await trial.invoke(version)).value as Count;
      trial.compute.retire(version.arn);
      expect((await trial.invoke(other)).value).toMatchObject({ calls: 1 });
      await until(() => stateOf(idle.pid) === "" || stateOf(idle.pid) === "Z");
      const name = Buffer.from(version.codeSha256, "base64").toString("hex");
      await until(() => !existsSync(join(trial.folder, "code", name)));
    }));

  it("find their code again when the system has cleaned it away", () =>
    withTrial({}, async (trial) => {
      const version = trial.version({
        "index.js": `require("@aws-sdk/client-sts");
          exports.handler = async ({ exit }) => exit ? process.exit(1) : 1;`,
      });
      expect((await trial.invoke(version)).value).toBe(1);
      await trial.invoke(version, { exit: true });
      rmSync(join(trial.folder, "code"), { recursive: true });
      expect((await trial.invoke(version)).value).toBe(1);
    }));

  it("that are busy when they are retired answer first", () =>
    withTrial({}, async (trial) => {
      const version = trial.version({ "index.js": COUNTER });
      const gate = join(trial.folder, "gate");
      const busy = trial.invoke(version, { until: gate });
      await until(() => trial.lines.some((line) => line.message.startsWith("START")));
      trial.compute.retire(version.arn);
      const { writeFileSync } = await import("node:fs");
      writeFileSync(gate, "");
      const { pid } = (await busy).value as Count;
      await until(() => stateOf(pid) === "" || stateOf(pid) === "Z");
    }));

  it("are told in spans: the invocation, and under it the init", () =>
    withTrial({}, async (trial) => {
      const version = trial.version({ "index.js": COUNTER });
      const trace = {
        root: "1-00000000-000000000000000000000000",
        parent: "00000000000000aa",
        sampled: true,
        lineage: [],
      };
      await trial.invoke(version, {}, { requestId: "r-1", attempt: 2, trace });
      const [init, invoke] = trial.spans;
      expect(invoke).toMatchObject({
        kind: "invoke",
        traceId: trace.root,
        parentId: trace.parent,
        name: version.name,
        resource: version.arn,
        status: "ok",
        attributes: { memoryMb: 256, coldStart: true, attempt: 2 },
      });
      expect(init).toMatchObject({
        kind: "init",
        traceId: trace.root,
        parentId: invoke?.spanId,
        status: "ok",
      });
      const [usage] = trial.usages;
      expect(usage).toMatchObject({ unit: "lambda:GB-second", resource: version.arn });
      const { billedDurationMs, durationMs, initDurationMs = 0 } = (await trial.invoke(version)).report;
      expect([billedDurationMs, initDurationMs]).toEqual([Math.max(1, Math.ceil(durationMs)), 0]);
      expect(trial.spans[2]?.attributes.coldStart).toBe(false);
    }));

  it("leave no process and no folder when the platform closes, whatever they do", async () => {
    const trial = await createTrial();
    const text = `process.on("SIGTERM", () => console.log("told")); exports.handler = async ({ hang }) =>
      hang ? new Promise(() => setInterval(() => {}, 1000)) : process.pid`;
    const version = trial.version({ "index.js": text }, { timeoutMs: 60_000 });
    const pid = (await trial.invoke(version)).value as number;
    const hanging = trial.invoke(version, { hang: true });
    await until(() => trial.lines.filter((line) => line.message.startsWith("START")).length === 2);
    await trial.compute.close();
    expect(stateOf(pid)).toBe("");
    expect((await hanging).errorType).toBe("Runtime.ExitError");
    expect(readdirSync(trial.folder)).toEqual(["code"]);
    await expect(trial.invoke(version)).rejects.toMatchObject({ code: "ServiceUnavailable" });
    await trial.close();
  });

  it("die with a platform that is killed, frozen ones too", async () => {
    const platform = spawn(
      process.execPath,
      ["--import", "tsx", fileURLToPath(new URL("./orphan.fixture.ts", import.meta.url))],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const printed = await new Promise<string>((resolve) => {
      platform.stdout.on("data", (chunk: Buffer) => resolve(chunk.toString()));
    });
    const [number, folder = ""] = printed.split(" ");
    const pid = Number(number);
    await until(() => stateOf(pid) === "T");
    platform.kill("SIGKILL");
    await until(() => stateOf(pid) === "" || stateOf(pid) === "Z");
    rmSync(folder, { recursive: true, force: true });
  });
});

describe("what cannot be run", () => {
  it("says so: an unknown runtime, code that is gone", () =>
    withTrial({}, async (trial) => {
      const version = trial.version({ "index.js": COUNTER }, { runtime: "ruby3.3" });
      await expect(trial.invoke(version)).rejects.toMatchObject({ code: "InvalidRuntimeException" });
      const damaged = trial.version(new Uint8Array([1, 2, 3]));
      const reply = await trial.invoke(damaged);
      expect(reply.errorType).toBe("Sandbox.Failure");
      expect(reply.value).toMatchObject({ errorMessage: expect.stringContaining("Could not unzip") });
    }));

  it("says so while there is no room for its files, and runs once there is", () =>
    withTrial({}, async (trial) => {
      const inTheWay = join(trial.folder, "tmp");
      writeFileSync(inTheWay, "");
      const version = trial.version({ "index.js": COUNTER });
      expect(await trial.invoke(version)).toMatchObject({
        functionError: "Unhandled",
        value: { errorType: "Sandbox.Failure" },
      });
      rmSync(inTheWay);
      expect((await trial.invoke(version)).value).toMatchObject({ calls: 1 });
    }));

  it("says so when the program of a runtime is not installed", () =>
    withTrial({}, async (trial) => {
      const path = process.env.PATH;
      process.env.PATH = "/nowhere";
      try {
        const version = trial.version({ "app.py": "" }, { runtime: "python3.12", handler: "app.handler" });
        trial.compute.prepare(version);
        const reply = await trial.invoke(version, {}, { requestId: "r-1" });
        expect(reply.value).toEqual({
          errorType: "Runtime.InvalidEntrypoint",
          errorMessage: "RequestId: r-1 Error: The program python3 was not found on the PATH.",
        });
      } finally {
        process.env.PATH = path;
      }
    }));

  it("is given 10 s to initialise, and then the function's own time at its first invocation", async () => {
    const clock = createVirtualClock(async () => {});
    await withTrial({ clock }, async (trial) => {
      const text = "console.log('loading'); setInterval(() => {}, 1000); await new Promise(() => {});";
      const version = trial.version({ "index.mjs": text }, { timeoutMs: 30_000 });
      const loads = () => trial.messages().filter((message) => message.includes("loading")).length;
      const reply = trial.invoke(version, {}, { requestId: "r-1" });
      await until(() => loads() === 1);
      await clock.advance(10_000);
      await until(() => loads() === 2);
      await clock.advance(30_000);
      expect((await reply).value).toEqual({
        errorType: "Sandbox.Timeout",
        errorMessage: "RequestId: r-1 Error: Task timed out after 30.00 seconds",
      });
      const reports = trial.messages().filter((message) => message.startsWith("INIT_REPORT"));
      expect(reports).toEqual([
        expect.stringMatching(/^INIT_REPORT Init Duration: 10000\.00 ms\tPhase: init\tStatus: timeout$/),
        expect.stringMatching(/^INIT_REPORT Init Duration: 30000\.00 ms\tPhase: invoke\tStatus: timeout$/),
      ]);
    });
  });
});

describe("closing", () => {
  it("waits for code that is being unpacked, and complains of nothing", async () => {
    const trial = await createTrial();
    const files = Array.from({ length: 300 }, (_, index) => [`lib/${index}.js`, `exports.at = ${index};`]);
    trial.compute.prepare(trial.version({ "index.js": COUNTER, ...Object.fromEntries(files) }));
    await trial.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(trial.complaints).toEqual([]);
    expect(existsSync(trial.folder)).toBe(false);
  });
});
