import { AddPermissionCommand, type CreateFunctionCommandInput, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { type Nuage, startNuage } from "nuage/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFunction } from "./functions.fixture.ts";
import { linesOf, traceOf } from "./views.ts";

let nuage: Nuage;
let s3: S3Client;
let lambda: LambdaClient;

beforeEach(async () => {
  nuage = await startNuage();
  s3 = nuage.client(S3Client);
  lambda = nuage.client(LambdaClient);
});
afterEach(() => nuage.stop());

const deploy = (name: string, code: string, options?: Partial<CreateFunctionCommandInput>) =>
  createFunction(lambda, name, code, options);

/** Lets a bucket's new objects start a function. */
async function connect(bucket: string, functionArn: string) {
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: functionArn,
      StatementId: bucket,
      Action: "lambda:InvokeFunction",
      Principal: "s3.amazonaws.com",
      SourceArn: `arn:aws:s3:::${bucket}`,
    }),
  );
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: bucket,
      NotificationConfiguration: {
        LambdaFunctionConfigurations: [
          { Id: "created", LambdaFunctionArn: functionArn, Events: ["s3:ObjectCreated:*"] },
        ],
      },
    }),
  );
}

const COPY = `
import { S3Client, PutObjectCommand } from "@aws-sdk/client-s3";
const s3 = new S3Client({ forcePathStyle: true });
export async function handler(event) {
  for (const { s3: { bucket, object } } of event.Records) {
    const key = decodeURIComponent(object.key.replaceAll("+", " "));
    const target = process.env.TARGET ?? bucket.name;
    await s3.send(new PutObjectCommand({ Bucket: target, Key: key + ".copy", Body: JSON.stringify(event) }));
  }
}`;

test("an object put into a bucket starts a function with AWS's event, in one trace", async () => {
  await s3.send(new CreateBucketCommand({ Bucket: "copies" }));
  await connect("photos", await deploy("copy", COPY, { Environment: { Variables: { TARGET: "copies" } } }));
  await s3.send(new PutObjectCommand({ Bucket: "photos", Key: "my photo/é+1.jpg", Body: "pixels" }));
  await nuage.idle();

  const copy = await s3.send(new GetObjectCommand({ Bucket: "copies", Key: "my photo/é+1.jpg.copy" }));
  const event = JSON.parse((await copy.Body?.transformToString()) ?? "");
  expect(event.Records).toHaveLength(1);
  expect(event.Records[0]).toMatchObject({
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: "us-east-1",
    eventName: "ObjectCreated:Put",
    s3: {
      s3SchemaVersion: "1.0",
      configurationId: "created",
      bucket: { name: "photos", arn: "arn:aws:s3:::photos" },
      object: { key: "my+photo/%C3%A9%2B1.jpg", size: 6 },
    },
  });
  expect(event.Records[0].eventTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

  const detail = await traceOf(nuage.endpoint, "s3.PutObject");
  const names = detail.spans.map((span) => `${span.kind} ${span.name}`);
  expect(names).toEqual(
    expect.arrayContaining([
      "call s3.PutObject",
      "queue copy",
      "invoke copy",
      "init copy",
      "call s3.PutObject",
    ]),
  );
});

test("a failed event is tried again after one and after two minutes, under the same request id", async () => {
  const arn = await deploy(
    "fails",
    `export async function handler(event, context) {
       console.log("attempt", context.awsRequestId);
       throw new TypeError("no luck");
     }`,
  );
  await connect("photos", arn);
  await s3.send(new PutObjectCommand({ Bucket: "photos", Key: "a", Body: "a" }));
  const attempts = async () =>
    (await linesOf(nuage.endpoint, "fails")).filter((line) => line.message.includes("attempt"));
  await nuage.idle();
  expect(await attempts()).toHaveLength(1);
  await nuage.advance(50_000);
  expect(await attempts()).toHaveLength(1);
  await nuage.advance(20_000);
  expect(await attempts()).toHaveLength(2);
  await nuage.advance(130_000);
  const all = await attempts();
  expect(all).toHaveLength(3);
  expect(new Set(all.map((line) => line.requestId)).size).toBe(1);
  await nuage.advance(24 * 3_600_000);
  expect(await attempts()).toHaveLength(3);
});

test("a function that writes where it reads is stopped after 16 rounds, and the trace says so", async () => {
  await connect("loop", await deploy("echo", COPY));
  await s3.send(new PutObjectCommand({ Bucket: "loop", Key: "a", Body: "a" }));
  await nuage.idle();
  const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket: "loop" }));
  expect(KeyCount).toBe(17);
  const detail = await traceOf(nuage.endpoint, "s3.PutObject");
  expect(detail.spans.filter((span) => span.kind === "stopped")).toHaveLength(1);
  expect(detail.spans.filter((span) => span.kind === "invoke")).toHaveLength(16);
});

const UNTIRING = `
import { S3Client, PutObjectCommand } from "@aws-sdk/client-s3";
const s3 = new S3Client({ forcePathStyle: true });
export async function handler() {
  for (;;) await s3.send(new PutObjectCommand({ Bucket: "written", Key: "k", Body: "k" })).catch(() => {});
}`;

test("a reset ends what runs: nothing from before comes after", async () => {
  const arn = await deploy("untiring", UNTIRING, { Timeout: 900 });
  await connect("asking", arn);
  await s3.send(new CreateBucketCommand({ Bucket: "written" }));
  const written = () => s3.send(new ListObjectsV2Command({ Bucket: "written" }));
  for (const Key of ["1", "2", "3"])
    await s3.send(new PutObjectCommand({ Bucket: "asking", Key, Body: Key }));
  while (!(await written()).KeyCount) await new Promise(setImmediate);

  await nuage.reset();
  await s3.send(new CreateBucketCommand({ Bucket: "written" }));
  await nuage.idle();
  expect(await written()).toMatchObject({ KeyCount: 0 });
});
