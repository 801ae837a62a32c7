import { createHash } from "node:crypto";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
} from "@aws-sdk/client-s3";
import { isNamed, type Place } from "./clients.ts";

/** The bucket of an account that holds what is deployed there, and the notes of every deployment. */
export function bucketOf({ account, region }: Pick<Place, "account" | "region">): string {
  return `nuage-artifacts-${account}-${region}`;
}

/** Makes the bucket unless it is there. */
async function ensureBucket(place: Place): Promise<void> {
  const { region } = place;
  // us-east-1 is the one region that may not be named: it is S3's default.
  const location = region === "us-east-1" ? {} : { LocationConstraint: region as "eu-west-1" };
  await place.s3
    .send(new CreateBucketCommand({ Bucket: bucketOf(place), CreateBucketConfiguration: location }))
    .catch((error: unknown) => {
      if (!isNamed(error, "BucketAlreadyOwnedByYou", "BucketAlreadyExists")) throw error;
    });
}

/** Does what needs the bucket, and makes it where there is none yet. */
async function withBucket<Answer>(place: Place, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (!isNamed(error, "NoSuchBucket")) throw error;
    await ensureBucket(place);
    return work();
  }
}

/** Bytes that lie in the account under a key that their contents give. */
export interface Stored {
  readonly key: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Whether they had to be sent. */
  readonly isNew: boolean;
}

/** Stores bytes once. `extension`: how their key ends, `.zip`. */
export async function store(place: Place, bytes: Uint8Array, extension: string): Promise<Stored> {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return storeAs(place, bytes, `artifacts/${sha256}${extension}`, sha256);
}

/** Stores bytes under a key that whoever made them chose, and that tells their contents too. */
export async function storeAs(
  place: Place,
  bytes: Uint8Array,
  key: string,
  sha256 = createHash("sha256").update(bytes).digest("hex"),
): Promise<Stored> {
  const stored = { key, sha256, sizeBytes: bytes.length };
  if (await hasKey(place, key)) return { ...stored, isNew: false };
  await put(place, key, bytes);
  return { ...stored, isNew: true };
}

export async function put(place: Place, key: string, bytes: Uint8Array | string): Promise<void> {
  const input = { Bucket: bucketOf(place), Key: key, Body: bytes };
  await withBucket(place, () => place.s3.send(new PutObjectCommand(input)));
}

export async function hasKey(place: Place, key: string): Promise<boolean> {
  try {
    await place.s3.send(new HeadObjectCommand({ Bucket: bucketOf(place), Key: key }));
    return true;
  } catch (error) {
    if (isNamed(error, "NotFound", "NoSuchKey", "NoSuchBucket")) return false;
    throw error;
  }
}

/** What lies under a key, or undefined. */
export async function read(place: Place, key: string): Promise<Uint8Array | undefined> {
  try {
    const { Body } = await place.s3.send(new GetObjectCommand({ Bucket: bucketOf(place), Key: key }));
    return await Body?.transformToByteArray();
  } catch (error) {
    if (isNamed(error, "NoSuchKey", "NoSuchBucket")) return undefined;
    throw error;
  }
}

export async function readJson<Document>(place: Place, key: string): Promise<Document | undefined> {
  const bytes = await read(place, key);
  return bytes && (JSON.parse(Buffer.from(bytes).toString()) as Document);
}

export async function writeJson(place: Place, key: string, document: unknown): Promise<void> {
  await put(place, key, JSON.stringify(document));
}

/** The same, but only if nothing lies there yet: whether it was the first. */
export async function writeFirst(place: Place, key: string, document: unknown): Promise<boolean> {
  const input = { Bucket: bucketOf(place), Key: key, Body: JSON.stringify(document), IfNoneMatch: "*" };
  try {
    await withBucket(place, () => place.s3.send(new PutObjectCommand(input)));
    return true;
  } catch (error) {
    if (isNamed(error, "PreconditionFailed", "ConditionalRequestConflict")) return false;
    throw error;
  }
}

/** The keys that begin so, in order. */
export async function listKeys(place: Place, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  const input = { Bucket: bucketOf(place), Prefix: prefix };
  try {
    for await (const { Contents } of paginateListObjectsV2({ client: place.s3 }, input))
      keys.push(...(Contents ?? []).flatMap(({ Key }) => Key ?? []));
  } catch (error) {
    if (!isNamed(error, "NoSuchBucket")) throw error;
  }
  return keys;
}

export async function removeKey(place: Place, key: string): Promise<void> {
  await place.s3.send(new DeleteObjectCommand({ Bucket: bucketOf(place), Key: key }));
}

/** Leaves no empty bucket behind. */
export async function removeBucketIfEmpty(place: Place): Promise<void> {
  if ((await listKeys(place, "")).length > 0) return;
  await place.s3.send(new DeleteBucketCommand({ Bucket: bucketOf(place) })).catch((error: unknown) => {
    if (!isNamed(error, "NoSuchBucket", "BucketNotEmpty")) throw error;
  });
}
