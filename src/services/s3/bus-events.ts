import type { Cause, EventName, ObjectEvent } from "./events.ts";
import type { BusEntry } from "./outbox.ts";

/**
 * How the event bus names what happened, and why.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-mapping-troubleshooting.html
 */
const KINDS: Readonly<Record<EventName, { detailType: string; reason?: string; deletionType?: string }>> = {
  "ObjectAcl:Put": { detailType: "Object ACL Updated" },
  "ObjectCreated:CompleteMultipartUpload": {
    detailType: "Object Created",
    reason: "CompleteMultipartUpload",
  },
  "ObjectCreated:Copy": { detailType: "Object Created", reason: "CopyObject" },
  "ObjectCreated:Put": { detailType: "Object Created", reason: "PutObject" },
  "ObjectRemoved:Delete": {
    detailType: "Object Deleted",
    reason: "DeleteObject",
    deletionType: "Permanently Deleted",
  },
  "ObjectTagging:Delete": { detailType: "Object Tags Deleted" },
  "ObjectTagging:Put": { detailType: "Object Tags Added" },
};

/**
 * An object's event for the default event bus. Keys are not encoded there.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export function busEntry(cause: Cause, event: ObjectEvent): BusEntry {
  const { detailType, reason, deletionType } = KINDS[event.name];
  const { key, sizeBytes, etag, sequencer } = event;
  const detail = {
    version: "0",
    bucket: { name: cause.bucket },
    // Members that the event lacks are undefined, which JSON leaves out.
    object: { key, size: sizeBytes, etag, sequencer },
    "request-id": cause.requestId,
    requester: cause.account,
    "source-ip-address": "127.0.0.1",
    reason,
    "deletion-type": deletionType,
  };
  const bucketArn = `arn:aws:s3:::${cause.bucket}`;
  return { detailType, detail: JSON.stringify(detail), bucketArn, timeMs: cause.timeMs };
}
