import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTrial, type Trial, zipOf } from "./trial.fixture.ts";

let trial: Trial;
beforeAll(async () => {
  trial = await createTrial();
});
afterAll(() => trial.close());

/** A runtime of a few lines: `ask` is one request, `next` and `answer` what most have of it. */
const RUNTIME = `#!/usr/bin/env node
const http = require("http");
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true });
const ask = (method, path, body, headers = {}) => new Promise((resolve, reject) => {
  const request = http.request(
    { host, port, method, agent, path: "/2018-06-01/runtime/" + path, headers },
    async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode, headers: response.headers, text });
    },
  );
  request.on("error", reject);
  if (typeof body === "function") return body(request);
  request.end(body);
});
const next = async () => {
  const { headers, text } = await ask("GET", "invocation/next");
  return { id: headers["lambda-runtime-aws-request-id"], headers, event: JSON.parse(text) };
};
const answer = (id, value) => ask("POST", "invocation/" + id + "/response", JSON.stringify(value));
`;

const custom = (
  body: string,
  change: Parameters<Trial["version"]>[1] = {},
  more: Parameters<typeof zipOf>[0] = {},
) =>
  trial.version(zipOf({ bootstrap: `${RUNTIME}(async () => { ${body} })();`, ...more }), {
    runtime: "provided.al2023",
    handler: "some.handler",
    ...change,
  });

/** Answers every event with what `value` comes to. */
const loop = (value: string, change: Parameters<Trial["version"]>[1] = {}) =>
  custom(`for (;;) { const { id, headers, event } = await next(); await answer(id, ${value}); }`, change);

describe("a custom runtime", () => {
  it("asks for events and answers them, one process for all", async () => {
    const version = loop("{ event, pid: process.pid }");
    const first = await trial.invoke(version, { n: 1 });
    expect(first.value).toMatchObject({ event: { n: 1 } });
    const second = await trial.invoke(version, { n: 2 });
    expect(second.value).toEqual({ ...(first.value as object), event: { n: 2 } });
    expect(first.report.initDurationMs).toBeGreaterThan(0);
    expect(second.report.initDurationMs).toBeUndefined();
    expect(first.report.maxMemoryMb).toBeGreaterThan(10);
  });

  it("is told about the invocation in headers", async () => {
    const version = loop("{ headers, now: Date.now() }", { timeoutMs: 30_000 });
    const { value, environment } = await trial.invoke(
      version,
      {},
      { requestId: "r-7", clientContext: '{\n"a": "ü"}' },
    );
    const { headers, now } = value as { headers: Record<string, string>; now: number };
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": "r-7",
      "lambda-runtime-invoked-function-arn": version.arn,
      "lambda-runtime-trace-id": expect.stringMatching(/^Root=1-.*;Parent=.*;Sampled=1/),
      "lambda-runtime-client-context": Buffer.from('{ "a": "ü"}').toString("latin1"),
    });
    const remainingMs = Number(headers["lambda-runtime-deadline-ms"]) - now;
    expect(remainingMs).toBeGreaterThan(25_000);
    expect(remainingMs).toBeLessThanOrEqual(30_000);
    expect(environment).toMatch(/\[\$LATEST\]/);
  });

  it("has the variables of one", async () => {
    const version = loop("{ env: process.env, cwd: process.cwd() }", { environment: { OWN: "yes" } });
    const { env, cwd } = (await trial.invoke(version)).value as { env: Record<string, string>; cwd: string };
    expect(env).toMatchObject({ OWN: "yes", _HANDLER: "some.handler", LAMBDA_TASK_ROOT: cwd });
    expect(env.AWS_LAMBDA_RUNTIME_API).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(env).not.toHaveProperty("AWS_EXECUTION_ENV");
  });

  it("is started by a layer where the code has none, and finds the layer's programs", async () => {
    const base = custom("for (;;) { const { id } = await next(); await answer(id, process.env.PATH); }");
    const code = trial.version({ "settings.txt": "" }, { runtime: "provided.al2" });
    const { value } = await trial.invoke({ ...code, layers: [base] });
    expect(value).toMatch(/:\/.*\/bin$/);
  });

  it("writes START, its output, END and REPORT", async () => {
    const version = custom(`for (;;) { const { id } = await next();
      console.log("one"); console.error("two"); await answer(id, 1); console.log("three"); }`);
    const { tail } = await trial.invoke(version, {}, { requestId: "r-8" });
    const lines = tail
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/[:\t]/)[0]);
    expect(lines[0]).toBe("START RequestId");
    // What is written before the next event is asked for belongs to this one.
    expect(lines.slice(1, -2).sort()).toEqual(["one", "three", "two"]);
    expect(lines.slice(-2)).toEqual(["END RequestId", "REPORT RequestId"]);
    expect(trial.messages()).toContainEqual(expect.stringMatching(/^INIT_START .*provided:al2023\.v/));
  });

  it("reports an error of its handler, and goes on", async () => {
    const version = custom(`for (let n = 1; ; n++) { const { id } = await next();
      await ask("POST", "invocation/" + id + "/error", '{"errorType":"Odd","errorMessage":"no ' + n + '"}',
        { "lambda-runtime-function-error-type": "Function.Odd" }); }`);
    for (const n of [1, 2]) {
      const reply = await trial.invoke(version);
      expect(reply).toMatchObject({ functionError: "Unhandled", errorType: "Odd" });
      expect(reply.value).toEqual({ errorType: "Odd", errorMessage: `no ${n}` });
    }
  });

  it("that ends without an answer is told by its status", async () => {
    const version = custom("await next(); process.exit(3);");
    const reply = await trial.invoke(version, {}, { requestId: "r-9" });
    expect(reply.value).toEqual({
      errorType: "Runtime.ExitError",
      errorMessage: "RequestId: r-9 Error: Runtime exited with error: exit status 3",
    });
  });

  it("that ends after its answer has given it, and is started anew", async () => {
    const version = custom("const { id } = await next(); await answer(id, process.pid); process.exit();");
    const one = await trial.invoke(version);
    const other = await trial.invoke(version);
    expect(one).not.toHaveProperty("functionError");
    expect(other.value).not.toBe(one.value);
  });

  it("can be started ahead, and is frozen while it rests", async () => {
    const version = loop("{ pid: process.pid, kind: process.env.AWS_LAMBDA_INITIALIZATION_TYPE }");
    expect(await trial.compute.provision(version, 1)).toEqual({ status: "ready" });
    const { value, report } = await trial.invoke(version, {}, { provisioned: true });
    const { pid, kind } = value as { pid: number; kind: string };
    expect(kind).toBe("provisioned-concurrency");
    expect(report).not.toHaveProperty("initDurationMs");
    if (process.platform === "linux") {
      const state = () => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
      await expect.poll(state).toBe("T");
    }
    expect((await trial.invoke(version, {}, { provisioned: true })).value).toEqual({ pid, kind });
    await trial.compute.provision(version, 0);
  });

  it("that takes too long is stopped", async () => {
    const reply = await trial.invoke(custom("await next(); setInterval(() => {}, 1e6);", { timeoutMs: 300 }));
    expect(reply.errorType).toBe("Sandbox.Timeout");
  });

  it("whose init fails is tried again by the invocation, which tells why", async () => {
    const version = custom(`await ask("POST", "init/error", '{"errorType":"Bad","errorMessage":"start"}');
      const { status } = await ask("GET", "invocation/next"); console.log("next is", status);`);
    const reply = await trial.invoke(version);
    expect(reply.value).toEqual({ errorType: "Bad", errorMessage: "start" });
    expect(reply.isInit).toBe(true);
    expect(trial.messages().filter((message) => message === "next is 403")).toHaveLength(2);
  });
});

describe("the Runtime API", () => {
  it("refuses a wrong id, a wrong order, a second answer and what it does not have", async () => {
    const version = custom(`const told = [];
      const tell = async (...request) => {
        const { status, text } = await ask(...request);
        told.push([status, text]);
      };
      await tell("POST", "invocation/none/response", "1");
      const { id } = await next();
      await tell("POST", "invocation/none/response", "1");
      await tell("POST", "init/error", "{}");
      await tell("GET", "invocation/none");
      const again = await next();
      told.push(again.id === id);
      await tell("POST", "invocation/" + id + "/response", JSON.stringify("first"));
      await tell("POST", "invocation/" + id + "/response", JSON.stringify("second"));
      await tell("POST", "invocation/" + id + "/error", "{}");
      const later = await next();
      await tell("POST", "invocation/" + id + "/response", "1");
      await answer(later.id, told);
      await next();`);
    expect((await trial.invoke(version)).value).toBe("first");
    const wrongId = [400, '{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}\n'];
    const wrongOrder = (from: string, to: string) => [
      403,
      `{"errorMessage":"State transition from ${from} to ${to} failed for runtime. ` +
        'Error: State transition is not allowed","errorType":"InvalidStateTransition"}\n',
    ];
    expect((await trial.invoke(version)).value).toEqual([
      wrongId,
      wrongId,
      wrongOrder("Running", "InitError"),
      [404, "404 page not found\n"],
      true,
      [202, '{"status":"OK"}\n'],
      wrongOrder("RuntimeResponseSentState", "InvocationResponse"),
      wrongOrder("RuntimeResponseSentState", "InvocationErrorResponse"),
      wrongId,
    ]);
  });

  it("takes no answer above 6 MB, and the runtime goes on", async () => {
    const version = custom(`let told = 0; for (;;) { const { id, event } = await next();
      const body = JSON.stringify(event.bytes ? "x".repeat(event.bytes) : told);
      told = (await ask("POST", "invocation/" + id + "/response", body)).status; }`);
    const large = await trial.invoke(version, { bytes: 6_291_555 });
    expect(large.value).toEqual({
      errorType: "Function.ResponseSizeTooLarge",
      errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    });
    expect((await trial.invoke(version)).value).toBe(413);
    expect((await trial.invoke(version, { bytes: 6_291_554 })).payload).toHaveLength(6_291_556);
  });

  it("answers nobody but the environment's own processes", async () => {
    const api = (await trial.invoke(loop("process.env.AWS_LAMBDA_RUNTIME_API"))).value as string;
    const answer = await fetch(`http://${api}/2018-06-01/runtime/invocation/next`);
    if (process.platform === "linux") expect(answer.status).toBe(403);
  });
});

/** Takes a streamed answer, and notes what came of it. */
function notes() {
  const taken: string[] = [];
  const stream = {
    begin: (contentType: string) => void taken.push(contentType),
    write: async (chunk: Uint8Array) => void taken.push(Buffer.from(chunk).toString()),
  };
  return { taken, stream };
}

describe("an answer that a custom runtime streams", () => {
  const streaming = (write: string, headers = "") =>
    custom(`for (;;) { const { id, event } = await next();
      await ask("POST", "invocation/" + id + "/response", async (request) => { ${write} }, {
        "lambda-runtime-function-response-mode": "streaming", "content-type": "text/plain", ${headers}
      }); }`);

  it("is handed on as it comes", async () => {
    const version = streaming(`request.write("one ");
      while (!require("fs").existsSync(event.until)) await new Promise((done) => setTimeout(done, 2));
      request.end("two");`);
    const { taken, stream } = notes();
    const until = join(trial.folder, "go-on");
    const running = trial.invoke(version, { until }, { stream });
    await expect.poll(() => taken).toEqual(["text/plain", "one "]);
    writeFileSync(until, "");
    expect((await running).value).toBe("one two");
    expect(taken).toEqual(["text/plain", "one ", "two"]);
    // Who does not take it as it comes gets the whole.
    expect((await trial.invoke(streaming("request.end('12')"))).value).toBe(12);
  });

  it("is held back while nobody takes it, and loses nothing", async () => {
    const version = streaming(`const piece = Buffer.alloc(100_000, 97);
      for (let n = 0; n < 70; n++)
        if (!request.write(piece)) await new Promise((go) => request.once("drain", go));
      request.end();`);
    const waiting: (() => void)[] = [];
    let sizeBytes = 0;
    let isHeld = true;
    const stream = {
      begin: () => {},
      write(chunk: Uint8Array): Promise<void> {
        sizeBytes += chunk.length;
        return isHeld ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve();
      },
    };
    const running = trial.invoke(version, {}, { stream });
    await expect.poll(() => sizeBytes).toBeGreaterThanOrEqual(256 * 1024);
    // A chunk more than may be under way, at the most.
    expect(sizeBytes).toBeLessThan(512 * 1024);
    isHeld = false;
    for (const resolve of waiting) resolve();
    await running;
    expect(sizeBytes).toBe(7_000_000);
  });

  it("may end in an error, which its trailers tell", async () => {
    const version = streaming(
      `request.write("half");
       const body = Buffer.from('{"errorType":"Late","errorMessage":"m"}').toString("base64");
       request.addTrailers({ "Lambda-Runtime-Function-Error-Type": "Late",
         "Lambda-Runtime-Function-Error-Body": body });
       request.end();`,
      `trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"`,
    );
    const { taken, stream } = notes();
    const reply = await trial.invoke(version, {}, { stream });
    expect(taken).toEqual(["text/plain", "half"]);
    expect(reply).toMatchObject({ functionError: "Unhandled", errorType: "Late" });
    expect(reply.value).toEqual({ errorType: "Late", errorMessage: "m" });
  });

  it("that breaks off is told by the end of its process", async () => {
    const version = streaming(`request.write("half"); setTimeout(() => process.exit(1), 20);`);
    const reply = await trial.invoke(version, {}, { stream: notes().stream });
    expect(reply.errorType).toBe("Runtime.ExitError");
  });

  it("has no other mode", async () => {
    const version =
      custom(`for (let told; ; ) { const { id } = await next(); if (told) await answer(id, told);
      told = await ask("POST", "invocation/" + id + "/response", "1",
        { "lambda-runtime-function-response-mode": "odd" }); }`);
    expect((await trial.invoke(version)).errorType).toBe("Runtime.InvalidResponseModeHeader");
    expect((await trial.invoke(version)).value).toMatchObject({ status: 400 });
  });
});

describe("a bootstrap that cannot be run", () => {
  const files = (files: Parameters<typeof zipOf>[0], change = {}) =>
    trial.version(zipOf(files), { runtime: "provided.al2023", ...change });
  /** The start of a program for the other kind of machine. */
  const foreign = Buffer.alloc(64);
  foreign.write("\x7fELF", "latin1");
  foreign.writeUInt16LE(process.arch === "arm64" ? 62 : 183, 18);

  it.each([
    [
      "is missing",
      files.bind(null, { a: "" }),
      "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
    ],
    [
      "is no program",
      files.bind(null, { bootstrap: "echo" }),
      "fork/exec /var/task/bootstrap: permission denied",
    ],
    [
      "has an interpreter that is not there",
      files.bind(null, { bootstrap: "#!/bin/none\n" }),
      "fork/exec /var/task/bootstrap: no such file or directory",
    ],
    [
      "was built for another machine",
      files.bind(null, { bootstrap: foreign }),
      expect.stringContaining("fork/exec /var/task/bootstrap: exec format error (it was built for "),
    ],
  ])("%s", async (_, version, message) => {
    const reply = await trial.invoke(version(), {}, { requestId: "r-1" });
    expect(reply.value).toEqual({
      errorType: "Runtime.InvalidEntrypoint",
      errorMessage: typeof message === "string" ? `RequestId: r-1 Error: ${message}` : message,
    });
  });
});

describe("a shell script with curl", () => {
  it.skipIf(spawnSync("curl", ["--version"]).status !== 0)("is a runtime (needs curl)", async () => {
    const bootstrap = `#!/bin/sh
set -eu
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  event=$(curl -sS -D "$TMPDIR/headers" "$api/next")
  id=$(grep -i '^lambda-runtime-aws-request-id:' "$TMPDIR/headers" | tr -d '\\r' | cut -d' ' -f2)
  echo "got $event"
  curl -sS "$api/$id/response" -d "{\\"event\\":$event}" -o /dev/null
done
`;
    const version = trial.version({ bootstrap }, { runtime: "provided.al2023" });
    for (const n of [1, 2]) expect((await trial.invoke(version, { n })).value).toEqual({ event: { n } });
  });
});
