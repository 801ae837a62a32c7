import { DescribeAlarmsCommand, ListMetricsCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordCommand,
  PutRecordsCommand,
} from "@aws-sdk/client-kinesis";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  PutFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { strToU8, zipSync } from "fflate";
import { expect, test } from "vitest";
import { metric, useCloudWatch } from "./cloudwatch.fixture.ts";

const it = useCloudWatch();

/** What a metric of AWS's own comes to over the last hour, as one number. */
async function total(Namespace: string, name: string, Dimensions: Record<string, string> = {}, Stat = "Sum") {
  const results = await it.ask([metric("m", Namespace, name, { Stat, Period: 86_400, Dimensions })]);
  return results[0]?.Values?.[0];
}

async function queue(QueueName: string) {
  const sqs = it.nuage.client(SQSClient);
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName }));
  return { sqs, QueueUrl, arn: `arn:aws:sqs:us-east-1:${it.nuage.account}:${QueueName}` };
}

// First: clients correct their clocks, and try again, once the platform's has been turned.
test("topics, rules, tables and buckets are counted", async () => {
  const [sns, events, dynamodb, s3] = [
    it.nuage.client(SNSClient),
    it.nuage.client(EventBridgeClient),
    it.nuage.client(DynamoDBClient),
    it.nuage.client(S3Client),
  ];
  const { arn } = await queue("listener");
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "counted" }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: arn }));
  await sns.send(new PublishCommand({ TopicArn, Message: "12345" }));
  await events.send(new PutRuleCommand({ Name: "counted", EventPattern: '{"source":["me"]}' }));
  await events.send(
    new PutTargetsCommand({
      Rule: "counted",
      Targets: [
        { Id: "a", Arn: arn },
        { Id: "b", Arn: "arn:aws:sqs:us-east-1:000000000000:nobody" },
      ],
    }),
  );
  await events.send(new PutEventsCommand({ Entries: [{ Source: "me", DetailType: "x", Detail: "{}" }] }));
  await dynamodb.send(
    new CreateTableCommand({
      TableName: "counted",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  const Item = { id: { S: "1" } };
  await dynamodb.send(new PutItemCommand({ TableName: "counted", Item }));
  await dynamodb.send(new GetItemCommand({ TableName: "counted", Key: Item }));
  const conditional = { Item, ConditionExpression: "attribute_not_exists(id)" };
  await dynamodb.send(new PutItemCommand({ TableName: "counted", ...conditional })).catch(() => {});
  await s3.send(new CreateBucketCommand({ Bucket: "counted" }));
  await s3.send(new PutObjectCommand({ Bucket: "counted", Key: "k", Body: "12345" }));
  await (await s3.send(new GetObjectCommand({ Bucket: "counted", Key: "k" }))).Body?.transformToString();
  await s3.send(new GetObjectCommand({ Bucket: "counted", Key: "none" })).catch(() => {});
  await it.nuage.idle();

  const topic = { TopicName: "counted" };
  expect(await total("AWS/SNS", "NumberOfMessagesPublished", topic)).toBe(1);
  expect(await total("AWS/SNS", "PublishSize", topic)).toBe(5);
  expect(await total("AWS/SNS", "NumberOfNotificationsDelivered", topic)).toBe(1);
  const rule = { RuleName: "counted" };
  expect(await total("AWS/Events", "MatchedEvents", rule)).toBe(1);
  expect(await total("AWS/Events", "Invocations", rule)).toBe(2);
  expect(await total("AWS/Events", "FailedInvocations", rule)).toBe(1);
  const table = { TableName: "counted" };
  expect(await total("AWS/DynamoDB", "ConsumedWriteCapacityUnits", table)).toBe(2);
  expect(await total("AWS/DynamoDB", "ConditionalCheckFailedRequests", table)).toBe(1);
  const puts = { ...table, Operation: "PutItem" };
  expect(await total("AWS/DynamoDB", "SuccessfulRequestLatency", puts, "SampleCount")).toBe(1);
  const requests = { BucketName: "counted", FilterId: "EntireBucket" };
  expect(await total("AWS/S3", "GetRequests", requests)).toBe(2);
  expect(await total("AWS/S3", "4xxErrors", requests)).toBe(1);
  expect(await total("AWS/S3", "BytesDownloaded", requests)).toBe(5);
  const objects = { BucketName: "counted", StorageType: "AllStorageTypes" };
  const day = { StartTime: new Date(it.nuage.clock.now() - 86_400_000) };
  const found = await it.ask(
    [metric("m", "AWS/S3", "NumberOfObjects", { Stat: "Average", Dimensions: objects })],
    day,
  );
  expect(found[0]?.Values).toEqual([1]);
});

test("functions are counted by name, by what was named of them, by version and in all", async () => {
  const lambda = it.nuage.client(LambdaClient);
  const FunctionName = "counted";
  const code = "export const handler = async ({ fail }) => { if (fail) throw new Error('no'); return 1; };";
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: "arn:aws:iam::000000000000:role/any",
      Code: { ZipFile: zipSync({ "index.mjs": strToU8(code) }) },
    }),
  );
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
  const invoke = (more: object, event: object = {}) =>
    lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event), ...more }));
  await invoke({});
  await invoke({ Qualifier: "live" }, { fail: true });
  const sum = (name: string, more: Record<string, string> = {}) =>
    total("AWS/Lambda", name, { FunctionName, ...more });
  expect([await sum("Invocations"), await sum("Errors")]).toEqual([2, 1]);
  expect(await sum("Invocations", { Resource: "counted" })).toBe(1);
  expect(await sum("Errors", { Resource: "counted:live" })).toBe(1);
  expect(await sum("Invocations", { Resource: "counted:live", ExecutedVersion: "1" })).toBe(1);
  expect(await total("AWS/Lambda", "Invocations")).toBe(2);
  expect(await total("AWS/Lambda", "Errors", { FunctionName }, "Average")).toBe(0.5);
  // Nothing was throttled, and that is known of each.
  expect(await sum("Throttles")).toBe(0);
  expect(await total("AWS/Lambda", "Throttles", { FunctionName }, "SampleCount")).toBe(2);
  expect(await total("AWS/Lambda", "ConcurrentExecutions", { FunctionName }, "Maximum")).toBe(1);
  expect(await total("AWS/Lambda", "Duration", { FunctionName }, "p50")).toBeGreaterThan(0);
  // Each attempt at an event is an invocation, and an error.
  await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 1 }));
  await invoke({ InvocationType: "Event" }, { fail: true });
  await it.nuage.advance("5 minutes");
  expect([await sum("Invocations"), await sum("Errors")]).toEqual([4, 3]);
  expect([await sum("AsyncEventsReceived"), await sum("AsyncEventsDropped")]).toEqual([1, 1]);
});

test("queues are counted, and looked at while messages wait", async () => {
  const { sqs, QueueUrl } = await queue("counted");
  const of = { QueueName: "counted" };
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "hello" }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "you" }));
  const visible = () => total("AWS/SQS", "ApproximateNumberOfMessagesVisible", of, "Maximum");
  expect(await visible()).toBe(2);
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle }));
  expect(await total("AWS/SQS", "NumberOfMessagesSent", of)).toBe(2);
  expect(await total("AWS/SQS", "SentMessageSize", of, "Average")).toBe(4);
  expect(await total("AWS/SQS", "NumberOfMessagesReceived", of)).toBe(1);
  expect(await total("AWS/SQS", "NumberOfMessagesDeleted", of)).toBe(1);
  await it.client.send(
    new PutMetricAlarmCommand({
      AlarmName: "old",
      Namespace: "AWS/SQS",
      MetricName: "ApproximateAgeOfOldestMessage",
      Dimensions: [{ Name: "QueueName", Value: "counted" }],
      Statistic: "Maximum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 300,
      ComparisonOperator: "GreaterThanThreshold",
    }),
  );
  const state = async () => {
    const { MetricAlarms } = await it.client.send(new DescribeAlarmsCommand({ AlarmNames: ["old"] }));
    return MetricAlarms?.[0]?.StateValue;
  };
  await it.nuage.advance("2 minutes");
  expect(await state()).toBe("OK");
  await it.nuage.advance("10 minutes");
  expect(await state()).toBe("ALARM");
});

test("they are there after a restart, and are listed with their dimensions", async () => {
  const { Metrics = [] } = await it.client.send(
    new ListMetricsCommand({ Namespace: "AWS/Lambda", MetricName: "Invocations", RecentlyActive: "PT3H" }),
  );
  expect(Metrics.map(({ Dimensions }) => Dimensions?.map(({ Name }) => Name).join())).toEqual(
    expect.arrayContaining([
      "",
      "FunctionName",
      "FunctionName,Resource",
      "FunctionName,Resource,ExecutedVersion",
    ]),
  );
});

test("a stream is counted by what is put to it and read of it, though a read names no stream", async () => {
  const kinesis = it.nuage.client(KinesisClient);
  const StreamName = "counted";
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  await it.nuage.idle();
  const Data = strToU8("12345");
  await kinesis.send(new PutRecordCommand({ StreamName, Data, PartitionKey: "k" }));
  await kinesis.send(new PutRecordsCommand({ StreamName, Records: [{ Data, PartitionKey: "k" }] }));
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({
      StreamName,
      ShardId: "shardId-000000000000",
      ShardIteratorType: "TRIM_HORIZON",
    }),
  );
  const { MillisBehindLatest } = await kinesis.send(new GetRecordsCommand({ ShardIterator, Limit: 1 }));
  const stream = { StreamName };
  const told = Object.fromEntries(
    await Promise.all(
      [
        ...["PutRecord.Bytes", "PutRecords.Bytes", "PutRecords.SuccessfulRecords"],
        ...["GetRecords.Success", "GetRecords.Records", "GetRecords.IteratorAgeMilliseconds"],
      ].map(async (name) => [name, await total("AWS/Kinesis", name, stream)] as const),
    ),
  );
  expect(told).toEqual({
    "PutRecord.Bytes": 5,
    "PutRecords.Bytes": 5,
    "PutRecords.SuccessfulRecords": 1,
    "GetRecords.Success": 1,
    "GetRecords.Records": 1,
    "GetRecords.IteratorAgeMilliseconds": MillisBehindLatest,
  });
  expect(await total("AWS/Kinesis", "GetRecords.Latency", stream, "SampleCount")).toBe(1);
});
