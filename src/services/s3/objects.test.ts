import { createHash } from "node:crypto";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openS3, refusal, type TestS3 } from "./fixture.ts";

const Bucket = "objects";
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

describe("an object", () => {
  test("comes back with what it was given", async () => {
    const given = {
      ContentType: "text/plain",
      ContentEncoding: "gzip",
      ContentLanguage: "de",
      ContentDisposition: 'attachment; filename="a.txt"',
      CacheControl: "max-age=60",
      Expires: new Date("2030-01-01T00:00:00Z"),
      WebsiteRedirectLocation: "/elsewhere",
      StorageClass: "STANDARD_IA" as const,
      Metadata: { Colour: "blue", empty: "" },
      Tagging: "a=1&b=two%20words",
    };
    const written = await put("full", "hello", given);
    expect(written).toMatchObject({
      ETag: '"5d41402abc4b2a76b9719d911017c592"',
      ServerSideEncryption: "AES256",
      ChecksumType: "FULL_OBJECT",
      ChecksumCRC32: "NhCmhg==",
    });
    const { Tagging, ...kept } = given;
    const expected = {
      ...kept,
      Metadata: { colour: "blue", empty: "" },
      ETag: written.ETag,
      ContentLength: 5,
      AcceptRanges: "bytes",
      TagCount: 2,
      ServerSideEncryption: "AES256",
    };
    expect(await get("full")).toMatchObject(expected);
    const { LastModified, ...seen } = await head("full");
    expect(seen).toMatchObject(expected);
    expect(Math.abs(Date.parse(String(LastModified)) - Date.now())).toBeLessThan(60_000);
    expect(LastModified?.getMilliseconds()).toBe(0);
  });

  test("may be empty, small or large, and be written over", async () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from("x"),
      LARGE,
      Buffer.from("small again"),
      LARGE,
      Buffer.alloc(0),
    ]) {
      const { ETag } = await put("sizes", bytes);
      expect(ETag).toBe(`"${createHash("md5").update(bytes).digest("hex")}"`);
      const got = await get("sizes");
      expect(got.ContentLength).toBe(bytes.length);
      expect(Buffer.compare(Buffer.from((await got.Body?.transformToByteArray()) ?? []), bytes)).toBe(0);
    }
    expect(await s3.blobIds()).toEqual([]);
  });

  test("has any text of up to 1024 bytes for a key", async () => {
    const keys = [
      "../../etc/passwd",
      "a//b",
      "/leading",
      "trailing/",
      "dots/./and/../more",
      "späße & ümlaute?x=1#y",
      "emoji \u{1f600}",
      "control\u0001\u007f",
      "plus+percent%41",
      "é".repeat(512),
    ];
    for (const key of keys) {
      await put(key, key);
      expect(await text(key), key).toBe(key);
    }
    for (const key of keys) await remove(key);
    expect(await refusal(put("x".repeat(1025), ""))).toMatchObject({
      name: "KeyTooLongError",
      message: "Your key is too long",
      Size: "1025",
      MaxSizeAllowed: "1024",
      status: 400,
    });
  });

  test("that is not there is named", async () => {
    expect(await refusal(get("nothing"))).toMatchObject({
      name: "NoSuchKey",
      message: "The specified key does not exist.",
      Key: "nothing",
      status: 404,
    });
    expect(await refusal(head("nothing"))).toMatchObject({ name: "NotFound", status: 404 });
    const elsewhere = new PutObjectCommand({ Bucket: "not-made", Key: "k", Body: LARGE });
    expect(await refusal(s3.client.send(elsewhere))).toMatchObject({ name: "NoSuchBucket" });
    expect(await s3.blobIds()).toEqual([]);
    await remove("nothing");
  });

  test("refuses what is too much or unknown", async () => {
    expect(await refusal(put("k", "", { Metadata: { big: "x".repeat(2046) } }))).toMatchObject({
      name: "MetadataTooLarge",
      MaxSizeAllowed: "2048",
    });
    await put("k", "", { Metadata: { big: "x".repeat(2045) } });
    expect(await refusal(put("k", "", { StorageClass: "OUTPOSTS" }))).toMatchObject({
      name: "InvalidStorageClass",
      StorageClassRequested: "OUTPOSTS",
    });
    expect(await refusal(put("k", "", { Tagging: "a=1&a=2" }))).toMatchObject({
      name: "InvalidArgument",
      ArgumentName: "x-amz-tagging",
      ArgumentValue: "a=1&a=2",
    });
    expect(await refusal(put("k", "", { ServerSideEncryption: "KMS" as never }))).toMatchObject({
      name: "InvalidEncryptionAlgorithmError",
    });
    const customerKey = { SSECustomerAlgorithm: "AES256", SSECustomerKey: "x".repeat(32) };
    expect(await refusal(put("k", "", customerKey))).toMatchObject({ name: "NotImplemented", status: 501 });
    expect(await refusal(get("k", { VersionId: "x" }))).toMatchObject({
      name: "InvalidArgument",
      message: "Invalid version id specified",
    });
    expect(await text("k", { VersionId: "null" })).toBe("");
  });
});

describe("ranges", () => {
  beforeAll(async () => {
    await put("ten", "0123456789");
    await put("large", LARGE);
  });

  test.each([
    ["bytes=0-3", "0123", "bytes 0-3/10"],
    ["bytes=7-", "789", "bytes 7-9/10"],
    ["bytes=-2", "89", "bytes 8-9/10"],
    ["bytes=5-999", "56789", "bytes 5-9/10"],
  ])("%s", async (Range, expected, ContentRange) => {
    const got = await get("ten", { Range });
    expect(await got.Body?.transformToString()).toBe(expected);
    expect(got).toMatchObject({ ContentRange, ContentLength: expected.length });
    expect(got.$metadata.httpStatusCode).toBe(206);
    expect(await head("ten", { Range })).toMatchObject({ ContentRange, ContentLength: expected.length });
  });

  test("of a large object", async () => {
    const got = await get("large", { Range: "bytes=299990-" });
    expect(await got.Body?.transformToString()).toBe("0123456789");
  });

  test("that S3 does not know give the whole; those behind the end are refused", async () => {
    expect(await text("ten", { Range: "bytes=0-1,3-4" })).toBe("0123456789");
    expect(await refusal(get("ten", { Range: "bytes=10-20" }))).toMatchObject({
      name: "InvalidRange",
      message: "The requested range is not satisfiable",
      RangeRequested: "bytes=10-20",
      ActualObjectSize: "10",
      status: 416,
    });
  });

  test("an object is its own first part", async () => {
    const got = await get("ten", { PartNumber: 1 });
    expect(got).toMatchObject({ ContentRange: "bytes 0-9/10", ContentLength: 10 });
    expect(got.$metadata.httpStatusCode).toBe(206);
    expect(await refusal(get("ten", { PartNumber: 2 }))).toMatchObject({
      name: "InvalidPartNumber",
      PartNumberRequested: "2",
      ActualPartCount: "1",
      status: 416,
    });
    expect(await refusal(get("ten", { PartNumber: 1, Range: "bytes=0-1" }))).toMatchObject({
      message: "Cannot specify both Range header and partNumber query parameter",
    });
  });
});

describe("conditions", () => {
  const past = new Date("2001-01-01T00:00:00Z");
  const future = new Date("2101-01-01T00:00:00Z");
  let ETag: string | undefined;
  beforeAll(async () => {
    ({ ETag } = await put("conditional", "x"));
  });

  test("of reads", async () => {
    const outcome = async (more: Partial<GetObjectCommandInput>) => {
      const { status = 200 } = await refusal(get("conditional", more));
      return status;
    };
    expect(await outcome({ IfMatch: ETag })).toBe(200);
    expect(await outcome({ IfMatch: ETag?.replaceAll('"', "") })).toBe(200);
    expect(await outcome({ IfMatch: "*" })).toBe(200);
    expect(await outcome({ IfMatch: '"other"' })).toBe(412);
    expect(await outcome({ IfNoneMatch: ETag })).toBe(304);
    expect(await outcome({ IfNoneMatch: '"other"' })).toBe(200);
    expect(await outcome({ IfModifiedSince: past })).toBe(200);
    expect(await outcome({ IfModifiedSince: future })).toBe(200);
    expect(await outcome({ IfUnmodifiedSince: past })).toBe(412);
    expect(await outcome({ IfUnmodifiedSince: future })).toBe(200);
    expect(await outcome({ IfMatch: ETag, IfUnmodifiedSince: past })).toBe(200);
    expect(await outcome({ IfNoneMatch: '"other"', IfModifiedSince: new Date() })).toBe(200);
    const { LastModified } = await head("conditional");
    expect(await outcome({ IfModifiedSince: LastModified })).toBe(304);
    expect(await outcome({ IfUnmodifiedSince: LastModified })).toBe(200);
    expect(await refusal(get("conditional", { IfMatch: '"other"' }))).toMatchObject({
      name: "PreconditionFailed",
      message: "At least one of the pre-conditions you specified did not hold",
      Condition: "If-Match",
    });
    expect(await refusal(head("conditional", { IfMatch: '"other"' }))).toMatchObject({ status: 412 });
  });

  test("of writes", async () => {
    expect(await refusal(put("conditional", "y", { IfNoneMatch: "*" }))).toMatchObject({
      name: "PreconditionFailed",
      Condition: "If-None-Match",
      status: 412,
    });
    expect(await refusal(put("conditional", "y", { IfMatch: '"other"' }))).toMatchObject({
      Condition: "If-Match",
    });
    expect(await refusal(put("absent", "y", { IfMatch: '"other"' }))).toMatchObject({ name: "NoSuchKey" });
    expect(await refusal(put("absent", "y", { IfNoneMatch: '"x"' }))).toMatchObject({
      name: "NotImplemented",
      Header: "If-None-Match",
      status: 501,
    });
    expect(await text("conditional")).toBe("x");
    await put("conditional", "y", { IfMatch: ETag });
    expect(await text("conditional")).toBe("y");
  });

  test("of many writers at once let one through", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        refusal(put("raced", Buffer.alloc(40_000, String(index)), { IfNoneMatch: "*" })),
      ),
    );
    expect(outcomes.filter(({ name }) => name === "not refused")).toHaveLength(1);
    await remove("raced");
  });

  test("of deletes", async () => {
    expect(await refusal(remove("conditional", { IfMatch: '"other"' }))).toMatchObject({ status: 412 });
    expect(await refusal(remove("absent", { IfMatch: '"other"' }))).toMatchObject({ name: "NoSuchKey" });
    expect(await refusal(remove("conditional", { IfMatchSize: 1 }))).toMatchObject({ status: 501 });
    const { ETag: current } = await head("conditional");
    await remove("conditional", { IfMatch: current });
    expect(await refusal(head("conditional"))).toMatchObject({ status: 404 });
  });
});

describe("deletes", () => {
  test("of many answer for each", async () => {
    for (const key of ["d/1", "d/2", "d/<&>"]) await put(key, LARGE);
    const before = (await s3.blobIds()).length;
    const Objects = [
      { Key: "d/1" },
      { Key: "d/<&>" },
      { Key: "absent" },
      { Key: "d/2", VersionId: "v".repeat(32) },
    ];
    const answer = await s3.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(answer.Deleted).toEqual([{ Key: "d/1" }, { Key: "d/<&>" }, { Key: "absent" }]);
    expect(answer.Errors).toEqual([
      {
        Key: "d/2",
        VersionId: "v".repeat(32),
        Code: "NoSuchVersion",
        Message: "The specified version does not exist.",
      },
    ]);
    expect(await s3.blobIds()).toHaveLength(before - 2);
    const quiet = { Objects: [{ Key: "d/2" }], Quiet: true };
    expect(
      (await s3.client.send(new DeleteObjectsCommand({ Bucket, Delete: quiet }))).Deleted,
    ).toBeUndefined();
  });

  test("take 1000 keys and no more", async () => {
    const Objects = Array.from({ length: 1001 }, (_, index) => ({ Key: `k${index}` }));
    const send = (Delete: { Objects: { Key: string }[] }) =>
      s3.client.send(new DeleteObjectsCommand({ Bucket, Delete }));
    expect(await refusal(send({ Objects }))).toMatchObject({ name: "MalformedXML", status: 400 });
    expect((await send({ Objects: Objects.slice(1) })).Deleted).toHaveLength(1000);
  });
});

test("tags of objects", async () => {
  await put("tagged", "x", { Tagging: "a=1" });
  const tags = async () =>
    (await s3.client.send(new GetObjectTaggingCommand({ Bucket, Key: "tagged" }))).TagSet;
  const set = (TagSet: { Key: string; Value: string }[]) =>
    s3.client.send(new PutObjectTaggingCommand({ Bucket, Key: "tagged", Tagging: { TagSet } }));
  expect(await tags()).toEqual([{ Key: "a", Value: "1" }]);
  await set([{ Key: "b", Value: "2" }]);
  expect(await tags()).toEqual([{ Key: "b", Value: "2" }]);
  const eleven = Array.from({ length: 11 }, (_, index) => ({ Key: `k${index}`, Value: "" }));
  expect(await refusal(set(eleven))).toMatchObject({
    name: "InvalidTag",
    message: "Object tags cannot be greater than 10",
  });
  await s3.client.send(new DeleteObjectTaggingCommand({ Bucket, Key: "tagged" }));
  expect(await tags()).toEqual([]);
  const absent = new GetObjectTaggingCommand({ Bucket, Key: "absent" });
  expect(await refusal(s3.client.send(absent))).toMatchObject({ name: "NoSuchKey" });
});

test("access lists of objects give their owner full control", async () => {
  await put("listed", "x", { ACL: "bucket-owner-full-control" });
  const acl = await s3.client.send(new GetObjectAclCommand({ Bucket, Key: "listed" }));
  expect(acl.Grants).toEqual([
    { Grantee: { ...acl.Owner, Type: "CanonicalUser" }, Permission: "FULL_CONTROL" },
  ]);
  expect(await refusal(put("open", "x", { ACL: "public-read" }))).toMatchObject({
    name: "AccessControlListNotSupported",
  });
});

test("presigned URLs read and write, with headers of their own", async () => {
  const upload = await getSignedUrl(s3.client, new PutObjectCommand({ Bucket, Key: "signed" }));
  expect((await fetch(upload, { method: "PUT", body: "by url" })).status).toBe(200);
  const read = new GetObjectCommand({
    Bucket,
    Key: "signed",
    ResponseContentType: "text/csv",
    ResponseContentDisposition: "inline",
  });
  const answer = await fetch(await getSignedUrl(s3.client, read));
  expect(await answer.text()).toBe("by url");
  expect(answer.headers.get("content-type")).toBe("text/csv");
  expect(answer.headers.get("content-disposition")).toBe("inline");
});

test("a 304 names the version that the reader has", async () => {
  const { ETag = "" } = await put("unchanged", "x");
  const { LastModified } = await head("unchanged");
  const url = await getSignedUrl(s3.client, new GetObjectCommand({ Bucket, Key: "unchanged" }));
  const answer = await fetch(url, { headers: { "if-none-match": ETag } });
  expect(answer.status).toBe(304);
  expect(answer.headers.get("etag")).toBe(ETag);
  expect(answer.headers.get("last-modified")).toBe(LastModified?.toUTCString());
});

test("a reader keeps what it began to read while the object is written over", async () => {
  await put("moving", LARGE);
  const got = await get("moving");
  await put("moving", "other");
  expect((await got.Body?.transformToByteArray())?.length).toBe(LARGE.length);
  expect(await text("moving")).toBe("other");
});
