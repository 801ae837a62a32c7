// Everything that starts a function by itself goes one way: each event as AWS writes it, tried again by the
// rule of asynchronous invocation under one request id, and told to the dead-letter queue in the end.
import { CloudWatchLogsSchema } from "@aws-lambda-powertools/parser/schemas/cloudwatch";
import { EventBridgeSchema } from "@aws-lambda-powertools/parser/schemas/eventbridge";
import { S3Schema } from "@aws-lambda-powertools/parser/schemas/s3";
import { SnsSchema } from "@aws-lambda-powertools/parser/schemas/sns";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  PutSubscriptionFilterCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { AddPermissionCommand, InvokeCommand, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Deliveries, startDeliveries } from "./deliveries.fixture.ts";
import { linesOf } from "./views.ts";

let world: Deliveries;
beforeEach(async () => {
  world = await startDeliveries();
});
afterEach(() => world.nuage.stop());

/** One way that an event takes to a function. */
interface Way {
  /** Whose permission it needs; a schedule has a role. */
  readonly principal?: string;
  /** Connects a source to the function, and gives what makes one event. */
  connect(arn: string): Promise<() => Promise<unknown>>;
  readonly schema?: { parse(event: unknown): unknown };
  /** What the event is besides, as AWS writes it. */
  readonly event: unknown;
}

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/);
const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/);

const WAYS: Record<string, Way> = {
  "a call": {
    async connect(FunctionName) {
      const Payload = JSON.stringify({ n: 1 });
      const InvocationType = "Event";
      return () => world.lambda.send(new InvokeCommand({ FunctionName, InvocationType, Payload }));
    },
    event: { n: 1 },
  },
  "a new object": {
    principal: "s3.amazonaws.com",
    connect: (arn) => bucket(arn, "s3:ObjectCreated:*"),
    schema: S3Schema,
    event: {
      Records: [
        expect.objectContaining({
          eventVersion: "2.1",
          eventSource: "aws:s3",
          eventName: "ObjectCreated:Put",
          eventTime: TIME,
        }),
      ],
    },
  },
  "an object that is deleted": {
    principal: "s3.amazonaws.com",
    async connect(arn) {
      const put = await bucket(arn, "s3:ObjectRemoved:*");
      await put();
      const s3 = world.nuage.client(S3Client);
      return () => s3.send(new DeleteObjectCommand({ Bucket: "files", Key: "a b/é.txt" }));
    },
    schema: S3Schema,
    event: { Records: [expect.objectContaining({ eventName: "ObjectRemoved:Delete" })] },
  },
  "a message of a topic": {
    principal: "sns.amazonaws.com",
    async connect(arn) {
      const sns = world.nuage.client(SNSClient);
      const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "news" }));
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: "lambda", Endpoint: arn }));
      const MessageAttributes = { kind: { DataType: "String", StringValue: "x" } };
      return () => sns.send(new PublishCommand({ TopicArn, Message: "m", Subject: "s", MessageAttributes }));
    },
    schema: SnsSchema,
    event: {
      Records: [
        {
          EventSource: "aws:sns",
          EventVersion: "1.0",
          EventSubscriptionArn: expect.stringMatching(/^arn:aws:sns:us-east-1:000000000000:news:/),
          Sns: expect.objectContaining({ MessageId: UUID, Message: "m", Subject: "s", Timestamp: TIME }),
        },
      ],
    },
  },
  "an event of a bus": {
    principal: "events.amazonaws.com",
    async connect(arn) {
      const events = await rule(arn, { EventPattern: JSON.stringify({ source: ["shop"] }) });
      const entry = { Source: "shop", DetailType: "order", Detail: '{"id":1}', Resources: ["r"] };
      return () => events.send(new PutEventsCommand({ Entries: [entry] }));
    },
    schema: EventBridgeSchema,
    event: {
      version: "0",
      id: UUID,
      "detail-type": "order",
      source: "shop",
      account: "000000000000",
      time: TIME,
      region: "us-east-1",
      resources: ["r"],
      detail: { id: 1 },
    },
  },
  "the time of a rule": {
    principal: "events.amazonaws.com",
    async connect(arn) {
      await rule(arn, { ScheduleExpression: "rate(1 day)" });
      return () => world.nuage.advance("1 day");
    },
    schema: EventBridgeSchema,
    event: expect.objectContaining({
      source: "aws.events",
      "detail-type": "Scheduled Event",
      resources: ["arn:aws:events:us-east-1:000000000000:rule/wanted"],
      detail: {},
    }),
  },
  "the time of a schedule": {
    async connect(Arn) {
      const RoleArn = "arn:aws:iam::000000000000:role/service";
      const atMs = Math.ceil(world.nuage.clock.now() / 1000) * 1000 + 60_000;
      await world.nuage.client(SchedulerClient).send(
        new CreateScheduleCommand({
          Name: "once",
          ScheduleExpression: `at(${new Date(atMs).toISOString().slice(0, 19)})`,
          FlexibleTimeWindow: { Mode: "OFF" },
          Target: { Arn, RoleArn, Input: '{"n":1}' },
        }),
      );
      return () => world.nuage.advance("62 s");
    },
    event: { n: 1 },
  },
  "lines of a log group": {
    principal: "logs.amazonaws.com",
    async connect(destinationArn) {
      const logs = world.nuage.client(CloudWatchLogsClient);
      const [logGroupName, logStreamName] = ["app", "one"];
      await logs.send(new CreateLogGroupCommand({ logGroupName }));
      await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
      const filter = { filterName: "errors", filterPattern: "ERROR", destinationArn };
      await logs.send(new PutSubscriptionFilterCommand({ logGroupName, ...filter }));
      const timestamp = Math.floor(world.nuage.clock.now());
      const logEvents = ["ERROR no luck", "all well"].map((message) => ({ timestamp, message }));
      return () => logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
    },
    schema: CloudWatchLogsSchema,
    event: { awslogs: { data: expect.stringMatching(/^H4sI/) } },
  },
};

async function bucket(LambdaFunctionArn: string, event: "s3:ObjectCreated:*" | "s3:ObjectRemoved:*") {
  const s3 = world.nuage.client(S3Client);
  await s3.send(new CreateBucketCommand({ Bucket: "files" }));
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: "files",
      NotificationConfiguration: { LambdaFunctionConfigurations: [{ LambdaFunctionArn, Events: [event] }] },
    }),
  );
  return () => s3.send(new PutObjectCommand({ Bucket: "files", Key: "a b/é.txt", Body: "x" }));
}

async function rule(
  Arn: string,
  when: { readonly EventPattern: string } | { readonly ScheduleExpression: string },
) {
  const events = world.nuage.client(EventBridgeClient);
  await events.send(new PutRuleCommand({ Name: "wanted", ...when }));
  await events.send(new PutTargetsCommand({ Rule: "wanted", Targets: [{ Id: "f", Arn }] }));
  return events;
}

async function permit(Principal: string | undefined): Promise<void> {
  if (Principal === undefined) return;
  const Action = "lambda:InvokeFunction";
  await world.lambda.send(
    new AddPermissionCommand({ FunctionName: "f", StatementId: "all", Action, Principal }),
  );
}

/** Prints what it is given, and fails. */
const FAILS = `export const handler = async (event) => {
  console.log("GIVEN " + JSON.stringify(event));
  throw new TypeError("no luck");
};`;

interface Given {
  readonly event: unknown;
  readonly requestId: string | undefined;
  readonly timeMs: number;
}

async function given(): Promise<Given[]> {
  const lines = await linesOf(world.nuage.endpoint, "f");
  return lines.flatMap(({ message, requestId, timeMs }) => {
    const [, text] = /GIVEN (.*)/.exec(message) ?? [];
    return text === undefined ? [] : [{ event: JSON.parse(text), requestId, timeMs }];
  });
}

async function told(QueueUrl: string) {
  const asked = { QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"] };
  return (await world.sqs.send(new ReceiveMessageCommand(asked))).Messages ?? [];
}

describe.each(Object.entries(WAYS))("%s", (_name, { principal, connect, schema, event }) => {
  it("gives its function AWS's event, three times in three minutes, and then a dead letter", async () => {
    const dead = await world.queue("dead");
    const arn = await world.deploy("f", FAILS, { DeadLetterConfig: { TargetArn: dead.arn } });
    await permit(principal);
    const emit = await connect(arn);
    await emit();
    await world.nuage.idle();
    await world.nuage.advance("10 minutes");
    const runs = await given();
    expect(runs.map(({ event: seen }) => seen)).toEqual([event, event, event]);
    schema?.parse(runs[0]?.event);
    expect(new Set(runs.map(({ requestId }) => requestId)).size).toBe(1);
    const [first] = runs;
    const minutes = runs.map(({ timeMs }) => Math.round((timeMs - (first?.timeMs ?? 0)) / 6_000) / 10);
    expect(minutes).toEqual([0, 1, 3]);
    const letters = await told(dead.url);
    expect(letters.map(({ Body = "" }) => JSON.parse(Body))).toEqual([event]);
    expect(letters[0]?.MessageAttributes?.RequestID?.StringValue).toBe(first?.requestId);
  });

  it("is a dead letter at once where the function may not run at all", async () => {
    const dead = await world.queue("dead");
    const arn = await world.deploy("f", FAILS, { DeadLetterConfig: { TargetArn: dead.arn } });
    await permit(principal);
    const FunctionName = "f";
    await world.lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }),
    );
    const emit = await connect(arn);
    await emit();
    await world.nuage.idle();
    const letters = await told(dead.url);
    expect(letters.map(({ Body = "" }) => JSON.parse(Body))).toEqual([event]);
    expect(letters[0]?.MessageAttributes?.ErrorCode?.StringValue).toBe("429");
    expect(await given()).toEqual([]);
  });
});

it.each(Object.entries(WAYS).filter(([, { principal }]) => principal !== undefined))(
  "%s starts no function that does not permit it",
  async (_name, { connect }) => {
    const arn = await world.deploy("f", FAILS);
    // Some refuse to be connected, others to deliver.
    const emit = await connect(arn).catch(() => async () => {});
    await emit();
    await world.nuage.idle();
    await world.nuage.advance("10 minutes");
    expect(await given()).toEqual([]);
  },
);
