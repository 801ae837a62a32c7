import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { under, usePublished } from "./published.fixture.ts";

const published = usePublished();
const { it } = published;

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html

const REQUESTS = {
  "4xxErrors": "Count",
  "5xxErrors": "Count",
  AllRequests: "Count",
  BytesDownloaded: "Bytes",
  BytesUploaded: "Bytes",
  DeleteRequests: "Count",
  FirstByteLatency: "Milliseconds",
  GetRequests: "Count",
  HeadRequests: "Count",
  ListRequests: "Count",
  PutRequests: "Count",
  TotalRequestLatency: "Milliseconds",
};

test("buckets publish what AWS's do", async () => {
  const s3 = it.nuage.client(S3Client);
  const Bucket = "photos";
  await s3.send(new CreateBucketCommand({ Bucket }));
  const put = (Key: string, Body: string, more = {}) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
  await put("a", "12345");
  await put("b", "123", { StorageClass: "STANDARD_IA" });
  await put("c", "1");
  await (await s3.send(new GetObjectCommand({ Bucket, Key: "a" }))).Body?.transformToString();
  await s3.send(new GetObjectCommand({ Bucket, Key: "none" })).catch(() => {});
  await s3.send(new HeadObjectCommand({ Bucket, Key: "a" }));
  await s3.send(new ListObjectsV2Command({ Bucket }));
  await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "c" }] } }));
  await it.nuage.idle();

  const of = (kind: string) => `BucketName=photos,StorageType=${kind}`;
  expect(await published.rows("AWS/S3")).toEqual(
    [
      ...under("BucketName=photos,FilterId=EntireBucket", REQUESTS),
      ...under(of("AllStorageTypes"), { NumberOfObjects: "Count" }),
      ...under(of("StandardStorage"), { BucketSizeBytes: "Bytes" }),
      ...under(of("StandardIAStorage"), { BucketSizeBytes: "Bytes" }),
    ].sort(),
  );
  expect(await published.values("AWS/S3", "BucketName=photos,FilterId=EntireBucket")).toMatchObject({
    AllRequests: 8,
    GetRequests: 2,
    PutRequests: 3,
    DeleteRequests: 1,
    "4xxErrors": 1,
    "5xxErrors": 0,
    BytesUploaded: 9,
    BytesDownloaded: 5,
  });
  expect(await published.values("AWS/S3", of("AllStorageTypes"))).toEqual({ NumberOfObjects: 2 });
  expect(await published.values("AWS/S3", of("StandardIAStorage"))).toEqual({ BucketSizeBytes: 3 });
});
