import { createHash } from "node:crypto";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openS3, refusal, type TestS3 } from "./fixture.ts";

const Bucket = "copies";
const LARGE = Buffer.alloc(300_000, "0123456789");

let s3: TestS3;
beforeAll(async () => {
  s3 = await openS3();
  await s3.client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => s3.close());

const put = (Key: string, Body: string | Uint8Array, more: Partial<PutObjectCommandInput> = {}) =>
  s3.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  s3.client.send(new GetObjectCommand({ Bucket, Key, ...more }));
const head = (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  s3.client.send(new HeadObjectCommand({ Bucket, Key, ...more }));
const text = async (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  (await get(Key, more)).Body?.transformToString();
const remove = (Key: string, more: object = {}) =>
  s3.client.send(new DeleteObjectCommand({ Bucket, Key, ...more }));

describe("copies", () => {
  const copy = (Key: string, CopySource: string, more: object = {}) =>
    s3.client.send(new CopyObjectCommand({ Bucket, Key, CopySource, ...more }));
  beforeAll(async () => {
    await put("dir/source +ü", "copied", { ContentType: "text/plain", Metadata: { a: "1" }, Tagging: "t=1" });
    await put("dir/large", LARGE, { StorageClass: "STANDARD_IA" });
  });

  test("take bytes, metadata and tags along", async () => {
    const source = encodeURIComponent(`${Bucket}/dir/source +ü`);
    const answer = await copy("copy", source);
    expect(answer.CopyObjectResult).toMatchObject({ ETag: expect.any(String), ChecksumType: "FULL_OBJECT" });
    expect(await text("copy")).toBe("copied");
    expect(await head("copy")).toMatchObject({
      ContentType: "text/plain",
      Metadata: { a: "1" },
      TagCount: 1,
    });
    await copy("replaced", source, {
      MetadataDirective: "REPLACE",
      Metadata: { b: "2" },
      TaggingDirective: "REPLACE",
      Tagging: "u=2&v=3",
    });
    expect(await head("replaced")).toMatchObject({
      ContentType: "binary/octet-stream",
      Metadata: { b: "2" },
      TagCount: 2,
    });
  });

  test("of large objects have bytes of their own", async () => {
    await copy("large-copy", `${Bucket}/dir/large`);
    expect((await head("large-copy")).StorageClass).toBeUndefined();
    await remove("dir/large");
    expect((await (await get("large-copy")).Body?.transformToByteArray())?.length).toBe(LARGE.length);
    await copy("summed", `${Bucket}/large-copy`, { ChecksumAlgorithm: "SHA256" });
    expect((await head("summed", { ChecksumMode: "ENABLED" })).ChecksumSHA256).toBe(
      createHash("sha256").update(LARGE).digest("base64"),
    );
  });

  test("onto the source must change something", async () => {
    await put("self", "x");
    expect(await refusal(copy("self", `${Bucket}/self`))).toMatchObject({
      name: "InvalidRequest",
      message:
        "This copy request is illegal because it is trying to copy an object to itself without changing " +
        "the object's metadata, storage class, website redirect location or encryption attributes.",
    });
    await copy("self", `${Bucket}/self`, { MetadataDirective: "REPLACE", Metadata: { x: "y" } });
    expect((await head("self")).Metadata).toEqual({ x: "y" });
    expect(await text("self")).toBe("x");
  });

  test("have conditions on their source", async () => {
    await put("guarded", "x");
    const source = `${Bucket}/guarded`;
    expect(await refusal(copy("c", source, { CopySourceIfMatch: '"other"' }))).toMatchObject({
      name: "PreconditionFailed",
      Condition: "x-amz-copy-source-If-Match",
    });
    const { ETag } = await head("guarded");
    expect(await refusal(copy("c", source, { CopySourceIfNoneMatch: ETag }))).toMatchObject({
      Condition: "x-amz-copy-source-If-None-Match",
    });
    expect(await refusal(copy("c", `${Bucket}/absent`))).toMatchObject({ name: "NoSuchKey", Key: "absent" });
    expect(await refusal(copy("c", "no-such-bucket/k"))).toMatchObject({ name: "NoSuchBucket" });
    expect(await refusal(copy("c", "nonsense"))).toMatchObject({
      name: "InvalidArgument",
      message: "Invalid copy source object key",
    });
    expect(await refusal(head("c"))).toMatchObject({ status: 404 });
  });
});
