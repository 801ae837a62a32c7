// What events cost on their way to functions: from a put to the start of the handler, of every source, beside
// a warm invocation; how many records a second go through beside invocations with the same events; and what a
// thousand mappings cost that have nothing to do:
//
//   npm run build && tsx bench/sources.ts [records, 10000]
//
// prints one JSON line a figure.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  PutSubscriptionFilterCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateStreamCommand, KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import {
  AddPermissionCommand,
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  InvokeCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { strToU8, zipSync } from "fflate";
import { load } from "./load.ts";
import { middle, print, signedFor, startPlatform } from "./platform.ts";

const RECORDS = Number(process.argv[2] ?? 10_000);
const ROUNDS = 100;
const SCHEDULES = 15;
const IDLE = 1000;
const FUNCTION_ARN = "arn:aws:lambda:us-east-1:000000000000:function:note";

/** Notes in a file when it began, and how many records it was given. */
const CODE = `
const { appendFileSync } = require("node:fs");
exports.handler = async (event) => {
  const now = performance.timeOrigin + performance.now();
  appendFileSync(process.env.SEEN, now + " " + (event.Records?.length ?? 1) + "\\n");
};`;

const folder = mkdtempSync(join(tmpdir(), "nuage-bench-sources-"));
const seen = join(folder, "seen");
const platform = await startPlatform(["--data", join(folder, "data")]);
const config = {
  endpoint: platform.url,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};
const lambda = new LambdaClient(config);
const sqs = new SQSClient(config);
const kinesis = new KinesisClient(config);
const dynamodb = new DynamoDBClient(config);
const s3 = new S3Client({ ...config, forcePathStyle: true });
const sns = new SNSClient(config);
const logs = new CloudWatchLogsClient(config);
const events = new EventBridgeClient(config);
const scheduler = new SchedulerClient(config);

const now = () => performance.timeOrigin + performance.now();
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const lines = () => readFileSync(seen, "utf8").split("\n").slice(0, -1);

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await done()); waited++) {
    if (waited > 60_000) throw new Error("it never came to an end");
    await pause(1);
  }
}

async function map(EventSourceArn: string, more: Partial<CreateEventSourceMappingCommandInput> = {}) {
  const command = new CreateEventSourceMappingCommand({ FunctionName: "note", EventSourceArn, ...more });
  const { UUID } = await lambda.send(command);
  await until(async () => {
    const { State } = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
    return State === "Enabled" || State === "Disabled";
  });
  return UUID ?? "";
}

const unmap = (UUID: string) => lambda.send(new DeleteEventSourceMappingCommand({ UUID }));

/** Milliseconds from just before `put` until the handler has begun. */
async function onWay(put: () => Promise<unknown>): Promise<number> {
  writeFileSync(seen, "");
  const startedMs = now();
  await put();
  await until(() => lines().length > 0);
  const [beganMs] = lines()[0]?.split(" ") ?? [];
  await pause(3);
  return Number(beganMs) - startedMs;
}

/** Medians of a path and of warm invocations, in turns: the machine's moods meet both alike. */
async function latency(path: string, put: () => Promise<unknown>): Promise<void> {
  const times: { ours: number[]; floor: number[] } = { ours: [], floor: [] };
  const invoke = new InvokeCommand({ FunctionName: "note" });
  for (let round = 0; round < ROUNDS; round++) {
    times.floor.push(await onWay(() => lambda.send(invoke)));
    times.ours.push(await onWay(put));
  }
  print(`${path} to handler, median`, "ms", middle(times.ours), middle(times.floor));
}

async function queue(QueueName: string) {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName }));
  return { QueueUrl, arn: `arn:aws:sqs:us-east-1:000000000000:${QueueName}` };
}

async function stream(StreamName: string): Promise<string> {
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  await pause(300);
  return `arn:aws:kinesis:us-east-1:000000000000:stream/${StreamName}`;
}

async function latencies(): Promise<void> {
  const { QueueUrl, arn } = await queue("latency");
  const ofQueue = await map(arn);
  const send = new SendMessageCommand({ QueueUrl, MessageBody: "x" });
  await latency("SQS put", () => sqs.send(send));
  await unmap(ofQueue);
  const ofStream = await map(await stream("latency"), { StartingPosition: "LATEST" });
  const Records = [{ PartitionKey: "k", Data: strToU8("x") }];
  const put = new PutRecordsCommand({ StreamName: "latency", Records });
  await latency("Kinesis put", () => kinesis.send(put));
  await unmap(ofStream);
  const { TableDescription } = await dynamodb.send(
    new CreateTableCommand({
      TableName: "latency",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
    }),
  );
  const ofTable = await map(TableDescription?.LatestStreamArn ?? "", { StartingPosition: "LATEST" });
  let n = 0;
  const item = () =>
    dynamodb.send(
      new PutItemCommand({ TableName: "latency", Item: { id: { S: "k" }, n: { N: String(n++) } } }),
    );
  await latency("DynamoDB put", item);
  await unmap(ofTable);
  await pushed();
}

/** What services tell functions of by themselves: all of it goes through the asynchronous queue. */
async function pushed(): Promise<void> {
  for (const service of ["s3", "sns", "events", "logs"]) {
    const Principal = `${service}.amazonaws.com`;
    const Action = "lambda:InvokeFunction";
    await lambda.send(
      new AddPermissionCommand({ FunctionName: "note", StatementId: service, Action, Principal }),
    );
  }
  const later = new InvokeCommand({ FunctionName: "note", InvocationType: "Event" });
  await latency("asynchronous Invoke", () => lambda.send(later));
  const Bucket = "latency";
  await s3.send(new CreateBucketCommand({ Bucket }));
  const LambdaFunctionConfigurations = [
    { LambdaFunctionArn: FUNCTION_ARN, Events: ["s3:ObjectCreated:*" as const] },
  ];
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: { LambdaFunctionConfigurations },
    }),
  );
  const object = () => s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x" }));
  await latency("S3 put", object);
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "latency" }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "lambda", Endpoint: FUNCTION_ARN }));
  const publish = new PublishCommand({ TopicArn, Message: "x" });
  await latency("SNS publish", () => sns.send(publish));
  const EventPattern = JSON.stringify({ source: ["bench"] });
  await events.send(new PutRuleCommand({ Name: "latency", EventPattern }));
  await events.send(new PutTargetsCommand({ Rule: "latency", Targets: [{ Id: "f", Arn: FUNCTION_ARN }] }));
  const put = new PutEventsCommand({ Entries: [{ Source: "bench", DetailType: "t", Detail: "{}" }] });
  await latency("EventBridge put", () => events.send(put));
  const stream = { logGroupName: "latency", logStreamName: "latency" };
  await logs.send(new CreateLogGroupCommand(stream));
  await logs.send(new CreateLogStreamCommand(stream));
  const filter = { filterName: "latency", filterPattern: "", destinationArn: FUNCTION_ARN };
  await logs.send(new PutSubscriptionFilterCommand({ logGroupName: "latency", ...filter }));
  const line = () => ({ timestamp: Math.floor(now()), message: "x" });
  const write = () => logs.send(new PutLogEventsCommand({ ...stream, logEvents: [line()] }));
  await latency("Logs put", write);
  await scheduled();
}

/** From the time that a schedule names, which is a whole second. */
async function scheduled(): Promise<void> {
  const times: { ours: number[]; floor: number[] } = { ours: [], floor: [] };
  const invoke = new InvokeCommand({ FunctionName: "note" });
  for (let round = 0; round < SCHEDULES; round++) {
    times.floor.push(await onWay(() => lambda.send(invoke)));
    writeFileSync(seen, "");
    const atMs = Math.ceil(now() / 1000 + 0.1) * 1000;
    await scheduler.send(
      new CreateScheduleCommand({
        Name: `latency-${round}`,
        ScheduleExpression: `at(${new Date(atMs).toISOString().slice(0, 19)})`,
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: { Arn: FUNCTION_ARN, RoleArn: "arn:aws:iam::000000000000:role/bench" },
      }),
    );
    await until(() => lines().length > 0);
    times.ours.push(Number(lines()[0]?.split(" ")[0]) - atMs);
  }
  print("Scheduler's time to handler, median", "ms", middle(times.ours), middle(times.floor));
}

/** Records a second from when the mapping is switched on. */
async function drained(UUID: string): Promise<number> {
  writeFileSync(seen, "");
  const startedMs = now();
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
  const total = () => lines().reduce((sum, line) => sum + Number(line.split(" ")[1]), 0);
  await until(() => total() >= RECORDS);
  const lastMs = Math.max(...lines().map((line) => Number(line.split(" ")[0])));
  await unmap(UUID);
  return (RECORDS / (lastMs - startedMs)) * 1000;
}

/** Records a second when so many callers invoke the function with batches of this size. */
async function invoked(batch: number, connections: number): Promise<number> {
  const body = JSON.stringify({ Records: Array.from({ length: batch }, () => ({ body: "x".repeat(400) })) });
  const { rps } = await load({
    url: `${platform.url}/2015-03-31/functions/note/invocations`,
    method: "POST",
    headers: { ...signedFor("lambda"), "content-type": "application/octet-stream" },
    body,
    connections,
    seconds: 1.5,
    warmUpSeconds: 0.5,
  });
  return rps * batch;
}

async function throughput(batch: number): Promise<void> {
  const { QueueUrl, arn } = await queue(`through-${batch}`);
  const window = batch > 10 ? { MaximumBatchingWindowInSeconds: 1 } : {};
  const ofQueue = await map(arn, { Enabled: false, BatchSize: batch, ...window });
  const Entries = Array.from({ length: 10 }, (_, n) => ({ Id: `e${n}`, MessageBody: "x".repeat(100) }));
  for (let at = 0; at < RECORDS; at += 100) {
    const send = () => sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    await Promise.all(Array.from({ length: 10 }, send));
  }
  const floor = await invoked(batch, 5);
  print(`SQS to Lambda, batches of ${batch}`, "messages/s", await drained(ofQueue), floor);
  const name = `through-${batch}`;
  const ofStream = await map(await stream(name), {
    Enabled: false,
    StartingPosition: "TRIM_HORIZON",
    BatchSize: batch,
  });
  const Records = Array.from({ length: 500 }, () => ({ PartitionKey: "k", Data: strToU8("x".repeat(100)) }));
  for (let at = 0; at < RECORDS; at += 500)
    await kinesis.send(new PutRecordsCommand({ StreamName: name, Records }));
  const one = await invoked(batch, 1);
  print(`Kinesis to Lambda, one shard, batches of ${batch}`, "records/s", await drained(ofStream), one);
}

/** Milliseconds of processor time that the platform takes in a second. */
async function busy(): Promise<number> {
  const ticks = () => {
    const [, rest = ""] = readFileSync(`/proc/${platform.pid}/stat`, "utf8").split(") ");
    const fields = rest.split(" ");
    return Number(fields[11]) + Number(fields[12]);
  };
  await pause(3_000);
  const before = ticks();
  await pause(5_000);
  return ((ticks() - before) * 10) / 5;
}

async function idle(): Promise<void> {
  const floor = await busy();
  for (let at = 0; at < IDLE; at += 20) {
    const one = async (_: unknown, n: number) => {
      const { arn } = await queue(`idle-${at + n}`);
      await lambda.send(new CreateEventSourceMappingCommand({ FunctionName: "note", EventSourceArn: arn }));
    };
    await Promise.all(Array.from({ length: 20 }, one));
  }
  const value = await busy();
  console.log(
    JSON.stringify({ name: `processor time with ${IDLE} idle mappings`, value, unit: "ms/s", floor }),
  );
}

await lambda.send(
  new CreateFunctionCommand({
    FunctionName: "note",
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::000000000000:role/bench",
    Code: { ZipFile: zipSync({ "index.js": strToU8(CODE) }) },
    Environment: { Variables: { SEEN: seen } },
  }),
);
await latencies();
await throughput(10);
await throughput(100);
await idle();
for (const client of [lambda, sqs, kinesis, dynamodb, s3, sns, events, logs, scheduler]) client.destroy();
await platform.stop();
rmSync(folder, { recursive: true, force: true });
