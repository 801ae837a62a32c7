// Deploys the example through the AWS SDK, on Nuage or on AWS: two buckets, a function, the permission for
// S3 to call it, and the notification. May be run again: it brings what is there up to date.
//
//   AWS_ENDPOINT_URL=http://localhost:4566 node examples/thumbnails/deploy.mjs
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  GetFunctionCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, PutBucketNotificationConfigurationCommand, S3Client } from "@aws-sdk/client-s3";
import { zipFunction } from "./package.mjs";

const PHOTOS = "photos";
const THUMBNAILS = "thumbnails";
const FUNCTION = "thumbnails";
const WAIT = { maxWaitTime: 60, minDelay: 1 };

/** @type {(options: { endpoint: string, region?: string, account?: string }) => Promise<void>} */
export async function deploy({ endpoint, region = "us-east-1", account = "000000000000" }) {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const lambda = new LambdaClient({ endpoint, region, credentials });
  try {
    await Promise.all([createBucket(s3, PHOTOS), createBucket(s3, THUMBNAILS)]);
    const functionArn = await deployFunction(lambda, account);
    await allowPhotos(lambda, account);
    await s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: PHOTOS,
        NotificationConfiguration: {
          LambdaFunctionConfigurations: [{ LambdaFunctionArn: functionArn, Events: ["s3:ObjectCreated:*"] }],
        },
      }),
    );
  } finally {
    s3.destroy();
    lambda.destroy();
  }
}

/** @type {(s3: S3Client, bucket: string) => Promise<void>} */
async function createBucket(s3, bucket) {
  await unless("BucketAlreadyOwnedByYou", s3.send(new CreateBucketCommand({ Bucket: bucket })));
}

/** @type {(lambda: LambdaClient, account: string) => Promise<string>} */
async function deployFunction(lambda, account) {
  const code = zipFunction(dirname(fileURLToPath(import.meta.url)), ["index.mjs", "package.json"]);
  const present = await unless(
    "ResourceNotFoundException",
    lambda.send(new GetFunctionCommand({ FunctionName: FUNCTION })),
  );
  const sha256 = createHash("sha256").update(code).digest("base64");
  if (!present) {
    const created = await lambda.send(
      new CreateFunctionCommand({
        FunctionName: FUNCTION,
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Role: `arn:aws:iam::${account}:role/thumbnails`,
        MemorySize: 1024,
        Timeout: 30,
        Environment: { Variables: { THUMBNAILS } },
        Code: { ZipFile: code },
      }),
    );
    await waitUntilFunctionActiveV2({ client: lambda, ...WAIT }, { FunctionName: FUNCTION });
    return String(created.FunctionArn);
  }
  if (present.Configuration?.CodeSha256 !== sha256) {
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: FUNCTION, ZipFile: code }));
    await waitUntilFunctionUpdatedV2({ client: lambda, ...WAIT }, { FunctionName: FUNCTION });
  }
  return String(present.Configuration?.FunctionArn);
}

/** @type {(lambda: LambdaClient, account: string) => Promise<void>} */
async function allowPhotos(lambda, account) {
  const permission = new AddPermissionCommand({
    FunctionName: FUNCTION,
    StatementId: "photos",
    Action: "lambda:InvokeFunction",
    Principal: "s3.amazonaws.com",
    SourceArn: `arn:aws:s3:::${PHOTOS}`,
    SourceAccount: account,
  });
  await unless("ResourceConflictException", lambda.send(permission));
}

/**
 * The answer, or undefined for the error of that name.
 *
 * @template T
 * @param {string} name
 * @param {Promise<T>} answer
 * @returns {Promise<T | undefined>}
 */
async function unless(name, answer) {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.name === name) return undefined;
    throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await deploy({
    endpoint: process.env.AWS_ENDPOINT_URL ?? "http://localhost:4566",
    region: process.env.AWS_REGION ?? "us-east-1",
  });
}
