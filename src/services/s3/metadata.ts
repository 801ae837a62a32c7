import type * as sdk from "@aws-sdk/client-s3";
import type { Input } from "../define.ts";
import { amz, fault, headerNotImplemented, invalidArgument } from "./faults.ts";
import type { BucketRecord, Encryption, ObjectHeaders, ObjectRecord } from "./records.ts";

type PutInput = Input<typeof sdk.PutObjectCommand>;
type CopyInput = Input<typeof sdk.CopyObjectCommand>;
type CreateInput = Input<typeof sdk.CreateMultipartUploadCommand>;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MAX_METADATA_BYTES = 2048;

const STORAGE_CLASSES = new Set([
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER",
  "DEEP_ARCHIVE",
  "GLACIER_IR",
]);

/** Headers of a request as an object keeps them. */
export function headersOf(input: PutInput | CopyInput | CreateInput): ObjectHeaders {
  const headers = contentHeadersOf(input);
  const isPlaced = input.StorageClass !== undefined || input.WebsiteRedirectLocation !== undefined;
  return isPlaced ? { ...headers, ...placementOf(input) } : headers;
}

/** The headers that a copy takes over from its source unless it is told to replace them. */
export function contentHeadersOf(input: PutInput | CopyInput | CreateInput): ObjectHeaders {
  const contentType = input.ContentType || "binary/octet-stream";
  if (!RARE_HEADERS.some((name) => input[name] !== undefined)) return { contentType };
  return defined({
    contentType,
    contentEncoding: withoutChunking(input.ContentEncoding),
    contentLanguage: input.ContentLanguage,
    contentDisposition: input.ContentDisposition,
    cacheControl: input.CacheControl,
    expires: expiresText(input.Expires),
    metadata: checkMetadata(input.Metadata),
  });
}

/** Most objects are written without any of these. */
const RARE_HEADERS = [
  "ContentEncoding",
  "ContentLanguage",
  "ContentDisposition",
  "CacheControl",
  "Expires",
  "Metadata",
] as const;

/** Where an object is and leads to: a copy never takes these over. */
export function placementOf(input: PutInput | CopyInput | CreateInput): ObjectHeaders {
  const storageClass = input.StorageClass;
  if (storageClass !== undefined && !STORAGE_CLASSES.has(storageClass)) {
    throw fault("InvalidStorageClass", { StorageClassRequested: storageClass });
  }
  const location = input.WebsiteRedirectLocation;
  if (location !== undefined && !/^(?:\/|https?:\/\/)/.test(location)) {
    const wording = "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.";
    throw fault("InvalidRequest", {}, wording);
  }
  return defined({
    websiteRedirectLocation: location,
    storageClass: storageClass === "STANDARD" ? undefined : storageClass,
  });
}

/** Names are lower case on the wire and count with their values, without the header's prefix. */
function checkMetadata(metadata: Record<string, string> | undefined): Record<string, string> | undefined {
  const entries = Object.entries(metadata ?? {});
  if (entries.length === 0) return undefined;
  let sizeBytes = 0;
  for (const [name, value] of entries) sizeBytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  if (sizeBytes > MAX_METADATA_BYTES) {
    throw fault("MetadataTooLarge", { Size: String(sizeBytes), MaxSizeAllowed: String(MAX_METADATA_BYTES) });
  }
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
}

/** `aws-chunked` says how the request was sent and is no property of the object. */
function withoutChunking(encoding: string | undefined): string | undefined {
  const kept = encoding
    ?.split(",")
    .map((token) => token.trim())
    .filter((token) => token !== "" && token.toLowerCase() !== "aws-chunked");
  return kept?.length ? kept.join(",") : undefined;
}

function expiresText(expires: Date | undefined): string | undefined {
  return expires && !Number.isNaN(expires.getTime()) ? expires.toUTCString() : undefined;
}

/** The members with which an answer gives an object's headers back. */
function headerMembers(headers: ObjectHeaders) {
  return {
    ContentType: headers.contentType,
    ContentEncoding: headers.contentEncoding,
    ContentLanguage: headers.contentLanguage,
    ContentDisposition: headers.contentDisposition,
    CacheControl: headers.cacheControl,
    Expires: headers.expires === undefined ? undefined : new Date(headers.expires),
    WebsiteRedirectLocation: headers.websiteRedirectLocation,
    StorageClass: headers.storageClass as sdk.StorageClass | undefined,
    Metadata: headers.metadata,
  };
}

interface EncryptionInput {
  readonly ServerSideEncryption?: string | undefined;
  readonly SSEKMSKeyId?: string | undefined;
  readonly BucketKeyEnabled?: boolean | undefined;
  readonly SSECustomerAlgorithm?: string | undefined;
}

/** The encryption a new object is answered with: the request's, or its bucket's default. */
export function encryptionOf(input: EncryptionInput, bucket: BucketRecord): Encryption {
  checkCustomerKey(input);
  const algorithm = input.ServerSideEncryption;
  if (algorithm === undefined) return bucket.encryption;
  if (algorithm !== "AES256" && algorithm !== "aws:kms" && algorithm !== "aws:kms:dsse") {
    throw fault("InvalidEncryptionAlgorithmError", {
      ArgumentName: amz("server-side-encryption"),
      ArgumentValue: algorithm,
    });
  }
  if (algorithm === "AES256" && input.SSEKMSKeyId !== undefined) {
    const wording = "x-amz-server-side-encryption header is not supported for this operation.";
    throw invalidArgument(wording, amz("server-side-encryption"), algorithm);
  }
  return defined({ algorithm, kmsKeyId: input.SSEKMSKeyId, bucketKey: input.BucketKeyEnabled });
}

/** Encryption with the customer's own keys is not there: better refused than pretended. */
export function checkCustomerKey(input: { readonly SSECustomerAlgorithm?: string | undefined }): void {
  if (input.SSECustomerAlgorithm === undefined) return;
  throw headerNotImplemented(amz("server-side-encryption-customer-algorithm"));
}

export function encryptionMembers(encryption: Encryption) {
  return {
    ServerSideEncryption: encryption.algorithm as sdk.ServerSideEncryption,
    SSEKMSKeyId: encryption.kmsKeyId,
    BucketKeyEnabled: encryption.bucketKey,
  };
}

/** Members that tell of an object without its bytes: GetObject and HeadObject begin with these. */
export function objectMembers(object: ObjectRecord) {
  return {
    AcceptRanges: "bytes",
    ETag: `"${object.etag}"`,
    ...headerMembers(object.headers),
    ...encryptionMembers(object.encryption),
    ...(object.tags?.length ? { TagCount: object.tags.length } : {}),
  };
}

type Defined<Shape> = { [Name in keyof Shape]: Exclude<Shape[Name], undefined> };

/**
 * The object without members that are undefined: neither records nor answers hold any. Every write makes
 * several, and a loop costs a fifth of what `Object.entries` and `fromEntries` do.
 */
export function defined<Shape extends object>(shape: Shape): Partial<Defined<Shape>> & RequiredOf<Shape> {
  const kept: Record<string, unknown> = {};
  for (const name in shape) if (shape[name] !== undefined) kept[name] = shape[name];
  return kept as Partial<Defined<Shape>> & RequiredOf<Shape>;
}

type RequiredOf<Shape> = {
  [Name in keyof Shape as undefined extends Shape[Name] ? never : Name]: Shape[Name];
};
