import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
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

const REFUSED: readonly (readonly [string, keyof typeof arns, Given, string, RegExp])[] = [
  ["a stream without a position", "kinesis", {}, INVALID, /Value null at 'startingPosition'/],
  [
    "a time for DynamoDB",
    "dynamodb",
    { StartingPosition: "AT_TIMESTAMP", StartingPositionTimestamp: new Date(0) },
    INVALID,
    /^Unsupported starting position for arn type: arn:aws:dynamodb/,
  ],
  [
    "no time at all",
    "kinesis",
    { StartingPosition: "AT_TIMESTAMP" },
    INVALID,
    /StartingPositionTimestamp is required/,
  ],
  [
    "a time of the future",
    "kinesis",
    { StartingPosition: "AT_TIMESTAMP", StartingPositionTimestamp: new Date(9e12) },
    INVALID,
    /cannot be in the future/,
  ],
  [
    "a time beside another position",
    "kinesis",
    { ...HORIZON, StartingPositionTimestamp: new Date(0) },
    INVALID,
    /only valid with StartingPosition AT_TIMESTAMP/,
  ],
  ["a position of a queue", "sqs", HORIZON, INVALID, /^Unsupported StartingPosition parameter/],
  ["retries of a queue", "sqs", { MaximumRetryAttempts: 1 }, INVALID, /^Unsupported MaximumRetryAttempts/],
  [
    "parallel lanes of a queue",
    "sqs",
    { ParallelizationFactor: 2 },
    INVALID,
    /^Unsupported ParallelizationFactor/,
  ],
  [
    "bisecting a queue's batches",
    "sqs",
    { BisectBatchOnFunctionError: true },
    INVALID,
    /^Unsupported Bisect/,
  ],
  [
    "a destination of a queue's failures",
    "sqs",
    { DestinationConfig: { OnFailure: {} } },
    INVALID,
    /^Unsupported DestinationConfig/,
  ],
  [
    "a destination of successes",
    "kinesis",
    { ...HORIZON, DestinationConfig: { OnSuccess: { Destination: "arn:aws:sqs:us-east-1:000000000000:q" } } },
    INVALID,
    /^Unsupported DestinationConfig parameter for given event source mapping type\.$/,
  ],
  [
    "a function as a destination",
    "kinesis",
    {
      ...HORIZON,
      DestinationConfig: { OnFailure: { Destination: "arn:aws:lambda:us-east-1:000000000000:function:f" } },
    },
    INVALID,
    /^The provided destination config .*onSuccess=null, onFailure=OnFailure\(destination=arn:aws:lambda/,
  ],
  [
    "scaling of a stream",
    "kinesis",
    { ...HORIZON, ScalingConfig: { MaximumConcurrency: 2 } },
    INVALID,
    /^Unsupported ScalingConfig/,
  ],
  ["topics", "sqs", { Topics: ["t1"] }, INVALID, /^Unsupported Topics/],
  [
    "more than 10 without a window",
    "sqs",
    { BatchSize: 11 },
    INVALID,
    /^Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10$/,
  ],
  [
    "more than 10 of a FIFO queue",
    "fifo",
    { BatchSize: 11 },
    INVALID,
    /^BatchSize 11 exceeds the max of 10$/,
  ],
  [
    "a window of a FIFO queue",
    "fifo",
    { MaximumBatchingWindowInSeconds: 1 },
    INVALID,
    /^Batching window is not supported for FIFO queues$/,
  ],
  ["a size of 0", "sqs", { BatchSize: 0 }, "ValidationException", /'batchSize'.*greater than or equal to 1/],
  [
    "a size above 10,000",
    "kinesis",
    { ...HORIZON, BatchSize: 10_001 },
    "ValidationException",
    /'batchSize'.*less than or equal to 10000/,
  ],
  [
    "a window above 300",
    "sqs",
    { MaximumBatchingWindowInSeconds: 301 },
    "ValidationException",
    /'maximumBatchingWindowInSeconds'/,
  ],
  [
    "11 lanes",
    "kinesis",
    { ...HORIZON, ParallelizationFactor: 11 },
    "ValidationException",
    /'parallelizationFactor'/,
  ],
  [
    "a tumbling window above 900",
    "kinesis",
    { ...HORIZON, TumblingWindowInSeconds: 901 },
    "ValidationException",
    /'tumblingWindowInSeconds'/,
  ],
  [
    "retries below -1",
    "kinesis",
    { ...HORIZON, MaximumRetryAttempts: -2 },
    "ValidationException",
    /'maximumRetryAttempts'/,
  ],
  [
    "retries above 10,000",
    "kinesis",
    { ...HORIZON, MaximumRetryAttempts: 10_001 },
    "ValidationException",
    /'maximumRetryAttempts'/,
  ],
  [
    "an age below 60",
    "kinesis",
    { ...HORIZON, MaximumRecordAgeInSeconds: 59 },
    INVALID,
    /must be -1, or between 60 and 604800/,
  ],
  [
    "an age above a week",
    "kinesis",
    { ...HORIZON, MaximumRecordAgeInSeconds: 604_801 },
    "ValidationException",
    /'maximumRecordAgeInSeconds'/,
  ],
  [
    "one at once",
    "sqs",
    { ScalingConfig: { MaximumConcurrency: 1 } },
    "ValidationException",
    /'scalingConfig.maximumConcurrency'/,
  ],
  [
    "pollers below 2",
    "sqs",
    { ProvisionedPollerConfig: { MinimumPollers: 1 } },
    INVALID,
    /^MinimumPollers should be between \[2, 200\]/,
  ],
  [
    "pollers and a concurrency",
    "sqs",
    { ProvisionedPollerConfig: { MinimumPollers: 2 }, ScalingConfig: { MaximumConcurrency: 5 } },
    INVALID,
    /^Provisioned mode for SQS ESM does not support maximum concurrency/,
  ],
  [
    "an unknown response type",
    "sqs",
    { FunctionResponseTypes: ["All" as "ReportBatchItemFailures"] },
    "ValidationException",
    /'functionResponseTypes'/,
  ],
  [
    "a filter that is no JSON",
    "sqs",
    { FilterCriteria: { Filters: [{ Pattern: "{" }] } },
    INVALID,
    /^Invalid filter pattern definition\.$/,
  ],
  [
    "an empty filter",
    "sqs",
    { FilterCriteria: { Filters: [{}] } },
    INVALID,
    /^Invalid filter pattern definition\.$/,
  ],
];

const NO_QUEUE =
  "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. " +
  "SQS Error Message: The specified queue does not exist for this wsdl version.";

describe("what is refused", () => {
  it.each(REFUSED)("%s", async (_, kind, given, name, message) => {
    const found = await refusal(create(arns[kind], given));
    expect(found).toMatchObject({ name, status: 400 });
    expect(found.message).toMatch(message);
  });

  it.each([
    ["no source", {}, INVALID, "Unrecognized event source."],
    ["a bucket", { EventSourceArn: "arn:aws:s3:::b" }, INVALID, "Unrecognized event source."],
    [
      "a table",
      { EventSourceArn: "arn:aws:dynamodb:us-east-1:000000000000:table/t" },
      INVALID,
      "Unrecognized event source.",
    ],
    [
      "a queue that is not there",
      { EventSourceArn: "arn:aws:sqs:us-east-1:000000000000:none" },
      INVALID,
      NO_QUEUE,
    ],
    [
      "a stream that is not there",
      { ...HORIZON, EventSourceArn: "arn:aws:kinesis:us-east-1:000000000000:stream/none" },
      INVALID,
      "Stream not found: arn:aws:kinesis:us-east-1:000000000000:stream/none",
    ],
    [
      "a table's stream that is not there",
      {
        ...HORIZON,
        EventSourceArn: "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000",
      },
      INVALID,
      "Stream not found: arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000",
    ],
    [
      "Kafka",
      { EventSourceArn: "arn:aws:kafka:us-east-1:000000000000:cluster/c/1" },
      "NotImplemented",
      "Amazon MSK is not part of this platform: no events come from it.",
    ],
    [
      "MQ",
      { EventSourceArn: "arn:aws:mq:us-east-1:000000000000:broker:b:b-1" },
      "NotImplemented",
      "Amazon MQ is not part of this platform: no events come from it.",
    ],
    [
      "Kafka of one's own",
      { SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ["a:9092"] } } },
      "NotImplemented",
      "Self-managed Apache Kafka is not part of this platform: no events come from it.",
    ],
  ] as readonly (readonly [string, Given, string, string])[])("%s", async (_, given, name, message) => {
    const command = new CreateEventSourceMappingCommand({ FunctionName: probe.name, ...given });
    expect(await refusal(test.lambda.send(command))).toMatchObject({ name, message });
  });

  it("a function that is not there, and a version or alias of it", async () => {
    for (const FunctionName of ["nobody", `${probe.name}:7`, `${probe.name}:live`]) {
      const found = await refusal(create(arns.sqs, { FunctionName }));
      expect(found).toMatchObject({ name: INVALID, message: "Function does not exist" });
    }
  });

  it("a queue that shows messages before the function has ended", async () => {
    const slow = await test.probe({ Timeout: 31 });
    expect(await refusal(create(arns.sqs, { FunctionName: slow.name }))).toMatchObject({
      name: INVALID,
      message: "Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds",
    });
  });

  it("a second mapping of the same source and function", async () => {
    const queue = await test.map(probe, arns.sqs);
    expect(await refusal(create(arns.sqs))).toEqual({
      name: "ResourceConflictException",
      status: 409,
      message:
        `An event source mapping with SQS arn (" ${arns.sqs} ") and function (" ${probe.name} ") already ` +
        `exists. Please update or delete the existing mapping with UUID ${queue}`,
    });
    const stream = await test.map(probe, arns.kinesis, HORIZON);
    expect((await refusal(create(arns.kinesis, HORIZON))).message).toBe(
      `The event source arn (" ${arns.kinesis} ") and function (" ${probe.name} ") provided mapping ` +
        `already exists. Please update or delete the existing mapping with UUID ${stream}`,
    );
    await test.unmap(queue);
    await test.unmap(stream);
  });

  it("a mapping that is not there", async () => {
    const UUID = "00000000-0000-0000-0000-000000000000";
    for (const command of [
      new GetEventSourceMappingCommand({ UUID }),
      new UpdateEventSourceMappingCommand({ UUID }),
      new DeleteEventSourceMappingCommand({ UUID }),
    ]) {
      expect(await refusal(test.lambda.send(command as GetEventSourceMappingCommand))).toMatchObject({
        name: "ResourceNotFoundException",
        status: 404,
        message: "The resource you requested does not exist.",
      });
    }
  });
});
