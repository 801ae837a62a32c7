import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import {
  CreateBucketCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openS3, refusal, type TestS3 } from "./fixture.ts";

const Bucket = "sums";
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

describe("checksums", () => {
  const values = {
    CRC32: "y/Q5Jg==",
    CRC32C: "4waSgw==",
    CRC64NVME: "rosUhgp5mIg=",
    SHA1: createHash("sha1").update("123456789").digest("base64"),
    SHA256: createHash("sha256").update("123456789").digest("base64"),
  } as const;
  const bare = () => s3.clientOf({ requestChecksumCalculation: "WHEN_REQUIRED" });

  test.each(Object.keys(values) as (keyof typeof values)[])("%s", async (algorithm) => {
    const member = `Checksum${algorithm}` as const;
    const value = values[algorithm];
    expect(await put(algorithm, "123456789", { [member]: value })).toMatchObject({ [member]: value });
    expect(await head(algorithm, { ChecksumMode: "ENABLED" })).toMatchObject({
      [member]: value,
      ChecksumType: "FULL_OBJECT",
    });
    expect((await head(algorithm))[member]).toBeUndefined();
    expect((await get(algorithm, { ChecksumMode: "ENABLED", Range: "bytes=0-1" }))[member]).toBeUndefined();
    expect(await refusal(put(algorithm, "123456780", { [member]: value }))).toMatchObject({
      name: "BadDigest",
      message: `The ${algorithm} you specified did not match the calculated checksum.`,
      status: 400,
    });
    expect(await refusal(put(algorithm, "123456789", { [member]: "!" }))).toMatchObject({
      name: "InvalidRequest",
      message: `Value for x-amz-checksum-${algorithm.toLowerCase()} header is invalid.`,
    });
    expect(await text(algorithm)).toBe("123456789");
    const blobs = await s3.blobIds();
    expect(await refusal(put(algorithm, LARGE, { [member]: value }))).toMatchObject({ name: "BadDigest" });
    expect(await s3.blobIds()).toEqual(blobs);
  });

  test("come as trailers of streams, whichever the SDK was told to use", async () => {
    for (const ChecksumAlgorithm of ["CRC32", "CRC32C", "CRC64NVME", "SHA256"] as const) {
      const body = Readable.from([LARGE.subarray(0, 99_999), LARGE.subarray(99_999)]);
      const put = await s3.client.send(
        new PutObjectCommand({
          Bucket,
          Key: "stream",
          Body: body,
          ContentLength: LARGE.length,
          ChecksumAlgorithm,
        }),
      );
      expect(put[`Checksum${ChecksumAlgorithm}`]).toBeDefined();
      const got = await get("stream", { ChecksumMode: "ENABLED" });
      expect((await got.Body?.transformToByteArray())?.length).toBe(LARGE.length);
    }
  });

  test("that come as wrong trailers are refused", async () => {
    const chunked = (value: string) =>
      fetch(`${s3.endpoint}/${Bucket}/trailed`, {
        method: "PUT",
        headers: {
          "content-encoding": "aws-chunked",
          "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
          "x-amz-decoded-content-length": "9",
          "x-amz-trailer": "x-amz-checksum-crc32c",
        },
        body: `9\r\n123456789\r\n0\r\nx-amz-checksum-crc32c:${value}\r\n\r\n`,
      });
    const refused = await chunked("AAAAAA==");
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain("The CRC32C you specified did not match the calculated checksum.");
    expect((await chunked(values.CRC32C)).headers.get("x-amz-checksum-crc32c")).toBe(values.CRC32C);
    expect(await head("trailed", { ChecksumMode: "ENABLED" })).toMatchObject({
      ChecksumCRC32C: values.CRC32C,
    });
    expect((await head("trailed")).ContentEncoding).toBeUndefined();
  });

  test("are CRC64NVME where the client says nothing", async () => {
    await bare().send(new PutObjectCommand({ Bucket, Key: "bare", Body: "123456789" }));
    const seen = await head("bare", { ChecksumMode: "ENABLED" });
    expect(seen).toMatchObject({ ChecksumCRC64NVME: values.CRC64NVME, ChecksumType: "FULL_OBJECT" });
  });

  test("are one at a time", async () => {
    const both = { ChecksumSHA1: values.SHA1, ChecksumSHA256: values.SHA256 };
    expect(await refusal(put("both", "123456789", both))).toMatchObject({
      message: "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
    });
  });

  test("Content-MD5", async () => {
    const right = createHash("md5").update("x").digest("base64");
    await put("md5", "x", { ContentMD5: right });
    expect(await refusal(put("md5", "y", { ContentMD5: right }))).toMatchObject({
      name: "BadDigest",
      message: "The Content-MD5 you specified did not match what we received.",
      ExpectedDigest: createHash("md5").update("x").digest("hex"),
      CalculatedDigest: createHash("md5").update("y").digest("base64"),
    });
    expect(await refusal(put("md5", "x", { ContentMD5: "short" }))).toMatchObject({
      name: "InvalidDigest",
      "Content-MD5": "short",
    });
  });

  test("stand among an object's attributes", async () => {
    await put("attributes", "123456789", { ChecksumSHA1: values.SHA1 });
    const ask = (names: string[]) =>
      s3.client.send(
        new GetObjectAttributesCommand({ Bucket, Key: "attributes", ObjectAttributes: names as never }),
      );
    const { $metadata, LastModified, ...all } = await ask([
      "ETag",
      "Checksum",
      "ObjectParts",
      "StorageClass",
      "ObjectSize",
    ]);
    expect(all).toEqual({
      ETag: createHash("md5").update("123456789").digest("hex"),
      Checksum: { ChecksumSHA1: values.SHA1, ChecksumType: "FULL_OBJECT" },
      StorageClass: "STANDARD",
      ObjectSize: 9,
    });
    expect((await ask(["ObjectSize"])).ETag).toBeUndefined();
    expect(await refusal(ask(["Colour"]))).toMatchObject({ name: "InvalidArgument" });
  });
});
