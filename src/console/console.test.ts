import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createVirtualClock } from "../kernel/clock.ts";
import { createLog } from "../kernel/log.ts";
import { createMetrics } from "../kernel/metrics.ts";
import type { LogLine, Span } from "../kernel/telemetry.ts";
import { Totals } from "../observe/export/totals.ts";
import { createObserve, type Observe } from "../observe/observe.ts";
import { createConsole } from "./console.ts";

const clock = createVirtualClock(async () => {});
let observe: Observe;

beforeEach(() => {
  observe = createObserve({ clock, log: createLog("silent", () => {}) });
});

afterEach(() => observe.close());

/** One that tells what was asked for. */
const letter = (query: object) => ({
  ...{ id: "l1", sentMs: 1, account: "000000000000", region: "us-east-1", protocol: "email" as const },
  ...{ to: "a@example.com", body: JSON.stringify(query) },
});

async function ask(target: string, { method = "GET", signal = new AbortController().signal } = {}) {
  const { pathname, searchParams } = new URL(target, "http://localhost");
  const answer = createConsole({
    observe,
    clock,
    defaults: { account: "000000000000", region: "us-east-1" },
    tables: async () => undefined,
    letters: {
      list: async (query) => [letter(query)],
      confirm: async (id) => (id === "l1" ? "arn:of:a:subscription" : undefined),
      stop: async () => false,
    },
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
  });
  return answer({ method, path: pathname, query: searchParams, body: new Uint8Array(), signal });
}

async function json(target: string): Promise<Record<string, unknown>> {
  const response = await ask(target);
  expect(response).toMatchObject({ status: 200 });
  return response && "json" in response ? (response.json as Record<string, unknown>) : {};
}

async function found(parameters: string): Promise<unknown[]> {
  const page = await json(`/_nuage/logs?${parameters}`);
  return (page.lines as LogLine[]).map(({ message }) => message);
}

const scope = { account: "000000000000", region: "us-east-1" };

function log(message: string, fields: Partial<LogLine> = {}): void {
  const common = { timeMs: clock.now(), group: "/aws/lambda/one", stream: "s", source: "function" } as const;
  observe.recorder.log({ ...scope, ...common, message, ...fields });
}

function span(fields: Partial<Span> = {}): void {
  observe.recorder.span({
    ...scope,
    traceId: "1-6500aaaa-0123456789abcdef01234567",
    spanId: "00000000000000aa",
    kind: "call",
    name: "s3.PutObject",
    startMs: clock.now(),
    durationMs: 5,
    status: "ok",
    requestId: "request",
    attributes: { bucket: "photos", key: "a/b.jpg" },
    ...fields,
  });
}

describe("the console's pages", () => {
  it("answer for traces", async () => {
    span();
    expect(await json("/_nuage/traces")).toMatchObject({
      traces: [{ entry: "s3.PutObject photos/a/b.jpg" }],
      more: false,
      evicted: 0,
    });
    for (const id of ["latest", "request", "1-6500aaaa"]) {
      expect(await json(`/_nuage/traces/${id}`)).toMatchObject({ summary: { spanCount: 1 } });
    }
    expect(await json("/_nuage/traces?failed=1")).toMatchObject({ traces: [] });
    expect(await json("/_nuage/traces?function=one")).toMatchObject({ traces: [] });
    expect(await ask("/_nuage/traces/zzz")).toMatchObject({
      status: 404,
      json: { message: 'No trace or request begins with "zzz".' },
    });
  });

  it("answer for logs, with times counted back from the platform's clock", async () => {
    log("old");
    log("other", { group: "/aws/lambda/two", requestId: "r-2" });
    await clock.advance(3_600_000);
    log("new 100%");
    expect(await found("")).toEqual(["new 100%", "other", "old"]);
    expect(await found("since=10m")).toEqual(["new 100%"]);
    expect(await found("until=30m&order=oldest")).toEqual(["old", "other"]);
    expect(await found("function=two")).toEqual(["other"]);
    expect(await found("function=two&group=/aws/lambda/one&limit=2")).toEqual(["new 100%", "other"]);
    expect(await found("filter=100%25")).toEqual(["new 100%"]);
    expect(await found("requestId=r-2")).toEqual(["other"]);
    expect(await found("since=2100-01-01")).toEqual([]);
  });

  it("follow: history, then each line once, until the client goes", async () => {
    for (const number of [1, 2, 3]) log(`${number}`);
    const abort = new AbortController();
    const response = await ask("/_nuage/logs?follow=1&limit=2", { signal: abort.signal });
    const seen: string[] = [];
    if (response && "lines" in response) {
      for await (const line of response.lines as AsyncIterable<LogLine>) {
        seen.push(line.message);
        if (seen.length < 4) log(`${seen.length + 3}`);
        else abort.abort();
      }
    }
    expect(seen).toEqual(["2", "3", "4", "5"]);
  });

  it.each([
    ["/_nuage/logs?limit=many", '"limit" must be a whole number from 0 to 10000, not "many".'],
    ["/_nuage/logs?limit=-1", '"limit" must be'],
    ["/_nuage/logs?since=yesterday", '"since" must be a duration such as 10m'],
    ["/_nuage/logs?order=up", '"order" must be latest or oldest, not "up".'],
    ["/_nuage/logs?follow=perhaps", '"follow" must be 1 or 0'],
    ["/_nuage/logs?fnction=one", 'Unknown parameter "fnction".'],
    ["/_nuage/traces?limit=0", '"limit" must be a whole number from 1 to 1000'],
    ["/_nuage/traces/%E0%A4", "is not a trace id"],
  ])("refuse %s", async (target, message) => {
    const response = await ask(target);
    expect(response).toMatchObject({ status: 400, json: { message: expect.stringContaining(message) } });
  });

  it("show letters, and confirm what one asks to", async () => {
    const { letters } = await json("/_nuage/outbox?to=a@example.com&protocol=email&since=1h&limit=5");
    const [{ body }] = letters as [{ body: string }];
    expect(JSON.parse(body)).toEqual({
      ...{ to: "a@example.com", protocol: "email", limit: 5 },
      sinceMs: expect.closeTo(clock.now() - 3_600_000, -4),
    });
    expect((await json("/_nuage/outbox")).letters).toMatchObject([{ body: '{"limit":100}' }]);
    const confirm = (id: string) => ask(`/_nuage/outbox?letter=${id}`, { method: "POST" });
    expect(await confirm("l1")).toMatchObject({
      status: 200,
      json: { subscriptionArn: "arn:of:a:subscription" },
    });
    expect(await confirm("l2")).toMatchObject({
      status: 404,
      json: { message: 'There is no letter "l2" that asks to confirm a subscription.' },
    });
  });

  it("leave other paths to others, and other methods out", async () => {
    expect(await ask("/_nuage/health")).toBeUndefined();
    expect(await ask("/_nuage/logs/x")).toBeUndefined();
    expect(await ask("/_nuage/logs", { method: "POST" })).toMatchObject({ status: 405 });
  });
});
