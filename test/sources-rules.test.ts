// The semantics of event source mappings as AWS documents them, a row each.
import { DynamoDBClient, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import { MergeShardsCommand, SplitShardCommand } from "@aws-sdk/client-kinesis";
import {
  DeleteFunctionConcurrencyCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { type Source, type Stream, useSources } from "./sources.fixture.ts";

const test = useSources();

const HORIZON = { StartingPosition: "TRIM_HORIZON" } as const;
const KINDS = [
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

describe("Kinesis", () => {
  it("begins at a time", async () => {
    const probe = await test.probe();
    const source = await test.stream();
    await source.put("a", "before");
    await test.turn(5_000);
    const StartingPositionTimestamp = new Date(test.nuage.clock.now() - 1_000);
    await source.put("a", "after");
    await test.map(probe, source.arn, { StartingPosition: "AT_TIMESTAMP", StartingPositionTimestamp });
    expect(probe.texts()).toEqual([["after"]]);
  });

  it("reads the parents of shards that were split and merged before them", async () => {
    const probe = await test.probe();
    const source = await test.stream();
    const put = async (from: number) => {
      for (let n = 0; n < 4; n++) await source.put(`key${n}`, `key${n}/${from}`);
    };
    await put(1);
    const { name: StreamName } = source;
    const middle = (2n ** 127n).toString();
    await test.kinesis.send(
      new SplitShardCommand({ StreamName, ShardToSplit: "shardId-000000000000", NewStartingHashKey: middle }),
    );
    await test.turn(30_000);
    await put(2);
    await test.kinesis.send(
      new MergeShardsCommand({
        StreamName,
        ShardToMerge: "shardId-000000000001",
        AdjacentShardToMerge: "shardId-000000000002",
      }),
    );
    await test.turn(30_000);
    await put(3);
    await test.map(probe, source.arn, { ...HORIZON, BatchSize: 2 });
    await put(4);
    await test.nuage.idle();
    const texts = probe.texts().flat();
    for (let n = 0; n < 4; n++) {
      expect(texts.filter((text) => text.startsWith(`key${n}/`))).toEqual(
        [1, 2, 3, 4].map((round) => `key${n}/${round}`),
      );
    }
  });

  it("tells a topic, and a bucket with the event itself", async () => {
    const s3 = test.nuage.client(S3Client);
    const sns = test.nuage.client(SNSClient);
    await s3.send(new CreateBucketCommand({ Bucket: "failures" }));
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "failures" }));
    const heard = await test.queue();
    const Attributes = { RawMessageDelivery: "true" };
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: heard.arn, Attributes }));
    const source = (await test.stream()) as Stream;
    const probes = [await test.probe(), await test.probe()];
    const uuids: string[] = [];
    for (const [n, Destination] of [TopicArn, "arn:aws:s3:::failures"].entries()) {
      const probe = probes[n];
      if (!probe) continue;
      probe.plan({ poison: ["bad"] });
      const DestinationConfig = { OnFailure: { Destination } };
      uuids.push(
        await test.map(probe, source.arn, { ...HORIZON, MaximumRetryAttempts: 0, DestinationConfig }),
      );
    }
    await source.put("a", "bad");
    await test.nuage.idle();
    const [text] = await test.drain(heard.url);
    expect(JSON.parse(text ?? "{}").KinesisBatchInfo).toEqual({
      shardId: "shardId-000000000000",
      startSequenceNumber: expect.stringMatching(/^\d{56}$/),
      endSequenceNumber: expect.stringMatching(/^\d{56}$/),
      approximateArrivalOfFirstRecord: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      approximateArrivalOfLastRecord: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      batchSize: 1,
      streamArn: source.arn,
    });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "failures" }));
    const key = Contents[0]?.Key ?? "";
    expect(key).toMatch(
      new RegExp(
        `^aws/lambda/${uuids[1]}/shardId-000000000000/\\d{4}/\\d\\d/\\d\\d/` +
          "\\d{4}-\\d\\d-\\d\\dT\\d\\d\\.\\d\\d\\.\\d\\d-[0-9a-f-]{36}$",
      ),
    );
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: "failures", Key: key }));
    const { payload } = JSON.parse((await Body?.transformToString()) ?? "{}");
    expect(JSON.parse(payload)).toEqual(probes[1]?.seen()[0]?.event);
  });
});

describe("DynamoDB", () => {
  it("ends with its stream, and tells the keys and images of each change", async () => {
    const probe = await test.probe();
    const table = await test.table();
    await test.map(probe, table.arn, HORIZON);
    await table.put("a", "1");
    await table.put("a", "2");
    await test.nuage.idle();
    await test.nuage
      .client(DynamoDBClient)
      .send(new UpdateTableCommand({ TableName: table.name, StreamSpecification: { StreamEnabled: false } }));
    await table.put("a", "unseen");
    await test.turn(60_000);
    const records = probe.seen().flatMap(({ event }) => event.Records);
    expect(records.map(({ eventName }) => eventName)).toEqual(["INSERT", "MODIFY"]);
    expect(records[1]).toMatchObject({
      dynamodb: { OldImage: { text: { S: "1" } }, NewImage: { text: { S: "2" } }, Keys: { id: { S: "a" } } },
      eventSourceARN: table.arn,
    });
  });
});

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
