import type { Transaction } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { checkAcl } from "./acl.ts";
import { checkWrite, type WriteConditions } from "./conditions.ts";
import { type EventName, nextSequencer } from "./events.ts";
import { notify } from "./notify.ts";
import {
  type BucketRecord,
  findObject,
  getBucket,
  type ObjectRecord,
  type PartDetail,
  putObject,
  type Stored,
} from "./records.ts";

/** The bucket and key that a request names. */
export interface Target extends WriteConditions {
  readonly Bucket: string | undefined;
  readonly ExpectedBucketOwner?: string | undefined;
}

/** An object about to be written, its bytes in place already. */
export interface NewObject
  extends Omit<ObjectRecord, "v" | "modifiedMs" | "sequencer" | "encryption" | "blob"> {
  readonly stored: Stored;
  readonly parts?: readonly PartDetail[];
  /** What its bucket makes of it. */
  readonly encryption: (bucket: BucketRecord) => ObjectRecord["encryption"];
}

export interface Written {
  readonly object: Omit<ObjectRecord, "blob">;
  /** The blob that nothing refers to once the transaction has committed. */
  readonly freed: string | undefined;
}

/** Writes an object and queues its notifications: one transaction makes both true, or neither. */
export async function writeObject(
  tx: Transaction,
  context: Context,
  target: Target,
  key: string,
  created: NewObject,
  event: EventName,
): Promise<Written> {
  const name = target.Bucket ?? "";
  const bucket = await getBucket(tx, target);
  const old = await findObject(tx, name, key);
  checkWrite(key, old, target);
  checkAcl(bucket, created.acl);
  const nowMs = context.clock.now();
  const { stored, parts, sizeBytes, etag, headers, checksum, tags, acl, upload } = created;
  const sequencer = nextSequencer(nowMs, old?.sequencer);
  const object: Omit<ObjectRecord, "blob"> = {
    v: 1,
    sizeBytes,
    etag,
    modifiedMs: nowMs,
    sequencer,
    headers,
    encryption: created.encryption(bucket),
    checksum,
    ...(tags && { tags }),
    ...(acl !== undefined && { acl }),
    ...(upload && { upload }),
  };
  putObject(tx, { bucket: name, key }, object, stored, old, parts);
  notify(tx, context, name, bucket, { name: event, key, sequencer, sizeBytes, etag });
  return { object, freed: old?.blob };
}

/** Runs what commits a blob, and deletes the blob when that is refused. */
export async function keepOrDiscard<Result>(
  context: Context,
  stored: Stored,
  commit: () => Promise<Result>,
): Promise<Result> {
  try {
    return await commit();
  } catch (error) {
    if ("blob" in stored) await discard(context, [stored.blob]);
    throw error;
  }
}

/** Deletes blobs that no record refers to any more. One that stays is found by the sweep. */
export async function discard({ blobs, log }: Context, ids: readonly (string | undefined)[]): Promise<void> {
  for (const id of ids) {
    if (id === undefined) continue;
    try {
      await blobs.delete(id);
    } catch (error) {
      log.warn("could not delete a blob", { blob: id, error });
    }
  }
}
