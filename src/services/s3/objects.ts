import type * as sdk from "@aws-sdk/client-s3";
import type { ByteRange } from "../../blobs/blobs.ts";
import type { Handlers, Input, Output } from "../define.ts";
import { cannedAclOf } from "./acl.ts";
import { checksumMember, claimOf } from "./checksums.ts";
import { checkRead, checkWriteHeaders, wholeSeconds } from "./conditions.ts";
import { type Body, INLINE_BYTES, receive } from "./content.ts";
import { amz, fault, invalidArgument } from "./faults.ts";
import { defined, encryptionMembers, encryptionOf, headersOf, objectMembers } from "./metadata.ts";
import { checkKey } from "./names.ts";
import { contentRange, parseRange } from "./ranges.ts";
import { type Found, findWanted, openBody, withObject } from "./reads.ts";
import { getBucket, type ObjectRecord } from "./records.ts";
import { parseTagging } from "./tagging.ts";
import { discard, keepOrDiscard, writeObject } from "./writes.ts";

export const objects = {
  async PutObject(input, context) {
    const key = checkKey(input.Key);
    checkWriteHeaders(input);
    const headers = headersOf(input);
    const given = defined({ tags: parseTagging(input.Tagging), acl: cannedAclOf(input) });
    const claim = claimOf(input);
    // A large body is not worth taking for a bucket that is not there.
    if ((input.ContentLength ?? INLINE_BYTES + 1) > INLINE_BYTES) {
      await context.store.transact(async (tx) => encryptionOf(input, await getBucket(tx, input)));
    }
    const { stored, sizeBytes, etag, algorithm, checksum } = await receive(context.blobs, {
      body: input.Body as Body | undefined,
      claim,
      contentMd5: input.ContentMD5,
      contentLength: input.ContentLength,
      inline: true,
    });
    const { object, freed } = await keepOrDiscard(context, stored, () =>
      context.store.transact((tx) =>
        writeObject(
          tx,
          context,
          input,
          key,
          {
            stored,
            sizeBytes,
            etag,
            headers,
            ...given,
            checksum: { algorithm, type: "FULL_OBJECT", value: checksum },
            encryption: (bucket) => encryptionOf(input, bucket),
          },
          "ObjectCreated:Put",
        ),
      ),
    );
    await discard(context, [freed]);
    return {
      ETag: `"${etag}"`,
      ...checksumMember(algorithm, checksum),
      ChecksumType: "FULL_OBJECT",
      ...encryptionMembers(object.encryption),
    };
  },

  async GetObject(input, context) {
    const find = () => findWanted(context, input, { bytes: true, parts: input.PartNumber !== undefined });
    return withObject(find, async (found) => {
      const { range, members } = readMembers(input, found, context.clock.now());
      const Body = await openBody(context, found, range);
      return Object.assign(members, { Body });
    });
  },

  async HeadObject(input, context) {
    const found = await findWanted(context, input, { parts: input.PartNumber !== undefined });
    return readMembers(input, found, context.clock.now()).members;
  },

  async GetObjectAttributes(input, context) {
    const wanted = new Set<string>(input.ObjectAttributes?.map((name) => name.trim()));
    for (const name of wanted) {
      if (ATTRIBUTES.has(name)) continue;
      throw invalidArgument("Invalid attribute name specified.", amz("object-attributes"), name);
    }
    const found = await findWanted(context, input, { parts: true });
    const { object } = found;
    const { algorithm, type, value } = object.checksum;
    return {
      LastModified: new Date(wholeSeconds(object.modifiedMs)),
      ...(wanted.has("ETag") ? { ETag: object.etag } : {}),
      ...(wanted.has("Checksum")
        ? { Checksum: { ...checksumMember(algorithm, value), ChecksumType: type } }
        : {}),
      ...(wanted.has("ObjectParts") ? partsMember(found, input) : {}),
      ...(wanted.has("StorageClass") ? { StorageClass: storageClassOf(object) } : {}),
      ...(wanted.has("ObjectSize") ? { ObjectSize: object.sizeBytes } : {}),
    };
  },
} satisfies Handlers<typeof sdk>;

type ReadInput = Input<typeof sdk.HeadObjectCommand>;
type Members = Output<typeof sdk.HeadObjectCommand>;

/** What a read answers besides the bytes, and which of them it is about; throws where conditions fail. */
function readMembers(input: ReadInput, found: Found, nowMs: number) {
  const { object } = found;
  const conditions = {
    ifMatch: input.IfMatch,
    ifNoneMatch: input.IfNoneMatch,
    ifModifiedSince: input.IfModifiedSince,
    ifUnmodifiedSince: input.IfUnmodifiedSince,
  };
  checkRead(object, conditions, nowMs);
  const part = input.PartNumber === undefined ? undefined : partOf(input, found, input.PartNumber);
  const range = part?.range ?? (input.Range ? parseRange(input.Range, object.sizeBytes) : undefined);
  const bytes = range ? range.end - range.start : object.sizeBytes;
  const { algorithm, type, value } = object.checksum;
  // A checksum of the whole would not match what a range gives; clients hold one against the other.
  const checksum = part ? part.checksum : range ? undefined : value;
  const members: Members = objectMembers(object);
  members.LastModified = new Date(wholeSeconds(object.modifiedMs));
  members.ContentLength = bytes;
  if (range) members.ContentRange = contentRange(range, object.sizeBytes);
  if (part?.count) members.PartsCount = part.count;
  if (input.ChecksumMode === "ENABLED" && checksum !== undefined) {
    Object.assign(members, checksumMember(algorithm, checksum), { ChecksumType: type });
  }
  for (const [member, asked] of OVERRIDES) {
    const value = input[asked];
    if (value !== undefined) Object.assign(members, { [member]: value });
  }
  return { members, range };
}

interface WantedPart {
  /** Absent for an object without bytes. */
  readonly range?: ByteRange;
  /** Of an object that came in parts. */
  readonly count?: number;
  readonly checksum?: string;
}

/** The bytes of one part; an object that was put at once is its own part 1. */
function partOf(input: ReadInput, { object, parts }: Found, number: number): WantedPart {
  if (input.Range) {
    throw fault("InvalidRequest", {}, "Cannot specify both Range header and partNumber query parameter");
  }
  checkPartNumber(number);
  const count = parts?.length ?? 1;
  if (number > count) {
    throw fault("InvalidPartNumber", {
      PartNumberRequested: String(number),
      ActualPartCount: String(count),
    });
  }
  if (!parts) {
    const checksum = object.checksum.value;
    return object.sizeBytes ? { range: { start: 0, end: object.sizeBytes }, checksum } : { checksum };
  }
  let start = 0;
  for (const earlier of parts.slice(0, number - 1)) start += earlier.sizeBytes;
  const part = parts[number - 1];
  const end = start + (part?.sizeBytes ?? 0);
  return defined({ range: end > start ? { start, end } : undefined, count, checksum: part?.checksum });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_PART_NUMBER = 10_000;

export function checkPartNumber(number: number | undefined): number {
  if (number !== undefined && Number.isInteger(number) && number >= 1 && number <= MAX_PART_NUMBER) {
    return number;
  }
  const wording = `Part number must be an integer between 1 and ${MAX_PART_NUMBER}, inclusive`;
  throw invalidArgument(wording, "partNumber", String(number));
}

/** Headers that a request may have answered otherwise than they are stored. */
const OVERRIDES = [
  ["ContentType", "ResponseContentType"],
  ["ContentLanguage", "ResponseContentLanguage"],
  ["ContentEncoding", "ResponseContentEncoding"],
  ["ContentDisposition", "ResponseContentDisposition"],
  ["CacheControl", "ResponseCacheControl"],
  ["Expires", "ResponseExpires"],
] as const;

const ATTRIBUTES = new Set(["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]);

function storageClassOf(object: ObjectRecord): sdk.StorageClass {
  return (object.headers.storageClass ?? "STANDARD") as sdk.StorageClass;
}

/** Parts one by one only where the client had them summed; their number in any case. */
function partsMember({ object, parts }: Found, input: Input<typeof sdk.GetObjectAttributesCommand>) {
  if (!parts) return {};
  const total = { TotalPartsCount: parts.length };
  if (parts[0]?.checksum === undefined) return { ObjectParts: total };
  const marker = Number(input.PartNumberMarker ?? 0);
  const most = Math.min(input.MaxParts ?? 1000, 1000);
  const behind = parts.filter((part) => part.number > marker);
  const page = behind.slice(0, most);
  return {
    ObjectParts: {
      ...total,
      PartNumberMarker: String(marker),
      NextPartNumberMarker: String(page.at(-1)?.number ?? 0),
      MaxParts: most,
      IsTruncated: behind.length > page.length,
      Parts: page.map((part) => ({
        PartNumber: part.number,
        Size: part.sizeBytes,
        ...(part.checksum ? checksumMember(object.checksum.algorithm, part.checksum) : {}),
      })),
    },
  };
}
