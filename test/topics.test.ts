// Topics among the other services: who publishes to them by itself, what hears them, and one trace for all.
import {
  AddPermissionCommand,
  type CreateFunctionCommandInput,
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
import {
  CreateTopicCommand,
  PublishCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type Nuage, startNuage } from "nuage/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nuage as cli, documentsOf } from "./cli.ts";
import { createFunction } from "./functions.fixture.ts";
import { linesOf, traceOf } from "./views.ts";

let nuage: Nuage;
let sns: SNSClient;
let sqs: SQSClient;
let lambda: LambdaClient;
let topic: string;

beforeEach(async () => {
  nuage = await startNuage();
  sns = nuage.client(SNSClient);
  sqs = nuage.client(SQSClient);
  lambda = nuage.client(LambdaClient);
  topic = (await sns.send(new CreateTopicCommand({ Name: "news" }))).TopicArn ?? "";
});
afterEach(() => nuage.stop());

const queueArn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;

async function queue(QueueName: string): Promise<string> {
  return (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? "";
}

async function subscribe(Protocol: string, Endpoint: string, Attributes: Record<string, string> = {}) {
  const command = new SubscribeCommand({ TopicArn: topic, Protocol, Endpoint, Attributes });
  return (await sns.send(command)).SubscriptionArn ?? "";
}

/** A queue that hears the topic. */
async function listener(name: string): Promise<string> {
  const url = await queue(name);
  await subscribe("sqs", queueArn(name));
  return url;
}

async function receive(QueueUrl: string) {
  await nuage.idle();
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: 10,
    VisibilityTimeout: 43_200,
    MessageAttributeNames: ["All"],
    MessageSystemAttributeNames: ["AWSTraceHeader"],
  });
  return (await sqs.send(command)).Messages ?? [];
}

const deploy = (name: string, code: string, more?: Partial<CreateFunctionCommandInput>) =>
  createFunction(lambda, name, code, more);

const permit = (FunctionName: string) =>
  lambda.send(
    new AddPermissionCommand({
      FunctionName,
      StatementId: "topic",
      Action: "lambda:InvokeFunction",
      Principal: "sns.amazonaws.com",
      SourceArn: topic,
    }),
  );

describe("a function", () => {
  test("is given AWS's event, in the trace of the publish", async () => {
    const code = "export const handler = async (event) => console.log(JSON.stringify(event));";
    const arn = await deploy("reader", code);
    await permit("reader");
    const subscription = await subscribe("lambda", arn);
    const attributes = { colour: { DataType: "String", StringValue: "red" } };
    const { MessageId } = await sns.send(
      new PublishCommand({ TopicArn: topic, Message: "hello", MessageAttributes: attributes }),
    );
    await nuage.idle();
    const printed = (await linesOf(nuage.endpoint, "reader")).find(({ message }) => message.includes("{"));
    const event = JSON.parse(printed?.message.slice(printed.message.indexOf("{")) ?? "");
    expect(event).toEqual({
      Records: [
        {
          EventSource: "aws:sns",
          EventVersion: "1.0",
          EventSubscriptionArn: subscription,
          Sns: {
            Type: "Notification",
            MessageId,
            TopicArn: topic,
            Subject: null,
            Message: "hello",
            Timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
            SignatureVersion: "1",
            Signature: expect.any(String),
            SigningCertUrl: expect.stringMatching(/\.pem$/),
            UnsubscribeUrl: `${nuage.endpoint}/?Action=Unsubscribe&SubscriptionArn=${subscription}`,
            MessageAttributes: { colour: { Type: "String", Value: "red" } },
          },
        },
      ],
    });
    const { spans } = await traceOf(nuage.endpoint, "sns.Publish");
    expect(spans).toContainEqual(expect.objectContaining({ kind: "invoke", name: "reader" }));
  });

  test("whose policy does not let the topic in hears nothing: the dead-letter queue does", async () => {
    const arn = await deploy("closed", "export const handler = async () => console.log('ran');");
    const dead = await queue("dead");
    await subscribe("lambda", arn, {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn("dead") }),
    });
    await sns.send(new PublishCommand({ TopicArn: topic, Message: "hello" }));
    expect((await receive(dead)).map(({ Body = "" }) => JSON.parse(Body).Message)).toEqual(["hello"]);
    expect(await linesOf(nuage.endpoint, "closed")).toEqual([]);
  });

  test("tells a topic how it went, and another what it could not do", async () => {
    const heard = await listener("heard");
    await deploy("worker", "export const handler = async () => 'done';");
    const OnSuccess = { Destination: topic };
    await lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: "worker",
        DestinationConfig: { OnSuccess },
      }),
    );
    await deploy("broken", "export const handler = async () => { throw new Error('no'); };", {
      DeadLetterConfig: { TargetArn: topic },
    });
    const invoke = (FunctionName: string) =>
      lambda.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload: '{"n":1}' }));
    await invoke("worker");
    const [success] = await receive(heard);
    expect(JSON.parse(JSON.parse(success?.Body ?? "").Message)).toMatchObject({
      requestContext: { condition: "Success" },
      requestPayload: { n: 1 },
      responsePayload: "done",
    });
    await invoke("broken");
    await nuage.idle();
    await nuage.advance("10 minutes");
    const [failure] = await receive(heard);
    expect(JSON.parse(failure?.Body ?? "")).toMatchObject({
      Message: '{"n":1}',
      MessageAttributes: {
        ErrorCode: { Type: "Number", Value: "200" },
        ErrorMessage: { Type: "String", Value: "no" },
        RequestID: { Type: "String" },
      },
    });
  });
});

test("a bucket's objects are told to all who hear a topic, in one trace", async () => {
  const s3 = nuage.client(S3Client);
  const Bucket = "photos";
  await s3.send(new CreateBucketCommand({ Bucket }));
  const heard = await listener("heard");
  const connect = () =>
    s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: {
          TopicConfigurations: [{ TopicArn: topic, Events: ["s3:ObjectCreated:*"] }],
        },
      }),
    );
  await expect(connect()).rejects.toThrow("Unable to validate the following destination configurations");
  const statement = {
    Effect: "Allow",
    Principal: { Service: "s3.amazonaws.com" },
    Action: "SNS:Publish",
    Resource: topic,
    Condition: { ArnLike: { "aws:SourceArn": `arn:aws:s3:::${Bucket}` } },
  };
  await sns.send(
    new SetTopicAttributesCommand({
      TopicArn: topic,
      AttributeName: "Policy",
      AttributeValue: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
    }),
  );
  await connect();
  const [hint] = await receive(heard);
  expect(JSON.parse(JSON.parse(hint?.Body ?? "").Message)).toMatchObject({ Event: "s3:TestEvent" });
  await s3.send(new PutObjectCommand({ Bucket, Key: "a.jpg", Body: "bytes" }));
  const [message] = await receive(heard);
  const envelope = JSON.parse(message?.Body ?? "");
  expect(envelope).toMatchObject({ Subject: "Amazon S3 Notification", TopicArn: topic });
  expect(JSON.parse(envelope.Message).Records).toMatchObject([{ s3: { object: { key: "a.jpg" } } }]);
  const { spans } = await traceOf(nuage.endpoint, "s3.PutObject");
  expect(message?.Attributes?.AWSTraceHeader).toContain(`Root=${spans[0]?.traceId};`);
  expect(spans.map(({ name }) => name)).toEqual(expect.arrayContaining(["sns.Publish", "sqs.SendMessage"]));
});

describe("nuage outbox", () => {
  const outbox = async (...args: string[]) => {
    const { code, out, err } = await cli(["outbox", ...args, "--endpoint", nuage.endpoint]);
    return { code, text: out + err };
  };

  test("shows what people would have been sent, and confirms what they would have confirmed", async () => {
    expect(await outbox()).toEqual({ code: 0, text: "Nothing would have been sent.\n" });
    await subscribe("email", "reader@example.com");
    await nuage.idle();
    const asked = await outbox();
    expect(asked.text).toContain("reader@example.com");
    expect(asked.text).toContain("1 letter to be confirmed: nuage outbox confirm LETTER");
    const id = /^([0-9a-f]{8}) /m.exec(asked.text)?.[1] ?? "";
    expect((await outbox(id)).text).toContain("Action=ConfirmSubscription");
    expect(await outbox("confirm", id)).toEqual({
      code: 0,
      text: expect.stringMatching(new RegExp(`^Confirmed ${topic}:[0-9a-f-]{36}\n$`)),
    });
    await sns.send(
      new PublishCommand({ TopicArn: topic, Message: "line one\nline \u001b[31mtwo", Subject: "For you" }),
    );
    await sns.send(new PublishCommand({ PhoneNumber: "+15551234567", Message: "by text" }));
    await nuage.idle();
    const letters = documentsOf((await outbox("--json")).text);
    expect(letters).toMatchObject([
      { protocol: "sms", to: "+15551234567", body: "by text" },
      { protocol: "email", to: "reader@example.com", subject: "For you", topicArn: topic },
      { confirms: true },
    ]);
    const whole = await outbox(letters[1].id);
    expect(whole.text).toMatch(/^To: +reader@example.com$/m);
    expect(whole.text).toMatch(/^Subject: +For you$/m);
    // What would have the terminal do something is left out.
    expect(whole.text).toContain("\nline one\nline two\n");
    expect((await outbox("--to", "+15551234567", "--json")).text).not.toContain("reader@example.com");
    expect((await outbox("--protocol", "email", "--limit", "1")).text).toContain("For you");
  });

  test("says what it cannot do", async () => {
    expect(await outbox("nothing")).toEqual({ code: 1, text: "nuage: there is no letter nothing.\n" });
    await sns.send(new PublishCommand({ PhoneNumber: "+15551234567", Message: "by text" }));
    await nuage.idle();
    const [{ id }] = documentsOf((await outbox("--json")).text);
    expect(await outbox("confirm", id)).toEqual({
      code: 1,
      text: `nuage: There is no letter "${id}" that asks to confirm a subscription.\n`,
    });
    expect((await outbox("--limit", "0")).code).toBe(1);
    expect((await outbox("confirm")).code).toBe(1);
  });
});
