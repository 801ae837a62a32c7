import { BlobMissing, type ByteRange } from "../../blobs/blobs.ts";
import type { ByteStream, Context } from "../define.ts";
import { fault } from "./faults.ts";
import { checkVersion } from "./names.ts";
import { findObject, getBucket, getBytes, getParts, type ObjectRecord, type PartDetail } from "./records.ts";

/** The object that a request names. */
export interface Wanted {
  readonly Bucket: string | undefined;
  readonly Key: string | undefined;
  readonly VersionId?: string | undefined;
  readonly ExpectedBucketOwner?: string | undefined;
}

export interface Found {
  readonly object: ObjectRecord;
  /** Where the object has few: its bytes. */
  readonly bytes?: Uint8Array;
  /** Where it was asked for and the object came in parts. */
  readonly parts?: readonly PartDetail[];
}

/** The object with what is asked for besides its record, as of one moment. */
export function findWanted(
  { store }: Context,
  wanted: Wanted,
  also: { readonly bytes?: boolean; readonly parts?: boolean } = {},
): Promise<Found> {
  const bucket = wanted.Bucket ?? "";
  const key = wanted.Key ?? "";
  return store.transact(async (tx) => {
    await getBucket(tx, wanted);
    checkVersion(wanted.VersionId, key);
    const object = await findObject(tx, bucket, key);
    if (!object) throw fault("NoSuchKey", { Key: key });
    const inline = also.bytes && object.blob === undefined && object.sizeBytes > 0;
    const bytes = inline ? { bytes: await getBytes(tx, bucket, key) } : {};
    const parts = also.parts && object.upload ? await getParts(tx, bucket, key) : undefined;
    return parts ? { object, ...bytes, parts } : { object, ...bytes };
  });
}

/** The bytes of an object that was found with them. */
export async function openBody(
  { blobs }: Context,
  { object, bytes }: Found,
  range: ByteRange | undefined,
): Promise<Uint8Array | ByteStream> {
  if (object.blob === undefined) {
    const whole = bytes ?? new Uint8Array(0);
    return range ? whole.subarray(range.start, range.end) : whole;
  }
  const iterator = blobs.read(object.blob, range)[Symbol.asyncIterator]();
  // The first piece is read before the answer begins: from then on the file is open, and the object may
  // be overwritten meanwhile.
  const first = await iterator.next();
  return continued(first, iterator);
}

async function* continued(
  first: IteratorResult<Uint8Array>,
  iterator: AsyncIterator<Uint8Array>,
): ByteStream {
  let ended = false;
  try {
    for (let next = first; !next.done; next = await iterator.next()) yield next.value;
    ended = true;
  } finally {
    if (!ended) await iterator.return?.();
  }
}

/**
 * Finds an object and does with its blob what `use` does. When the object is overwritten between the two,
 * and its blob is gone, both are done again with the new one.
 */
export async function withObject<Result>(
  find: () => Promise<Found>,
  use: (found: Found) => Promise<Result>,
): Promise<Result> {
  for (let last: Found | undefined; ; ) {
    const found = await find();
    try {
      return await use(found);
    } catch (error) {
      const blob = found.object.blob;
      if (!(error instanceof BlobMissing) || blob === undefined || blob === last?.object.blob) throw error;
      last = found;
    }
  }
}
