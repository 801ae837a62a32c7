import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProgram } from "../runtimes.ts";
import { createTrial, type Trial, zipOf } from "../trial.fixture.ts";

let trial: Trial;
beforeAll(async () => {
  trial = await createTrial();
});
afterAll(() => trial.close());

/** An extension of a few lines: `ask` is one request of its own API, `note` keeps what it was told. */
const EXTENSION = `#!/usr/bin/env node
const http = require("http");
const fs = require("fs");
const name = require("path").basename(process.argv[1]);
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true });
let id;
const ask = (method, path, body, headers = {}) => new Promise((resolve, reject) => {
  const own = id ? { "lambda-extension-identifier": id } : { "lambda-extension-name": name };
  const request = http.request({ host, port, method, agent, path, headers: { ...own, ...headers } },
    async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode, headers: response.headers, text });
    });
  request.on("error", reject);
  request.end(body && (typeof body === "string" ? body : JSON.stringify(body)));
});
const register = async (events, headers) => {
  const answer = await ask("POST", "/2020-01-01/extension/register", { events }, headers);
  id = answer.headers["lambda-extension-identifier"];
  return answer;
};
const next = async () => JSON.parse((await ask("GET", "/2020-01-01/extension/event/next")).text);
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const note = (told) => fs.appendFileSync(process.env.NOTES, JSON.stringify(told) + "\\n");
`;

const STANDARD = `await register(["INVOKE", "SHUTDOWN"]);
  for (;;) { const event = await next(); note(event); if (event.eventType === "SHUTDOWN") process.exit(); }`;

let count = 0;

/** A function with these extensions in a layer, by their names. */
function withExtensions(
  extensions: Readonly<Record<string, string>>,
  change: Parameters<Trial["version"]>[1] = {},
  files: Parameters<typeof zipOf>[0] = { "index.js": "exports.handler = async (event) => event;" },
) {
  const scripts = Object.entries(extensions).map(([name, body]) => {
    const script = body.startsWith("#!") ? body : `${EXTENSION}(async () => { ${body} })();`;
    return [`extensions/${name}`, script];
  });
  const layer = trial.version(zipOf(Object.fromEntries(scripts)));
  const notes = join(trial.folder, `notes-${count++}`);
  const version = trial.version(zipOf(files), {
    layers: [layer],
    timeoutMs: 20_000,
    ...change,
    environment: { NOTES: notes, ...change.environment },
  });
  const told = () => {
    try {
      const lines = readFileSync(notes, "utf8").trim().split("\n");
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    } catch {
      return [];
    }
  };
  /** Lets extensions that wait for it go on after their nth invocation. */
  const finish = (n: number) => writeFileSync(`${notes}-${n}`, "");
  return { version, told, finish };
}

const linesOf = (group: string) =>
  trial.lines.filter((line) => line.group === group).map((line) => line.message);

const RUNTIMES: [string, Parameters<Trial["version"]>[1], Parameters<typeof zipOf>[0]][] = [
  ["Node", {}, { "index.js": "exports.handler = async (event) => event;" }],
  [
    "a custom runtime",
    { runtime: "provided.al2023" },
    {
      bootstrap: `${EXTENSION}(async () => { for (;;) {
        const { headers, text } = await ask("GET", "/2018-06-01/runtime/invocation/next");
        const id = headers["lambda-runtime-aws-request-id"];
        await ask("POST", "/2018-06-01/runtime/invocation/" + id + "/response", text); } })();`,
    },
  ],
];
if (findProgram("python3")) {
  const files = { "index.py": "def handler(event, context):\n    return event\n" };
  RUNTIMES.push(["Python", { runtime: "python3.12" }, files]);
}

describe.each(RUNTIMES)("an external extension beside %s", (_, change, files) => {
  it("registers, hears of each invocation, and is told when the environment ends", async () => {
    const { version, told } = withExtensions({ observer: STANDARD }, change, files);
    for (const n of [1, 2]) {
      const reply = await trial.invoke(version, { n }, { requestId: `r-${n}` });
      expect(reply.value).toEqual({ n });
    }
    expect(linesOf(version.logGroup).join("\n")).toContain(
      "EXTENSION\tName: observer\tState: Ready\tEvents: [INVOKE, SHUTDOWN]",
    );
    trial.compute.retire(version.arn);
    await expect.poll(() => told().length, { timeout: 5000 }).toBe(3);
    expect(told()).toMatchObject([
      {
        eventType: "INVOKE",
        requestId: "r-1",
        invokedFunctionArn: version.arn,
        deadlineMs: expect.any(Number),
        tracing: { type: "X-Amzn-Trace-Id", value: expect.stringMatching(/^Root=1-.*;Parent=/) },
      },
      { eventType: "INVOKE", requestId: "r-2" },
      { eventType: "SHUTDOWN", shutdownReason: "spindown" },
    ]);
    const [init] = trial.spans.filter(({ kind, resource }) => kind === "init" && resource === version.arn);
    expect(init?.attributes.extensions).toBe("observer");
  });
});

describe("external extensions", () => {
  it("are given the function's variables, but for those of runtimes, and are told what it is", async () => {
    const { version, told } = withExtensions(
      {
        curious: `const answer = await register([], { "lambda-extension-accept-feature": "accountId" });
          note({ env: process.env, body: JSON.parse(answer.text), id }); await next();`,
      },
      { environment: { OWN: "yes" } },
    );
    await trial.invoke(version);
    const [{ env, body, id }] = told() as [{ env: Record<string, string>; body: unknown; id: string }];
    expect(env).toMatchObject({ OWN: "yes", AWS_LAMBDA_FUNCTION_NAME: version.name });
    expect(env.AWS_LAMBDA_RUNTIME_API).toMatch(/^127\.0\.0\.1:\d+$/);
    for (const name of ["_HANDLER", "LAMBDA_TASK_ROOT", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_EXECUTION_ENV"]) {
      expect(env).not.toHaveProperty(name);
    }
    const { name: functionName, version: functionVersion, handler, account: accountId } = version;
    expect(body).toEqual({ accountId, functionName, functionVersion, handler });
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("go on after the answer, which the caller has at once; the environment waits for them", async () => {
    const { version, finish } = withExtensions({
      slow: `await register(["INVOKE"]);
        for (let n = 1; ; n++) {
          await next();
          while (!fs.existsSync(process.env.NOTES + "-" + n)) await later(10);
        }`,
    });
    const first = await trial.invoke(version, { n: 1 });
    expect(first.value).toEqual({ n: 1 });
    // One more while it is busy goes elsewhere.
    const second = await trial.invoke(version, { n: 2 });
    expect(second.environment).not.toBe(first.environment);
    finish(1);
    const [whole] = await Promise.all([first.whole, second.whole]);
    expect(whole?.report.durationMs).toBeGreaterThan(first.report.durationMs);
    expect(whole?.report.extensionMs).toBeGreaterThan(0);
    const third = await trial.invoke(version, { n: 3 });
    expect([first.environment, second.environment]).toContain(third.environment);
    finish(2);
    expect((await third.whole)?.report.durationMs).toBeGreaterThan(third.report.durationMs);
    const reports = linesOf(version.logGroup).filter((line) => line.startsWith("REPORT"));
    expect(reports).toHaveLength(3);
  });

  it("that take longer than the function may run end with it, and are told so", async () => {
    const { version, told } = withExtensions(
      {
        stuck: `await register(["INVOKE", "SHUTDOWN"]); await next(); await later(1000); note(await next());`,
      },
      { timeoutMs: 500 },
    );
    const reply = await trial.invoke(version, { n: 1 });
    expect(reply.value).toEqual({ n: 1 });
    expect(await reply.whole).toMatchObject({ errorType: "Sandbox.Timeout" });
    await expect.poll(told, { timeout: 5000 }).toMatchObject([{ shutdownReason: "timeout" }]);
  });

  it("that ignore the end are killed after two seconds", async () => {
    const { version, told } = withExtensions({
      stubborn: `await register(["SHUTDOWN"]); const event = await next();
        note({ left: event.deadlineMs - Date.now(), pid: process.pid }); setInterval(() => {}, 1000);`,
    });
    await trial.invoke(version);
    trial.compute.retire(version.arn);
    await expect.poll(() => told().length, { timeout: 5000 }).toBe(1);
    const [{ left, pid }] = told() as [{ left: number; pid: number }];
    expect(left).toBeGreaterThan(1000);
    expect(left).toBeLessThanOrEqual(2000);
    const isThere = () => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    await expect.poll(isThere, { timeout: 5000 }).toBe(false);
  });

  it("are stopped with their environment between invocations", async () => {
    const { version, told } = withExtensions({
      observer: `await register(["INVOKE"]); note({ pid: process.pid }); for (;;) await next();`,
    });
    await trial.invoke(version);
    const [{ pid }] = told() as [{ pid: number }];
    const state = () => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    if (process.platform === "linux") await expect.poll(state).toBe("T");
    expect((await trial.invoke(version, { n: 2 })).value).toEqual({ n: 2 });
  });

  it.runIf(process.platform === "linux")(
    "share the function's memory, but hold no program twice",
    async () => {
      const body = `await register(["INVOKE"]); await (await fetch("data:,x")).text();
      const held = Buffer.alloc(Number(process.env.HELD) * 1024 * 1024, 1); for (;;) await next();`;
      const memoryMb = 128;
      const small = withExtensions({ small: body }, { memoryMb, environment: { HELD: "40" } });
      expect((await trial.invoke(small.version, { n: 1 })).value).toEqual({ n: 1 });
      const large = withExtensions({ large: body }, { memoryMb, environment: { HELD: "120" } });
      expect(await trial.invoke(large.version)).toMatchObject({ errorType: "Runtime.OutOfMemory" });
    },
  );

  it("write into the function's log", async () => {
    const { version } = withExtensions({ talker: `console.log("hello"); ${STANDARD}` });
    await trial.invoke(version);
    const line = trial.lines.find(({ group, message }) => group === version.logGroup && message === "hello");
    expect(line?.source).toBe("extension");
  });
});

describe("an extension that fails", () => {
  it.each([
    ["crashes before it registers", "process.exit(3);", "Extension.Crash", "exit status 3"],
    ["ends without an error", `await register([]); process.exit();`, "Extension.Crash", "exit code 0"],
    [
      "says that it cannot start",
      `await register([]); await ask("POST", "/2020-01-01/extension/init/error", "{}",
        { "lambda-extension-function-error-type": "Extension.NoKey" }); process.exit(1);`,
      "Extension.InitError",
      "exit status 1",
    ],
    [
      "says that it has to end",
      `await register(["INVOKE"]); await next(); await ask("POST", "/2020-01-01/extension/exit/error", "{}",
        { "lambda-extension-function-error-type": "Extension.Broken" }); process.exit(1);`,
      "Extension.ExitError",
      "exit status 1",
    ],
    [
      "is no program",
      "#!/bin/none",
      "Extension.LaunchError",
      "fork/exec /opt/extensions/bad: no such file or directory",
    ],
  ])("because it %s fails the invocation", async (_, body, errorType, message) => {
    const slow = "exports.handler = () => new Promise((done) => setTimeout(done, 3000));";
    const { version } = withExtensions({ bad: body }, {}, { "index.js": slow });
    const reply = await trial.invoke(version, {}, { requestId: "r-9" });
    expect(reply.value).toEqual({ errorType, errorMessage: `RequestId: r-9 Error: ${message}` });
    const state = errorType === "Extension.LaunchError" ? "LaunchError" : expect.any(String);
    if (typeof state === "string") {
      const line = `EXTENSION\tName: bad\tState: ${state}\tEvents: []\tError Type: UnknownError`;
      expect(linesOf(version.logGroup)).toContain(line);
    }
  });

  it("after the answer fails the invocation all the same, as the log and the trace say", async () => {
    const { version, told } = withExtensions({
      good: STANDARD,
      bad: `await register(["INVOKE"]); await next(); await later(200); process.exit(1);`,
    });
    const reply = await trial.invoke(version, { n: 1 });
    expect(reply.value).toEqual({ n: 1 });
    expect(await reply.whole).toMatchObject({ functionError: "Unhandled", errorType: "Extension.Crash" });
    expect(linesOf(version.logGroup)).toContainEqual(
      expect.stringMatching(/^REPORT .*Status: error\tError Type: Extension\.Crash/),
    );
    const span = trial.spans.find(({ kind, resource }) => kind === "invoke" && resource === version.arn);
    expect(span).toMatchObject({ status: "fault", errorType: "Extension.Crash" });
    await expect
      .poll(() => told().at(-1), { timeout: 5000 })
      .toMatchObject({ eventType: "SHUTDOWN", shutdownReason: "failure" });
    // The environment is initialised anew.
    expect((await trial.invoke(version, { n: 2 })).value).toEqual({ n: 2 });
  });

  it("cannot be the eleventh", async () => {
    const names = Array.from({ length: 11 }, (_, index) => `e${index + 10}`);
    const scripts = Object.fromEntries(names.map((name) => [name, "#!/bin/sh\nsleep 60\n"]));
    const reply = await trial.invoke(withExtensions(scripts).version, {}, { requestId: "r-1" });
    expect(reply.errorType).toBe("Extension.LaunchError");
  });
});

describe("the Extensions API", () => {
  it("refuses who has no name, no identifier, a wrong order or events that are none", async () => {
    const { version, told } = withExtensions({
      asker: `const at = "/2020-01-01/extension/";
        const tell = async (...request) => {
          const { status, text } = await ask(...request);
          const { errorType, errorMessage } = JSON.parse(text);
          note([status, errorType, errorMessage]);
        };
        await tell("POST", at + "register", "{}", { "lambda-extension-name": "" });
        await tell("GET", at + "event/next");
        await tell("GET", at + "event/next", undefined, { "lambda-extension-identifier": "x" });
        const nobody = "00000000-0000-4000-8000-000000000000";
        await tell("GET", at + "event/next", undefined, { "lambda-extension-identifier": nobody });
        await tell("POST", at + "register", { events: ["ODD"] });
        await tell("POST", at + "register", { events: ["SHUTDOWN"] }, { "lambda-extension-name": "inner" });
        await tell("POST", at + "register", { configurationKeys: ["a"] });
        await register([]);
        await tell("POST", at + "register", {}, { "lambda-extension-name": name });
        await tell("POST", at + "init/error", "{}");
        await next();`,
    });
    await trial.invoke(version);
    expect(told()).toEqual([
      [403, "Extension.InvalidExtensionName", "Empty extension name"],
      [403, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header"],
      [403, "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier"],
      [403, "Extension.UnknownExtensionIdentifier", "Unknown extension 00000000-0000-4000-8000-000000000000"],
      [403, "Extension.InvalidEventType", "ODD: ErrorInvalidEventType"],
      [403, "Extension.InvalidEventType", "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension"],
      [403, "InvalidRequestFormat", "configurationKeys are deprecated; use environment variables instead"],
      [
        403,
        "Extension.InvalidExtensionState",
        "State transition from Registered to Registered failed for extension asker. " +
          "Error: State transition is not allowed",
      ],
      [403, "Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found"],
    ]);
  });
});

describe("an extension that stands between Lambda and a server", () => {
  it("asks for invocations itself, when it was started in the runtime's place", async () => {
    const { version } = withExtensions(
      {
        adapter: `await register([]); agent.destroy();
          (async () => { for (;;) {
            const { headers, text } = await ask("GET", "/2018-06-01/runtime/invocation/next");
            const path = "/2018-06-01/runtime/invocation/" + headers["lambda-runtime-aws-request-id"];
            await ask("POST", path + "/response", JSON.stringify({ adapted: JSON.parse(text) })); } })();
          await next();`,
      },
      { environment: { AWS_LAMBDA_EXEC_WRAPPER: "/var/task/serve" } },
      { "index.js": "", serve: "#!/bin/sh\nexec sleep 1000\n" },
    );
    for (const n of [1, 2]) expect((await trial.invoke(version, { n })).value).toEqual({ adapted: { n } });
  });
});

describe("an internal extension", () => {
  const INTERNAL = EXTENSION.replace(/^#!.*\n/, "")
    .replace("let id;", 'let id; const name = "inner";')
    .replace(/const name = require.*\n/, "");

  it("is a part of the runtime that registers itself while it loads", async () => {
    const notes = join(trial.folder, "notes-inner");
    const version = trial.version(
      {
        "index.mjs": `import { createRequire } from "module"; const require = createRequire(import.meta.url);
          ${INTERNAL}
          await register(["INVOKE"]);
          (async () => { for (;;) note(await next()); })();
          export const handler = async (event) => ({ n: event.n, pid: process.pid });`,
      },
      { environment: { NOTES: notes }, timeoutMs: 20_000 },
    );
    const first = (await trial.invoke(version, { n: 1 }, { requestId: "r-1" })).value;
    expect((await trial.invoke(version, { n: 2 }, { requestId: "r-2" })).value).toEqual({
      ...(first as object),
      n: 2,
    });
    const told = () => readFileSync(notes, "utf8").trim().split("\n");
    await expect.poll(() => told().length).toBe(2);
    expect(told().map((line) => (JSON.parse(line) as { requestId: string }).requestId)).toEqual([
      "r-1",
      "r-2",
    ]);
    expect(linesOf(version.logGroup)).toContain("EXTENSION\tName: inner\tState: Ready\tEvents: [INVOKE]");
    expect(trial.spans.filter(({ kind, resource }) => kind === "left" && resource === version.arn)).toEqual(
      [],
    );
  });
});
