import type * as sdk from "@aws-sdk/client-s3";
import { Fault } from "../../kernel/faults.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { checkDelete } from "./conditions.ts";
import { nextSequencer } from "./events.ts";
import { amz, fault, headerNotImplemented } from "./faults.ts";
import { checkVersion } from "./names.ts";
import { notify } from "./notify.ts";
import { type BucketRecord, findObject, getBucket, removeObject } from "./records.ts";
import { discard } from "./writes.ts";

/** Of one request. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const MAX_DELETES = 1000;

export const deletes = {
  async DeleteObject(input, context) {
    // Directory buckets alone have these two.
    if (input.IfMatchLastModifiedTime) throw headerNotImplemented(amz("if-match-last-modified-time"));
    if (input.IfMatchSize !== undefined) throw headerNotImplemented(amz("if-match-size"));
    const freed = await context.store.transact(async (tx) => {
      const bucket = await getBucket(tx, input);
      return deleteOne(tx, context, input.Bucket ?? "", bucket, {
        key: input.Key ?? "",
        versionId: input.VersionId,
        ifMatch: input.IfMatch,
      });
    });
    await discard(context, [freed]);
    return {};
  },

  async DeleteObjects(input, context) {
    const wanted = input.Delete?.Objects ?? [];
    if (wanted.length === 0 || wanted.length > MAX_DELETES) throw fault("MalformedXML");
    const { freed, Deleted, Errors } = await context.store.transact(async (tx) => {
      const bucket = await getBucket(tx, input);
      const freed: (string | undefined)[] = [];
      const Deleted: sdk.DeletedObject[] = [];
      const Errors: sdk._Error[] = [];
      for (const { Key: key = "", VersionId, ETag } of wanted) {
        const version = VersionId === undefined ? {} : { VersionId };
        try {
          const one = { key, versionId: VersionId, ifMatch: ETag };
          freed.push(await deleteOne(tx, context, input.Bucket ?? "", bucket, one));
          Deleted.push({ Key: key, ...version });
        } catch (error) {
          if (!(error instanceof Fault)) throw error;
          Errors.push({ Key: key, ...version, Code: error.code, Message: error.message });
        }
      }
      return { freed, Deleted, Errors };
    });
    await discard(context, freed);
    return {
      ...(input.Delete?.Quiet || Deleted.length === 0 ? {} : { Deleted }),
      ...(Errors.length ? { Errors } : {}),
    };
  },
} satisfies Handlers<typeof sdk>;

interface Deletion {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly ifMatch: string | undefined;
}

/** Removes an object if it is there, and gives back the blob that is free then. Faults change nothing. */
async function deleteOne(
  tx: Transaction,
  context: Context,
  bucketName: string,
  bucket: BucketRecord,
  { key, versionId, ifMatch }: Deletion,
): Promise<string | undefined> {
  checkVersion(versionId, key);
  const object = await findObject(tx, bucketName, key);
  checkDelete(key, object, ifMatch);
  if (!object) return undefined;
  removeObject(tx, bucketName, key, object);
  const sequencer = nextSequencer(context.clock.now(), object.sequencer);
  notify(tx, context, bucketName, bucket, { name: "ObjectRemoved:Delete", key, sequencer });
  return object.blob;
}
