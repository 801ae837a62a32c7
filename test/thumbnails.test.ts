import { readFile } from "node:fs/promises";
import { GetPolicyCommand, LambdaClient, ListVersionsByFunctionCommand } from "@aws-sdk/client-lambda";
import {
  GetBucketNotificationConfigurationCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { startNuage } from "nuage/testing";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deploy } from "../examples/thumbnails/deploy.mjs";

describe("thumbnails", () => {
  let nuage: Awaited<ReturnType<typeof startNuage>>;
  let s3: S3Client;
  let photo: Buffer;

  beforeAll(async () => {
    photo = await readFile(new URL("../examples/thumbnails/photo.jpg", import.meta.url));
    nuage = await startNuage();
    s3 = nuage.client(S3Client);
    await deploy({ endpoint: nuage.endpoint });
  });

  afterAll(() => nuage?.stop());

  const thumbnail = async (key: string) => {
    const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket: "thumbnails", Key: key }));
    return { bytes: await Body?.transformToByteArray(), type: ContentType };
  };

  it("makes a thumbnail of a photograph", async () => {
    await s3.send(new PutObjectCommand({ Bucket: "photos", Key: "photo.jpg", Body: photo }));
    await nuage.idle();
    const { bytes, type } = await thumbnail("photo.jpg");
    const { format, width, height } = await sharp(bytes).metadata();
    expect({ type, format, width, height }).toEqual({
      type: "image/jpeg",
      format: "jpeg",
      width: 320,
      height: 240,
    });
  });

  it("keeps names that an event has to encode", async () => {
    const key = "summer 2026/Bodensee + Säntis (1).jpg";
    await s3.send(new PutObjectCommand({ Bucket: "photos", Key: key, Body: photo }));
    await nuage.idle();
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: "thumbnails" }));
    expect(Contents?.map((object) => object.Key)).toContain(key);
  });

  it("may be deployed again: nothing is there twice", async () => {
    await deploy({ endpoint: nuage.endpoint });
    const notification = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: "photos" }));
    expect(notification.LambdaFunctionConfigurations).toHaveLength(1);
    const lambda = nuage.client(LambdaClient);
    const policy = await lambda.send(new GetPolicyCommand({ FunctionName: "thumbnails" }));
    expect(JSON.parse(policy.Policy ?? "{}").Statement).toHaveLength(1);
    const versions = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName: "thumbnails" }));
    expect(versions.Versions?.map((version) => version.Version)).toEqual(["$LATEST"]);
  });
});
