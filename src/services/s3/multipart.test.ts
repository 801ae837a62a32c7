import { createHash } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  type UploadPartCommandInput,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openS3, refusal, type TestS3 } from "./fixture.ts";
import { isBlobReferenced } from "./records.ts";

const Bucket = "uploads";
const MIB = 1024 ** 2;
const FIRST = Buffer.alloc(5 * MIB, "first ");
const SECOND = Buffer.alloc(5 * MIB + 3, "second");
const LAST = Buffer.from("the end");
const WHOLE = Buffer.concat([FIRST, SECOND, LAST]);
const digest = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest();

let s3: TestS3;
/** A client that sends no checksum of its own accord, as many tools do. */
let bare: S3Client;
beforeAll(async () => {
  s3 = await openS3();
  bare = s3.clientOf({ requestChecksumCalculation: "WHEN_REQUIRED" });
  await s3.client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => s3.close());

async function begin(Key: string, more: Partial<CreateMultipartUploadCommandInput> = {}) {
  const begun = await bare.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }));
  const UploadId = begun.UploadId;
  const place = { Bucket, Key, UploadId };
  return {
    begun,
    place,
    part: (PartNumber: number, Body: Uint8Array, more: Partial<UploadPartCommandInput> = {}) =>
      bare.send(new UploadPartCommand({ ...place, PartNumber, Body, ...more })),
    complete: (Parts: CompletedPart[], more: Partial<CompleteMultipartUploadCommandInput> = {}) =>
      bare.send(new CompleteMultipartUploadCommand({ ...place, MultipartUpload: { Parts }, ...more })),
  };
}

async function whole(Key: string): Promise<Buffer> {
  const { Body } = await bare.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

describe("a multipart upload", () => {
  test("becomes one object", async () => {
    const upload = await begin("plain", { ContentType: "text/plain", Metadata: { a: "b" }, Tagging: "t=1" });
    expect(upload.begun).toMatchObject({ Bucket, Key: "plain", ServerSideEncryption: "AES256" });
    const parts: CompletedPart[] = [];
    for (const [PartNumber, bytes] of [
      [2, FIRST],
      [5, SECOND],
      [9, LAST],
    ] as const) {
      const { ETag } = await upload.part(PartNumber, bytes);
      expect(ETag).toBe(`"${digest("md5", bytes).toString("hex")}"`);
      parts.push({ PartNumber, ETag });
    }
    const done = await upload.complete(parts);
    const md5s = Buffer.concat([FIRST, SECOND, LAST].map((bytes) => digest("md5", bytes)));
    const ETag = `"${digest("md5", md5s).toString("hex")}-3"`;
    expect(done).toMatchObject({ Bucket, Key: "plain", ETag, ChecksumType: "FULL_OBJECT" });
    expect(done.Location).toBe(`${s3.endpoint}/${Bucket}/plain`);
    expect(Buffer.compare(await whole("plain"), WHOLE)).toBe(0);
    const head = await bare.send(new HeadObjectCommand({ Bucket, Key: "plain", ChecksumMode: "ENABLED" }));
    expect(head).toMatchObject({ ETag, ContentType: "text/plain", Metadata: { a: "b" }, TagCount: 1 });
    await bare.send(new PutObjectCommand({ Bucket, Key: "at once", Body: WHOLE }));
    const once = await bare.send(new HeadObjectCommand({ Bucket, Key: "at once", ChecksumMode: "ENABLED" }));
    expect(head.ChecksumCRC64NVME).toBe(once.ChecksumCRC64NVME);
    expect(await s3.blobIds()).toHaveLength(2);

    const part = await bare.send(new GetObjectCommand({ Bucket, Key: "plain", PartNumber: 3 }));
    expect(await part.Body?.transformToString()).toBe("the end");
    expect(part).toMatchObject({
      PartsCount: 3,
      ContentRange: `bytes ${10 * MIB + 3}-${10 * MIB + 9}/${10 * MIB + 10}`,
    });
    expect(await upload.complete(parts)).toMatchObject({ ETag });
    const ObjectAttributes = ["ObjectParts" as const];
    const asked = new GetObjectAttributesCommand({ Bucket, Key: "plain", ObjectAttributes });
    expect((await bare.send(asked)).ObjectParts).toEqual({ TotalPartsCount: 3 });
  });

  test("is what lib-storage makes of a stream", async () => {
    const upload = new Upload({
      client: s3.client,
      params: { Bucket, Key: "lib", Body: WHOLE },
      partSize: 5 * MIB,
    });
    const done = await upload.done();
    expect(done).toMatchObject({ ChecksumType: "COMPOSITE", ChecksumCRC32: expect.stringMatching(/==-3$/) });
    expect(Buffer.compare(await whole("lib"), WHOLE)).toBe(0);
    const ObjectAttributes = ["ObjectParts" as const, "Checksum" as const];
    const asked = new GetObjectAttributesCommand({ Bucket, Key: "lib", ObjectAttributes, MaxParts: 2 });
    const { ObjectParts } = await s3.client.send(asked);
    expect(ObjectParts).toMatchObject({ TotalPartsCount: 3, IsTruncated: true, NextPartNumberMarker: "2" });
    expect(ObjectParts?.Parts?.map((part) => part.Size)).toEqual([5 * MIB, 5 * MIB]);
    expect(ObjectParts?.Parts?.[0]?.ChecksumCRC32).toBeDefined();
  });

  test("takes the last of a part's uploads, and keeps no other", async () => {
    const blobs = (await s3.blobIds()).length;
    const upload = await begin("twice");
    await Promise.all([1, 2, 3, 4].map((n) => upload.part(1, Buffer.alloc(MIB, String(n)))));
    const { ETag } = await upload.part(1, LAST);
    expect(await s3.blobIds()).toHaveLength(blobs + 1);
    await upload.complete([{ PartNumber: 1, ETag }]);
    expect((await whole("twice")).toString()).toBe("the end");
    expect(await s3.blobIds()).toHaveLength(blobs + 1);
  });

  test("is gone when it is aborted", async () => {
    const blobs = await s3.blobIds();
    const upload = await begin("aborted");
    await upload.part(1, LAST);
    await bare.send(new AbortMultipartUploadCommand(upload.place));
    expect(await s3.blobIds()).toEqual(blobs);
    expect(await refusal(bare.send(new AbortMultipartUploadCommand(upload.place)))).toMatchObject({
      name: "NoSuchUpload",
      message:
        "The specified upload does not exist. The upload ID may be invalid, " +
        "or the upload may have been aborted or completed.",
      UploadId: upload.place.UploadId,
      status: 404,
    });
    expect(await refusal(upload.part(2, FIRST))).toMatchObject({ name: "NoSuchUpload" });
    expect(await s3.blobIds()).toEqual(blobs);
  });

  test("copies parts from objects", async () => {
    await bare.send(new PutObjectCommand({ Bucket, Key: "source", Body: WHOLE }));
    await bare.send(new PutObjectCommand({ Bucket, Key: "short", Body: "0123456789" }));
    const upload = await begin("assembled");
    const copy = (PartNumber: number, CopySource: string, CopySourceRange?: string) =>
      bare.send(new UploadPartCopyCommand({ ...upload.place, PartNumber, CopySource, CopySourceRange }));
    const one = await copy(1, `${Bucket}/source`, `bytes=0-${5 * MIB - 1}`);
    const two = await copy(2, `${Bucket}/short`);
    expect(one.CopyPartResult?.ETag).toBe(`"${digest("md5", FIRST).toString("hex")}"`);
    expect(await refusal(copy(3, `${Bucket}/short`, "bytes=0-10"))).toMatchObject({
      name: "InvalidArgument",
      message: "Range specified is not valid for source object of size: 10",
      ArgumentName: "x-amz-copy-source-range",
    });
    await upload.complete([
      { PartNumber: 1, ETag: one.CopyPartResult?.ETag },
      { PartNumber: 2, ETag: two.CopyPartResult?.ETag },
    ]);
    expect(Buffer.compare(await whole("assembled"), Buffer.concat([FIRST, Buffer.from("0123456789")]))).toBe(
      0,
    );
  });
});

describe("completing", () => {
  test("refuses parts that are not as said", async () => {
    const upload = await begin("refused");
    const { ETag } = await upload.part(1, LAST);
    const { ETag: second } = await upload.part(2, LAST);
    const { UploadId } = upload.place;
    expect(
      await refusal(
        upload.complete([
          { PartNumber: 1, ETag },
          { PartNumber: 3, ETag },
        ]),
      ),
    ).toMatchObject({
      name: "InvalidPart",
      message: expect.stringContaining(
        "One or more of the specified parts could not be found.  The part may",
      ),
      PartNumber: "3",
      ETag: ETag?.replaceAll('"', ""),
      UploadId,
      status: 400,
    });
    expect(await refusal(upload.complete([{ PartNumber: 1, ETag: '"other"' }]))).toMatchObject({
      name: "InvalidPart",
      PartNumber: "1",
    });
    expect(
      await refusal(
        upload.complete([
          { PartNumber: 2, ETag },
          { PartNumber: 1, ETag },
        ]),
      ),
    ).toMatchObject({
      name: "InvalidPartOrder",
      message: "The list of parts was not in ascending order. Parts must be ordered by part number.",
    });
    expect(
      await refusal(
        upload.complete([
          { PartNumber: 1, ETag },
          { PartNumber: 2, ETag: second },
        ]),
      ),
    ).toMatchObject({
      name: "EntityTooSmall",
      message: "Your proposed upload is smaller than the minimum allowed size",
      ProposedSize: "7",
      MinSizeAllowed: "5242880",
      PartNumber: "1",
    });
    expect(await refusal(upload.complete([]))).toMatchObject({
      message: "You must specify at least one part",
    });
    expect(await refusal(upload.complete([{ PartNumber: 1, ETag }], { MpuObjectSize: 5 }))).toMatchObject({
      message: "The provided 'x-amz-mp-object-size' header value 5 does not match what was computed: 7",
    });
    expect(await refusal(upload.part(0, LAST))).toMatchObject({
      message: "Part number must be an integer between 1 and 10000, inclusive",
      ArgumentName: "partNumber",
    });
    await upload.complete([{ PartNumber: 1, ETag }]);
    expect((await whole("refused")).toString()).toBe("the end");
  });

  test("is held against the object that is there", async () => {
    await bare.send(new PutObjectCommand({ Bucket, Key: "guarded", Body: "x" }));
    const upload = await begin("guarded");
    const { ETag } = await upload.part(1, LAST);
    expect(await refusal(upload.complete([{ PartNumber: 1, ETag }], { IfNoneMatch: "*" }))).toMatchObject({
      name: "PreconditionFailed",
      Condition: "If-None-Match",
    });
    expect(await refusal(upload.complete([{ PartNumber: 1, ETag }], { IfMatch: '"y"' }))).toMatchObject({
      Condition: "If-Match",
    });
    const { ETag: later } = await bare.send(new PutObjectCommand({ Bucket, Key: "guarded", Body: "x" }));
    expect(await refusal(upload.complete([{ PartNumber: 1, ETag }], { IfMatch: later }))).toMatchObject({
      name: "ConditionalRequestConflict",
      Condition: "If-Match",
      status: 409,
    });
    await upload.complete([{ PartNumber: 1, ETag }]);
    expect((await whole("guarded")).toString()).toBe("the end");
  });
});

describe("checksums of uploads", () => {
  const sha = (bytes: Uint8Array) => digest("sha256", bytes).toString("base64");

  test("of the parts' checksums", async () => {
    const upload = await begin("composite", { ChecksumAlgorithm: "SHA256" });
    expect(upload.begun).toMatchObject({ ChecksumAlgorithm: "SHA256", ChecksumType: "COMPOSITE" });
    const parts: CompletedPart[] = [];
    for (const [index, bytes] of [FIRST, LAST].entries()) {
      const part = await upload.part(index + 1, bytes, { ChecksumSHA256: sha(bytes) });
      expect(part.ChecksumSHA256).toBe(sha(bytes));
      parts.push({ PartNumber: index + 1, ETag: part.ETag, ChecksumSHA256: sha(bytes) });
    }
    const [one = {}, two = {}] = parts;
    const { ChecksumSHA256: _sum, ...unsummed } = one;
    expect(await refusal(upload.complete([unsummed, two]))).toMatchObject({
      name: "InvalidRequest",
      message:
        "The upload was created using a sha256 checksum. The complete request must include the checksum " +
        "for each part. It was missing for part 1 in the request.",
    });
    expect(await refusal(upload.complete([{ ...one, ChecksumSHA256: sha(WHOLE) }, two]))).toMatchObject({
      name: "InvalidPart",
    });
    expect(await refusal(upload.complete(parts, { ChecksumType: "FULL_OBJECT" }))).toMatchObject({
      message:
        "The upload was created using the COMPOSITE checksum mode. " +
        "The complete request must use the same checksum mode.",
    });
    const sums = Buffer.concat([FIRST, LAST].map((bytes) => digest("sha256", bytes)));
    const ChecksumSHA256 = `${sha(sums)}-2`;
    expect(await upload.complete(parts)).toMatchObject({ ChecksumSHA256, ChecksumType: "COMPOSITE" });
    const part = { Bucket, Key: "composite", PartNumber: 2, ChecksumMode: "ENABLED" as const };
    expect((await bare.send(new HeadObjectCommand(part))).ChecksumSHA256).toBe(sha(LAST));
    expect(
      await refusal(begin("x", { ChecksumAlgorithm: "SHA256", ChecksumType: "FULL_OBJECT" })),
    ).toMatchObject({
      message: "The FULL_OBJECT checksum type cannot be used with the sha256 checksum algorithm.",
    });
    expect(await refusal(begin("x", { ChecksumType: "COMPOSITE" }))).toMatchObject({
      message: "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
    });
  });

  test("of the whole object, computed from those of the parts", async () => {
    const upload = await begin("full", { ChecksumAlgorithm: "CRC32C", ChecksumType: "FULL_OBJECT" });
    const parts: CompletedPart[] = [];
    for (const [index, bytes] of [FIRST, SECOND, LAST].entries()) {
      const { ETag, ChecksumCRC32C } = await upload.part(index + 1, bytes);
      parts.push({ PartNumber: index + 1, ETag, ChecksumCRC32C });
    }
    const summed = { Bucket, Key: "summed", Body: WHOLE, ChecksumAlgorithm: "CRC32C" as const };
    const { ChecksumCRC32C } = await s3.client.send(new PutObjectCommand(summed));
    expect(await refusal(upload.complete(parts, { ChecksumCRC32C: "AAAAAA==" }))).toMatchObject({
      name: "BadDigest",
      message: "The crc32c you specified did not match the calculated checksum.",
    });
    expect(await upload.complete(parts, { ChecksumCRC32C })).toMatchObject({ ChecksumCRC32C });
    const wrong = await begin("wrong", { ChecksumAlgorithm: "CRC32C", ChecksumType: "FULL_OBJECT" });
    expect(await refusal(wrong.part(1, LAST, { ChecksumSHA256: sha(LAST) }))).toMatchObject({
      message:
        "Checksum Type mismatch occurred, expected checksum Type: crc32c, actual checksum Type: sha256",
    });
  });
});

test("lists parts and uploads, page by page", async () => {
  const Bucket = "listed-uploads";
  await s3.client.send(new CreateBucketCommand({ Bucket }));
  const ids: string[] = [];
  for (const Key of ["a", "a", "a", "dir/x", "dir/y", "z"]) {
    const { UploadId } = await bare.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    ids.push(String(UploadId));
  }
  const place = { Bucket, Key: "a", UploadId: ids[0] };
  for (const PartNumber of [3, 1, 2]) {
    await bare.send(new UploadPartCommand({ ...place, PartNumber, Body: LAST }));
  }
  const one = await bare.send(new ListPartsCommand({ ...place, MaxParts: 2 }));
  expect(one).toMatchObject({ IsTruncated: true, NextPartNumberMarker: "2", MaxParts: 2 });
  expect(one.Parts).toMatchObject([{ PartNumber: 1, Size: 7 }, { PartNumber: 2 }]);
  const two = await bare.send(new ListPartsCommand({ ...place, PartNumberMarker: "2" }));
  expect(two.Parts?.map((part) => part.PartNumber)).toEqual([3]);
  expect(two.IsTruncated).toBe(false);

  const seen: (string | undefined)[] = [];
  let markers: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
  for (;;) {
    const page = await bare.send(new ListMultipartUploadsCommand({ Bucket, MaxUploads: 2, ...markers }));
    seen.push(...(page.Uploads ?? []).map((upload) => upload.UploadId));
    if (!page.IsTruncated) break;
    markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
  expect(seen).toEqual(ids);
  const rolled = await bare.send(new ListMultipartUploadsCommand({ Bucket, Delimiter: "/" }));
  expect(rolled.CommonPrefixes).toEqual([{ Prefix: "dir/" }]);
  expect(rolled.Uploads?.map((upload) => upload.Key)).toEqual(["a", "a", "a", "z"]);
  const behind = await bare.send(new ListMultipartUploadsCommand({ Bucket, KeyMarker: "a" }));
  expect(behind.Uploads?.map((upload) => upload.Key)).toEqual(["dir/x", "dir/y", "z"]);
});

test("the sweep is told of every blob that an object or a part is in, and of no other", async () => {
  const upload = await begin("under way");
  await upload.part(1, LAST);
  const ids = await s3.blobIds();
  expect(ids.length).toBeGreaterThan(3);
  for (const id of ids) expect(await isBlobReferenced(s3.store, id)).toBe(true);
  expect(await isBlobReferenced(s3.store, "0".repeat(32))).toBe(false);
  await bare.send(new AbortMultipartUploadCommand(upload.place));
  const remaining = new Set(await s3.blobIds());
  const gone = ids.filter((id) => !remaining.has(id));
  expect(gone).toHaveLength(1);
  for (const id of gone) expect(await isBlobReferenced(s3.store, id)).toBe(false);
});
