// What reaches functions and streams, and what other services put, through the whole platform.
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
} from "@aws-sdk/client-kinesis";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { beforeAll, describe, expect, test } from "vitest";
import { linesOf, traceOf } from "../../../test/views.ts";
import { zip } from "../../../test/zip.ts";
import { ANY_SOURCE, entry, fresh, useEvents } from "./events.fixture.ts";

const on = useEvents();
const ROLE = "arn:aws:iam::000000000000:role/r";

describe("a function", () => {
  let lambda: LambdaClient;
  beforeAll(() => {
    lambda = on.nuage.client(LambdaClient);
  });

  const deploy = async (code: string) => {
    const FunctionName = fresh("function");
    const { FunctionArn = "" } = await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Runtime: "nodejs20.x",
        Handler: "index.handler",
        Role: ROLE,
        Code: { ZipFile: zip({ "index.mjs": code }) },
        Timeout: 20,
      }),
    );
    return { FunctionName, FunctionArn };
  };
  const permit = (FunctionName: string, SourceArn: string) =>
    lambda.send(
      new AddPermissionCommand({
        FunctionName,
        StatementId: fresh("statement"),
        Action: "lambda:InvokeFunction",
        Principal: "events.amazonaws.com",
        SourceArn,
      }),
    );

  test("runs with the event, in one trace with what put it", async () => {
    const { FunctionName, FunctionArn } = await deploy(
      "export const handler = async (event) => console.log('got', JSON.stringify(event));",
    );
    const EventBusName = await on.bus();
    const rule = { Name: fresh("rule"), EventBusName, EventPattern: ANY_SOURCE };
    await permit(FunctionName, await on.rule(rule, { Id: "f", Arn: FunctionArn }));
    const [id] = await on.put(entry({ EventBusName }));
    await on.nuage.idle();
    const lines = (await linesOf(on.nuage.endpoint, FunctionName)).filter((line) =>
      line.message.includes("got"),
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]?.message).toContain(`"id":"${id}"`);
    const detail = await traceOf(on.nuage.endpoint, "events.PutEvents");
    const names = detail.spans.map((span) => `${span.kind} ${span.name}`);
    expect(names).toEqual(expect.arrayContaining(["call events.PutEvents", `invoke ${FunctionName}`]));
    const queued = detail.spans.find((span) => span.kind === "queue");
    expect(queued?.attributes).toMatchObject({ source: "events" });
  });

  test("that does not let the rule in is not run, and the dead-letter queue is told", async () => {
    const { FunctionName, FunctionArn } = await deploy(
      "export const handler = async () => console.log('ran');",
    );
    const EventBusName = await on.bus();
    const dead = await on.queue();
    const target = { Id: "f", Arn: FunctionArn, DeadLetterConfig: { Arn: dead.arn } };
    await permit(FunctionName, "arn:aws:events:us-east-1:000000000000:rule/another");
    await on.rule({ Name: "r", EventBusName, EventPattern: ANY_SOURCE }, target);
    await on.put(entry({ EventBusName }));
    const [message] = await on.messages(dead);
    expect(message?.MessageAttributes).toMatchObject({
      ERROR_CODE: { StringValue: "NO_PERMISSIONS" },
      RETRY_ATTEMPTS: { StringValue: "0" },
    });
    const ran = (await linesOf(on.nuage.endpoint, FunctionName)).filter((line) => line.message === "ran");
    expect(ran).toEqual([]);
  });

  test("tells a bus how it ended", async () => {
    const { FunctionName } = await deploy(
      "export const handler = async (event) => ({ twice: event.n * 2 });",
    );
    const EventBusName = await on.bus();
    const queue = await on.queue();
    const pattern = { source: ["lambda"], "detail-type": [{ suffix: "Success" }] };
    const rule = { Name: "r", EventBusName, EventPattern: JSON.stringify(pattern) };
    await on.rule(rule, { Id: "q", Arn: queue.arn });
    const Destination = `arn:aws:events:us-east-1:000000000000:event-bus/${EventBusName}`;
    await lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName,
        DestinationConfig: { OnSuccess: { Destination } },
      }),
    );
    const Payload = new TextEncoder().encode('{"n":21}');
    await lambda.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload }));
    expect(await on.bodies(queue)).toMatchObject([
      {
        "detail-type": "Lambda Function Invocation Result - Success",
        detail: { requestPayload: { n: 21 }, responsePayload: { twice: 42 } },
      },
    ]);
  });

  test("that puts events which start it again is stopped", async () => {
    const code = `
      import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
      export const handler = async (event) => {
        console.log("round");
        const [EventBusName] = event.resources;
        const own = { EventBusName, Resources: [EventBusName] };
        const again = { ...own, Source: "loop", DetailType: "d", Detail: "{}" };
        await new EventBridgeClient().send(new PutEventsCommand({ Entries: [again] }));
      };`;
    const { FunctionName, FunctionArn } = await deploy(code);
    const EventBusName = await on.bus();
    const rule = { Name: "r", EventBusName, EventPattern: ANY_SOURCE };
    await permit(FunctionName, await on.rule(rule, { Id: "f", Arn: FunctionArn }));
    await on.put(entry({ EventBusName, Resources: [EventBusName] }));
    await on.nuage.idle();
    const rounds = (await linesOf(on.nuage.endpoint, FunctionName)).filter((line) =>
      line.message.includes("round"),
    );
    expect(rounds).toHaveLength(16);
  });
});

test("a stream gets records under the key that the target names, or the event's id", async () => {
  const kinesis = on.nuage.client(KinesisClient);
  const StreamName = fresh("stream");
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  await on.nuage.advance(60_000);
  const Arn = `arn:aws:kinesis:us-east-1:000000000000:stream/${StreamName}`;
  const EventBusName = await on.bus();
  const KinesisParameters = { PartitionKeyPath: "$.detail.order" };
  await on.rule(
    { Name: "r", EventBusName, EventPattern: ANY_SOURCE },
    { Id: "keyed", Arn, RoleArn: ROLE, KinesisParameters },
    { Id: "plain", Arn, RoleArn: ROLE, InputPath: "$.detail" },
  );
  const [id] = await on.put(entry({ EventBusName, Detail: '{"order":"o-7"}' }));
  await on.nuage.idle();
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({
      StreamName,
      ShardId: "shardId-000000000000",
      ShardIteratorType: "TRIM_HORIZON",
    }),
  );
  const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  const found = new Map(Records.map((one) => [one.PartitionKey, new TextDecoder().decode(one.Data)]));
  expect([...found.keys()].sort()).toEqual(["o-7", id].sort());
  expect(JSON.parse(found.get("o-7") ?? "")).toMatchObject({ id });
  expect(found.get(id ?? "")).toBe('{"order":"o-7"}');
});

test("a bucket tells the default bus of its objects, in the name of S3", async () => {
  const s3 = on.nuage.client(S3Client);
  const queue = await on.queue();
  await on.rule({ Name: "s3", EventPattern: '{"source":["aws.s3"]}' }, { Id: "q", Arn: queue.arn });
  await s3.send(new CreateBucketCommand({ Bucket: "told" }));
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: "told",
      NotificationConfiguration: { EventBridgeConfiguration: {} },
    }),
  );
  await s3.send(new PutObjectCommand({ Bucket: "told", Key: "a.txt", Body: "abc" }));
  expect(await on.bodies(queue)).toMatchObject([
    {
      source: "aws.s3",
      "detail-type": "Object Created",
      resources: ["arn:aws:s3:::told"],
      detail: { bucket: { name: "told" }, object: { key: "a.txt", size: 3 } },
    },
  ]);
});

test("a topic passes the event on to who subscribes to it", async () => {
  const sns = on.nuage.client(SNSClient);
  const queue = await on.queue();
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: fresh("topic") }));
  await sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: "sqs",
      Endpoint: queue.arn,
      Attributes: { RawMessageDelivery: "true" },
    }),
  );
  const EventBusName = await on.bus();
  await on.rule({ Name: "r", EventBusName, EventPattern: ANY_SOURCE }, { Id: "t", Arn: TopicArn });
  const [id] = await on.put(entry({ EventBusName }));
  expect(await on.bodies(queue)).toMatchObject([{ id, detail: { order: 1 } }]);
});
