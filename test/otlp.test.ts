// OpenTelemetry's spans that make no sense, or too much of it: refused or cut, told, and no harm to anybody.
import { randomBytes } from "node:crypto";
import { deflateSync, gzipSync } from "node:zlib";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { toProtobuf } from "../src/observe/export/wire.ts";
import { Message } from "../src/observe/otlp/protobuf.ts";
import { type Collector, openCollector, recordsOf } from "./collector.fixture.ts";

let collector: Collector;
let nuage: Nuage;
beforeAll(async () => {
  collector = await openCollector();
  nuage = await startNuage({ otlp: collector.url });
});
afterAll(async () => {
  await nuage.stop();
  await collector.close();
});

const send = (body: string | Uint8Array<ArrayBuffer>) =>
  fetch(`${nuage.endpoint}/_nuage/otlp/v1/traces`, { method: "POST", body });

const requestOf = (spans: readonly object[]) => ({ resourceSpans: [{ scopeSpans: [{ spans }] }] });

interface Answer {
  readonly partialSuccess?: { readonly rejectedSpans?: string };
}

async function rejectedOf(spans: readonly object[]): Promise<number> {
  const response = await send(JSON.stringify(requestOf(spans)));
  expect(response.status).toBe(200);
  const { partialSuccess = {} } = (await response.json()) as Answer;
  return Number(partialSuccess.rejectedSpans ?? 0);
}

const nanos = (afterMs: number) => `${BigInt(Math.floor(nuage.clock.now() + afterMs)) * 1_000_000n}`;

const TRACE = "6b09dcb6109d80669961f3a369a0cb71";
const span = (more: object = {}) => ({
  traceId: TRACE,
  spanId: randomBytes(8).toString("hex"),
  name: "sound",
  startTimeUnixNano: nanos(0),
  endTimeUnixNano: nanos(5),
  ...more,
});
const spansOf = async (id: string) => (await nuage.trace(`1-${id.slice(0, 8)}-${id.slice(8)}`))?.spans ?? [];
const pair = (key: unknown, value: unknown) => ({ key, value });

test("spans that make no sense are rejected and told, the others are kept", async () => {
  const wrong = [
    null,
    span({ traceId: "z".repeat(32) }),
    span({ traceId: "abc" }),
    span({ traceId: "0".repeat(32) }),
    span({ spanId: 7 }),
    span({ parentSpanId: "nobody" }),
    span({ name: { text: "x" } }),
    span({ startTimeUnixNano: "9".repeat(5_000) }),
    span({ startTimeUnixNano: "soon" }),
    span({ startTimeUnixNano: undefined }),
    span({ startTimeUnixNano: nanos(3 * 3_600_000), endTimeUnixNano: nanos(3 * 3_600_000) }),
    span({ endTimeUnixNano: nanos(365 * 86_400_000) }),
    span({ attributes: [pair("a", { stringValue: { x: 1 } })] }),
    span({ attributes: [pair({ k: 1 }, { stringValue: "x" })] }),
    span({ attributes: { a: 1 } }),
  ] as object[];
  const sound = [
    span({ traceId: TRACE.toUpperCase(), name: "upper" }),
    span({ name: null, attributes: [pair("a", null), pair("n", { doubleValue: "NaN" })] }),
    span({ name: "odd \ud800 \0", attributes: [pair("__proto__", { stringValue: "x" })] }),
  ];
  expect(await rejectedOf([...wrong, ...sound])).toBe(wrong.length);
  const spans = await spansOf(TRACE);
  expect(spans.map(({ name }) => name).sort()).toEqual(["", "odd \ufffd \0", "upper"]);
});

test("a span is cut to what is kept of one", async () => {
  const traceId = "6b09dcb6109d80669961f3a369a0cb72";
  const attributes = [
    pair("large", { stringValue: "x".repeat(1_000_000) }),
    ...Array.from({ length: 500 }, (_, at) => pair(`n${at}`, { intValue: at })),
  ];
  expect(await rejectedOf([span({ traceId, name: "n".repeat(50_000), attributes })])).toBe(0);
  const [kept] = await spansOf(traceId);
  expect(kept?.name).toHaveLength(1_000);
  expect(Object.keys(kept?.attributes ?? {})).toHaveLength(128);
  expect(kept?.attributes["annotation.large"]).toMatch(/^x{7999}…$/);
});

test("bodies that are none are refused, however they are packed, and unfold to so much at most", async () => {
  const bomb = gzipSync(Buffer.alloc(200_000_000));
  const none = ["null", "[]", '{"resourceSpans":5}', '{"resourceSpans":[null]}', randomBytes(999), bomb];
  for (const body of none) expect((await send(body as string)).status).toBe(400);
  const deflated = deflateSync(JSON.stringify(requestOf([span({ name: "deflated" })])));
  expect((await send(new Uint8Array(deflated))).status).toBe(200);
});

test("who sends protocol buffers is answered so", async () => {
  const answerTo = async (spans: readonly object[]) => {
    const response = await send(new Uint8Array(toProtobuf("traces", requestOf(spans))));
    expect(response.headers.get("content-type")).toBe("application/x-protobuf");
    return new Message(new Uint8Array(await response.arrayBuffer())).messages(1)[0];
  };
  expect(await answerTo([span()])).toBeUndefined();
  expect((await answerTo([span(), span({ traceId: "abcd" })]))?.whole(1)).toBe(1n);
});

test("what was taken goes on to the collector", async () => {
  await rejectedOf([span({ name: "goes on", attributes: [pair("a", { stringValue: "x" })] })]);
  await expect
    .poll(() => recordsOf(collector.taken, "traces").map(({ message }) => message.text(5)))
    .toContain("goes on");
});
