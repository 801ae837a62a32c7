// What functions are given of queues and streams, held against the published schemas; traces; loops.
import { DynamoDBStreamSchema } from "@aws-lambda-powertools/parser/schemas/dynamodb";
import { KinesisDataStreamSchema } from "@aws-lambda-powertools/parser/schemas/kinesis";
import { SqsSchema } from "@aws-lambda-powertools/parser/schemas/sqs";
import { DeleteItemCommand, PutItemCommand, UpdateTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import { CreateFunctionCommand } from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { ROLE, useSources } from "./sources.fixture.ts";

const test = useSources();
const HORIZON = { StartingPosition: "TRIM_HORIZON" } as const;

describe("an event", () => {
  it("of a standard queue has all that AWS tells of messages", async () => {
    const probe = await test.probe();
    const { arn, url } = await test.queue();
    await test.map(probe, arn);
    await test.send(url, "hello", {
      MessageAttributes: {
        text: { DataType: "String", StringValue: "t" },
        bytes: { DataType: "Binary", BinaryValue: new Uint8Array([1, 2, 255]) },
      },
      MessageSystemAttributes: {
        AWSTraceHeader: { DataType: "String", StringValue: "Root=1-5759e988-bd862e3fe1be46a994272793" },
      },
    });
    await test.nuage.idle();
    const event = probe.seen()[0]?.event;
    SqsSchema.parse(event);
    expect(event?.Records).toEqual([
      {
        messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        receiptHandle: expect.stringMatching(/^AQEB/),
        body: "hello",
        attributes: {
          ApproximateReceiveCount: "1",
          AWSTraceHeader: "Root=1-5759e988-bd862e3fe1be46a994272793",
          SentTimestamp: expect.stringMatching(/^\d{13}$/),
          SenderId: expect.any(String),
          ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
        },
        messageAttributes: {
          text: { stringValue: "t", stringListValues: [], binaryListValues: [], dataType: "String" },
          bytes: { binaryValue: "AQL/", stringListValues: [], binaryListValues: [], dataType: "Binary" },
        },
        md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
        md5OfBody: "5d41402abc4b2a76b9719d911017c592",
        eventSource: "aws:sqs",
        eventSourceARN: arn,
        awsRegion: "us-east-1",
      },
    ]);
  });

  it("of a FIFO queue tells group, deduplication and order", async () => {
    const probe = await test.probe();
    const { arn, url } = await test.queue({ ContentBasedDeduplication: "true" }, true);
    await test.map(probe, arn);
    await test.send(url, "hello", { MessageGroupId: "g" });
    await test.nuage.idle();
    const event = probe.seen()[0]?.event;
    SqsSchema.parse(event);
    expect(event?.Records[0]?.attributes).toEqual({
      ApproximateReceiveCount: "1",
      SentTimestamp: expect.any(String),
      SequenceNumber: expect.stringMatching(/^\d{20}$/),
      MessageGroupId: "g",
      SenderId: expect.any(String),
      MessageDeduplicationId: expect.stringMatching(/^[0-9a-f]{64}$/),
      ApproximateFirstReceiveTimestamp: expect.any(String),
    });
  });

  it("of Kinesis has its data in base64", async () => {
    const probe = await test.probe();
    const stream = await test.stream();
    await test.map(probe, stream.arn, HORIZON);
    await stream.put("key", "héllo");
    await test.nuage.idle();
    const event = probe.seen()[0]?.event;
    expect(KinesisDataStreamSchema.parse(event).Records[0]?.kinesis.data).toBe("héllo");
    expect(event?.Records).toEqual([
      {
        kinesis: {
          kinesisSchemaVersion: "1.0",
          partitionKey: "key",
          sequenceNumber: expect.stringMatching(/^\d{56}$/),
          data: Buffer.from("héllo").toString("base64"),
          approximateArrivalTimestamp: expect.any(Number),
        },
        eventSource: "aws:kinesis",
        eventVersion: "1.0",
        eventID: expect.stringMatching(/^shardId-000000000000:\d{56}$/),
        eventName: "aws:kinesis:record",
        invokeIdentityArn: ROLE,
        awsRegion: "us-east-1",
        eventSourceARN: stream.arn,
      },
    ]);
    const { approximateArrivalTimestamp: arrived } =
      KinesisDataStreamSchema.parse(event).Records[0]?.kinesis ?? {};
    expect(Math.abs((arrived ?? 0) * 1000 - test.nuage.clock.now())).toBeLessThan(60_000);
  });

  it("of DynamoDB tells each kind of change and value, and who removed what expired", async () => {
    const probe = await test.probe();
    const { arn, name: TableName } = await test.table();
    await test.map(probe, arn, HORIZON);
    const Item = {
      id: { S: "a" },
      bytes: { B: new Uint8Array([1, 2, 255]) },
      list: { L: [{ NS: ["1", "2"] }, { BOOL: true }, { NULL: true }, { BS: [new Uint8Array([7])] }] },
      until: { N: String(Math.floor(test.nuage.clock.now() / 1000) + 60) },
    };
    await test.dynamodb.send(new PutItemCommand({ TableName, Item }));
    await test.dynamodb.send(new DeleteItemCommand({ TableName, Key: { id: { S: "a" } } }));
    await test.dynamodb.send(
      new UpdateTimeToLiveCommand({
        TableName,
        TimeToLiveSpecification: { Enabled: true, AttributeName: "until" },
      }),
    );
    await test.dynamodb.send(new PutItemCommand({ TableName, Item: { ...Item, id: { S: "b" } } }));
    await test.turn(3_600_000);
    const events = probe.seen().map(({ event }) => event);
    for (const event of events) DynamoDBStreamSchema.parse(event);
    const records = events.flatMap(({ Records }) => Records);
    expect(records.map(({ eventName }) => eventName)).toEqual(["INSERT", "REMOVE", "INSERT", "REMOVE"]);
    expect(records[0]).toEqual({
      eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventName: "INSERT",
      eventVersion: "1.1",
      eventSource: "aws:dynamodb",
      awsRegion: "us-east-1",
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Number),
        Keys: { id: { S: "a" } },
        NewImage: {
          ...Item,
          bytes: { B: "AQL/" },
          list: { L: [{ NS: ["1", "2"] }, { BOOL: true }, { NULL: true }, { BS: ["Bw=="] }] },
        },
        SequenceNumber: expect.stringMatching(/^\d{21,40}$/),
        SizeBytes: expect.any(Number),
        StreamViewType: "NEW_AND_OLD_IMAGES",
      },
      eventSourceARN: arn,
    });
    expect(records[3]?.userIdentity).toEqual({ type: "Service", principalId: "dynamodb.amazonaws.com" });
  });
});

interface TraceView {
  readonly spans: readonly { readonly kind: string; readonly name: string; readonly attributes: object }[];
}

async function traces(query: string): Promise<readonly { readonly traceId: string }[]> {
  const response = await fetch(`${test.nuage.endpoint}/_nuage/traces?${query}`);
  return ((await response.json()) as { traces: { traceId: string }[] }).traces;
}

async function trace(id: string): Promise<TraceView> {
  return (await (await fetch(`${test.nuage.endpoint}/_nuage/traces/${id}`)).json()) as TraceView;
}

describe("the trace of a record", () => {
  it.each([
    [
      "a queue",
      async () => {
        const { arn, url } = await test.queue();
        return { arn, more: {}, put: (text: string) => test.send(url, text), call: "sqs.SendMessage" };
      },
    ],
    [
      "a Kinesis stream",
      async () => {
        const { arn, put } = await test.stream();
        return { arn, more: HORIZON, put: (text: string) => put("k", text), call: "kinesis.PutRecords" };
      },
    ],
    [
      "a table",
      async () => {
        const { arn, put } = await test.table();
        return { arn, more: HORIZON, put: (text: string) => put("k", text), call: "dynamodb.PutItem" };
      },
    ],
  ] as const)("of %s goes on into the function", async (_, make) => {
    const probe = await test.probe();
    const { arn, more, put, call } = await make();
    await test.map(probe, arn, more);
    await put("one");
    await test.nuage.idle();
    const [found] = await traces(`function=${probe.name}&limit=1`);
    const { spans } = await trace(found?.traceId ?? "");
    expect(spans.some(({ name }) => name === call)).toBe(true);
    const wait = spans.find(({ kind, name }) => kind === "queue" && name === probe.name);
    expect(wait?.attributes).toMatchObject({ sourceArn: arn, batchSize: 1, attempt: 1 });
    expect(spans.some(({ kind, name }) => kind === "invoke" && name === probe.name)).toBe(true);
  });

  it("is the first one's, and tells of the others", async () => {
    const probe = await test.probe();
    const { arn, url } = await test.queue();
    await test.map(probe, arn, { BatchSize: 10, MaximumBatchingWindowInSeconds: 5 });
    for (const text of ["1", "2", "3"]) await test.send(url, text);
    await test.turn(6_000);
    const [found] = await traces(`function=${probe.name}&limit=1`);
    const { spans } = await trace(found?.traceId ?? "");
    const wait = spans.find(({ kind }) => kind === "queue") as { attributes: { links?: string } } | undefined;
    expect(wait?.attributes.links?.split(",")).toHaveLength(2);
  });
});

const LOOPS = {
  sqs: `
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
const sqs = new SQSClient({});
export const handler = async ({ Records }) => {
  console.log("round", Records.map(({ body }) => body).join());
  for (const { body } of Records)
    await sqs.send(new SendMessageCommand({ QueueUrl: process.env.TARGET, MessageBody: body }));
};`,
  kinesis: `
import { KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
const kinesis = new KinesisClient({});
export const handler = async ({ Records }) => {
  console.log("round");
  for (const { kinesis: { data } } of Records) {
    const record = { PartitionKey: "k", Data: Buffer.from(data, "base64") };
    await kinesis.send(new PutRecordCommand({ StreamName: process.env.TARGET, ...record }));
  }
};`,
  dynamodb: `
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
const dynamodb = new DynamoDBClient({});
export const handler = async ({ Records }) => {
  console.log("round");
  for (const { dynamodb: { NewImage } } of Records) {
    const Item = { id: { S: "k" }, n: { N: String(Number(NewImage.n?.N ?? 0) + 1) } };
    await dynamodb.send(new PutItemCommand({ TableName: process.env.TARGET, Item }));
  }
};`,
};

async function looping(kind: keyof typeof LOOPS, target: string): Promise<string> {
  const FunctionName = `loop-${kind}`;
  await test.lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: ROLE,
      Timeout: 20,
      Code: { ZipFile: zipSync({ "index.mjs": strToU8(LOOPS[kind]) }) },
      Environment: { Variables: { TARGET: target } },
    }),
  );
  return FunctionName;
}

async function lines(name: string): Promise<string[]> {
  const response = await fetch(`${test.nuage.endpoint}/_nuage/logs?function=${name}`);
  return ((await response.json()) as { lines: { message: string }[] }).lines.map(({ message }) => message);
}

const probeOf = (name: string) => ({ name }) as Parameters<typeof test.map>[0];

describe("a loop", () => {
  it("through a queue is stopped after 16 rounds, and the message ends as a dead letter", async () => {
    const dead = await test.queue();
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 });
    const { arn, url } = await test.queue({ RedrivePolicy });
    const name = await looping("sqs", url);
    await test.map(probeOf(name), arn);
    await test.send(url, "round and round");
    await test.turn(120_000);
    const all = await lines(name);
    expect(all.filter((line) => line.includes("round round"))).toHaveLength(16);
    expect(all.some((line) => line.includes("Recursive loop stopped"))).toBe(true);
    expect(await test.drain(dead.url)).toEqual(["round and round"]);
  });

  it.each(["kinesis", "dynamodb"] as const)(
    "through %s is stopped too, and its records are given up",
    async (kind) => {
      const failures = await test.queue();
      const source = kind === "kinesis" ? await test.stream() : await test.table();
      const name = await looping(kind, source.name);
      await test.map(probeOf(name), source.arn, {
        ...HORIZON,
        DestinationConfig: { OnFailure: { Destination: failures.arn } },
      });
      await source.put("k", "round and round");
      await test.turn(1_000);
      expect((await lines(name)).filter((line) => line.includes("round"))).toHaveLength(16);
      const records = (await test.drain(failures.url)).map((text) => JSON.parse(text));
      expect(records).toHaveLength(1);
      expect(records[0].requestContext.condition).toBe("RecursiveInvocation");
    },
  );
});
