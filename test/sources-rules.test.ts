import {
  DeleteFunctionConcurrencyCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { type Source, useSources } from "./sources.fixture.ts";

const test = useSources();

const HORIZON = { StartingPosition: "TRIM_HORIZON" } as const;
const KINDS = [
  ["kinesis", () => test.stream() as Promise<Source>],
  ["dynamodb", () => test.table() as Promise<Source>],
] as const;

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `n${from + n}.`);

async function _fill(url: string, bodies: readonly string[], own: (n: number) => object = () => ({})) {
  for (let at = 0; at < bodies.length; at += 10) {
    const Entries = bodies
      .slice(at, at + 10)
      .map((MessageBody, n) => ({ Id: `e${n}`, MessageBody, ...own(at + n) }));
    await test.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
  }
}

describe.each(KINDS)("a stream of %s", (kind, create) => {
  it("gives batches of 100 where no size is given", async () => {
    const probe = await test.probe();
    const source = await create();
    for (const text of numbers(130)) await source.put("a", text);
    const uuid = await test.map(probe, source.arn, HORIZON);
    expect(probe.texts().map(({ length }) => length)).toEqual([100, 30]);
    await test.unmap(uuid);
  });

  it("gathers a batch until its window is over, or it is full", async () => {
    const probe = await test.probe();
    const source = await create();
    const uuid = await test.map(probe, source.arn, {
      ...HORIZON,
      MaximumBatchingWindowInSeconds: 30,
      BatchSize: 3,
    });
    await source.put("a", "1");
    await test.turn(20_000);
    await source.put("a", "2");
    await test.turn(9_000);
    expect(probe.texts()).toEqual([]);
    await test.turn(1_500);
    expect(probe.texts()).toEqual([["1", "2"]]);
    for (const text of ["3", "4", "5", "6"]) await source.put("a", text);
    await test.nuage.idle();
    expect(probe.texts()).toEqual([
      ["1", "2"],
      ["3", "4", "5"],
    ]);
    await test.unmap(uuid);
  });

  it("gives a batch 6 MB at most", async () => {
    const probe = await test.probe({ MemorySize: 1024, Timeout: 30 });
    const source = await create();
    const size = kind === "kinesis" ? 900_000 : 390_000;
    const count = kind === "kinesis" ? 8 : 18;
    for (const text of numbers(count)) await source.put("a", text + "x".repeat(size));
    await test.map(probe, source.arn, { ...HORIZON, MaximumBatchingWindowInSeconds: 5 });
    for (let n = 0; n < 3; n++) await test.turn(6_000);
    const sizes = probe.seen().map(({ event }) => JSON.stringify(event).length);
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(6 * 1024 * 1024);
    expect(
      probe
        .texts()
        .flat()
        .map((text) => text.split(".")[0]),
    ).toEqual(numbers(count).map((text) => text.slice(0, -1)));
  });

  it("keeps the order of each key in parallel lanes", async () => {
    const probe = await test.probe();
    const source = await create();
    probe.plan({ waitMs: 5 });
    for (let n = 0; n < 40; n++) await source.put(`key${n % 5}`, `key${n % 5}/${String(n).padStart(3, "0")}`);
    const uuid = await test.map(probe, source.arn, { ...HORIZON, ParallelizationFactor: 4, BatchSize: 2 });
    const texts = probe.texts().flat();
    expect([...texts].sort()).toEqual([...new Set(texts)].sort());
    expect(texts).toHaveLength(40);
    for (let key = 0; key < 5; key++) {
      const own = texts.filter((text) => text.startsWith(`key${key}/`));
      expect(own).toEqual([...own].sort());
    }
    expect((await test.mapping(uuid)).LastProcessingResult).toBe("OK");
    // Another number of lanes goes on where these have come to.
    await test.lambda.send(new UpdateEventSourceMappingCommand({ UUID: uuid, ParallelizationFactor: 2 }));
    await test.nuage.idle();
    await source.put("key0", "key0/900");
    await test.nuage.idle();
    expect(probe.texts().flat().slice(40)).toEqual(["key0/900"]);
  });

  it.each([
    [0, 1],
    [2, 3],
  ])("tries a batch again %i times, and gives it up", async (MaximumRetryAttempts, runs) => {
    const probe = await test.probe();
    const source = await create();
    const failures = await test.queue();
    probe.plan({ poison: ["bad"] });
    await test.map(probe, source.arn, {
      ...HORIZON,
      MaximumRetryAttempts,
      DestinationConfig: { OnFailure: { Destination: failures.arn } },
    });
    await source.put("a", "bad");
    await test.turn(10_000);
    await source.put("a", "good");
    await test.nuage.idle();
    expect(probe.texts()).toEqual([...Array.from({ length: runs }, () => ["bad"]), ["good"]]);
    const [text] = await test.drain(failures.url);
    const record = JSON.parse(text ?? "{}");
    expect(record.requestContext.approximateInvokeCount).toBe(runs);
    expect(record.requestContext.requestId).toBe(probe.seen()[runs - 1]?.request);
  });

  it("gives up records that are too old, those that were never tried among them", async () => {
    const probe = await test.probe();
    const source = await create();
    const failures = await test.queue();
    probe.plan({ poison: ["bad"] });
    const uuid = await test.map(probe, source.arn, {
      ...HORIZON,
      BatchSize: 1,
      MaximumRecordAgeInSeconds: 60,
      DestinationConfig: { OnFailure: { Destination: failures.arn } },
    });
    await source.put("a", "bad");
    await source.put("a", "behind it");
    await test.turn(70_000);
    await source.put("a", "young");
    await test.nuage.idle();
    const texts = probe.texts().flat();
    expect(texts.filter((text) => text !== "bad")).toEqual(["young"]);
    const records = (await test.drain(failures.url)).map((text) => JSON.parse(text));
    expect(records.map(({ requestContext }) => requestContext.condition)).toEqual([
      "RecordAgeExceeded",
      "RecordAgeExceeded",
    ]);
    // They are told in any order.
    expect(records.filter(({ responseContext }) => responseContext === undefined)).toHaveLength(1);
    await test.unmap(uuid);
  });

  it("goes on from the lowest record that was told as failed", async () => {
    const probe = await test.probe();
    const source = await create();
    for (const text of ["1", "2", "bad", "4", "worse"]) await source.put("a", text);
    probe.plan({ partial: ["bad", "worse"] });
    const uuid = await test.map(probe, source.arn, {
      ...HORIZON,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    });
    expect(probe.texts()).toEqual([["1", "2", "bad", "4", "worse"]]);
    expect((await test.mapping(uuid)).LastProcessingResult).toBe("PROBLEM: Function call failed");
    probe.plan({});
    await test.turn(2_000);
    expect(probe.texts().slice(1)).toEqual([["bad", "4", "worse"]]);
  });

  it("splits at the record that was told as failed, and uses up no retry by that", async () => {
    const probe = await test.probe();
    const source = await create();
    const failures = await test.queue();
    for (const text of ["1", "bad", "3", "4"]) await source.put("a", text);
    probe.plan({ partial: ["bad"] });
    await test.map(probe, source.arn, {
      ...HORIZON,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: failures.arn } },
    });
    await test.turn(5_000);
    expect(probe.texts()).toEqual([
      ["1", "bad", "3", "4"],
      ["bad", "3", "4"],
      ["bad", "3"],
      ["bad"],
      ["3"],
      ["4"],
    ]);
    const [text] = await test.drain(failures.url);
    const info = Object.values(JSON.parse(text ?? "{}")).at(-1);
    expect(info).toMatchObject({ batchSize: 1, streamArn: source.arn });
  });

  it("uses up no retry while the function is throttled", async () => {
    const probe = await test.probe();
    const source = await create();
    const FunctionName = probe.name;
    await test.lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }),
    );
    await test.map(probe, source.arn, { ...HORIZON, MaximumRetryAttempts: 0 });
    await source.put("a", "patient");
    await test.turn(600_000);
    expect(probe.texts()).toEqual([]);
    await test.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    await test.turn(60_000);
    expect(probe.texts()).toEqual([["patient"]]);
  });

  it("counts in tumbling windows, with a last delivery for each", async () => {
    const probe = await test.probe();
    const source = await create();
    probe.plan({ counts: true });
    const uuid = await test.map(probe, source.arn, { ...HORIZON, TumblingWindowInSeconds: 60 });
    // Into the middle of a window.
    const into = 60_000 - (test.nuage.clock.now() % 60_000) + 10_000;
    await test.turn(into);
    for (const text of ["1", "2"]) await source.put("a", text);
    await test.nuage.idle();
    await test.turn(10_000);
    await source.put("a", "3");
    await test.nuage.idle();
    await test.turn(60_000);
    await source.put("a", "4");
    await test.nuage.idle();
    const seen = probe.seen().map(({ event }) => event);
    const finals = seen.filter(({ isFinalInvokeForWindow }) => isFinalInvokeForWindow);
    expect(finals).toHaveLength(1);
    expect(finals[0]).toMatchObject({
      Records: [],
      state: { count: 3 },
      isWindowTerminatedEarly: false,
      eventSourceARN: source.arn,
    });
    const [first] = seen;
    expect(first?.state).toEqual({});
    expect(first?.window?.start).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00Z$/);
    const lasts = Date.parse(first?.window?.end ?? "") - Date.parse(first?.window?.start ?? "");
    expect(lasts).toBe(60_000);
    expect(first?.shardId).toMatch(/^shardId-/);
    expect(seen.at(-1)).toMatchObject({ state: {}, isFinalInvokeForWindow: false });
    expect(probe.texts().at(-1)).toEqual(["4"]);
    await test.unmap(uuid);
  });

  it("tells of a window whose last delivery is given up", async () => {
    const probe = await test.probe();
    const source = await create();
    const failures = await test.queue();
    probe.plan({ counts: true });
    const uuid = await test.map(probe, source.arn, {
      ...HORIZON,
      TumblingWindowInSeconds: 60,
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: failures.arn } },
    });
    await source.put("a", "1");
    await test.nuage.idle();
    probe.plan({ answer: {} });
    await test.turn(70_000);
    const last = probe.seen().filter(({ event }) => event.isFinalInvokeForWindow);
    expect(last).toHaveLength(2);
    expect(last[1]?.request).toBe(last[0]?.request);
    const [text] = await test.drain(failures.url);
    const record = JSON.parse(text ?? "{}");
    const info = record.KinesisBatchInfo ?? record.DDBStreamBatchInfo;
    expect(record.requestContext.approximateInvokeCount).toBe(2);
    expect(info.batchSize).toBe(0);
    expect(info.startSequenceNumber).toMatch(/^\d+$/);
    expect(info.approximateArrivalOfFirstRecord).toContain(last[0]?.event.window?.start.slice(0, 19));
    await test.unmap(uuid);
  });

  it("ends a window whose state is too large, and needs a state from its function", async () => {
    const probe = await test.probe();
    const source = await create();
    probe.plan({ counts: true, pad: 1_100_000 });
    const uuid = await test.map(probe, source.arn, { ...HORIZON, TumblingWindowInSeconds: 900 });
    await source.put("a", "1");
    await test.nuage.idle();
    expect(probe.seen().map(({ event }) => event.isWindowTerminatedEarly)).toEqual([false, true]);
    probe.plan({});
    await source.put("a", "2");
    await test.nuage.idle();
    expect((await test.mapping(uuid)).LastProcessingResult).toBe("PROBLEM: Function call failed");
    await test.unmap(uuid);
  });

  it("gives only what a filter keeps", async () => {
    const probe = await test.probe();
    const source = await create();
    const Pattern =
      kind === "kinesis"
        ? JSON.stringify({ data: { kind: ["wanted"] } })
        : JSON.stringify({ dynamodb: { NewImage: { text: { S: [{ prefix: '{"kind":"wanted"' }] } } } });
    const uuid = await test.map(probe, source.arn, {
      ...HORIZON,
      FilterCriteria: { Filters: [{ Pattern }] },
    });
    await source.put("a", '{"kind":"other"}');
    await source.put("a", '{"kind":"wanted","n":1}');
    await source.put("a", "no JSON");
    await test.nuage.idle();
    expect(probe.texts()).toEqual([['{"kind":"wanted","n":1}']]);
    await test.unmap(uuid);
  });

  it("goes on where it was when it is switched off and on again", async () => {
    const probe = await test.probe();
    const source = await create();
    const UUID = await test.map(probe, source.arn, HORIZON);
    await source.put("a", "1");
    await test.nuage.idle();
    const off = await test.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
    expect(off.State).toBe("Disabling");
    await test.nuage.idle();
    expect((await test.mapping(UUID)).State).toBe("Disabled");
    await source.put("a", "2");
    await test.turn(60_000);
    expect(probe.texts()).toEqual([["1"]]);
    const on = await test.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
    expect(on.State).toBe("Enabling");
    await test.nuage.idle();
    expect((await test.mapping(UUID)).State).toBe("Enabled");
    expect(probe.texts()).toEqual([["1"], ["2"]]);
  });

  it.each([
    ["nothing", null],
    ["an empty object", {}],
    ["an empty list of failures", { batchItemFailures: [] }],
    ["no list of failures", { batchItemFailures: null }],
  ])("takes %s for a success", async (_, answer) => {
    const probe = await test.probe();
    const source = await create();
    probe.plan({ answer });
    const uuid = await test.map(probe, source.arn, {
      ...HORIZON,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    });
    await source.put("a", "1");
    await test.turn(5_000);
    expect(probe.texts()).toEqual([["1"]]);
    expect((await test.mapping(uuid)).LastProcessingResult).toBe("OK");
  });

  it.each([
    ["an empty identifier", { batchItemFailures: [{ itemIdentifier: "" }] }],
    ["no identifier", { batchItemFailures: [{ itemIdentifier: null }] }],
    ["a bad key", { batchItemFailures: [{ id: "1" }] }],
    ["an identifier of no record", { batchItemFailures: [{ itemIdentifier: "12" }] }],
  ])("takes %s for a failure of the whole batch", async (_, answer) => {
    const probe = await test.probe();
    const source = await create();
    probe.plan({ answer });
    const uuid = await test.map(probe, source.arn, {
      ...HORIZON,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      MaximumRetryAttempts: 1,
    });
    await source.put("a", "1");
    await test.turn(5_000);
    expect(probe.texts()).toEqual([["1"], ["1"]]);
    await test.unmap(uuid);
  });
});
