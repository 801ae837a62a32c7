import type * as sdk from "@aws-sdk/client-s3";
import type { Context, Handlers, Input } from "../define.ts";
import { cannedAclOf } from "./acl.ts";
import { algorithmOf, checksumMember } from "./checksums.ts";
import { checkCopySource, checkWriteHeaders, wholeSeconds } from "./conditions.ts";
import { MAX_UPLOAD_BYTES, receive } from "./content.ts";
import { amz, fault, invalidArgument } from "./faults.ts";
import { contentHeadersOf, defined, encryptionMembers, encryptionOf, placementOf } from "./metadata.ts";
import { type CopySource, checkKey, parseCopySource } from "./names.ts";
import { type Found, findWanted, openBody, withObject } from "./reads.ts";
import type { Checksum, ObjectRecord, Stored } from "./records.ts";
import { parseTagging } from "./tagging.ts";
import { discard, keepOrDiscard, writeObject } from "./writes.ts";

type CopyInput = Input<typeof sdk.CopyObjectCommand>;

export const copies = {
  async CopyObject(input, context) {
    const source = parseCopySource(input.CopySource);
    const key = checkKey(input.Key);
    checkWriteHeaders(input);
    const placement = placementOf(input);
    const replaced = replacements(input);
    if (source.bucket === input.Bucket && source.key === key) checkChanges(input);
    const find = () => findWanted(context, sourceOf(source, input), { bytes: true });
    const { copied, object } = await withObject(find, async (found) => {
      checkSource(input, found, context.clock.now());
      return { copied: await copyBytes(input, found, context), object: found.object };
    });
    const kept = contentOf(object);
    const tags = replaced.tags ?? object.tags;
    const written = await keepOrDiscard(context, copied.stored, () =>
      context.store.transact((tx) =>
        writeObject(
          tx,
          context,
          input,
          key,
          {
            ...copied,
            headers: { ...(replaced.headers ?? kept), ...placement },
            ...defined({ tags, acl: replaced.acl }),
            encryption: (bucket) => encryptionOf(input, bucket),
          },
          "ObjectCreated:Copy",
        ),
      ),
    );
    await discard(context, [written.freed]);
    const { algorithm, type, value } = copied.checksum;
    return {
      CopyObjectResult: {
        ETag: `"${copied.etag}"`,
        LastModified: new Date(wholeSeconds(written.object.modifiedMs)),
        ...checksumMember(algorithm, value),
        ChecksumType: type,
      },
      ...encryptionMembers(written.object.encryption),
    };
  },
} satisfies Handlers<typeof sdk>;

/** What the request gives instead of the source's: content headers, tags, and the access list always. */
function replacements(input: CopyInput) {
  const metadata = directive(input.MetadataDirective, "metadata");
  const tagging = directive(input.TaggingDirective, "tagging");
  return {
    headers: metadata === "REPLACE" ? contentHeadersOf(input) : undefined,
    tags: tagging === "REPLACE" ? (parseTagging(input.Tagging) ?? []) : undefined,
    acl: cannedAclOf(input),
  };
}

function directive(value: string | undefined, kind: "metadata" | "tagging"): string {
  if (value === undefined || value === "COPY" || value === "REPLACE") return value ?? "COPY";
  throw invalidArgument(`Unknown ${kind} directive.`, amz(`${kind}-directive`), value);
}

/** An object copied onto itself must become another in something. */
function checkChanges(input: CopyInput): void {
  if (
    input.MetadataDirective === "REPLACE" ||
    input.StorageClass !== undefined ||
    input.WebsiteRedirectLocation !== undefined ||
    input.ServerSideEncryption !== undefined
  ) {
    return;
  }
  const wording =
    "This copy request is illegal because it is trying to copy an object to itself without changing the " +
    "object's metadata, storage class, website redirect location or encryption attributes.";
  throw fault("InvalidRequest", {}, wording);
}

interface SourceOwner {
  readonly ExpectedSourceBucketOwner?: string | undefined;
}

export function sourceOf(source: CopySource, { ExpectedSourceBucketOwner }: SourceOwner) {
  return {
    Bucket: source.bucket,
    Key: source.key,
    VersionId: source.versionId,
    ExpectedBucketOwner: ExpectedSourceBucketOwner,
  };
}

interface SourceConditions {
  readonly CopySourceIfMatch?: string | undefined;
  readonly CopySourceIfNoneMatch?: string | undefined;
  readonly CopySourceIfModifiedSince?: Date | undefined;
  readonly CopySourceIfUnmodifiedSince?: Date | undefined;
}

/** Holds a copy's conditions against its source. */
export function checkSourceConditions(input: SourceConditions, object: ObjectRecord, nowMs: number): void {
  const conditions = {
    ifMatch: input.CopySourceIfMatch,
    ifNoneMatch: input.CopySourceIfNoneMatch,
    ifModifiedSince: input.CopySourceIfModifiedSince,
    ifUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
  };
  checkCopySource(object, conditions, nowMs);
}

function checkSource(input: CopyInput, { object }: Found, nowMs: number): void {
  checkSourceConditions(input, object, nowMs);
  if (object.sizeBytes <= MAX_UPLOAD_BYTES) return;
  const wording = "The specified copy source is larger than the maximum allowable size for a copy source:";
  throw fault("InvalidRequest", {}, `${wording} ${MAX_UPLOAD_BYTES}`);
}

interface Copied {
  readonly stored: Stored;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly checksum: Checksum;
}

/**
 * A second set of the source's bytes. They are read only where their sums change: a copy of a multipart
 * upload is an object in one piece, and the request may name another checksum.
 */
async function copyBytes(input: CopyInput, found: Found, context: Context): Promise<Copied> {
  const { object, bytes } = found;
  const { sizeBytes, etag, checksum } = object;
  const algorithm = input.ChecksumAlgorithm ? algorithmOf(input.ChecksumAlgorithm) : checksum.algorithm;
  if (!object.upload && algorithm === checksum.algorithm) {
    const stored =
      object.blob === undefined
        ? { bytes: bytes ?? new Uint8Array(0) }
        : { blob: (await context.blobs.concat([object.blob])).id };
    return { stored, sizeBytes, etag, checksum };
  }
  const received = await receive(context.blobs, {
    body: await openBody(context, found, undefined),
    claim: undefined,
    algorithm,
    contentLength: sizeBytes,
    inline: true,
  });
  return {
    stored: received.stored,
    sizeBytes,
    etag: received.etag,
    checksum: { algorithm, type: "FULL_OBJECT", value: received.checksum },
  };
}

/** The headers that go with an object's content, without those that say where it is. */
function contentOf({ headers }: ObjectRecord) {
  const { websiteRedirectLocation: _location, storageClass: _class, ...content } = headers;
  return content;
}
