import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { strToU8, zipSync } from "fflate";
import { startNuage } from "nuage/testing";
import { expect, it } from "vitest";

const CODE = `
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
const s3 = new S3Client({ forcePathStyle: true });
export const handler = async (event, context) => {
  const Key = "run-" + Date.now();
  await s3.send(new PutObjectCommand({ Bucket: "seen", Key, Body: context.awsRequestId }));
  throw new Error("never well");
};`;

it("keeps a retry through a restart of the platform", async () => {
  const data = await mkdtemp(join(tmpdir(), "nuage-restart-"));
  try {
    const first = await startNuage({ data });
    await first.client(S3Client).send(new CreateBucketCommand({ Bucket: "seen" }));
    const lambda = first.client(LambdaClient);
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: "f",
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Role: "arn:aws:iam::000000000000:role/r",
        Code: { ZipFile: zipSync({ "index.mjs": strToU8(CODE) }) },
      }),
    );
    await lambda.send(new InvokeCommand({ FunctionName: "f", InvocationType: "Event" }));
    await first.idle();
    await first.stop();
    const second = await startNuage({ data });
    const s3 = second.client(S3Client);
    const runs = async () => (await s3.send(new ListObjectsV2Command({ Bucket: "seen" }))).KeyCount;
    expect(await runs()).toBe(1);
    await second.advance(61_000);
    expect(await runs()).toBe(2);
    await second.advance(6 * 3_600_000);
    expect(await runs()).toBe(3);
    await second.stop();
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}, 60_000);
