// S3 in the whole platform: what the service alone cannot show.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { type Nuage, startNuage } from "nuage/testing";
import { afterEach, beforeEach, expect, test } from "vitest";

const LARGE = Buffer.alloc(6 * 1024 ** 2, "0123456789");

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "nuage-s3-"));
});
afterEach(() => rm(data, { recursive: true, force: true }));

async function read(nuage: Nuage, Key: string): Promise<Buffer> {
  const { Body } = await nuage.client(S3Client).send(new GetObjectCommand({ Bucket: "kept", Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

test("objects outlive the platform, whatever their size and key", async () => {
  const longest = "\u0001".repeat(1024);
  await using first = await startNuage({ data });
  const s3 = first.client(S3Client);
  await s3.send(new CreateBucketCommand({ Bucket: "kept" }));
  await s3.send(new PutObjectCommand({ Bucket: "kept", Key: longest, Body: "small" }));
  await new Upload({ client: s3, params: { Bucket: "kept", Key: "parts", Body: LARGE } }).done();
  await first.stop();
  await using second = await startNuage({ data });
  const { Contents } = await second.client(S3Client).send(new ListObjectsV2Command({ Bucket: "kept" }));
  expect(Contents?.map(({ Key, Size }) => [Key, Size])).toEqual([
    [longest, 5],
    ["parts", LARGE.length],
  ]);
  expect((await read(second, longest)).toString()).toBe("small");
  expect(Buffer.compare(await read(second, "parts"), LARGE)).toBe(0);
});

test("signatures of headers, chunks and URLs are verified", async () => {
  await using nuage = await startNuage({ auth: "verify" });
  const s3 = nuage.client(S3Client);
  await s3.send(new CreateBucketCommand({ Bucket: "kept" }));
  await s3.send(new PutObjectCommand({ Bucket: "kept", Key: "k", Body: LARGE }));
  const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: "kept", Key: "k" }));
  expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(LARGE.length);
  expect((await fetch(url.replace("/k?", "/other?"))).status).toBe(403);
});
