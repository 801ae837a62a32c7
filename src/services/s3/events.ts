import { encodeKey } from "./names.ts";
import { canonicalId } from "./owners.ts";
import type { Notification } from "./records.ts";

/** What happened to an object, as notifications name it: without the `s3:` in front. */
export type EventName =
  | "ObjectAcl:Put"
  | "ObjectCreated:CompleteMultipartUpload"
  | "ObjectCreated:Copy"
  | "ObjectCreated:Put"
  | "ObjectRemoved:Delete"
  | "ObjectTagging:Delete"
  | "ObjectTagging:Put";

export interface ObjectEvent {
  readonly name: EventName;
  readonly key: string;
  /** Absent from events that change no bytes: tags and access lists. */
  readonly sequencer?: string;
  readonly sizeBytes?: number;
  readonly etag?: string;
}

/** Whether a configuration asks for an event of a key. */
export function isWanted(notification: Notification, name: EventName, key: string): boolean {
  const { events, prefix, suffix } = notification;
  if (!key.startsWith(prefix) || !key.endsWith(suffix)) return false;
  return events.some((event) => coversEvent(event, `s3:${name}`));
}

/** Whether the first event, which may end in a star, is or includes the second. */
export function coversEvent(wide: string, event: string): boolean {
  return wide === event || (wide.endsWith(":*") && event.startsWith(wide.slice(0, -1)));
}

/**
 * Grows with every event of a key: hexadecimal microseconds, or one more than the key's last. Strings of
 * one length, so they compare as text. https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function nextSequencer(nowMs: number, last: string | undefined): string {
  const least = last === undefined ? 0 : Number.parseInt(last, 16) + 1;
  const value = Math.max(Math.floor(nowMs * 1000), least);
  return value.toString(16).toUpperCase().padStart(16, "0");
}

/** What the record tells of the request and the bucket. */
export interface Cause {
  readonly region: string;
  readonly timeMs: number;
  readonly requestId: string;
  readonly userId: string;
  /** Of who asked. */
  readonly account: string;
  readonly bucket: string;
  readonly bucketAccount: string;
}

/** The event as a function gets it. */
export function eventDocument(cause: Cause, event: ObjectEvent, configurationId: string) {
  return {
    Records: [
      {
        eventVersion: /^Object(?:Acl|Tagging):/.test(event.name) ? "2.3" : "2.1",
        eventSource: "aws:s3",
        awsRegion: cause.region,
        eventTime: new Date(cause.timeMs).toISOString(),
        eventName: event.name,
        userIdentity: { principalId: `AWS:${cause.userId}` },
        requestParameters: { sourceIPAddress: "127.0.0.1" },
        responseElements: {
          "x-amz-request-id": cause.requestId,
          "x-amz-id-2": hostId(cause.requestId),
        },
        s3: {
          s3SchemaVersion: "1.0",
          configurationId,
          bucket: {
            name: cause.bucket,
            ownerIdentity: { principalId: ownerPrincipal(cause.bucketAccount) },
            arn: bucketArn(cause.bucket),
          },
          // Members that the event lacks are undefined, which JSON leaves out.
          object: {
            key: encodeKey(event.key),
            size: event.sizeBytes,
            eTag: event.etag,
            sequencer: event.sequencer,
          },
        },
      },
    ],
  };
}

/** The second id of a request, as its answer carries it: the first in base64, as long as S3's. */
function hostId(requestId: string): string {
  return Buffer.from(requestId.padEnd(54, "+").slice(0, 54), "latin1").toString("base64");
}

/** The customer id of an account as events give it: `A` and 13 characters. */
function ownerPrincipal(account: string): string {
  return `A${canonicalId(account).slice(0, 13).toUpperCase()}`;
}

export function bucketArn(bucket: string): string {
  return `arn:aws:s3:::${bucket}`;
}

/** What a queue is sent when it becomes a destination. */
export function testEvent(bucket: string, timeMs: number, requestId: string) {
  return {
    Service: "Amazon S3",
    Event: "s3:TestEvent",
    Time: new Date(timeMs).toISOString(),
    Bucket: bucket,
    RequestId: requestId,
    HostId: hostId(requestId),
  };
}
