import {
  CreateBucketCommand,
  ListObjectsCommand,
  type ListObjectsCommandInput,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openS3, refusal, type TestS3 } from "./fixture.ts";

const Bucket = "listed";
const KEYS = ["a.txt", "b/1", "b/2", "b/c/3", "d e+f", "z/", "\u{ffee}", "\u{1f600}"];

let s3: TestS3;
beforeAll(async () => {
  s3 = await openS3();
  await s3.client.send(new CreateBucketCommand({ Bucket }));
  for (const Key of KEYS) await s3.client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
});
afterAll(() => s3.close());

const v1 = (more: Partial<ListObjectsCommandInput> = {}) =>
  s3.client.send(new ListObjectsCommand({ Bucket, ...more }));
const v2 = (more: Partial<ListObjectsV2CommandInput> = {}) =>
  s3.client.send(new ListObjectsV2Command({ Bucket, ...more }));
const keysOf = (answer: { Contents?: { Key?: string | undefined }[] | undefined }) =>
  answer.Contents?.map((object) => object.Key);

test("lists keys in the order of their bytes", async () => {
  const all = await v2();
  expect(keysOf(all)).toEqual(KEYS);
  expect(all).toMatchObject({ Name: Bucket, Prefix: "", MaxKeys: 1000, KeyCount: 8, IsTruncated: false });
  expect(all.Contents?.[0]).toMatchObject({
    Size: 5,
    StorageClass: "STANDARD",
    ETag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
    LastModified: expect.any(Date),
    ChecksumAlgorithm: ["CRC32"],
    ChecksumType: "FULL_OBJECT",
  });
  expect(all.Contents?.[0]?.Owner).toBeUndefined();
  expect((await v2({ FetchOwner: true })).Contents?.[0]?.Owner?.ID).toMatch(/^[0-9a-f]{64}$/);
  expect((await v1()).Contents?.[0]?.Owner?.ID).toMatch(/^[0-9a-f]{64}$/);
});

test("rolls up what a delimiter divides", async () => {
  const top = await v2({ Delimiter: "/" });
  expect(top.CommonPrefixes).toEqual([{ Prefix: "b/" }, { Prefix: "z/" }]);
  expect(keysOf(top)).toEqual(["a.txt", "d e+f", "\u{ffee}", "\u{1f600}"]);
  expect(top.KeyCount).toBe(6);
  const inner = await v1({ Delimiter: "/", Prefix: "b/" });
  expect(inner.CommonPrefixes).toEqual([{ Prefix: "b/c/" }]);
  expect(keysOf(inner)).toEqual(["b/1", "b/2"]);
});

test("gives pages that a token or a marker goes on from", async () => {
  for (const Delimiter of [undefined, "/"]) {
    const whole = await v2({ Delimiter });
    const seen: unknown[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await v2({ Delimiter, MaxKeys: 1, ContinuationToken });
      expect(page.KeyCount).toBe(1);
      seen.push(...(keysOf(page) ?? []), ...(page.CommonPrefixes ?? []));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    expect(seen).toHaveLength(whole.KeyCount ?? 0);
  }
  const first = await v1({ Delimiter: "/", MaxKeys: 2 });
  expect(first).toMatchObject({ IsTruncated: true, NextMarker: "b/", CommonPrefixes: [{ Prefix: "b/" }] });
  const second = await v1({ Delimiter: "/", MaxKeys: 2, Marker: first.NextMarker });
  expect(keysOf(second)).toEqual(["d e+f"]);
  expect((await v1({ MaxKeys: 2 })).NextMarker).toBeUndefined();
  expect(keysOf(await v2({ StartAfter: "b/2" }))?.[0]).toBe("b/c/3");
});

test("encodes keys where it is asked to", async () => {
  const encoded = await v2({ EncodingType: "url", Prefix: "d " });
  expect(keysOf(encoded)).toEqual(["d+e%2Bf"]);
  expect(encoded).toMatchObject({ EncodingType: "url", Prefix: "d+" });
  expect(await refusal(v2({ EncodingType: "base64" as never }))).toMatchObject({
    name: "InvalidArgument",
    message: "Invalid Encoding Method specified in Request",
  });
});

test("refuses pages that cannot be", async () => {
  expect(await v2({ MaxKeys: 0 })).toMatchObject({ KeyCount: 0, IsTruncated: false, MaxKeys: 0 });
  expect(await v2({ MaxKeys: 5000 })).toMatchObject({ MaxKeys: 1000 });
  expect(await refusal(v2({ MaxKeys: -1 }))).toMatchObject({
    name: "InvalidArgument",
    ArgumentName: "maxKeys",
  });
  expect(await refusal(v2({ ContinuationToken: "nonsense" }))).toMatchObject({
    name: "InvalidArgument",
    message: "The continuation token provided is incorrect",
  });
  expect(await refusal(v2({ Bucket: "not-made" }))).toMatchObject({ name: "NoSuchBucket" });
});

test("lists every object as its null version", async () => {
  const { Versions } = await s3.client.send(new ListObjectVersionsCommand({ Bucket, Prefix: "b/" }));
  expect(Versions?.map(({ Key, VersionId, IsLatest }) => [Key, VersionId, IsLatest])).toEqual([
    ["b/1", "null", true],
    ["b/2", "null", true],
    ["b/c/3", "null", true],
  ]);
});
