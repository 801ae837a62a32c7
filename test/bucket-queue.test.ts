import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  type QueueConfiguration,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { type Nuage, startNuage } from "nuage/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { TraceDetail } from "../src/observe/model.ts";

let nuage: Nuage;
let s3: S3Client;
let sqs: SQSClient;
let QueueUrl: string;

const QueueArn = "arn:aws:sqs:us-east-1:000000000000:uploads";
const Bucket = "photos";

beforeEach(async () => {
  nuage = await startNuage();
  s3 = nuage.client(S3Client);
  sqs = nuage.client(SQSClient);
  await s3.send(new CreateBucketCommand({ Bucket }));
  QueueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: "uploads" }))).QueueUrl ?? "";
});
afterEach(() => nuage.stop());

function permit(bucket: string) {
  const statement = {
    Effect: "Allow",
    Principal: { Service: "s3.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource: QueueArn,
    Condition: { ArnLike: { "aws:SourceArn": `arn:aws:s3:::${bucket}` } },
  };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  return sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
}

const connect = (more: Partial<QueueConfiguration> = {}) =>
  s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: {
        QueueConfigurations: [{ Id: "up", QueueArn, Events: ["s3:ObjectCreated:*"], ...more }],
      },
    }),
  );

async function receive() {
  await nuage.idle();
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ["AWSTraceHeader"],
    }),
  );
  return Messages.map(({ Body = "", Attributes }) => ({
    ...JSON.parse(Body),
    trace: Attributes?.AWSTraceHeader,
  }));
}

test("a bucket tells a queue of its new objects, after a test event", async () => {
  await permit(Bucket);
  const Filter = { Key: { FilterRules: [{ Name: "suffix" as const, Value: ".jpg" }] } };
  await connect({ Filter });
  const { QueueConfigurations } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  expect(QueueConfigurations).toMatchObject([{ Id: "up", QueueArn, Events: ["s3:ObjectCreated:*"] }]);
  expect(await receive()).toMatchObject([{ Service: "Amazon S3", Event: "s3:TestEvent", Bucket }]);

  await s3.send(new PutObjectCommand({ Bucket, Key: "a b.jpg", Body: "pixels" }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "a.txt", Body: "words" }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: "a b.jpg" }));
  const [event, ...more] = await receive();
  expect(more).toEqual([]);
  expect(event.Records).toMatchObject([
    {
      eventSource: "aws:s3",
      eventName: "ObjectCreated:Put",
      s3: { configurationId: "up", bucket: { name: Bucket }, object: { key: "a+b.jpg", size: 6 } },
    },
  ]);
  // The message goes on with the trace of the request that made the object.
  const root = /Root=([^;]+)/.exec(event.trace)?.[1] ?? "";
  const response = await fetch(`${nuage.endpoint}/_nuage/traces/${root}`);
  const { spans } = (await response.json()) as TraceDetail;
  expect(spans.map(({ name }) => name)).toEqual(["s3.PutObject", "sqs.SendMessage"]);
});

test("a queue that is not there, or not open to this bucket, is refused as AWS refuses it", async () => {
  const wording = "Unable to validate the following destination configurations";
  await expect(connect()).rejects.toMatchObject({ name: "InvalidArgument", message: wording });
  await permit("other");
  await expect(connect()).rejects.toMatchObject({ name: "InvalidArgument", message: wording });
  await permit(Bucket);
  await connect();
  const elsewhere = QueueArn.replace("us-east-1", "eu-west-1");
  await expect(connect({ QueueArn: elsewhere })).rejects.toThrow("service region is not valid");
  await expect(connect({ QueueArn: `${QueueArn}.fifo` })).rejects.toThrow(
    "FIFO SQS queues are not supported",
  );
  await expect(connect({ QueueArn: "queue" })).rejects.toThrow("The ARN could not be parsed");
  expect(await receive()).toHaveLength(1);
});

test("a queue that is gone holds up neither the bucket nor other queues", async () => {
  await permit(Bucket);
  await connect();
  await receive();
  await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "lost", Body: "a" }));
  await nuage.advance(61_000);
  await sqs.send(new CreateQueueCommand({ QueueName: "uploads" }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "found", Body: "a" }));
  const events = await receive();
  expect(events.map(({ Records }) => Records[0].s3.object.key)).toEqual(["found"]);
});
