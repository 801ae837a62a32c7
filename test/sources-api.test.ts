// The API of event source mappings: defaults, states, lists, tags.

import { CreateStreamCommand, RegisterStreamConsumerCommand } from "@aws-sdk/client-kinesis";
import {
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  ListEventSourceMappingsCommand,
  ListTagsCommand,
  PublishVersionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingCommandInput,
} from "@aws-sdk/client-lambda";
import { DeleteQueueCommand } from "@aws-sdk/client-sqs";
import { beforeAll, describe, expect, it } from "vitest";
import { type Probe, refusal, useSources } from "./sources.fixture.ts";

const test = useSources();
const arns = {} as Record<"sqs" | "fifo" | "kinesis" | "dynamodb", string>;
let probe: Probe;

beforeAll(async () => {
  probe = await test.probe();
  arns.sqs = (await test.queue()).arn;
  arns.fifo = (await test.queue({}, true)).arn;
  arns.kinesis = (await test.stream()).arn;
  arns.dynamodb = (await test.table()).arn;
});

type Given = Partial<CreateEventSourceMappingCommandInput>;

const create = (EventSourceArn: string, more: Given = {}) =>
  test.lambda.send(
    new CreateEventSourceMappingCommand({ FunctionName: probe.name, EventSourceArn, ...more }),
  );

const INVALID = "InvalidParameterValueException";
const HORIZON: Given = { StartingPosition: "TRIM_HORIZON" };

describe("a mapping", () => {
  it("of a queue has AWS's defaults, and passes through its states", async () => {
    const { $metadata, ...made } = await create(arns.sqs);
    expect($metadata.httpStatusCode).toBe(202);
    expect(made).toEqual({
      UUID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      EventSourceMappingArn: `arn:aws:lambda:us-east-1:000000000000:event-source-mapping:${made.UUID}`,
      EventSourceArn: arns.sqs,
      FunctionArn: probe.arn,
      State: "Creating",
      StateTransitionReason: "USER_INITIATED",
      LastModified: expect.any(Date),
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: 0,
      FunctionResponseTypes: [],
    });
    await test.nuage.idle();
    const UUID = made.UUID ?? "";
    expect(await test.mapping(UUID)).toMatchObject({ State: "Enabled" });
    const gone = await test.lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
    expect(gone.State).toBe("Deleting");
    await test.nuage.idle();
    expect((await refusal(test.mapping(UUID))).name).toBe("ResourceNotFoundException");
  });

  it.each(["kinesis", "dynamodb"] as const)("of %s has AWS's defaults", async (kind) => {
    const { $metadata: _, ...made } = await create(arns[kind], { StartingPosition: "LATEST" });
    expect(made).toMatchObject({
      State: "Creating",
      StateTransitionReason: "User action",
      LastProcessingResult: "No records processed",
      BatchSize: 100,
      BisectBatchOnFunctionError: false,
      DestinationConfig: { OnFailure: {} },
      FunctionResponseTypes: [],
      MaximumBatchingWindowInSeconds: 0,
      MaximumRecordAgeInSeconds: -1,
      MaximumRetryAttempts: -1,
      ParallelizationFactor: 1,
      StartingPosition: "LATEST",
      TumblingWindowInSeconds: 0,
    });
    await test.unmap(made.UUID ?? "");
  });

  it("begins switched off when that is asked for; LATEST is when it is switched on", async () => {
    const own = await test.probe();
    const source = await test.stream();
    const UUID = await test.map(own, source.arn, { StartingPosition: "LATEST", Enabled: false });
    expect(await test.mapping(UUID)).toMatchObject({ State: "Disabled" });
    await source.put("a", "before");
    await test.turn(1_000);
    await test.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
    await source.put("a", "after");
    await test.nuage.idle();
    expect(own.texts()).toEqual([["after"]]);
  });

  it("keeps every setting, changes those that are given, and leads to another function", async () => {
    const settings: Partial<UpdateEventSourceMappingCommandInput> = {
      BatchSize: 7,
      MaximumBatchingWindowInSeconds: 3,
      ParallelizationFactor: 2,
      TumblingWindowInSeconds: 0,
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 5,
      MaximumRecordAgeInSeconds: 120,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      FilterCriteria: { Filters: [{ Pattern: '{"data":{"a":[1]}}' }] },
      DestinationConfig: { OnFailure: { Destination: arns.sqs } },
      MetricsConfig: { Metrics: ["EventCount"] },
    };
    const UUID = await test.map(probe, arns.kinesis, { ...HORIZON, ...settings });
    expect(await test.mapping(UUID)).toMatchObject(settings);
    const other = await test.probe();
    const changed = await test.lambda.send(
      new UpdateEventSourceMappingCommand({
        UUID,
        FunctionName: other.name,
        BatchSize: 9,
        FilterCriteria: {},
        DestinationConfig: { OnFailure: { Destination: "" } },
      }),
    );
    expect(changed).toMatchObject({
      State: "Updating",
      FunctionArn: other.arn,
      BatchSize: 9,
      MaximumRetryAttempts: 5,
    });
    expect(changed.FilterCriteria).toBeUndefined();
    expect(changed.DestinationConfig).toEqual({ OnFailure: {} });
    await test.nuage.idle();
    expect(await test.mapping(UUID)).toMatchObject({ State: "Enabled" });
    await test.unmap(UUID);
  });

  it("switches the provisioned mode and the concurrency on and off", async () => {
    const UUID = await test.map(probe, arns.sqs, { ProvisionedPollerConfig: { MinimumPollers: 3 } });
    expect((await test.mapping(UUID)).ProvisionedPollerConfig).toEqual({
      MinimumPollers: 3,
      MaximumPollers: 200,
    });
    const change = async (more: Partial<UpdateEventSourceMappingCommandInput>) =>
      test.lambda.send(new UpdateEventSourceMappingCommand({ UUID, ...more }));
    expect(await change({ ProvisionedPollerConfig: {} })).not.toHaveProperty("ProvisionedPollerConfig");
    expect((await change({ ScalingConfig: { MaximumConcurrency: 4 } })).ScalingConfig).toEqual({
      MaximumConcurrency: 4,
    });
    expect(await change({ ScalingConfig: {} })).not.toHaveProperty("ScalingConfig");
    await test.nuage.idle();
    await test.unmap(UUID);
  });

  it("names its function in every form, with a version or an alias", async () => {
    const own = await test.probe();
    const { Version } = await test.lambda.send(new PublishVersionCommand({ FunctionName: own.name }));
    await test.lambda.send(
      new CreateAliasCommand({ FunctionName: own.name, Name: "live", FunctionVersion: Version }),
    );
    const names: [string, string][] = [
      [own.arn, own.arn],
      [`000000000000:function:${own.name}:live`, `${own.arn}:live`],
      [`${own.name}:${Version}`, `${own.arn}:${Version}`],
    ];
    for (const [FunctionName, FunctionArn] of names) {
      const { arn, url } = await test.queue();
      const made = await create(arn, { FunctionName });
      expect(made.FunctionArn).toBe(FunctionArn);
      await test.send(url, FunctionName);
      await test.nuage.idle();
    }
    expect(own.texts()).toEqual(names.map(([name]) => [name]));
  });

  it("is listed by function and by source, a page at a time", async () => {
    const own = await test.probe();
    const queues = [await test.queue(), await test.queue(), await test.queue()];
    const uuids: string[] = [];
    for (const { arn } of queues) uuids.push(await test.map(own, arn));
    const list = async (more: object) => {
      const { EventSourceMappings = [], NextMarker } = await test.lambda.send(
        new ListEventSourceMappingsCommand(more),
      );
      return { found: EventSourceMappings.map(({ UUID }) => UUID), NextMarker };
    };
    expect((await list({ FunctionName: own.name })).found).toEqual([...uuids].sort());
    expect((await list({ EventSourceArn: queues[1]?.arn })).found).toEqual([uuids[1]]);
    const first = await list({ FunctionName: own.name, MaxItems: 2 });
    const second = await list({ FunctionName: own.name, MaxItems: 2, Marker: first.NextMarker });
    expect([...first.found, ...second.found]).toEqual([...uuids].sort());
    expect(second.NextMarker).toBeUndefined();
    expect((await refusal(list({ FunctionName: "nobody" }))).message).toBe(
      "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody",
    );
    expect((await refusal(list({ Marker: "?" }))).name).toBe(INVALID);
  });

  it("has tags", async () => {
    const made = await create(arns.fifo, { Tags: { team: "a" } });
    const Resource = made.EventSourceMappingArn ?? "";
    const tags = async () => (await test.lambda.send(new ListTagsCommand({ Resource }))).Tags;
    expect(await tags()).toEqual({ team: "a" });
    await test.lambda.send(new TagResourceCommand({ Resource, Tags: { stage: "b" } }));
    await test.lambda.send(new UntagResourceCommand({ Resource, TagKeys: ["team"] }));
    expect(await tags()).toEqual({ stage: "b" });
    const none = Resource.replace(/[^:]*$/, "00000000-0000-0000-0000-000000000000");
    expect((await refusal(test.lambda.send(new ListTagsCommand({ Resource: none })))).name).toBe(
      "ResourceNotFoundException",
    );
    await test.nuage.idle();
    await test.unmap(made.UUID ?? "");
  });

  it("stays when its queue or its function goes, and goes on when the function is back", async () => {
    const own = await test.probe();
    const { arn, url } = await test.queue();
    const UUID = await test.map(own, arn);
    await test.lambda.send(new DeleteFunctionCommand({ FunctionName: own.name }));
    await test.send(url, "waits");
    await test.turn(5_000);
    await test.probe({ FunctionName: own.name });
    await test.turn(60_000);
    expect(own.texts()).toEqual([["waits"]]);
    await test.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
    await test.turn(3_600_000);
    expect(await test.mapping(UUID)).toMatchObject({ State: "Enabled" });
    await test.unmap(UUID);
  });

  it("reads a stream through a registered consumer", async () => {
    const own = await test.probe();
    await test.kinesis.send(new CreateStreamCommand({ StreamName: "fanned", ShardCount: 1 }));
    await test.nuage.idle();
    const StreamARN = "arn:aws:kinesis:us-east-1:000000000000:stream/fanned";
    const { Consumer } = await test.kinesis.send(
      new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: "c" }),
    );
    await test.nuage.idle();
    const UUID = await test.map(own, Consumer?.ConsumerARN ?? "", { StartingPosition: "TRIM_HORIZON" });
    expect(await test.mapping(UUID)).toMatchObject({
      EventSourceArn: Consumer?.ConsumerARN,
      State: "Enabled",
    });
  });
});
