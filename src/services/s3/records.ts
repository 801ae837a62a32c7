import type { Key, Store, Transaction, Value } from "../../store/store.ts";
import type { Algorithm, ChecksumType } from "./checksums.ts";
import { fault } from "./faults.ts";

/** A bucket. Its rarely read configurations are settings of their own. */
export interface BucketRecord {
  readonly v: 1;
  readonly account: string;
  readonly region: string;
  readonly createdMs: number;
  /** Here and not among the settings because every write of an object reads it. */
  readonly notifications: readonly Notification[];
  /** Set when every event goes to the default event bus too. */
  readonly eventBridge?: true;
  /** Default encryption: `AES256`, or a key management service's. */
  readonly encryption: Encryption;
  readonly ownership?: "BucketOwnerEnforced" | "BucketOwnerPreferred" | "ObjectWriter";
}

/** One notification configuration of a bucket: of its two destinations it has one. */
export interface Notification {
  readonly id: string;
  readonly functionArn?: string;
  readonly queueArn?: string;
  readonly topicArn?: string;
  /** `s3:ObjectCreated:*`, … */
  readonly events: readonly string[];
  readonly prefix: string;
  readonly suffix: string;
  /** The filter's rules as they are given back: an empty value is a rule too. */
  readonly rules: readonly { readonly name: "Prefix" | "Suffix"; readonly value: string }[];
}

export interface Encryption {
  readonly algorithm: string;
  readonly kmsKeyId?: string;
  readonly bucketKey?: boolean;
}

/** Content headers and the like: what the client sent and is given back. */
export interface ObjectHeaders {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly contentDisposition?: string;
  readonly cacheControl?: string;
  /** An HTTP date. */
  readonly expires?: string;
  readonly websiteRedirectLocation?: string;
  readonly storageClass?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface Checksum {
  readonly algorithm: Algorithm;
  readonly type: ChecksumType;
  /** Base64; composite ones end in `-<parts>`. */
  readonly value: string;
}

/** An object, without its bytes: listings read these. */
export interface ObjectRecord {
  readonly v: 1;
  readonly sizeBytes: number;
  /** Hexadecimal, without quotes; of a multipart upload with `-<parts>`. */
  readonly etag: string;
  readonly modifiedMs: number;
  readonly sequencer: string;
  readonly headers: ObjectHeaders;
  readonly encryption: Encryption;
  readonly checksum: Checksum;
  /** Absent when the bytes are small: they are a record of their own then. */
  readonly blob?: string;
  readonly tags?: readonly Tag[];
  readonly acl?: string;
  /** The multipart upload the object came from, and of how many parts. */
  readonly upload?: { readonly id: string; readonly parts: number };
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** One part of a completed multipart upload, as GetObjectAttributes and partNumber give it. */
export interface PartDetail {
  readonly number: number;
  readonly sizeBytes: number;
  readonly checksum?: string;
}

export interface UploadRecord {
  readonly v: 1;
  readonly initiatedMs: number;
  readonly account: string;
  readonly headers: ObjectHeaders;
  readonly encryption: Encryption;
  readonly tags?: readonly Tag[];
  readonly acl?: string;
  /** Absent when the client named none: S3 then makes a CRC64NVME of the whole object. */
  readonly checksum?: { readonly algorithm: Algorithm; readonly type: ChecksumType };
}

export interface PartRecord {
  readonly v: 1;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly modifiedMs: number;
  readonly blob: string;
  /** Of the upload's algorithm, or CRC64NVME. */
  readonly checksum: string;
}

/** Bucket configurations that are stored as they come and read alone. */
export type SettingName = "acl" | "cors" | "policy" | "publicAccessBlock" | "tagging";

const bucketKey = (bucket: string): Key => ["s3", "bucket", bucket];
const ownedKey = (account: string, bucket: string): Key => ["s3", "owned", account, bucket];
const settingKey = (bucket: string, name: SettingName): Key => ["s3", "setting", bucket, name];
const objectKey = (bucket: string, key: string): Key => ["s3", "object", bucket, key];
const bytesKey = (bucket: string, key: string): Key => ["s3", "bytes", bucket, key];
const partsKey = (bucket: string, key: string): Key => ["s3", "parts", bucket, key];
const uploadKey = (bucket: string, key: string, id: string): Key => ["s3", "upload", bucket, key, id];
const partKey = (uploadId: string, number: number): Key => ["s3", "part", uploadId, number];
const blobKey = (id: string): Key => ["s3", "blob", id];

/** Records are written by this file alone, so what is read under a key is what was written there. */
async function read<Shape>(tx: Transaction, key: Key): Promise<Shape | undefined> {
  return (await tx.get(key)) as Shape | undefined;
}

function write(tx: Transaction, key: Key, record: object): void {
  tx.set(key, record as Value);
}

export function findBucket(tx: Transaction, bucket: string): Promise<BucketRecord | undefined> {
  return read<BucketRecord>(tx, bucketKey(bucket));
}

/** The bucket, or NoSuchBucket; a request may also say whose it must be. */
export async function getBucket(
  tx: Transaction,
  input: { readonly Bucket: string | undefined; readonly ExpectedBucketOwner?: string | undefined },
): Promise<BucketRecord> {
  const name = input.Bucket ?? "";
  const bucket = await findBucket(tx, name);
  const owner = input.ExpectedBucketOwner;
  if (owner !== undefined && !/^\d{12}$/.test(owner)) {
    const wording = "The value of the expected bucket owner parameter must be an AWS Account ID...";
    throw fault("InvalidBucketOwnerAWSAccountID", {}, `${wording} [${owner}]`);
  }
  if (!bucket) throw fault("NoSuchBucket", { BucketName: name });
  if (owner !== undefined && owner !== bucket.account) throw fault("AccessDenied");
  return bucket;
}

export function putBucket(tx: Transaction, name: string, bucket: BucketRecord): void {
  write(tx, bucketKey(name), bucket);
  tx.set(ownedKey(bucket.account, name), null);
}

/** Removes a bucket that is empty. Uploads that were never completed go with it. */
export function removeBucket(tx: Transaction, name: string, bucket: BucketRecord): void {
  tx.delete(bucketKey(name));
  tx.delete(ownedKey(bucket.account, name));
  tx.clear({ prefix: ["s3", "setting", name] });
}

/** Names of an account's buckets in order, from `from` on. */
export async function* bucketsOf(tx: Transaction, account: string, from: string): AsyncIterable<string> {
  for await (const [key] of tx.range({ prefix: ["s3", "owned", account], gte: ownedKey(account, from) })) {
    yield String(key[3]);
  }
}

export function getSetting<Shape>(
  tx: Transaction,
  bucket: string,
  name: SettingName,
): Promise<Shape | undefined> {
  return read<Shape>(tx, settingKey(bucket, name));
}

/** `setting` is plain data. */
export function putSetting(tx: Transaction, bucket: string, name: SettingName, setting: object): void {
  write(tx, settingKey(bucket, name), setting);
}

export function removeSetting(tx: Transaction, bucket: string, name: SettingName): void {
  tx.delete(settingKey(bucket, name));
}

export function findObject(tx: Transaction, bucket: string, key: string): Promise<ObjectRecord | undefined> {
  return read<ObjectRecord>(tx, objectKey(bucket, key));
}

/** Objects of a bucket by the bytes of their keys, from `from` on, or after it. */
export async function* objectsOf(
  tx: Transaction,
  bucket: string,
  from: { readonly key: string; readonly inclusive: boolean },
  limit: number,
): AsyncIterable<readonly [string, ObjectRecord]> {
  const bound = objectKey(bucket, from.key);
  const range = { prefix: ["s3", "object", bucket], ...(from.inclusive ? { gte: bound } : { gt: bound }) };
  for await (const [key, record] of tx.range(range, { limit })) {
    yield [String(key[3]), record as unknown as ObjectRecord];
  }
}

/** Where an object's bytes are: in the store when they are few, else in a blob. */
export type Stored = { readonly bytes: Uint8Array } | { readonly blob: string };

/** Writes an object over `old`, whose blob the caller deletes once the transaction has committed. */
export function putObject(
  tx: Transaction,
  place: { readonly bucket: string; readonly key: string },
  object: Omit<ObjectRecord, "blob">,
  stored: Stored,
  old: ObjectRecord | undefined,
  parts: readonly PartDetail[] | undefined = undefined,
): void {
  const { bucket, key } = place;
  if (old) removeDetails(tx, bucket, key, old, "bytes" in stored, parts !== undefined);
  if ("bytes" in stored) {
    write(tx, objectKey(bucket, key), object);
    if (stored.bytes.length) tx.set(bytesKey(bucket, key), stored.bytes);
    else tx.delete(bytesKey(bucket, key));
  } else {
    write(tx, objectKey(bucket, key), { ...object, blob: stored.blob });
    write(tx, blobKey(stored.blob), objectKey(bucket, key));
  }
  if (parts) write(tx, partsKey(bucket, key), parts);
}

/** Writes what changed about an object whose bytes stay. */
export function updateObject(tx: Transaction, bucket: string, key: string, object: ObjectRecord): void {
  write(tx, objectKey(bucket, key), object);
}

export function removeObject(tx: Transaction, bucket: string, key: string, old: ObjectRecord): void {
  removeDetails(tx, bucket, key, old, false, false);
  tx.delete(objectKey(bucket, key));
}

function removeDetails(
  tx: Transaction,
  bucket: string,
  key: string,
  old: ObjectRecord,
  keepBytes: boolean,
  keepParts: boolean,
): void {
  if (old.blob !== undefined) tx.delete(blobKey(old.blob));
  else if (old.sizeBytes > 0 && !keepBytes) tx.delete(bytesKey(bucket, key));
  if (old.upload && !keepParts) tx.delete(partsKey(bucket, key));
}

export async function getBytes(tx: Transaction, bucket: string, key: string): Promise<Uint8Array> {
  const bytes = await tx.get(bytesKey(bucket, key));
  return bytes instanceof Uint8Array ? bytes : new Uint8Array(0);
}

export async function getParts(
  tx: Transaction,
  bucket: string,
  key: string,
): Promise<readonly PartDetail[] | undefined> {
  return read<readonly PartDetail[]>(tx, partsKey(bucket, key));
}

export function putUpload(
  tx: Transaction,
  place: { readonly bucket: string; readonly key: string },
  id: string,
  upload: UploadRecord,
): void {
  write(tx, uploadKey(place.bucket, place.key, id), upload);
}

export async function getUpload(
  tx: Transaction,
  place: { readonly bucket: string; readonly key: string },
  id: string,
): Promise<UploadRecord> {
  const upload = await read<UploadRecord>(tx, uploadKey(place.bucket, place.key, id));
  if (!upload) throw fault("NoSuchUpload", { UploadId: id });
  return upload;
}

/** Uploads under way by key, then by the time they began, after a key and an upload of it. */
export async function* uploadsOf(
  tx: Transaction,
  bucket: string,
  from: { readonly key: string; readonly inclusive: boolean; readonly uploadId?: string },
): AsyncIterable<readonly [string, string, UploadRecord]> {
  const prefix: Key = ["s3", "upload", bucket];
  const bound: Key =
    from.uploadId !== undefined ? uploadKey(bucket, from.key, from.uploadId) : [...prefix, from.key];
  // Past a key means past all of its uploads: ids are hexadecimal and sort before this character.
  const after: Key = from.uploadId === undefined ? [...bound, "\u{10ffff}"] : bound;
  for await (const [key, record] of tx.range({
    prefix,
    ...(from.inclusive ? { gte: bound } : { gt: after }),
  })) {
    yield [String(key[3]), String(key[4]), record as unknown as UploadRecord];
  }
}

/** Removes an upload and its parts, and gives back the blobs that the caller deletes afterwards. */
export async function removeUpload(
  tx: Transaction,
  place: { readonly bucket: string; readonly key: string },
  id: string,
): Promise<string[]> {
  const blobs: string[] = [];
  for await (const [number, part] of partsOf(tx, id, 0)) {
    tx.delete(blobKey(part.blob));
    tx.delete(partKey(id, number));
    blobs.push(part.blob);
  }
  tx.delete(uploadKey(place.bucket, place.key, id));
  return blobs;
}

export async function* partsOf(
  tx: Transaction,
  uploadId: string,
  after: number,
  limit?: number,
): AsyncIterable<readonly [number, PartRecord]> {
  const range = { prefix: ["s3", "part", uploadId], gt: partKey(uploadId, after) };
  for await (const [key, record] of tx.range(range, limit === undefined ? {} : { limit })) {
    yield [Number(key[3]), record as unknown as PartRecord];
  }
}

/** Writes a part over the one of its number, whose blob the caller deletes afterwards. */
export async function putPart(
  tx: Transaction,
  uploadId: string,
  number: number,
  part: PartRecord,
): Promise<string | undefined> {
  const old = await read<PartRecord>(tx, partKey(uploadId, number));
  if (old) tx.delete(blobKey(old.blob));
  write(tx, partKey(uploadId, number), part);
  write(tx, blobKey(part.blob), partKey(uploadId, number));
  return old?.blob;
}

/** Whether an object or a part of an upload has its bytes in this blob: the sweep of orphans asks. */
export function isBlobReferenced(store: Store, id: string): Promise<boolean> {
  return store.transact(async (tx) => (await tx.get(blobKey(id))) !== undefined);
}
