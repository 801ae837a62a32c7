import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openS3, refusal, type TestS3 } from "./fixture.ts";

const Bucket = "notified";
const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;

let s3: TestS3;
beforeAll(async () => {
  s3 = await openS3();
  await s3.client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => s3.close());

const configure = (NotificationConfiguration: NotificationConfiguration, more: object = {}) =>
  s3.client.send(
    new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration, ...more }),
  );
const configured = async () => {
  const { $metadata, ...rest } = await s3.client.send(
    new GetBucketNotificationConfigurationCommand({ Bucket }),
  );
  return rest;
};

test("configurations are kept, completed and replaced", async () => {
  expect(await configured()).toEqual({});
  await configure({
    LambdaFunctionConfigurations: [
      {
        LambdaFunctionArn: arn("thumb"),
        Events: ["s3:ObjectCreated:*"],
        Filter: { Key: { FilterRules: [{ Name: "suffix", Value: ".jpg" }] } },
      },
    ],
  });
  expect(await configured()).toEqual({
    LambdaFunctionConfigurations: [
      {
        Id: expect.stringMatching(/^.{8,}$/),
        LambdaFunctionArn: arn("thumb"),
        Events: ["s3:ObjectCreated:*"],
        Filter: { Key: { FilterRules: [{ Name: "Suffix", Value: ".jpg" }] } },
      },
    ],
  });
  await configure({});
  expect(await configured()).toEqual({});
});

test("destinations must be there and let S3 in", async () => {
  const to = (...names: string[]) => ({
    LambdaFunctionConfigurations: names.map((name, index) => ({
      LambdaFunctionArn: arn(name),
      Events: [index ? ("s3:ObjectRemoved:*" as const) : ("s3:ObjectCreated:*" as const)],
    })),
  });
  expect(await refusal(configure(to("missing", "denied")))).toMatchObject({
    name: "InvalidArgument",
    message: "Unable to validate the following destination configurations",
    ArgumentName1: `${arn("missing")}, null`,
    ArgumentValue1: `Not authorized to invoke function [${arn("missing")}]`,
    ArgumentName2: `${arn("denied")}, null`,
    status: 400,
  });
  expect(await configured()).toEqual({});
  await configure(to("missing"), { SkipDestinationValidation: true });
  expect((await configured()).LambdaFunctionConfigurations).toHaveLength(1);
  const topic = { TopicArn: "arn:aws:sns:us-east-1:000000000000:t", Events: ["s3:ObjectCreated:*" as const] };
  expect(await refusal(configure({ TopicConfigurations: [topic] }))).toMatchObject({
    ArgumentName1: `${topic.TopicArn}, null`,
    ArgumentValue1: "The destination topic does not exist",
  });
  await configure({});
});

test("every change of an object is told once, in order", async () => {
  await configure({
    LambdaFunctionConfigurations: [
      {
        Id: "created",
        LambdaFunctionArn: arn("thumb"),
        Events: ["s3:ObjectCreated:*", "s3:ObjectTagging:*"],
        Filter: { Key: { FilterRules: [{ Name: "prefix", Value: "in/" }] } },
      },
      { Id: "removed", LambdaFunctionArn: arn("clean"), Events: ["s3:ObjectRemoved:Delete"] },
    ],
  });
  const Key = "in/a b ü.jpg";
  await s3.client.send(new PutObjectCommand({ Bucket, Key, Body: "hello" }));
  await s3.client.send(new PutObjectCommand({ Bucket, Key: "out/x", Body: "unheard" }));
  await refusal(s3.client.send(new PutObjectCommand({ Bucket, Key, Body: "", IfNoneMatch: "*" })));
  await s3.client.send(
    new CopyObjectCommand({ Bucket, Key: "in/copy", CopySource: encodeURIComponent(`${Bucket}/${Key}`) }),
  );
  const { UploadId } = await s3.client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const Body = Buffer.from("x");
  const part = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body });
  const { ETag } = await s3.client.send(part);
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await s3.client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
  const Tagging = { TagSet: [{ Key: "a", Value: "b" }] };
  await s3.client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging }));
  await s3.client.send(new DeleteObjectCommand({ Bucket, Key }));
  await s3.client.send(new DeleteObjectCommand({ Bucket, Key }));
  await s3.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "in/copy" }] } }));

  const queued = await s3.queued();
  const records = queued.map((event) => JSON.parse(String(event.payload)).Records[0]);
  expect(records.map(({ eventName, s3 }) => [eventName, s3.object.key, s3.configurationId])).toEqual([
    ["ObjectCreated:Put", "in/a+b+%C3%BC.jpg", "created"],
    ["ObjectCreated:Copy", "in/copy", "created"],
    ["ObjectCreated:CompleteMultipartUpload", "in/a+b+%C3%BC.jpg", "created"],
    ["ObjectTagging:Put", "in/a+b+%C3%BC.jpg", "created"],
    ["ObjectRemoved:Delete", "in/a+b+%C3%BC.jpg", "removed"],
    ["ObjectRemoved:Delete", "in/copy", "removed"],
  ]);
  expect(records[0]).toMatchObject({
    eventVersion: "2.1",
    userIdentity: { principalId: "AWS:000000000000" },
    s3: { object: { size: 5, eTag: "5d41402abc4b2a76b9719d911017c592" } },
  });
  const sequencers = records
    .filter(({ s3 }) => s3.object.key.includes("jpg") && s3.object.sequencer)
    .map(({ s3 }) => s3.object.sequencer);
  expect(sequencers).toEqual([...sequencers].sort());
  expect(new Set(sequencers).size).toBe(3);
  expect(queued[0]).toMatchObject({
    functionArn: arn("thumb"),
    source: "s3",
    sourceArn: "arn:aws:s3:::notified",
    trace: { root: expect.stringMatching(/^1-/) },
  });
  expect(new Set(queued.map((event) => event.requestId)).size).toBe(queued.length);
});
