import type * as sdk from "@aws-sdk/client-s3";
import type { Context, Handlers, Input } from "../define.ts";
import { cannedAclOf, checkAcl } from "./acl.ts";
import {
  type Algorithm,
  algorithmOf,
  checksumMember,
  checksumTypeOf,
  claimOf,
  DEFAULT_ALGORITHM,
} from "./checksums.ts";
import { wholeSeconds } from "./conditions.ts";
import { type Body, claimedAlgorithm, MAX_UPLOAD_BYTES, type Received, receive } from "./content.ts";
import { checkSourceConditions, sourceOf } from "./copy.ts";
import { fault } from "./faults.ts";
import { checkCustomerKey, defined, encryptionMembers, encryptionOf, headersOf } from "./metadata.ts";
import { checkKey, parseCopySource } from "./names.ts";
import { checkPartNumber } from "./objects.ts";
import { parseCopyRange } from "./ranges.ts";
import { findWanted, openBody, withObject } from "./reads.ts";
import {
  getBucket,
  getUpload,
  type PartRecord,
  putPart,
  putUpload,
  removeUpload,
  type UploadRecord,
} from "./records.ts";
import { parseTagging } from "./tagging.ts";
import { discard, keepOrDiscard } from "./writes.ts";

export const multipart = {
  async CreateMultipartUpload(input, context) {
    const key = checkKey(input.Key);
    const checksum = checksumWanted(input);
    const headers = headersOf(input);
    const given = defined({ tags: parseTagging(input.Tagging), acl: cannedAclOf(input), checksum });
    const initiatedMs = context.clock.now();
    const id = uploadId(initiatedMs, context);
    const { encryption } = await context.store.transact(async (tx) => {
      const bucket = await getBucket(tx, input);
      checkAcl(bucket, given.acl);
      const upload: UploadRecord = {
        v: 1,
        initiatedMs,
        account: context.principal.account,
        headers,
        encryption: encryptionOf(input, bucket),
        ...given,
      };
      putUpload(tx, { bucket: input.Bucket ?? "", key }, id, upload);
      return upload;
    });
    return {
      Bucket: input.Bucket,
      Key: key,
      UploadId: id,
      ...encryptionMembers(encryption),
      ...(checksum ? { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type } : {}),
    };
  },

  async UploadPart(input, context) {
    const number = checkPartNumber(input.PartNumber);
    checkCustomerKey(input);
    const claim = claimOf(input);
    const body = input.Body as Body | undefined;
    const claimed = claimedAlgorithm(body, claim);
    const upload = await findUpload(input, context);
    checkPartClaim(upload, claimed);
    const received = await receive(context.blobs, {
      body,
      claim,
      ...keptAlgorithm(upload),
      contentMd5: input.ContentMD5,
      contentLength: input.ContentLength,
      inline: false,
    });
    await keepPart(input, context, number, received);
    const answered = claimed || upload.checksum ? checksumMember(received.algorithm, received.checksum) : {};
    return { ETag: `"${received.etag}"`, ...answered, ...encryptionMembers(upload.encryption) };
  },

  async UploadPartCopy(input, context) {
    const number = checkPartNumber(input.PartNumber);
    checkCustomerKey(input);
    const source = parseCopySource(input.CopySource);
    const upload = await findUpload(input, context);
    const find = () => findWanted(context, sourceOf(source, input), { bytes: true });
    const received = await withObject(find, async (found) => {
      const { object } = found;
      checkSourceConditions(input, object, context.clock.now());
      const asked = input.CopySourceRange;
      const range = asked === undefined ? undefined : parseCopyRange(asked, object.sizeBytes);
      const contentLength = range ? range.end - range.start : object.sizeBytes;
      if (contentLength > MAX_UPLOAD_BYTES) {
        const wording =
          "The specified copy source is larger than the maximum allowable size for a copy source:";
        throw fault("InvalidRequest", {}, `${wording} ${MAX_UPLOAD_BYTES}`);
      }
      const body = await openBody(context, found, range);
      const copied = { body, claim: undefined, contentLength, inline: false };
      return receive(context.blobs, { ...copied, ...keptAlgorithm(upload) });
    });
    const part = await keepPart(input, context, number, received);
    return {
      CopyPartResult: {
        ETag: `"${received.etag}"`,
        LastModified: new Date(wholeSeconds(part.modifiedMs)),
        ...(upload.checksum ? checksumMember(received.algorithm, received.checksum) : {}),
      },
      ...encryptionMembers(upload.encryption),
    };
  },

  async AbortMultipartUpload(input, context) {
    const place = placeOf(input);
    const freed = await context.store.transact(async (tx) => {
      await getBucket(tx, input);
      await getUpload(tx, place, input.UploadId ?? "");
      return removeUpload(tx, place, input.UploadId ?? "");
    });
    await discard(context, freed);
    return {};
  },
} satisfies Handlers<typeof sdk>;

export interface UploadInput {
  readonly Bucket: string | undefined;
  readonly Key: string | undefined;
  readonly UploadId: string | undefined;
  readonly ExpectedBucketOwner?: string | undefined;
}

export function placeOf(input: UploadInput): { readonly bucket: string; readonly key: string } {
  return { bucket: input.Bucket ?? "", key: input.Key ?? "" };
}

/** Ids of one key sort by the time at which their uploads began, as AWS lists them. */
function uploadId(nowMs: number, { ids }: Context): string {
  return (
    Math.floor(nowMs * 1000)
      .toString(16)
      .padStart(16, "0") + ids.hex(48)
  );
}

function checksumWanted(input: Input<typeof sdk.CreateMultipartUploadCommand>): UploadRecord["checksum"] {
  if (input.ChecksumAlgorithm !== undefined) {
    const algorithm = algorithmOf(input.ChecksumAlgorithm);
    return { algorithm, type: checksumTypeOf(algorithm, input.ChecksumType) };
  }
  if (input.ChecksumType === undefined) return undefined;
  const wording = "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.";
  throw fault("InvalidRequest", {}, wording);
}

function findUpload(input: UploadInput, { store }: Context): Promise<UploadRecord> {
  return store.transact(async (tx) => {
    await getBucket(tx, input);
    return getUpload(tx, placeOf(input), input.UploadId ?? "");
  });
}

/** Parts must be summed as the upload was begun; an upload without an algorithm takes any. */
function checkPartClaim({ checksum }: UploadRecord, claimed: Algorithm | undefined): void {
  if (!checksum || claimed === checksum.algorithm) return;
  if (!claimed && checksum.type === "FULL_OBJECT") return;
  const actual = claimed?.toLowerCase() ?? "null";
  const expected = checksum.algorithm.toLowerCase();
  const wording = `Checksum Type mismatch occurred, expected checksum Type: ${expected}`;
  throw fault("InvalidRequest", {}, `${wording}, actual checksum Type: ${actual}`);
}

/** The sum that a part is kept with, because the whole object's is made of the parts'. */
function keptAlgorithm({ checksum }: UploadRecord) {
  const algorithm = checksum?.algorithm ?? DEFAULT_ALGORITHM;
  return { algorithm, keep: algorithm };
}

/** Writes a part over an earlier one of its number. */
async function keepPart(
  input: UploadInput,
  context: Context,
  number: number,
  received: Received,
): Promise<PartRecord> {
  const { stored, sizeBytes, etag, kept } = received;
  const { part, freed } = await keepOrDiscard(context, stored, () =>
    context.store.transact(async (tx) => {
      await getUpload(tx, placeOf(input), input.UploadId ?? "");
      const modifiedMs = context.clock.now();
      const blob = "blob" in stored ? stored.blob : "";
      const part: PartRecord = { v: 1, sizeBytes, etag, modifiedMs, blob, checksum: kept };
      return { part, freed: await putPart(tx, input.UploadId ?? "", number, part) };
    }),
  );
  await discard(context, [freed]);
  return part;
}
