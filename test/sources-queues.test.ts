import {
  DeleteFunctionConcurrencyCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { type Source, useSources } from "./sources.fixture.ts";

const test = useSources();

const _HORIZON = { StartingPosition: "TRIM_HORIZON" } as const;
const _KINDS = [
  ["kinesis", () => test.stream() as Promise<Source>],
  ["dynamodb", () => test.table() as Promise<Source>],
] as const;

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `n${from + n}.`);

async function fill(url: string, bodies: readonly string[], own: (n: number) => object = () => ({})) {
  for (let at = 0; at < bodies.length; at += 10) {
    const Entries = bodies
      .slice(at, at + 10)
      .map((MessageBody, n) => ({ Id: `e${n}`, MessageBody, ...own(at + n) }));
    await test.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
  }
}

describe("a queue", () => {
  it("gives ten messages at a time, five batches at once, and more by the minute", async () => {
    const probe = await test.probe();
    const { arn, url } = await test.queue();
    await fill(url, numbers(80));
    await test.map(probe, arn, { BatchSize: 10 });
    expect(probe.texts().flat().sort()).toEqual(numbers(80).sort());
    expect(Math.max(...probe.texts().map(({ length }) => length))).toBe(10);
  });

  it("gathers up to 10,000 messages while its window is open", async () => {
    const probe = await test.probe();
    const { arn, url } = await test.queue();
    await test.map(probe, arn, { BatchSize: 50, MaximumBatchingWindowInSeconds: 20 });
    await fill(url, numbers(70));
    await test.nuage.idle();
    expect(probe.texts().map(({ length }) => length)).toEqual([50]);
    await test.turn(20_500);
    expect(probe.texts().map(({ length }) => length)).toEqual([50, 20]);
    expect(await test.counts(url)).toEqual([0, 0]);
  });

  it("gives a batch 6 MB at most", async () => {
    const probe = await test.probe({ MemorySize: 1024, Timeout: 30 });
    const { arn, url } = await test.queue();
    for (const text of numbers(8)) await test.send(url, text + "x".repeat(1_000_000));
    await test.map(probe, arn, { BatchSize: 100, MaximumBatchingWindowInSeconds: 5 });
    await test.turn(6_000);
    expect(probe.texts().map(({ length }) => length)).toEqual([6, 2]);
  });

  it("keeps messages hidden for as long as window and function take", async () => {
    const probe = await test.probe({ Timeout: 30 });
    const { arn, url } = await test.queue({ VisibilityTimeout: "30" });
    await test.map(probe, arn, { BatchSize: 50, MaximumBatchingWindowInSeconds: 40 });
    await test.send(url, "1");
    await test.nuage.idle();
    await test.turn(35_000);
    expect(await test.counts(url)).toEqual([0, 1]);
    await test.turn(6_000);
    expect(probe.texts()).toEqual([["1"]]);
    const [record] = probe.seen()[0]?.event.Records ?? [];
    expect(record?.attributes).toMatchObject({ ApproximateReceiveCount: "1" });
  });

  it("shows only the messages again that were told as failed", async () => {
    const probe = await test.probe();
    const { arn, url } = await test.queue();
    await fill(url, ["1", "bad", "3"]);
    probe.plan({ partial: ["bad"] });
    await test.map(probe, arn, { FunctionResponseTypes: ["ReportBatchItemFailures"] });
    expect(await test.counts(url)).toEqual([0, 1]);
    probe.plan({});
    await test.turn(31_000);
    expect(probe.texts()).toEqual([["1", "bad", "3"], ["bad"]]);
    expect(await test.counts(url)).toEqual([0, 0]);
  });

  it("deletes what no filter keeps", async () => {
    const probe = await test.probe();
    const { arn, url } = await test.queue();
    const Filters = [{ Pattern: JSON.stringify({ body: { n: [{ numeric: [">", 2] }] } }) }];
    await test.map(probe, arn, { FilterCriteria: { Filters } });
    await fill(url, ['{"n":1}', '{"n":3}', "no JSON"]);
    await test.nuage.idle();
    expect(probe.texts()).toEqual([['{"n":3}']]);
    expect(await test.counts(url)).toEqual([0, 0]);
  });

  it("holds a batch of a throttled function back while its messages are hidden", async () => {
    const probe = await test.probe();
    const { arn, url } = await test.queue();
    const FunctionName = probe.name;
    await test.lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }),
    );
    await test.map(probe, arn);
    await test.send(url, "1");
    await test.nuage.idle();
    await test.turn(5_000);
    await test.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    await test.turn(20_000);
    expect(probe.texts()).toEqual([["1"]]);
    const [record] = probe.seen()[0]?.event.Records ?? [];
    expect(record?.attributes).toMatchObject({ ApproximateReceiveCount: "1" });
  });

  it("tries a throttled function with ever less, and with more when it takes that", async () => {
    const probe = await test.probe();
    const { arn, url } = await test.queue();
    const FunctionName = probe.name;
    await test.lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }),
    );
    await fill(url, numbers(40));
    await test.map(probe, arn, { BatchSize: 1 });
    await test.turn(600_000);
    const response = await fetch(`${test.nuage.endpoint}/_nuage/throttles?function=${FunctionName}`);
    const { count: throttles } = (await response.json()) as { count: number };
    // One batch at a time, after 1, 2, 4 and 8 seconds, and then another while its messages are hidden.
    expect(throttles).toBeGreaterThan(50);
    expect(throttles).toBeLessThan(300);
    await test.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    for (let n = 0; n < 4; n++) await test.turn(30_000);
    expect(new Set(probe.texts().flat()).size).toBe(40);
  });

  it.each([
    ["two at once with MaximumConcurrency 2", { ScalingConfig: { MaximumConcurrency: 2 } }, 2],
    ["five at once at first", {}, 5],
  ])("has %s", async (_, more, most) => {
    const probe = await test.probe();
    const { arn, url } = await test.queue({ VisibilityTimeout: "60" });
    probe.plan({ waitMs: 150 });
    await fill(url, numbers(9));
    const startedMs = performance.now();
    await test.map(probe, arn, { BatchSize: 1, ...more });
    const tookMs = performance.now() - startedMs;
    expect(probe.texts()).toHaveLength(9);
    // Nine batches of 150 ms each, so many at once; one more every fifth of a second.
    expect(tookMs).toBeGreaterThan(Math.ceil(9 / (most + 2)) * 150);
  });

  it("gives back what it has gathered when it is switched off", async () => {
    const probe = await test.probe();
    const { arn, url } = await test.queue();
    const UUID = await test.map(probe, arn, { BatchSize: 50, MaximumBatchingWindowInSeconds: 300 });
    await test.send(url, "1");
    await test.nuage.idle();
    expect(await test.counts(url)).toEqual([0, 1]);
    await test.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
    await test.nuage.idle();
    expect(await test.counts(url)).toEqual([1, 0]);
    expect(probe.texts()).toEqual([]);
  });
});

describe("a FIFO queue", () => {
  it("gives each group in order, and nothing of a group behind what failed", async () => {
    const probe = await test.probe();
    const { arn, url } = await test.queue({ VisibilityTimeout: "30" }, true);
    const own = (n: number) => ({ MessageGroupId: n % 2 ? "odd" : "even", MessageDeduplicationId: `d${n}` });
    await fill(url, numbers(6), own);
    probe.plan({ poison: ["n2."] });
    await test.map(probe, arn, { BatchSize: 1 });
    const before = probe
      .seen()
      .filter(({ failed }) => !failed)
      .flatMap(({ texts }) => texts);
    expect(before.filter((text) => /[135]/.test(text))).toEqual(["n1.", "n3.", "n5."]);
    expect(before.filter((text) => /[024]/.test(text))).toEqual(["n0."]);
    probe.plan({});
    await test.turn(31_000);
    const all = probe
      .seen()
      .filter(({ failed }) => !failed)
      .flatMap(({ texts }) => texts);
    expect(all.filter((text) => /[024]/.test(text))).toEqual(["n0.", "n2.", "n4."]);
    expect(await test.counts(url)).toEqual([0, 0]);
  });

  it("gives back the rest of a batch that was told as failed", async () => {
    const probe = await test.probe();
    const { arn, url } = await test.queue({}, true);
    await fill(url, numbers(4), (n) => ({ MessageGroupId: "g", MessageDeduplicationId: `d${n}` }));
    probe.plan({ partial: ["n1.", "n2.", "n3."] });
    await test.map(probe, arn, { FunctionResponseTypes: ["ReportBatchItemFailures"] });
    expect(await test.counts(url)).toEqual([0, 3]);
    probe.plan({});
    await test.turn(31_000);
    expect(probe.texts()).toEqual([numbers(4), numbers(3, 1)]);
  });
});
