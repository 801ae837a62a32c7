import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTrial, type Trial, zipOf } from "../trial.fixture.ts";

let trial: Trial;
beforeAll(async () => {
  trial = await createTrial({ freeze: false });
});
afterAll(() => trial.close());

/** Listens, subscribes with what `subscription` makes of its port, and keeps all that comes. */
const listener = (subscription: string, more = "", path = "/2022-07-01/telemetry") => `#!/usr/bin/env node
const http = require("http");
const net = require("net");
const fs = require("fs");
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const note = (told) => fs.appendFileSync(process.env.NOTES, JSON.stringify(told) + "\\n");
const ask = (method, path, body, headers) => new Promise((resolve) => {
  http.request({ host, port, method, path, headers }, async (response) => {
    let text = "";
    for await (const chunk of response) text += chunk;
    resolve({ status: response.statusCode, headers: response.headers, text });
  }).end(body && JSON.stringify(body));
});
const http1 = http.createServer(async (request, response) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  for (const event of JSON.parse(text)) note({ at: request.url, ...event });
  response.end();
});
const tcp = net.createServer((socket) => require("readline").createInterface(socket)
  .on("line", (line) => note({ at: "tcp", ...JSON.parse(line) })));
(async () => {
  for (const server of [http1, tcp]) await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const ports = { http: http1.address().port, tcp: tcp.address().port };
  const { headers } = await ask("POST", "/2020-01-01/extension/register",
    { events: ["INVOKE", "SHUTDOWN"] }, { "lambda-extension-name": "listener" });
  const own = { "lambda-extension-identifier": headers["lambda-extension-identifier"] };
  const subscribe = (body) => ask("PUT", "${path}", body, own);
  const { status, text } = await subscribe((${subscription})(ports));
  if (text !== '"OK"') note([status, JSON.parse(text)]);
  console.log("I listen");
  ${more}
  for (;;) {
    const { text } = await ask("GET", "/2020-01-01/extension/event/next", undefined, own);
    if (JSON.parse(text).eventType === "SHUTDOWN") process.exit();
  }
})();
`;

const ALL = `(ports) => ({ schemaVersion: "2022-12-13", types: ["platform", "function", "extension"],
  buffering: { maxItems: 1000, maxBytes: 262144, timeoutMs: 25 },
  destination: { protocol: "HTTP", URI: "http://sandbox.localdomain:" + ports.http + "/here" } })`;

let count = 0;

function withListener(script: string, change: Parameters<Trial["version"]>[1] = {}) {
  const layer = trial.version(zipOf({ "extensions/listener": script }));
  const notes = join(trial.folder, `notes-${count++}`);
  const code = `exports.handler = async (event) => { console.log(event.say); return event; };`;
  const version = trial.version({ "index.js": code }, { layers: [layer], timeoutMs: 20_000, ...change });
  const told = () => {
    try {
      const lines = readFileSync(notes, "utf8").trim().split("\n");
      return lines.map((line) => JSON.parse(line) as { type: string; at: string; record: unknown });
    } catch {
      return [];
    }
  };
  return { version: { ...version, environment: { NOTES: notes } }, told };
}

const typesOf = (told: readonly { readonly type: string }[]) => told.map(({ type }) => type);

describe("the Telemetry API", () => {
  it("tells of the init, the invocation and all lines, from the beginning and as AWS does", async () => {
    const { version, told } = withListener(listener(ALL));
    await trial.invoke(version, { say: "hi" }, { requestId: "r-1" });
    await expect.poll(() => typesOf(told()), { timeout: 5000 }).toContain("platform.report");
    const byType = Object.fromEntries(told().map(({ type, record }) => [type, record]));
    const tracing = { type: "X-Amzn-Trace-Id", value: expect.stringMatching(/^Root=1-[^;]*;.*Sampled=1$/) };
    expect(byType).toMatchObject({
      "platform.initStart": {
        initializationType: "on-demand",
        phase: "init",
        functionName: version.name,
        functionVersion: "$LATEST",
        runtimeVersion: "nodejs:20.v1",
      },
      "platform.telemetrySubscription": {
        name: "listener",
        state: "Subscribed",
        types: ["platform", "function", "extension"],
      },
      extension: "I listen",
      "platform.extension": { name: "listener", state: "Ready", events: ["INVOKE", "SHUTDOWN"] },
      "platform.initRuntimeDone": { initializationType: "on-demand", phase: "init", status: "success" },
      "platform.initReport": { phase: "init", metrics: { durationMs: expect.any(Number) } },
      "platform.start": { requestId: "r-1", version: "$LATEST", tracing },
      "platform.runtimeDone": {
        requestId: "r-1",
        status: "success",
        metrics: { durationMs: expect.any(Number), producedBytes: 12 },
        spans: [{ name: "responseLatency", start: expect.any(String), durationMs: expect.any(Number) }],
        tracing,
      },
      "platform.report": {
        requestId: "r-1",
        status: "success",
        metrics: {
          memorySizeMB: 256,
          billedDurationMs: expect.any(Number),
          initDurationMs: expect.any(Number),
        },
        spans: [{ name: "extensionOverhead" }],
        tracing,
      },
    });
    expect(String(byType.function)).toMatch(/\tr-1\tINFO\thi$/);
    expect(typesOf(told()).indexOf("platform.start")).toBeLessThan(typesOf(told()).indexOf("function"));
    expect(new Set(told().map(({ at }) => at))).toEqual(new Set(["/here"]));
    const log = trial.lines.filter(({ group }) => group === version.logGroup).map(({ message }) => message);
    expect(log).toContain(
      "TELEMETRY\tName: listener\tState: Subscribed\tTypes: [Platform, Function, Extension]",
    );
  });

  it("tells lines of a function that logs JSON as the objects that they are", async () => {
    const { version, told } = withListener(listener(ALL), { logFormat: "JSON" });
    await trial.invoke(version, { say: "hi" });
    await expect.poll(() => typesOf(told()), { timeout: 5000 }).toContain("function");
    const line = told().find(({ type }) => type === "function");
    expect(line?.record).toMatchObject({ level: "INFO", message: "hi" });
  });

  it("tells of the types alone that were asked for, over TCP too", async () => {
    const script = listener(`(ports) => ({ schemaVersion: "2022-07-01", types: ["function"],
      buffering: { timeoutMs: 25 }, destination: { protocol: "TCP", port: ports.tcp } })`);
    const { version, told } = withListener(script);
    for (const say of ["one", "two"]) await trial.invoke(version, { say });
    await expect.poll(() => told().length, { timeout: 5000 }).toBe(2);
    expect(told()).toMatchObject([
      { at: "tcp", type: "function", record: expect.stringMatching(/one$/) },
      { at: "tcp", type: "function", record: expect.stringMatching(/two$/) },
    ]);
  });

  it("goes on when the listener breaks its connection off", async () => {
    const script = listener(`(ports) => {
      tcp.on("connection", (socket) =>
        socket.on("data", () => setTimeout(() => socket.resetAndDestroy(), 5)));
      return { schemaVersion: "2022-07-01", types: ["function"],
        buffering: { timeoutMs: 25 }, destination: { protocol: "TCP", port: ports.tcp } };
    }`);
    const { version, told } = withListener(script);
    for (const say of ["one", "two", "three"]) {
      await trial.invoke(version, { say });
      await expect.poll(() => JSON.stringify(told()), { timeout: 5000 }).toContain(say);
    }
  });

  it("lets an extension wait for the end of the runtime before it asks for more", async () => {
    const script = listener(
      ALL,
      `const done = () => fs.existsSync(process.env.NOTES) &&
          fs.readFileSync(process.env.NOTES, "utf8").includes("platform.runtimeDone");
       await ask("GET", "/2020-01-01/extension/event/next", undefined, own);
       while (!done()) await new Promise((again) => setTimeout(again, 5));`,
    );
    const { version } = withListener(script);
    const reply = await trial.invoke(version, { say: "hi" });
    expect(await reply.whole).not.toHaveProperty("functionError");
  });

  it("says what was dropped when the listener takes events again", async () => {
    const script = listener(
      `(ports) => ({ schemaVersion: "2022-12-13", types: ["platform", "function"],
        buffering: { timeoutMs: 25 },
        destination: { protocol: "HTTP", URI: "http://sandbox:" + ports.http } })`,
      `const [take] = http1.listeners("request");
       http1.removeAllListeners("request");
       http1.on("request", (request, response) => {
         if (fs.existsSync(process.env.NOTES + "-on")) return take(request, response);
         request.resume(); response.statusCode = 500; response.end();
         note({ type: "refused" });
       });`,
    );
    const { version, told } = withListener(script);
    const reply = await trial.invoke(version, { say: "lost" });
    await reply.whole;
    await expect.poll(() => typesOf(told()), { timeout: 5000 }).toContain("refused");
    const { writeFileSync } = await import("node:fs");
    writeFileSync(`${version.environment.NOTES}-on`, "");
    await trial.invoke(version, { say: "found" });
    const found = () => told().some(({ record }) => String(record).endsWith("found"));
    await expect.poll(found, { timeout: 5000 }).toBe(true);
    const [dropped] = told().filter(({ type }) => type !== "refused");
    expect(dropped).toMatchObject({
      type: "platform.logsDropped",
      record: {
        droppedRecords: expect.any(Number),
        droppedBytes: expect.any(Number),
        reason: expect.any(String),
      },
    });
  });

  it("says all that is wrong with a subscription", async () => {
    const script = listener(`() => ({ schemaVersion: "2020-01-01", types: [], buffering: { maxItems: 10 },
      destination: { protocol: "HTTP", URI: "http://elsewhere:80" } })`);
    const { version, told } = withListener(script);
    await trial.invoke(version, { say: "hi" });
    expect(told()).toEqual([
      [
        400,
        {
          errorType: "ValidationError",
          errorMessage:
            "schemaVersion should be one of [2022-07-01, 2022-12-13, 2025-01-29]; " +
            "types should not be empty; URI host should be sandbox.localdomain; " +
            "maxItems should be between 1000 and 10000",
        },
      ],
    ]);
  });

  it("takes no subscription after the init", async () => {
    const script = listener(
      ALL,
      `await ask("GET", "/2020-01-01/extension/event/next", undefined, own);
       const late = await subscribe({});
       note([late.status, JSON.parse(late.text)]);`,
    );
    const { version, told } = withListener(script);
    await (await trial.invoke(version, { say: "hi" })).whole;
    expect(told()).toContainEqual([
      403,
      {
        errorType: "Telemetry.SubscriptionClosed",
        errorMessage: "Telemetry API subscription is closed",
      },
    ]);
  });
});

describe("the older Logs API", () => {
  it("has events of its own shape", async () => {
    const script = listener(
      `(ports) => ({ types: ["platform", "function"], buffering: { timeoutMs: 25 },
        destination: { protocol: "HTTP", URI: "http://sandbox:" + ports.http } })`,
      "",
      "/2020-08-15/logs",
    );
    const { version, told } = withListener(script);
    await trial.invoke(version, { say: "hi" }, { requestId: "r-1" });
    await expect.poll(() => typesOf(told()), { timeout: 5000 }).toContain("platform.report");
    const events = told().map(({ type, record }) => [type, record]);
    expect(events).toEqual([
      [
        "platform.logsSubscription",
        { name: "listener", state: "Subscribed", types: ["platform", "function"] },
      ],
      ["platform.extension", { name: "listener", state: "Ready", events: ["INVOKE", "SHUTDOWN"] }],
      ["platform.start", { requestId: "r-1", version: "$LATEST" }],
      ["function", expect.stringMatching(/INFO\thi$/)],
      ["platform.end", { requestId: "r-1" }],
      ["platform.report", { requestId: "r-1", metrics: expect.objectContaining({ memorySizeMB: 256 }) }],
    ]);
  });
});
