import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { GetRecordsCommand, GetShardIteratorCommand } from "@aws-sdk/client-kinesis";
import { StartPipeCommand } from "@aws-sdk/client-pipes";
import { GetQueueAttributesCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { fresh, usePipes } from "./pipes.fixture.ts";

const it = usePipes();
const json = (bodies: string[]) => bodies.map((body) => JSON.parse(body));

test("messages of a FIFO queue reach another in their order", async () => {
  const fifo = { FifoQueue: "true", ContentBasedDeduplication: "true" };
  const [source, target] = [await it.queue(fifo), await it.queue(fifo)];
  await it.pipe(source.arn, target.arn, {
    TargetParameters: {
      InputTemplate: "<$.body>",
      SqsQueueParameters: {
        MessageGroupId: "$.attributes.MessageGroupId",
        MessageDeduplicationId: "$.messageId",
      },
    },
  });
  const sent = Array.from({ length: 35 }, (_, n) => `m${n}`);
  await it.send(source, ...sent);
  const got = await it.messages(target);
  expect(got.map(({ Body }) => Body)).toEqual(sent);
  expect(new Set(got.map(({ Attributes }) => Attributes?.MessageGroupId))).toEqual(new Set(["g"]));
});

test("messages that are too large for one request go in several, each once and in order", async () => {
  const fifo = { FifoQueue: "true", ContentBasedDeduplication: "true" };
  const [source, target] = [await it.queue(fifo), await it.queue(fifo)];
  const Name = await it.pipe(source.arn, target.arn, {
    DesiredState: "STOPPED",
    TargetParameters: { InputTemplate: "<$.body>", SqsQueueParameters: { MessageGroupId: "g" } },
  });
  const sent = Array.from({ length: 10 }, (_, n) => `${n}${"x".repeat(300_000)}`);
  for (const MessageBody of sent) {
    await it.sqs.send(new SendMessageCommand({ QueueUrl: source.url, MessageBody, MessageGroupId: "g" }));
  }
  await it.pipes.send(new StartPipeCommand({ Name }));
  expect((await it.bodies(target)).map((body) => body.slice(0, 2))).toEqual(sent.map((b) => b.slice(0, 2)));
});

test("a filter looks into bodies that are JSON; what it does not let through is gone", async () => {
  const [source, target] = [await it.queue(), await it.queue()];
  const Filters = [{ Pattern: '{"body":{"n":[{"numeric":[">",1]}]}}' }, { Pattern: '{"body":["plain"]}' }];
  await it.pipe(source.arn, target.arn, { SourceParameters: { FilterCriteria: { Filters } } });
  await it.send(source, '{"n":1}', '{"n":2}', "plain", "other");
  expect(json(await it.bodies(target)).map(({ body }) => body)).toEqual(['{"n":2}', "plain"]);
  await it.advance(3_600_000);
  expect(await it.bodies(source)).toEqual([]);
});

test("templates shape what the target gets, with values of the event and of the pipe", async () => {
  const [source, target] = [await it.queue(), await it.queue()];
  const name = await it.pipe(source.arn, target.arn, {
    TargetParameters: {
      InputTemplate:
        '{"whole":<$.body>,"part":<$.body.list[1]>,"text":"it is <$.body.text>","none":<$.body.none>,' +
        '"all":<$.body.list[*]>,"pipe":"<aws.pipes.pipe-name>","from":<aws.pipes.source-arn>,' +
        '"at":"<aws.pipes.event.ingestion-time>"}',
    },
  });
  const body = { list: [1, { a: 2 }], text: 'say "x"' };
  await it.send(source, JSON.stringify(body));
  const [shaped] = json(await it.bodies(target));
  expect(shaped).toEqual({
    whole: body,
    part: { a: 2 },
    text: 'it is say "x"',
    none: "",
    all: [1, { a: 2 }],
    pipe: name,
    from: source.arn,
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  });
});

test("a log group gets messages in a stream and at a time that the event tells, or the pipe", async () => {
  const logs = it.nuage.client(CloudWatchLogsClient);
  const logGroupName = fresh("/pipes/group");
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const group = `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`;
  const [told, plain] = [await it.queue(), await it.queue()];
  await it.pipe(told.arn, group, {
    TargetParameters: {
      InputTemplate: "<$.body.text>",
      CloudWatchLogsParameters: { LogStreamName: "$.body.stream", Timestamp: "$.body.ms" },
    },
  });
  await it.pipe(plain.arn, group, { TargetParameters: { InputTemplate: "plain <$.body>" } });
  const ms = Math.floor(it.nuage.clock.now()) - 5000;
  const event = (stream: string, after: number) =>
    JSON.stringify({ stream, ms: ms + after, text: `${stream}${after}` });
  await it.send(told, event("a", 2), event("b", 1), event("a", 0));
  await it.send(plain, "text");
  await it.nuage.idle();
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
  const seen = events.map(({ message, logStreamName = "", timestamp = 0 }) => [
    message,
    logStreamName.length > 1 ? "its own" : logStreamName,
    timestamp - ms,
  ]);
  expect(seen).toEqual([
    ["a0", "a", 0],
    ["b1", "b", 1],
    ["a2", "a", 2],
    ["plain text", "its own", expect.any(Number)],
  ]);
});

test("an enrichment's answer goes on: several events, one, or none", async () => {
  const [source, target] = [await it.queue(), await it.queue()];
  const Enrichment = await it.function(`
    const linesOf = ({ order: { id, count } }) => Array.from({ length: count }, (_, n) => ({ id, n }));
    return event.flatMap(linesOf);`);
  await it.pipe(source.arn, target.arn, {
    Enrichment,
    EnrichmentParameters: { InputTemplate: '{"order":<$.body>}' },
    TargetParameters: { InputTemplate: "<$.id>/<$.n>" },
  });
  await it.send(source, '{"id":"a","count":2}');
  expect(await it.bodies(target)).toEqual(["a/0", "a/1"]);
  await it.send(source, '{"id":"b","count":0}');
  expect(await it.bodies(target)).toEqual([]);
  await it.advance(3_600_000);
  expect(await it.bodies(source)).toEqual([]);
});

test("a function that is the target gets a list, and names the records that failed", async () => {
  const source = await it.queue({ VisibilityTimeout: "400" });
  const functionArn = await it.function(`
    const fails = ({ body, attributes }) => body === "bad" && attributes.ApproximateReceiveCount < 3;
    const bad = event.filter(fails);
    return { batchItemFailures: bad.map(({ messageId }) => ({ itemIdentifier: messageId })) };`);
  await it.pipe(source.arn, functionArn);
  const left = async () => {
    await it.nuage.idle();
    const AttributeNames = ["All" as const];
    const command = new GetQueueAttributesCommand({ QueueUrl: source.url, AttributeNames });
    const { Attributes } = await it.sqs.send(command);
    return Attributes?.ApproximateNumberOfMessagesNotVisible;
  };
  await it.send(source, "good", "bad");
  expect(await left()).toBe("1");
  await it.advance(401_000);
  expect(await left()).toBe("1");
  await it.advance(401_000);
  expect(await left()).toBe("0");
  expect(await it.bodies(source)).toEqual([]);
});

test("records of a stream come with their data beside their facts, in the order of their keys", async () => {
  const [stream, target] = [await it.stream(2), await it.queue()];
  const InputTemplate = '{"data":<$.data>,"key":"<$.partitionKey>","kind":"<$.eventName>"}';
  await it.pipe(stream, target.arn, {
    SourceParameters: { KinesisStreamParameters: { StartingPosition: "TRIM_HORIZON", BatchSize: 3 } },
    TargetParameters: { InputTemplate },
  });
  await it.put(stream, ...Array.from({ length: 10 }, (_, n) => `a${n}`), '{"b":1}');
  const got = json(await it.bodies(target));
  expect(got.filter(({ key }) => key === "a").map(({ data }) => data)).toEqual(
    Array.from({ length: 10 }, (_, n) => `a${n}`),
  );
  expect(got.find(({ key }) => key === "{")).toEqual({
    data: { b: 1 },
    key: "{",
    kind: "aws:kinesis:record",
  });
});

test("a record that a target never takes goes to the dead-letter queue, and the others go on", async () => {
  const [stream, dead] = [await it.stream(), await it.queue()];
  const functionArn = await it.function(`
    const texts = event.map(({ data }) => Buffer.from(data, "base64").toString());
    if (texts.includes("poison")) throw new Error("no");`);
  const name = await it.pipe(stream, functionArn, {
    SourceParameters: {
      KinesisStreamParameters: {
        StartingPosition: "TRIM_HORIZON",
        MaximumRetryAttempts: 2,
        OnPartialBatchItemFailure: "AUTOMATIC_BISECT",
        DeadLetterConfig: { Arn: dead.arn },
      },
    },
  });
  await it.put(stream, "one", "poison", "two");
  await it.advance(600_000);
  const [told, ...more] = json(await it.bodies(dead));
  expect(more).toEqual([]);
  expect(told).toMatchObject({
    context: {
      partnerResourceArn: `arn:aws:pipes:us-east-1:000000000000:pipe/${name}`,
      condition: "RetryAttemptsExhausted",
    },
    version: "1.0",
    KinesisBatchInfo: { batchSize: 1, streamArn: stream, shardId: "shardId-000000000000" },
  });
  expect(told.KinesisBatchInfo.startSequenceNumber).toBe(told.KinesisBatchInfo.endSequenceNumber);
});

test("changes of a table go to an event bus", async () => {
  const dynamodb = it.nuage.client(DynamoDBClient);
  const events = it.nuage.client(EventBridgeClient);
  const TableName = fresh("table");
  const { TableDescription } = await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
    }),
  );
  await it.nuage.idle();
  const target = await it.queue();
  await events.send(new PutRuleCommand({ Name: "changes", EventPattern: '{"source":["shop"]}' }));
  await events.send(new PutTargetsCommand({ Rule: "changes", Targets: [{ Id: "q", Arn: target.arn }] }));
  await it.pipe(
    TableDescription?.LatestStreamArn ?? "",
    "arn:aws:events:us-east-1:000000000000:event-bus/default",
    {
      SourceParameters: { DynamoDBStreamParameters: { StartingPosition: "TRIM_HORIZON" } },
      TargetParameters: {
        InputTemplate: '{"id":<$.dynamodb.Keys.id.S>}',
        EventBridgeEventBusParameters: {
          Source: "shop",
          DetailType: "$.eventName",
          Resources: ["$.eventID"],
        },
      },
    },
  );
  await dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: "1" } } }));
  const [event] = json(await it.bodies(target));
  expect(event).toMatchObject({ source: "shop", "detail-type": "INSERT", detail: { id: "1" } });
  expect(event.resources[0]).toMatch(/^[0-9a-f]{32}$/);
});

test("a stream can be the target, by a key of the event", async () => {
  const [source, stream] = [await it.queue(), await it.stream()];
  await it.pipe(source.arn, stream, {
    TargetParameters: {
      InputTemplate: "<$.body>",
      KinesisStreamParameters: { PartitionKey: "$.body.customer" },
    },
  });
  await it.send(source, '{"customer":"c7"}');
  await it.nuage.idle();
  const { ShardIterator } = await it.kinesis.send(
    new GetShardIteratorCommand({
      StreamARN: stream,
      ShardId: "shardId-000000000000",
      ShardIteratorType: "TRIM_HORIZON",
    }),
  );
  const { Records = [] } = await it.kinesis.send(new GetRecordsCommand({ ShardIterator }));
  expect(Records.map(({ PartitionKey, Data }) => [PartitionKey, Buffer.from(Data ?? []).toString()])).toEqual(
    [["c7", '{"customer":"c7"}']],
  );
});
