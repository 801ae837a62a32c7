// What reaches functions, and what other services publish, through the whole platform.
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
import { SetTopicAttributesCommand } from "@aws-sdk/client-sns";
import { beforeAll, describe, expect, test } from "vitest";
import { linesOf, traceOf } from "../../../test/views.ts";
import { zip } from "../../../test/zip.ts";
import { fresh, RAW, useSns } from "./sns.fixture.ts";

const on = useSns();
const ROLE = "arn:aws:iam::000000000000:role/r";

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
      Principal: "sns.amazonaws.com",
      SourceArn,
    }),
  );
const PRINTS = "export const handler = async (event) => console.log('got', JSON.stringify(event));";
const gotBy = async (name: string) => {
  await on.nuage.idle();
  const lines = await linesOf(on.nuage.endpoint, name);
  return lines.flatMap(({ message }) => {
    const found = /got (\{.*\})/.exec(message)?.[1];
    return found === undefined ? [] : [JSON.parse(found)];
  });
};

describe("a function", () => {
  test("gets AWS's event, in one trace with the publish", async () => {
    const { FunctionName, FunctionArn } = await deploy(PRINTS);
    const topic = await on.topic();
    await permit(FunctionName, topic);
    const subscription = await on.subscribe(topic, "lambda", FunctionArn);
    const MessageId = await on.publish(topic, "hello", { Subject: "s" });
    await on.publish(topic, "bare", {
      MessageAttributes: { a: { DataType: "Number", StringValue: "1" } },
    });
    const events = await gotBy(FunctionName);
    const sns = events.map(({ Records }) => Records[0].Sns);
    expect(sns).toHaveLength(2);
    const event = events.find(({ Records }) => Records[0].Sns.Message === "hello");
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
            Subject: "s",
            Message: "hello",
            Timestamp: expect.any(String),
            SignatureVersion: "1",
            Signature: expect.any(String),
            SigningCertUrl: expect.stringMatching(/\.pem$/),
            UnsubscribeUrl: `${on.nuage.endpoint}/?Action=Unsubscribe&SubscriptionArn=${subscription}`,
            MessageAttributes: {},
          },
        },
      ],
    });
    expect(sns.find(({ Message }) => Message === "bare")).toMatchObject({
      Subject: null,
      MessageAttributes: { a: { Type: "Number", Value: "1" } },
    });
    const detail = await traceOf(on.nuage.endpoint, "sns.Publish");
    const names = detail.spans.map((span) => `${span.kind} ${span.name}`);
    expect(names).toEqual(expect.arrayContaining(["call sns.Publish", `invoke ${FunctionName}`]));
  });

  test("that does not let the topic in is not run, and the dead-letter queue is told", async () => {
    const { FunctionName, FunctionArn } = await deploy(PRINTS);
    const topic = await on.topic();
    const dead = await on.queue();
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn });
    await on.subscribe(topic, "lambda", FunctionArn, { RedrivePolicy });
    await on.publish(topic, "unheard");
    expect(await gotBy(FunctionName)).toEqual([]);
    expect(await on.envelopes(dead)).toMatchObject([{ Type: "Notification", Message: "unheard" }]);
  });

  test("tells a topic how it ended, and what it gave up", async () => {
    const { FunctionName } = await deploy(
      "export const handler = async (event) => { if (event.fail) throw new Error('no'); return 42; };",
    );
    const [good, bad] = [await on.topic(), await on.topic()];
    const [heard, failed] = [await on.listener(good, RAW), await on.listener(bad, RAW)];
    await lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName,
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnSuccess: { Destination: good }, OnFailure: { Destination: bad } },
      }),
    );
    for (const payload of ["{}", '{"fail":true}']) {
      const Payload = new TextEncoder().encode(payload);
      await lambda.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload }));
    }
    expect(await on.envelopes(heard)).toMatchObject([{ responsePayload: 42 }]);
    expect(await on.envelopes(failed)).toMatchObject([{ requestPayload: { fail: true } }]);
  });

  test("that publishes to the topic which runs it is stopped", async () => {
    const topic = await on.topic();
    const { FunctionName, FunctionArn } = await deploy(`
      import { SNSClient, PublishCommand } from "@aws-sdk/client-sns";
      export const handler = async () => {
        console.log("got {}");
        await new SNSClient().send(new PublishCommand({ TopicArn: "${topic}", Message: "again" }));
      };`);
    await permit(FunctionName, topic);
    await on.subscribe(topic, "lambda", FunctionArn);
    await on.publish(topic, "once");
    expect(await gotBy(FunctionName)).toHaveLength(16);
  });
});

test("a bucket's events go through a topic to a queue", async () => {
  const s3 = on.nuage.client(S3Client);
  const Bucket = "told-topics";
  await s3.send(new CreateBucketCommand({ Bucket }));
  const topic = await on.topic();
  const statement = {
    Effect: "Allow",
    Principal: { Service: "s3.amazonaws.com" },
    Action: "sns:Publish",
    Resource: topic,
  };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  const notify = () =>
    s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: {
          TopicConfigurations: [{ TopicArn: topic, Events: ["s3:ObjectCreated:*"] }],
        },
      }),
    );
  await expect(notify()).rejects.toThrow("Unable to validate the following destination configurations");
  await on.sns.send(
    new SetTopicAttributesCommand({ TopicArn: topic, AttributeName: "Policy", AttributeValue: Policy }),
  );
  await notify();
  const queue = await on.listener(topic);
  await s3.send(new PutObjectCommand({ Bucket, Key: "a.txt", Body: "a" }));
  const [envelope] = await on.envelopes(queue);
  expect(envelope).toMatchObject({ Subject: "Amazon S3 Notification", TopicArn: topic });
  expect(JSON.parse(envelope.Message).Records).toMatchObject([
    { eventName: "ObjectCreated:Put", s3: { object: { key: "a.txt" } } },
  ]);
});
