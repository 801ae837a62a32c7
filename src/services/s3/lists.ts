import type * as sdk from "@aws-sdk/client-s3";
import type { Context, Handlers } from "../define.ts";
import { wholeSeconds } from "./conditions.ts";
import { invalidArgument } from "./faults.ts";
import {
  decodeToken,
  encodeToken,
  keyWriter,
  listPage,
  type Page,
  pageLimit,
  type Query,
} from "./listing.ts";
import { ownerOf } from "./owners.ts";
import { getBucket, type ObjectRecord, objectsOf } from "./records.ts";

export const lists = {
  async ListObjects(input, context) {
    const write = keyWriter(input.EncodingType);
    const query = queryOf(input, input.Marker);
    const { bucket, page } = await readPage(context, input, query);
    const next = page.truncated && query.delimiter ? { NextMarker: write(page.last) } : {};
    return {
      ...headOf(input, query, page, write),
      Marker: write(input.Marker ?? ""),
      ...next,
      Contents: page.entries.map(([key, object]) => ({
        ...entryOf(write(key), object),
        Owner: ownerOf(bucket.account),
      })),
    };
  },

  async ListObjectsV2(input, context) {
    const write = keyWriter(input.EncodingType);
    const token = input.ContinuationToken;
    if (token === "")
      throw invalidArgument("The continuation token provided is incorrect", "continuation-token");
    const query = queryOf(input, token === undefined ? input.StartAfter : decodeToken(token));
    const { bucket, page } = await readPage(context, input, query);
    const owner = input.FetchOwner ? { Owner: ownerOf(bucket.account) } : {};
    return {
      ...headOf(input, query, page, write),
      KeyCount: page.entries.length + page.prefixes.length,
      Contents: page.entries.map(([key, object]) => ({ ...entryOf(write(key), object), ...owner })),
      ...(token === undefined ? {} : { ContinuationToken: token }),
      ...(input.StartAfter === undefined ? {} : { StartAfter: write(input.StartAfter) }),
      ...(page.truncated ? { NextContinuationToken: encodeToken(page.last) } : {}),
    };
  },

  /** A bucket without versioning lists each object as its null version: tools empty buckets with this. */
  async ListObjectVersions(input, context) {
    const write = keyWriter(input.EncodingType);
    if (input.VersionIdMarker && !input.KeyMarker) {
      const wording = "A version-id marker cannot be specified without a key marker.";
      throw invalidArgument(wording, "version-id-marker", input.VersionIdMarker);
    }
    const query = queryOf(input, input.KeyMarker);
    const { bucket, page } = await readPage(context, input, query);
    return {
      ...headOf(input, query, page, write),
      KeyMarker: write(input.KeyMarker ?? ""),
      VersionIdMarker: input.VersionIdMarker ?? "",
      ...(page.truncated ? { NextKeyMarker: write(page.last), NextVersionIdMarker: "null" } : {}),
      Versions: page.entries.map(([key, object]) => ({
        ...entryOf(write(key), object),
        // The model's only value here; AWS answers the object's class all the same.
        StorageClass: (object.headers.storageClass ?? "STANDARD") as sdk.ObjectVersionStorageClass,
        VersionId: "null",
        IsLatest: true,
        Owner: ownerOf(bucket.account),
      })),
    };
  },
} satisfies Handlers<typeof sdk>;

interface ListInput {
  readonly Bucket: string | undefined;
  readonly ExpectedBucketOwner?: string | undefined;
  readonly Prefix?: string | undefined;
  readonly Delimiter?: string | undefined;
  readonly MaxKeys?: number | undefined;
  readonly EncodingType?: "url" | undefined;
}

function queryOf(input: ListInput, after: string | undefined): Query {
  return {
    prefix: input.Prefix ?? "",
    delimiter: input.Delimiter ?? "",
    after: after ?? "",
    limit: pageLimit(input.MaxKeys, "maxKeys"),
  };
}

function readPage({ store }: Context, input: ListInput, query: Query) {
  const name = input.Bucket ?? "";
  return store.transact(async (tx) => {
    const bucket = await getBucket(tx, input);
    return { bucket, page: await listPage((from, limit) => objectsOf(tx, name, from, limit), query) };
  });
}

/** The members that all three listings begin with. */
function headOf(input: ListInput, query: Query, page: Page<ObjectRecord>, write: (key: string) => string) {
  return {
    Name: input.Bucket,
    Prefix: write(query.prefix),
    MaxKeys: query.limit,
    IsTruncated: page.truncated,
    ...(query.delimiter ? { Delimiter: write(query.delimiter) } : {}),
    ...(input.EncodingType ? { EncodingType: input.EncodingType } : {}),
    ...(page.prefixes.length
      ? { CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: write(prefix) })) }
      : {}),
  };
}

function entryOf(key: string, object: ObjectRecord) {
  return {
    Key: key,
    LastModified: new Date(wholeSeconds(object.modifiedMs)),
    ETag: `"${object.etag}"`,
    Size: object.sizeBytes,
    StorageClass: (object.headers.storageClass ?? "STANDARD") as sdk.ObjectStorageClass,
    ChecksumAlgorithm: [object.checksum.algorithm],
    ChecksumType: object.checksum.type,
  };
}
