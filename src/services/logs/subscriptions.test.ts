import { gunzipSync } from "node:zlib";
import {
  CloudWatchLogsClient,
  DeleteDestinationCommand,
  DeleteSubscriptionFilterCommand,
  DescribeDestinationsCommand,
  DescribeSubscriptionFiltersCommand,
  FilterLogEventsCommand,
  ListTagsForResourceCommand,
  PutDestinationCommand,
  PutDestinationPolicyCommand,
  PutSubscriptionFilterCommand,
  type PutSubscriptionFilterCommandInput,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
} from "@aws-sdk/client-kinesis";
import { AddPermissionCommand } from "@aws-sdk/client-lambda";
import { expect, test } from "vitest";
import { useLogs } from "./logs.fixture.ts";

const it = useLogs();

/** Prints the document that it is given, unzipped. */
const READER = `async ({ awslogs }) => {
  const { gunzipSync } = await import("node:zlib");
  console.log("GOT " + gunzipSync(Buffer.from(awslogs.data, "base64")));
}`;
const ROLE = "arn:aws:iam::000000000000:role/r";

async function permit(FunctionName: string) {
  await it.lambda.send(
    new AddPermissionCommand({
      FunctionName,
      StatementId: "logs",
      Action: "lambda:InvokeFunction",
      Principal: "logs.amazonaws.com",
    }),
  );
}

function subscribe(
  logGroupName: string,
  destinationArn: string,
  more: Partial<PutSubscriptionFilterCommandInput> = {},
) {
  const filter = { logGroupName, filterName: "f", filterPattern: "", destinationArn, ...more };
  return it.logs.send(new PutSubscriptionFilterCommand(filter));
}

/** The documents that a reader has printed. */
async function documents(reader: string) {
  await it.nuage.idle();
  const printed = await it.filter(`/aws/lambda/${reader}`, { filterPattern: "GOT" });
  return printed.map((line) => JSON.parse(line.slice(line.indexOf("GOT ") + 4)));
}

async function deployReader(name: string): Promise<string> {
  const arn = await it.deploy(name, READER);
  await permit(name);
  return arn;
}

test("a function is given the events that match, zipped, as AWS gives them", async () => {
  const arn = await deployReader("reader");
  await it.create("/app/orders");
  await subscribe("/app/orders", arn, { filterPattern: "{ $.level = ERROR }" });
  const at = it.nowMs();
  const wanted = '{"level":"ERROR","text":"é"}';
  await it.put("/app/orders", "s", [at - 1, '{"level":"INFO"}'], [at, wanted], [at, wanted]);
  const [document, ...others] = await documents("reader");
  expect(others).toEqual([]);
  const { events = [] } = await it.logs.send(
    new FilterLogEventsCommand({ logGroupName: "/app/orders", filterPattern: "ERROR" }),
  );
  expect(document).toEqual({
    messageType: "DATA_MESSAGE",
    owner: "000000000000",
    logGroup: "/app/orders",
    logStream: "s",
    subscriptionFilters: ["f"],
    logEvents: events.map(({ eventId, timestamp, message }) => ({ id: eventId, timestamp, message })),
  });
  expect(document.logEvents).toHaveLength(2);
});

test("words by place come with what they are", async () => {
  const arn = await deployReader("words");
  await it.create("/app/access");
  await subscribe("/app/access", arn, { filterPattern: "[ip, ..., status = 4*]" });
  await it.put("/app/access", "s", '10.0.0.1 "GET /" 404', '10.0.0.1 "GET /" 200');
  const [document] = await documents("words");
  expect(document.logEvents).toMatchObject([
    { message: '10.0.0.1 "GET /" 404', extractedFields: { ip: "10.0.0.1", status: "404", 2: "GET /" } },
  ]);
});

test("a batch that is too large for one event comes in several", async () => {
  const arn = await it.deploy(
    "large",
    `async ({ awslogs }) => {
      const { gunzipSync } = await import("node:zlib");
      const { logEvents } = JSON.parse(gunzipSync(Buffer.from(awslogs.data, "base64")));
      console.log("GOT " + JSON.stringify({ count: logEvents.length, bytes: awslogs.data.length }));
    }`,
  );
  await permit("large");
  await it.create("/app/large");
  await subscribe("/app/large", arn);
  const noise = Array.from({ length: 10 }, () =>
    Array.from({ length: 50_000 }, () => Math.floor(Math.random() * 36).toString(36)).join(""),
  );
  await it.put("/app/large", "s", ...noise, ...noise);
  const found = await documents("large");
  expect(found.length).toBeGreaterThan(0);
  expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(20);
  for (const { bytes } of found) expect(bytes).toBeLessThan(1_000_000);
});

test("AWS's conditions for a function are kept", async () => {
  const arn = await it.deploy("strict", READER);
  await it.create("/app/strict");
  const refusal =
    "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute " +
    "your function.";
  await expect(subscribe("/app/strict", arn)).rejects.toMatchObject({
    name: "InvalidParameterException",
    message: refusal,
  });
  await expect(subscribe("/app/strict", `${arn}-none`)).rejects.toThrow(refusal);
  await permit("strict");
  await expect(subscribe("/app/strict", arn, { roleArn: ROLE })).rejects.toThrow(
    "destinationArn for vendor lambda cannot be used with roleArn",
  );
  await expect(subscribe("/app/strict", arn, { filterPattern: "{ $.a }" })).rejects.toThrow(
    "Invalid filter pattern: expected an operator at character 7",
  );
  await expect(subscribe("/none", arn)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await it.invoke("strict", { awslogs: { data: "H4sIAAAAAAAAAwMAAAAAAAAAAAA=" } });
  await expect(subscribe("/aws/lambda/strict", arn)).rejects.toMatchObject({
    name: "InvalidParameterException",
    message: "The log group provided is reserved for the function logs of the destination function.",
  });
  await it.create("/app/rare", { logGroupClass: "INFREQUENT_ACCESS" });
  await expect(subscribe("/app/rare", arn)).rejects.toMatchObject({ name: "InvalidOperationException" });
});

test.each<[string, object, string]>([
  [
    "sqs:us-east-1:000000000000:q",
    {},
    "PutSubscriptionFilter operation cannot work with destinationArn for vendor sqs",
  ],
  [
    "kinesis:us-east-1:000000000000:stream/s",
    {},
    "destinationArn for vendor kinesis cannot be used without roleArn",
  ],
  [
    "firehose:us-east-1:000000000000:deliverystream/d",
    {},
    "destinationArn for vendor firehose cannot be used without",
  ],
  [
    "firehose:us-east-1:000000000000:deliverystream/d",
    { roleArn: ROLE },
    "Firehose is not part of this platform",
  ],
])("the destination %s is refused", async (destination, more, message) => {
  await it.create("/app/vendors").catch(() => {});
  await expect(subscribe("/app/vendors", `arn:aws:${destination}`, more)).rejects.toThrow(message);
});

test("a group has two filters at most; they are listed, changed and deleted", async () => {
  const arn = await deployReader("listed");
  await it.create("/app/listed");
  for (const filterName of ["a", "b"]) await subscribe("/app/listed", arn, { filterName });
  await expect(subscribe("/app/listed", arn, { filterName: "c" })).rejects.toMatchObject({
    name: "LimitExceededException",
    message: "Resource limit exceeded.",
  });
  await subscribe("/app/listed", arn, { filterName: "b", filterPattern: "WARN", distribution: "Random" });
  const list = (more = {}) =>
    it.logs.send(new DescribeSubscriptionFiltersCommand({ logGroupName: "/app/listed", ...more }));
  const first = await list({ limit: 1 });
  expect(first.subscriptionFilters?.map(({ filterName }) => filterName)).toEqual(["a"]);
  const { subscriptionFilters } = await list({ nextToken: first.nextToken });
  expect(subscriptionFilters).toEqual([
    {
      filterName: "b",
      logGroupName: "/app/listed",
      filterPattern: "WARN",
      destinationArn: arn,
      distribution: "Random",
      applyOnTransformedLogs: false,
      creationTime: expect.any(Number),
    },
  ]);
  expect((await list({ filterNamePrefix: "x" })).subscriptionFilters).toEqual([]);
  const remove = () =>
    it.logs.send(new DeleteSubscriptionFilterCommand({ logGroupName: "/app/listed", filterName: "a" }));
  await remove();
  await expect(remove()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await it.put("/app/listed", "s", "INFO nobody wants this");
  expect(await documents("listed").catch(() => [])).toEqual([]);
});

test("the lines of a function reach who subscribed to its group, in one piece", async () => {
  const arn = await deployReader("listener");
  await it.deploy("speaker", `async ({ say }) => { console.log(say); console.log("more"); }`);
  await it.invoke("speaker", { say: "before" });
  await subscribe("/aws/lambda/speaker", arn, { filterPattern: "INFO" });
  await it.invoke("speaker", { say: "hello" });
  const [document, ...others] = await documents("listener");
  expect(others).toEqual([]);
  expect(document.logGroup).toBe("/aws/lambda/speaker");
  expect(document.logEvents.map(({ message }: { message: string }) => message.split("\t")[3])).toEqual([
    "hello\n",
    "more\n",
  ]);
  const { events = [] } = await it.logs.send(
    new FilterLogEventsCommand({ logGroupName: "/aws/lambda/speaker", filterPattern: "hello" }),
  );
  expect(document.logEvents[0].id).toBe(events[0]?.eventId);
});

test("functions that listen to each other are stopped", async () => {
  const [one, other] = await Promise.all(
    ["echo-one", "echo-other"].map(async (name) => {
      const arn = await it.deploy(name, `async () => console.log("GOT something")`);
      await permit(name);
      return arn;
    }),
  );
  await it.create("/aws/lambda/echo-one");
  await it.create("/aws/lambda/echo-other");
  await subscribe("/aws/lambda/echo-one", other ?? "", { filterPattern: "GOT" });
  await subscribe("/aws/lambda/echo-other", one ?? "", { filterPattern: "GOT" });
  await it.create("/app/spark");
  await subscribe("/app/spark", one ?? "");
  await it.put("/app/spark", "s", "spark");
  await it.nuage.idle();
  await it.nuage.advance("10 minutes");
  const runs = await it.filter("/aws/lambda/echo-one", { filterPattern: '"START RequestId"' });
  expect(runs).toHaveLength(16);
  const stops = await Promise.all(
    ["one", "other"].map((name) =>
      it.filter(`/aws/lambda/echo-${name}`, { filterPattern: '"loop stopped"' }),
    ),
  );
  expect(stops.flat()).toHaveLength(1);
});

test("a function that writes to the group it listens to is stopped", async () => {
  const arn = await it.deploy(
    "writer",
    `async () => {
      const { CloudWatchLogsClient, PutLogEventsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
      await new CloudWatchLogsClient({}).send(new PutLogEventsCommand({
        logGroupName: "/app/circle", logStreamName: "s",
        logEvents: [{ timestamp: Date.now(), message: "again" }],
      }));
    }`,
    { Timeout: 20 },
  );
  await permit("writer");
  await it.create("/app/circle");
  await subscribe("/app/circle", arn);
  await it.put("/app/circle", "s", "first");
  await it.nuage.idle();
  expect(await it.filter("/app/circle", { filterPattern: "again" })).toHaveLength(16);
});

const kinesisOf = () => it.nuage.client(KinesisClient);

async function records(StreamName: string): Promise<Record<string, unknown>[]> {
  await it.nuage.idle();
  const kinesis = kinesisOf();
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({
      StreamName,
      ShardId: "shardId-000000000000",
      ShardIteratorType: "TRIM_HORIZON",
    }),
  );
  const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  return Records.map(({ Data = new Uint8Array() }) => JSON.parse(gunzipSync(Data).toString()));
}

test("a stream is given a message to try it, and the events", async () => {
  await kinesisOf().send(new CreateStreamCommand({ StreamName: "events", ShardCount: 1 }));
  const streamArn = "arn:aws:kinesis:us-east-1:000000000000:stream/events";
  await it.create("/app/streamed");
  await expect(subscribe("/app/streamed", streamArn)).rejects.toThrow("without roleArn");
  await expect(subscribe("/app/streamed", `${streamArn}-none`, { roleArn: ROLE })).rejects.toThrow(
    "Could not deliver test message to specified Kinesis stream. " +
      "Check if the given kinesis stream is in ACTIVE state.",
  );
  await subscribe("/app/streamed", streamArn, { roleArn: ROLE, filterPattern: "WARN" });
  await it.put("/app/streamed", "s", "WARN one", "INFO two", "WARN three");
  const [control, data, ...others] = await records("events");
  expect(others).toEqual([]);
  expect(control).toMatchObject({
    messageType: "CONTROL_MESSAGE",
    owner: "CloudwatchLogs",
    logEvents: [{ id: "", message: "CWL CONTROL MESSAGE: Checking health of destination Kinesis stream." }],
  });
  expect(data).toMatchObject({
    messageType: "DATA_MESSAGE",
    logGroup: "/app/streamed",
    logEvents: [{ message: "WARN one" }, { message: "WARN three" }],
  });
  const firehose = "arn:aws:firehose:us-east-1:000000000000:deliverystream/x";
  await expect(subscribe("/app/streamed", firehose, { roleArn: ROLE })).rejects.toMatchObject({
    name: "NotImplemented",
    message: "Amazon Data Firehose is not part of this platform: nothing can be sent to it.",
  });
});

test("a stream that throttles is tried again", async () => {
  await kinesisOf().send(new CreateStreamCommand({ StreamName: "busy", ShardCount: 1 }));
  await it.create("/app/busy");
  await subscribe("/app/busy", "arn:aws:kinesis:us-east-1:000000000000:stream/busy", { roleArn: ROLE });
  const chaos = it.nuage.chaos({ kind: "throttle", target: "kinesis.PutRecord", rate: 1 });
  await it.put("/app/busy", "s", "patient");
  await it.nuage.advance("20 seconds");
  expect(chaos.strikes()).toBeGreaterThan(2);
  chaos.stop();
  await it.nuage.advance("1 minute");
  expect((await records("busy")).map(({ messageType }) => messageType)).toEqual([
    "CONTROL_MESSAGE",
    "DATA_MESSAGE",
  ]);
});

test("another account subscribes to a destination that is open to it", async () => {
  await kinesisOf().send(new CreateStreamCommand({ StreamName: "central", ShardCount: 1 }));
  const targetArn = "arn:aws:kinesis:us-east-1:000000000000:stream/central";
  const { destination } = await it.logs.send(
    new PutDestinationCommand({ destinationName: "central", targetArn, roleArn: ROLE, tags: { a: "b" } }),
  );
  const arn = "arn:aws:logs:us-east-1:000000000000:destination:central";
  expect(destination).toEqual({
    destinationName: "central",
    targetArn,
    roleArn: ROLE,
    arn,
    creationTime: expect.any(Number),
  });
  const tags = await it.logs.send(new ListTagsForResourceCommand({ resourceArn: arn }));
  expect(tags.tags).toEqual({ a: "b" });
  const other = new CloudWatchLogsClient({
    endpoint: it.nuage.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "111111111111", secretAccessKey: "test" },
  });
  const own = it.logs;
  try {
    it.logs = other;
    await it.create("/app/far");
    await expect(subscribe("/app/far", arn)).rejects.toMatchObject({ name: "AccessDeniedException" });
    await own.send(
      new PutDestinationPolicyCommand({
        destinationName: "central",
        accessPolicy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { AWS: "111111111111" },
              Action: "logs:PutSubscriptionFilter",
              Resource: arn,
            },
          ],
        }),
      }),
    );
    await subscribe("/app/far", arn);
    await it.put("/app/far", "s", "from afar");
  } finally {
    it.logs = own;
    other.destroy();
  }
  expect(await records("central")).toMatchObject([
    { messageType: "CONTROL_MESSAGE" },
    { owner: "111111111111", logEvents: [{ message: "from afar" }] },
  ]);
  const list = () => it.logs.send(new DescribeDestinationsCommand({ DestinationNamePrefix: "cen" }));
  expect((await list()).destinations).toHaveLength(1);
  await it.logs.send(new DeleteDestinationCommand({ destinationName: "central" }));
  expect((await list()).destinations).toEqual([]);
});
