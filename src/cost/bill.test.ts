import { describe, expect, it } from "vitest";
import type { Span } from "../kernel/telemetry.ts";
import { billOf, timesBill } from "./bill.ts";
import { roundPath } from "./loop-path.ts";
import { usageOf } from "./loop-usage.ts";
import { priceOf } from "./prices.ts";

const span = (more: Partial<Span>): Span => ({
  traceId: "1-00000000-000000000000000000000000",
  spanId: "0",
  kind: "call",
  name: "s3.PutObject",
  startMs: 0,
  durationMs: 1,
  status: "ok",
  requestId: "r",
  account: "000000000000",
  region: "us-east-1",
  attributes: {},
  ...more,
});

describe("a bill", () => {
  // Ten million requests a month of 512 MB for 120 ms, at list prices without the free tier.
  it.each([
    ["lambda:Request", 10e6, 2],
    ["lambda:GB-second", 600_000, 10],
    ["lambda:GB-second-ARM", 600_000, 8],
    // A hundred of 1 GB, for an hour, which nobody calls; and the same with Arm.
    ["lambda:Provisioned-Concurrency-GB-second", 360_000, 1.5],
    ["lambda:Provisioned-Concurrency-GB-second-ARM", 360_000, 1.2],
    ["dynamodb:PutItem", 10e6, 6.25],
    ["dynamodb:GetItem", 10e6, 1.25],
    ["sqs:SendMessage", 1e6, 0.4],
    ["sns:Publish", 1e6, 0.5],
    ["events:PutEvents", 1e6, 1],
    ["s3:PutObject", 1000, 0.005],
    ["s3:GetObject", 1000, 0.0004],
    ["s3:DeleteObject", 1000, 0],
  ])("%s × %d costs $%d", (unit, quantity, usd) => {
    expect(billOf([{ unit, quantity }]).usd).toBeCloseTo(usd, 2);
    expect(priceOf(unit)?.source).toMatch(/\w/);
  });

  it("adds equal units up, the dearest line first, and names what it cannot price", () => {
    const bill = billOf([
      { unit: "sqs:SendMessage", quantity: 1 },
      { unit: "events:PutEvents", quantity: 1 },
      { unit: "sqs:SendMessage", quantity: 1 },
      { unit: "moon:Landing", quantity: 1 },
    ]);
    expect(bill.lines.map(({ unit, quantity }) => [unit, quantity])).toEqual([
      ["events:PutEvents", 1],
      ["sqs:SendMessage", 2],
    ]);
    expect(bill.usd).toBeCloseTo(1.8e-6, 12);
    expect(bill.unpriced).toEqual(["moon:Landing"]);
    expect(timesBill(bill, 1e6).usd).toBeCloseTo(1.8, 6);
  });
});

describe("the usage of a trace", () => {
  it("counts runs by memory and time, and large requests in pieces", () => {
    const usage = usageOf([
      span({ kind: "invoke", name: "f", attributes: { memoryMb: 512, billedDurationMs: 120 } }),
      span({ name: "sqs.SendMessage", attributes: { bytesIn: 200_000 } }),
      span({ kind: "queue", name: "f", attributes: { source: "sqs", mapping: "m" } }),
    ]);
    expect(usage).toEqual([
      { unit: "lambda:Request", quantity: 1 },
      { unit: "lambda:GB-second", quantity: 0.06 },
      { unit: "sqs:SendMessage", quantity: 4 },
      { unit: "sqs:ReceiveMessage", quantity: 1 },
      { unit: "sqs:DeleteMessage", quantity: 1 },
    ]);
  });

  it("leaves out what services do among themselves, and counts a run once", () => {
    const usage = usageOf([
      span({ spanId: "a", name: "sns.Publish" }),
      span({ spanId: "b", parentId: "a", name: "sqs.SendMessage", attributes: { internal: true } }),
      span({ spanId: "c", kind: "queue", name: "f" }),
      span({ spanId: "d", parentId: "c", name: "s3.PutObject", attributes: { internal: true } }),
      span({ spanId: "e", name: "lambda.Invoke" }),
    ]);
    expect(usage.map(({ unit }) => unit)).toEqual(["sns:Publish", "s3:PutObject"]);
  });
});

describe("the path of a loop", () => {
  const arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
  /** A chain of spans, each below the one before. */
  const chain = (...links: Partial<Span>[]): Span[] =>
    links.map((link, index) =>
      span({ spanId: `${index}`, ...(index > 0 ? { parentId: `${index - 1}` } : {}), ...link }),
    );
  const run = { kind: "invoke", name: "f", resource: arn } as const;
  const stopped = { kind: "stopped", name: "f", resource: arn } as const;

  it.each<[string, Partial<Span>[], string[]]>([
    [
      "a bucket",
      [
        { name: "s3.PutObject", attributes: { bucket: "b", key: "k" } },
        { kind: "queue", attributes: { sourceArn: "arn:aws:s3:::b" } },
      ],
      ["bucket b"],
    ],
    [
      "a table's stream",
      [
        { name: "dynamodb.PutItem", attributes: { tableName: "t" } },
        {
          kind: "queue",
          attributes: { sourceArn: "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026" },
        },
      ],
      ["table t"],
    ],
    [
      "a stream",
      [
        { name: "kinesis.PutRecord", attributes: { streamName: "s" } },
        { kind: "queue", attributes: { sourceArn: "arn:aws:kinesis:us-east-1:000000000000:stream/s" } },
      ],
      ["stream s"],
    ],
    [
      "a bus and its rule",
      [
        { name: "events.PutEvents" },
        { kind: "queue", attributes: { sourceArn: "arn:aws:events:us-east-1:000000000000:rule/r" } },
      ],
      ["bus default", "rule r"],
    ],
    [
      "a topic and a queue",
      [
        { name: "sns.Publish", attributes: { topicArn: "arn:aws:sns:us-east-1:000000000000:n" } },
        { name: "sqs.SendMessage", attributes: { internal: true, queueUrl: "http://localhost/queue/q" } },
        { kind: "queue", attributes: { sourceArn: "arn:aws:sqs:us-east-1:000000000000:q" } },
      ],
      ["topic n", "queue q"],
    ],
    [
      "a schedule",
      [
        { name: "scheduler.CreateSchedule" },
        {
          kind: "queue",
          attributes: { sourceArn: "arn:aws:scheduler:us-east-1:000000000000:schedule/default/later" },
        },
      ],
      ["scheduler scheduler.CreateSchedule", "schedule later"],
    ],
    ["a destination", [{ kind: "queue", attributes: { sourceArn: arn } }], []],
  ])("runs through %s", (_what, links, between) => {
    const spans = chain({ name: "lambda.Invoke" }, run, ...links, run, ...links, stopped);
    const path = roundPath(spans, spans.at(-1) as Span);
    expect(path.map(({ kind, name }) => `${kind} ${name}`)).toEqual(["function f", ...between, "function f"]);
  });

  it("does not hang in a circle of parents", () => {
    const spans = [span({ spanId: "a", parentId: "b" }), span({ ...stopped, spanId: "b", parentId: "a" })];
    expect(roundPath(spans, spans[1] as Span).at(-1)).toEqual({ kind: "function", name: "f" });
  });
});
