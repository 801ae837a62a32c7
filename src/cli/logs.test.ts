import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createConsole } from "../console/console.ts";
import { createClock } from "../kernel/clock.ts";
import { UserError } from "../kernel/faults.ts";
import { createLog } from "../kernel/log.ts";
import { createMetrics } from "../kernel/metrics.ts";
import { Totals } from "../observe/export/totals.ts";
import { createObserve, type Observe } from "../observe/observe.ts";
import type { Terminal } from "./command.ts";
import { drawLine, followLogs, logs } from "./logs.ts";
import { palette } from "./terminal.ts";
import { trace } from "./trace.ts";

const clock = createClock();
let observe: Observe;
let server: Server;
let printed: { out: string; err: string };
let terminal: Terminal;

beforeEach(async () => {
  observe = createObserve({ clock, log: createLog("silent", () => {}) });
  server = await serve(0);
  printed = { out: "", err: "" };
  terminal = {
    out(text) {
      printed.out += text;
    },
    err(text) {
      printed.err += text;
    },
    columns: 80,
    colour: false,
  };
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await observe.close();
});

/** The console's pages over HTTP, as the gateway serves them. */
async function serve(port: number): Promise<Server> {
  const answer = createConsole({
    observe,
    clock,
    defaults: { account: "000000000000", region: "us-east-1" },
    tables: async () => undefined,
    deliveries: { throttles: async () => ({}), loops: async () => ({}), replay: async function* () {} },
    streams: {
      report: async () => [],
      decide: async () => 1,
      quarantined: async () => [],
      replay: async () => [],
    },
    chaos: { add: () => undefined, list: () => [], remove: () => 0 },
    decisions: { stateOf: async () => "new", decide: async () => {} },
    functions: { accountConcurrency: 1_000, settings: async () => [], executions: async () => [] },
    exposed: { metrics: createMetrics(), totals: new Totals(), version: "1", otlp: undefined },
    letters: { list: async () => [], confirm: async () => undefined, stop: async () => false },
  });
  const started = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const abort = new AbortController();
    response.once("close", () => abort.abort());
    const asked = { method: "GET", path: pathname, query: searchParams, body: new Uint8Array() };
    const found = await answer({ ...asked, signal: abort.signal });
    response.writeHead(found?.status ?? 404);
    if (found && "lines" in found) {
      response.flushHeaders();
      for await (const line of found.lines) response.write(`${JSON.stringify(line)}\n`);
    }
    response.end(found && "json" in found ? JSON.stringify(found.json) : undefined);
  });
  started.listen(port, "127.0.0.1");
  await once(started, "listening");
  return started;
}

const portOf = () => (server.address() as AddressInfo).port;
const where = () => ["--endpoint", `http://127.0.0.1:${portOf()}`];

function log(message: string, fields = {}): void {
  observe.recorder.log({
    timeMs: Date.UTC(2026, 10, 23, 3, 15, 0, 123),
    group: "/aws/lambda/thumbnail",
    stream: "s",
    account: "000000000000",
    region: "us-east-1",
    requestId: "8f3a1c2e-1111-4000-8000-000000000000",
    message,
    source: "function",
    ...fields,
  });
}

describe("nuage logs", () => {
  it("prints time, function, request and message, the oldest first", async () => {
    log("first\nand more\n");
    log("second \x1b[31mred\x07", { group: "/aws/lambda/a-function-with-a-long-name" });
    expect(await logs(where(), terminal)).toBe(0);
    expect(printed.out.split("\n")).toEqual([
      "03:15:00.123 thumbnail        8f3a1c2e  first",
      "                                        and more",
      "03:15:00.123 a-function-with… 8f3a1c2e  second red ",
      "",
    ]);
  });

  it("gives one function the same colour on every line", () => {
    const line = { seq: 1, timeMs: 0, group: "g", stream: "s", message: "m", source: "function" } as const;
    const scope = { account: "0", region: "r" };
    const [one, two] = ["a", "b"].map((message) => drawLine({ ...line, ...scope, message }, palette(true)));
    expect(one).toContain("\x1b[");
    expect(one?.slice(0, -1)).toBe(two?.slice(0, -1));
  });

  it("asks for what its options say", async () => {
    log("wanted", { group: "/aws/lambda/one" });
    log("unwanted", { group: "/aws/lambda/one" });
    log("wanted elsewhere", { group: "/aws/lambda/two" });
    await logs([...where(), "--function", "one", "--filter", "wanted", "--limit", "5", "--json"], terminal);
    const lines = printed.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ message }) => message)).toEqual(["wanted", "unwanted"]);
    await expect(logs([...where(), "--since", "noon"], terminal)).rejects.toThrow(/"since" must be/);
    await expect(logs([...where(), "--nonsense"], terminal)).rejects.toThrow(/--nonsense/);
  });

  it("says in one sentence that no platform runs", async () => {
    const endpoint = where();
    server.close();
    await expect(logs(endpoint, terminal)).rejects.toThrow(UserError);
    await expect(logs([...endpoint, "-f"], terminal)).rejects.toThrow(/no platform answers/);
    await expect(trace(endpoint, terminal)).rejects.toThrow(/no platform answers/);
  });

  it("follows, and goes on after the last line when the platform comes back", async () => {
    const port = portOf();
    const stop = new AbortController();
    const seen: string[] = [];
    let arrived = () => {};
    const until = async (count: number) => {
      while (seen.length < count) {
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
    };
    log("1");
    const following = followLogs({
      endpoint: `http://127.0.0.1:${port}`,
      query: new URLSearchParams({ limit: "100" }),
      terminal,
      print: ({ message }) => {
        seen.push(message);
        arrived();
      },
      signal: stop.signal,
    });
    await until(1);
    log("2");
    await until(2);
    server.closeAllConnections();
    server.close();
    log("3 while nobody listened");
    server = await serve(port);
    await until(3);
    log("4");
    await until(4);
    stop.abort();
    await following;
    expect(seen).toEqual(["1", "2", "3 while nobody listened", "4"]);
    expect(printed.err).toMatch(/^-- the platform has stopped.*\n-- the platform is back.*\n$/);
  });
});

describe("nuage trace", () => {
  it("lists the latest traces and draws the newest, or the one that is asked for", async () => {
    for (const [index, name] of ["s3.PutObject", "sts.GetCallerIdentity"].entries()) {
      observe.recorder.span({
        traceId: `1-6500aaa${index}-0123456789abcdef01234567`,
        spanId: "00000000000000aa",
        kind: "call",
        name,
        startMs: 1_000 + index,
        durationMs: 5,
        status: "ok",
        requestId: `request-${index}`,
        account: "000000000000",
        region: "us-east-1",
        attributes: {},
      });
    }
    expect(await trace(where(), terminal)).toBe(0);
    expect(printed.out).toMatch(
      /^TIME .*\n.*1-6500aaa1-.*sts\.GetCaller.*\n.*s3\.PutObject.*\n\nTrace 1-6500aaa1-/,
    );
    printed.out = "";
    await trace([...where(), "request-0"], terminal);
    expect(printed.out).toMatch(/^Trace 1-6500aaa0-/);
    printed.out = "";
    await trace([...where(), "request-0", "--json"], terminal);
    expect(JSON.parse(printed.out)).toMatchObject({ summary: { entry: "s3.PutObject" } });
    await expect(trace([...where(), "nope"], terminal)).rejects.toThrow(
      'No trace or request begins with "nope".',
    );
    await expect(trace([...where(), "one", "two"], terminal)).rejects.toThrow(/Usage: nuage trace/);
  });

  it("says so when there is nothing yet", async () => {
    await trace(where(), terminal);
    expect(printed.out).toMatch(/^Nothing has been traced yet/);
  });
});
