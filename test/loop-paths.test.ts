// The lineage of a chain of events travels through every service: a function that drives itself through any
// of them is stopped after 16 rounds, and the chain is named.
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutSubscriptionFilterCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateStreamCommand, DescribeStreamCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { AddPermissionCommand, CreateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, PutBucketNotificationConfigurationCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LoopList } from "../src/cost/loops.ts";
import { type Deliveries, startDeliveries } from "./deliveries.fixture.ts";

let world: Deliveries;
beforeEach(async () => {
  world = await startDeliveries();
});
afterEach(() => world.nuage.stop());

const ROLE = "arn:aws:iam::000000000000:role/service";

/** A function's code that makes one call of one service. */
const calls = (service: string, client: string, command: string, input: string): string => `
import { ${client}, ${command} } from "@aws-sdk/client-${service}";
const client = new ${client}({ forcePathStyle: true });
export const handler = () => client.send(new ${command}(${input}));`;

async function permit(FunctionName: string, Principal: string): Promise<void> {
  const Action = "lambda:InvokeFunction";
  await world.lambda.send(new AddPermissionCommand({ FunctionName, StatementId: "all", Action, Principal }));
}

async function follow(FunctionName: string, EventSourceArn: string): Promise<void> {
  const StartingPosition = "TRIM_HORIZON";
  await world.lambda.send(
    new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn, StartingPosition }),
  );
  await world.nuage.idle();
}

const LOOPS: Record<string, () => Promise<readonly string[]>> = {
  async "a bucket"() {
    const s3 = world.nuage.client(S3Client);
    await s3.send(new CreateBucketCommand({ Bucket: "files" }));
    const code = calls("s3", "S3Client", "PutObjectCommand", '{ Bucket: "files", Key: "k", Body: "b" }');
    const arn = await world.deploy("f", code);
    await permit("f", "s3.amazonaws.com");
    const LambdaFunctionConfigurations = [
      { LambdaFunctionArn: arn, Events: ["s3:ObjectCreated:*" as const] },
    ];
    await s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: "files",
        NotificationConfiguration: { LambdaFunctionConfigurations },
      }),
    );
    return ["function f", "bucket files", "function f"];
  },

  async "a topic"() {
    const sns = world.nuage.client(SNSClient);
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "news" }));
    const input = `{ TopicArn: "${TopicArn}", Message: "again" }`;
    const Endpoint = await world.deploy("f", calls("sns", "SNSClient", "PublishCommand", input));
    await permit("f", "sns.amazonaws.com");
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "lambda", Endpoint }));
    return ["function f", "topic news", "function f"];
  },

  async "a topic and a queue"() {
    const jobs = await world.queue("jobs");
    const sns = world.nuage.client(SNSClient);
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "news" }));
    const input = `{ TopicArn: "${TopicArn}", Message: "again" }`;
    await world.deploy("f", calls("sns", "SNSClient", "PublishCommand", input));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: jobs.arn }));
    await world.connect("f", jobs.arn);
    return ["function f", "topic news", "queue jobs", "function f"];
  },

  async "an event bus"() {
    const events = world.nuage.client(EventBridgeClient);
    const entry = '{ Source: "f", DetailType: "again", Detail: "{}" }';
    const input = `{ Entries: [${entry}] }`;
    const code = calls("eventbridge", "EventBridgeClient", "PutEventsCommand", input);
    const Arn = await world.deploy("f", code);
    await permit("f", "events.amazonaws.com");
    await events.send(new PutRuleCommand({ Name: "again", EventPattern: JSON.stringify({ source: ["f"] }) }));
    await events.send(new PutTargetsCommand({ Rule: "again", Targets: [{ Id: "f", Arn }] }));
    return ["function f", "bus default", "rule again", "function f"];
  },

  async "a table's stream"() {
    const dynamodb = world.nuage.client(DynamoDBClient);
    const { TableDescription } = await dynamodb.send(
      new CreateTableCommand({
        TableName: "orders",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        BillingMode: "PAY_PER_REQUEST",
        StreamSpecification: { StreamEnabled: true, StreamViewType: "KEYS_ONLY" },
      }),
    );
    await world.nuage.idle();
    const input = '{ TableName: "orders", Item: { id: { S: "1" }, at: { S: String(Math.random()) } } }';
    await world.deploy("f", calls("dynamodb", "DynamoDBClient", "PutItemCommand", input));
    await follow("f", TableDescription?.LatestStreamArn ?? "");
    return ["function f", "table orders", "function f"];
  },

  async "a stream"() {
    const kinesis = world.nuage.client(KinesisClient);
    await kinesis.send(new CreateStreamCommand({ StreamName: "clicks", ShardCount: 1 }));
    await world.nuage.advance("1 minute");
    const described = await kinesis.send(new DescribeStreamCommand({ StreamName: "clicks" }));
    const input = '{ StreamName: "clicks", PartitionKey: "k", Data: new Uint8Array([1]) }';
    await world.deploy("f", calls("kinesis", "KinesisClient", "PutRecordCommand", input));
    await follow("f", described.StreamDescription?.StreamARN ?? "");
    return ["function f", "stream clicks", "function f"];
  },

  async "a log group"() {
    const logs = world.nuage.client(CloudWatchLogsClient);
    const named = { logGroupName: "app", logStreamName: "one" };
    await logs.send(new CreateLogGroupCommand(named));
    await logs.send(new CreateLogStreamCommand(named));
    const input = `{ ...${JSON.stringify(named)}, logEvents: [{ timestamp: Date.now(), message: "again" }] }`;
    const arn = await world.deploy(
      "f",
      calls("cloudwatch-logs", "CloudWatchLogsClient", "PutLogEventsCommand", input),
    );
    await permit("f", "logs.amazonaws.com");
    const filter = { filterName: "all", filterPattern: "", destinationArn: arn };
    await logs.send(new PutSubscriptionFilterCommand({ logGroupName: "app", ...filter }));
    return ["function f", "log group app", "function f"];
  },

  async "what it prints"() {
    const logs = world.nuage.client(CloudWatchLogsClient);
    await world.deploy("f", "export const handler = () => console.log('again');");
    const input = '{ FunctionName: "f", InvocationType: "Event" }';
    const reader = await world.deploy("g", calls("lambda", "LambdaClient", "InvokeCommand", input));
    await permit("g", "logs.amazonaws.com");
    const logGroupName = "/aws/lambda/f";
    await logs.send(new CreateLogGroupCommand({ logGroupName })).catch(() => {});
    const filter = { filterName: "all", filterPattern: "again", destinationArn: reader };
    await logs.send(new PutSubscriptionFilterCommand({ logGroupName, ...filter }));
    return ["function f", "log group /aws/lambda/f", "function g", "function f"];
  },

  async "a schedule"() {
    // A minute after the one before, by the platform's clock and not by the function's.
    const code = `
import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
const client = new SchedulerClient({});
export const handler = ({ minute = ${Math.ceil(world.nuage.clock.now() / 60_000) + 1} }) => client.send(
  new CreateScheduleCommand({
    Name: "minute-" + minute,
    ScheduleExpression: "at(" + new Date(minute * 60_000).toISOString().slice(0, 19) + ")",
    FlexibleTimeWindow: { Mode: "OFF" },
    ActionAfterCompletion: "DELETE",
    Target: { Arn: process.env.SELF, RoleArn: "${ROLE}", Input: JSON.stringify({ minute: minute + 1 }) },
  }));`;
    const SELF = "arn:aws:lambda:us-east-1:000000000000:function:f";
    await world.deploy("f", code, { Environment: { Variables: { SELF } } });
    return ["function f", "scheduler", "schedule", "function f"];
  },
};

test.each(Object.keys(LOOPS))("through %s", async (through) => {
  const expected = (await LOOPS[through]?.()) ?? [];
  await world.start("f");
  await world.nuage.advance("30 minutes");
  const { loops } = await world.ask<LoopList>("/_nuage/loops");
  expect(loops).toHaveLength(1);
  expect(loops[0]).toMatchObject({ functionName: "f", rounds: 16 });
  const path = loops[0]?.path.map(({ kind, name }) =>
    kind.startsWith("schedule") ? kind : `${kind} ${name}`,
  );
  expect(path).toEqual(expected);
  expect(loops[0]?.round.usd).toBeGreaterThan(0);
});
