import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTrial, type Reply, type Trial } from "./trial.fixture.ts";

let trial: Trial;
beforeAll(async () => {
  trial = await createTrial();
});
afterAll(() => trial.close());

const node = (text: string, change = {}) => trial.version({ "index.js": text }, change);
const run = (text: string, event: unknown = {}) => trial.invoke(node(text), event, { requestId: "r-1" });
const tailLines = (reply: Reply) => reply.tail.trim().split("\n");

describe("handlers of Node functions", () => {
  it.each<[string, Record<string, string>, string]>([
    ["CommonJS", { "index.js": "exports.handler = async () => 'ok'" }, "index.handler"],
    [
      "a folder and a nested export",
      { "a/b/main.js": "exports.x = { y: async () => 'ok' }" },
      "a/b/main.x.y",
    ],
    ["ESM by extension", { "index.mjs": "export const handler = async () => 'ok'" }, "index.handler"],
    ["CommonJS by extension", { "index.cjs": "exports.handler = async () => 'ok'" }, "index.handler"],
    [
      "ESM by package.json, with top-level await",
      {
        "package.json": '{"type":"module"}',
        "index.js": "const a = await 'ok'; export const handler = () => Promise.resolve(a)",
      },
      "index.handler",
    ],
    [
      "callback",
      { "index.js": "exports.handler = (e, c, done) => setTimeout(done, 1, null, 'ok')" },
      "index.handler",
    ],
    ["context.succeed", { "index.js": "exports.handler = (e, c) => c.succeed('ok')" }, "index.handler"],
    ["a package", { "node_modules/app/index.js": "exports.run = async () => 'ok'" }, "app.run"],
  ])("may be %s", async (_name, files, handler) => {
    const reply = await trial.invoke(trial.version(files, { handler }));
    expect([reply.value, reply.functionError]).toEqual(["ok", undefined]);
  });

  it.each<[string, string, string, string]>([
    [
      "exports.x = 1",
      "index.handler",
      "Runtime.HandlerNotFound",
      "index.handler is undefined or not exported",
    ],
    ["exports.handler = 1", "index.handler", "Runtime.HandlerNotFound", "index.handler is not a function"],
    ["require('gone')", "index.handler", "Runtime.ImportModuleError", "Error: Cannot find module 'gone'"],
    ["", "other.handler", "Runtime.ImportModuleError", "Error: Cannot find module 'other'"],
    ["(", "index.handler", "Runtime.UserCodeSyntaxError", "SyntaxError: "],
    ["", "index", "Runtime.MalformedHandlerName", "Bad handler"],
    [
      "",
      "../index.handler",
      "Runtime.MalformedHandlerName",
      "'../index.handler' is not a valid handler name.",
    ],
    ["throw new TypeError('at load')", "index.handler", "TypeError", "at load"],
    [
      "setImmediate(() => { throw new TypeError('later') }); exports.x=new Promise(()=>{})",
      "index.handler",
      "Runtime.HandlerNotFound",
      "index.handler is undefined",
    ],
  ])("that fail to load (%j, %s) give %s", async (text, handler, errorType, message) => {
    const reply = await trial.invoke(node(text, { handler }));
    expect(reply.functionError).toBe("Unhandled");
    expect(reply.errorType).toBe(errorType);
    const document = reply.value as { errorType: string; errorMessage: string; trace: string[] };
    expect(document.errorType).toBe(errorType);
    expect(document.errorMessage.startsWith(message)).toBe(true);
    expect(reply.tail).toContain("ERROR\tUncaught Exception \t{");
    expect(reply.tail).toMatch(
      /INIT_REPORT Init Duration: [\d.]+ ms\tPhase: invoke\tStatus: error\tError Type: /,
    );
    expect(reply.report.initDurationMs).toBeUndefined();
  });

  it("see the context and environment of AWS and nothing of the host", async () => {
    const text = `exports.handler = async (event, context) => ({
      left: context.getRemainingTimeInMillis() > 0 && context.getRemainingTimeInMillis() <= 3000,
      keys: Object.keys(context).sort(), memory: context.memoryLimitInMB, client: context.clientContext,
      id: context.awsRequestId, stream: context.logStreamName, env: process.env,
      cwd: process.cwd() === process.env.LAMBDA_TASK_ROOT,
      tmp: require("os").tmpdir() === process.env.TMPDIR })`;
    const version = node(text, { environment: { COLOUR: "blue" } });
    const trace = {
      root: "1-00000000-000000000000000000000000",
      sampled: true,
      lineage: [{ resource: "a87bd80c", count: 2 }],
    };
    const reply = await trial.invoke(version, {}, { requestId: "r-2", clientContext: '{"a":1}', trace });
    const value = reply.value as { env: Record<string, string>; keys: string[]; stream: string };
    expect(value).toMatchObject({
      left: true,
      memory: "256",
      client: { a: 1 },
      id: "r-2",
      cwd: true,
      tmp: true,
    });
    expect(value.stream).toMatch(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
    const members =
      "awsRequestId callbackWaitsForEmptyEventLoop clientContext done fail functionName " +
      "functionVersion getRemainingTimeInMillis identity invokedFunctionArn logGroupName logStreamName " +
      "memoryLimitInMB succeed";
    expect(value.keys).toEqual(members.split(" "));
    const invoke = trial.spans.find((span) => span.requestId === "r-2" && span.kind === "invoke");
    expect(value.env).toMatchObject({
      COLOUR: "blue",
      AWS_ENDPOINT_URL: "http://127.0.0.1:4566",
      AWS_ENDPOINT_URL_SQS: "http://localhost:4566",
      AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x",
      AWS_ACCESS_KEY_ID: "AKIATRIAL",
      AWS_REGION: "us-east-1",
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      _X_AMZN_TRACE_ID: `Root=${trace.root};Parent=${invoke?.spanId};Sampled=1;Lineage=a87bd80c:2`,
    });
    const foreign = Object.keys(value.env).filter((name) =>
      /VITEST|^npm_|^USER$|^SHELL$|NODE_ENV/.test(name),
    );
    expect(foreign).toEqual([]);
  });

  it("start with the options that Node reads only then, in the folder of their code", async () => {
    const files = {
      "early.js": "globalThis.early = [process.env.COLOUR, process.env.AWS_LAMBDA_FUNCTION_NAME]",
      "index.js": "exports.handler = async () => globalThis.early",
    };
    const environment = { NODE_OPTIONS: "--require ./early.js", COLOUR: "blue" };
    const version = trial.version(files, { environment });
    expect((await trial.invoke(version)).value).toEqual(["blue", version.name]);
  });

  it("find the AWS SDK without bundling it, and their own packages first", async () => {
    const files = {
      "index.mjs": `import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
        import { createRequire } from "node:module";
        import own from "@aws-sdk/client-lambda";
        const { S3Client } = createRequire(import.meta.url)("@aws-sdk/client-s3");
        export const handler = async () => [typeof GetCallerIdentityCommand, typeof S3Client, own];`,
      "node_modules/@aws-sdk/client-lambda/index.js": "module.exports = 'own'",
    };
    const reply = await trial.invoke(trial.version(files, { timeoutMs: 20_000 }));
    expect(reply.value).toEqual(["function", "function", "own"]);
  });
});

describe("answers of Node functions", () => {
  it.each<[string, unknown]>([
    ["async () => undefined", null],
    ["() => 'a value that is no promise'", null],
    ["async () => ({ when: new Date(0), gone: undefined })", { when: "1970-01-01T00:00:00.000Z" }],
    ["(e, c, done) => { done(null, 1); done(null, 2) }", 1],
    ["(e, c, done) => { setTimeout(() => console.log('after'), 20); done(null, 'waited') }", "waited"],
    [
      "(e, c, end) => { c.callbackWaitsForEmptyEventLoop = false; setInterval(() => {}); end(null, 'now') }",
      "now",
    ],
  ])("%s", async (handler, value) => {
    const reply = await run(`exports.handler = ${handler}`);
    expect(reply.value).toEqual(value);
    if (value === "waited") expect(reply.tail).toContain("INFO\tafter");
  });

  it.each<[string, string, string]>([
    ["async () => { throw new RangeError('no') }", "RangeError", "no"],
    ["() => { throw new RangeError('sync') }", "RangeError", "sync"],
    ["(e, c, done) => done(new RangeError('by callback'))", "RangeError", "by callback"],
    ["(e, c, done) => done('text')", "string", "text"],
    ["async () => { throw 'text' }", "string", "text"],
    [
      "async () => 1n",
      "Runtime.MarshalError",
      "Unable to stringify response body: Do not know how to serialize a BigInt",
    ],
    [
      "async () => { const a = {}; a.a = a; return a }",
      "Runtime.MarshalError",
      "Unable to stringify response body: Converting circular",
    ],
    [
      "async () => 'x'.repeat(7e6)",
      "Function.ResponseSizeTooLarge",
      "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    ],
    ["async () => new Promise(() => {})", "Runtime.NodeJsExit", "The asynchronous handler's promise"],
  ])("%s is %s", async (handler, errorType, message) => {
    const reply = await run(`exports.handler = ${handler}`);
    expect(reply.functionError).toBe("Unhandled");
    expect(reply.errorType).toBe(errorType);
    const document = reply.value as { errorType: string; errorMessage: string };
    expect(document.errorType).toBe(errorType);
    expect(document.errorMessage.startsWith(message)).toBe(true);
    expect(reply.tail).toContain("\tr-1\tERROR\tInvoke Error \t{");
  });

  it("of a process that fails outside of the handler's promise name the cause", async () => {
    const thrown = await run(
      "exports.handler = () => new Promise(() => setTimeout(() => { throw new TypeError('late') }))",
    );
    expect(thrown.value).toMatchObject({ errorType: "TypeError", errorMessage: "late" });
    expect(thrown.tail).toContain("\tERROR\tUncaught Exception \t{");
    const rejected = await run(
      `exports.handler = () => { Promise.reject(new TypeError("lost"));
        return new Promise(() => setTimeout(() => {}, 1e4)) }`,
    );
    expect(rejected.value).toMatchObject({
      errorType: "Runtime.UnhandledPromiseRejection",
      errorMessage: "TypeError: lost",
    });
    expect(rejected.tail).toContain("\tERROR\tUnhandled Promise Rejection \t{");
  });
});

describe("environments of Node functions", () => {
  it("serve again after an empty event loop, an error, and a loop left busy", async () => {
    const version = node(`let calls = 0; exports.handler = (event, context, done) => {
      calls++;
      if (event === "nothing") return;
      if (event === "throw") throw new Error("once");
      if (event === "busy") { context.callbackWaitsForEmptyEventLoop = false; setInterval(() => {}, 1); }
      done(null, calls);
    }`);
    const values = [];
    for (const event of ["nothing", "throw", "nothing", "count", "busy", "busy"]) {
      values.push((await trial.invoke(version, event)).value);
    }
    expect(values).toMatchObject([null, { errorMessage: "once" }, null, 4, 5, 6]);
  });
});

describe("logs of Node functions", () => {
  it("keep the order and the line breaks of all that is printed", async () => {
    const reply = await run(`exports.handler = async () => {
      console.log("a %s", 1, { b: 2 }); process.stdout.write("raw\\nopen");
      console.error("x\\ny"); console.debug("d");
      require("child_process").spawnSync("echo", ["child"], { stdio: "inherit" });
    }`);
    expect(
      tailLines(reply)
        .slice(0, -2)
        .map((line) => line.replace(/^\S+Z\t/, "")),
    ).toEqual([
      "START RequestId: r-1 Version: $LATEST",
      "r-1\tINFO\ta 1 { b: 2 }",
      "raw",
      "open",
      "r-1\tERROR\tx",
      "y",
      "r-1\tDEBUG\td",
      "child",
    ]);
    expect(tailLines(reply).at(-2)).toBe("END RequestId: r-1");
    expect(tailLines(reply).at(-1)).toMatch(
      new RegExp(
        "^REPORT RequestId: r-1\tDuration: [\\d.]+ ms\tBilled Duration: \\d+ ms\tMemory Size: 256 MB\t" +
          "Max Memory Used: \\d+ MB\tInit Duration: [\\d.]+ ms$",
      ),
    );
  });

  it("are JSON when asked, at the levels asked for", async () => {
    const version = node(
      `exports.handler = async () => { console.info("no"); console.warn({ order: 7 });
        console.error("bad", new TypeError("t")) }`,
      { logFormat: "JSON", applicationLogLevel: "WARN", systemLogLevel: "DEBUG" },
    );
    const reply = await trial.invoke(version, {}, { requestId: "r-3" });
    const events = tailLines(reply).map((line) => JSON.parse(line));
    expect(events).toMatchObject([
      { type: "platform.start", record: { requestId: "r-3", version: "$LATEST" } },
      { level: "WARN", requestId: "r-3", message: { order: 7 } },
      { level: "ERROR", requestId: "r-3", errorType: "TypeError", errorMessage: "t" },
      { type: "platform.runtimeDone", record: { requestId: "r-3", status: "success" } },
      {
        type: "platform.report",
        record: { requestId: "r-3", status: "success", metrics: { memorySizeMB: 256 } },
      },
    ]);
    const ofInit = trial.lines
      .filter((line) => line.group === version.logGroup)
      .map((line) => JSON.parse(line.message).type);
    expect(ofInit.slice(0, 3)).toEqual([
      "platform.initStart",
      "platform.initRuntimeDone",
      "platform.initReport",
    ]);
  });

  it("carry their request and trace, and the tail is the last 4 KiB", async () => {
    const version = node(
      "exports.handler = async () => { for (let i = 0; i < 300; i++) console.log('line', i) }",
    );
    const reply = await trial.invoke(version, {}, { requestId: "r-4" });
    expect(reply.logTail().length).toBe(4096);
    expect(reply.tail).toContain("line 299");
    const own = trial.lines.filter((line) => line.group === version.logGroup);
    expect(own).toHaveLength(304);
    expect(new Set(own.map((line) => line.requestId))).toEqual(new Set(["r-4"]));
    expect(new Set(own.map((line) => line.stream)).size).toBe(1);
  });
});

it("takes names below localhost for this machine, whatever the system's resolver knows", async () => {
  const server = createServer((request, response) => response.end(request.headers.host));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const reply = await trial.invoke(
    trial.version(
      {
        "index.mjs": `import { lookup, promises } from "node:dns";
          import { get } from "node:http";
          import { text } from "node:stream/consumers";
          import { promisify } from "node:util";
          const name = "b.localhost";
          export const handler = async (url) => [
            await (await fetch(url)).text(),
            await new Promise((resolve, reject) => get(url, resolve).on("error", reject)).then(text),
            await promises.lookup(name, { all: true }),
            await promisify(lookup)(name, 6),
            await promises.lookup("none.invalid").catch(({ code }) => typeof code),
          ];`,
      },
      { timeoutMs: 20_000 },
    ),
    `http://a1.execute-api.localhost:${port}/`,
  );
  server.close();
  expect(reply.value).toEqual([
    `a1.execute-api.localhost:${port}`,
    `a1.execute-api.localhost:${port}`,
    [
      { address: "127.0.0.1", family: 4 },
      { address: "::1", family: 6 },
    ],
    { address: "::1", family: 6 },
    "string",
  ]);
});
