import { amz, fault, headerNotImplemented } from "./faults.ts";

/** What conditions are held against. */
export interface Validators {
  /** Without quotes. */
  readonly etag: string;
  readonly modifiedMs: number;
}

export interface Conditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: Date | undefined;
  readonly ifUnmodifiedSince?: Date | undefined;
}

/** Headers count seconds; what was written within one counts as written at its beginning. */
export function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

/**
 * Which condition of a read does not hold, if any. A matching If-Match overrules If-Unmodified-Since, and
 * If-None-Match stands before If-Modified-Since; a date in the future is no condition.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-reads.html
 */
function failedCondition(
  object: Validators,
  conditions: Conditions,
  nowMs: number,
): keyof Conditions | undefined {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  const modifiedMs = wholeSeconds(object.modifiedMs);
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, object.etag)) return "ifMatch";
  } else if (ifUnmodifiedSince && modifiedMs > ifUnmodifiedSince.getTime()) return "ifUnmodifiedSince";
  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, object.etag)) return "ifNoneMatch";
  } else if (ifModifiedSince) {
    const sinceMs = ifModifiedSince.getTime();
    if (sinceMs <= nowMs && modifiedMs <= sinceMs) return "ifModifiedSince";
  }
  return undefined;
}

const HEADERS: Readonly<Record<keyof Conditions, string>> = {
  ifMatch: "If-Match",
  ifNoneMatch: "If-None-Match",
  ifModifiedSince: "If-Modified-Since",
  ifUnmodifiedSince: "If-Unmodified-Since",
};

/** Throws what a read answers when its conditions do not hold: PreconditionFailed or NotModified. */
export function checkRead(object: Validators, conditions: Conditions, nowMs: number): void {
  const failed = failedCondition(object, conditions, nowMs);
  if (failed === "ifMatch" || failed === "ifUnmodifiedSince") {
    throw fault("PreconditionFailed", { Condition: HEADERS[failed] });
  }
  if (failed) {
    const lastModified = new Date(wholeSeconds(object.modifiedMs));
    throw fault("NotModified", { ETag: `"${object.etag}"`, LastModified: lastModified });
  }
}

/** The conditions of a copy on its source all answer PreconditionFailed. */
export function checkCopySource(object: Validators, conditions: Conditions, nowMs: number): void {
  const failed = failedCondition(object, conditions, nowMs);
  if (failed) throw fault("PreconditionFailed", { Condition: amz(`copy-source-${HEADERS[failed]}`) });
}

export interface WriteConditions {
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
}

/** Refuses conditions that S3 does not take on writes, before the body is read. */
export function checkWriteHeaders({ IfMatch, IfNoneMatch }: WriteConditions): void {
  if (IfMatch !== undefined && IfNoneMatch !== undefined) {
    const detail = "Multiple conditional request headers present in the request";
    throw headerNotImplemented("If-Match,If-None-Match", detail);
  }
  if (IfNoneMatch !== undefined && IfNoneMatch !== "*") throw unknownValue("If-None-Match");
  if (IfMatch === "*") throw unknownValue("If-Match");
}

/**
 * Holds a write against the object that is there.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function checkWrite(key: string, object: Validators | undefined, conditions: WriteConditions): void {
  const { IfMatch, IfNoneMatch } = conditions;
  if (IfNoneMatch !== undefined && object) throw fault("PreconditionFailed", { Condition: "If-None-Match" });
  if (IfMatch === undefined) return;
  if (!object) throw fault("NoSuchKey", { Key: key });
  if (!matches(IfMatch, object.etag)) throw fault("PreconditionFailed", { Condition: "If-Match" });
}

/** A delete may ask for `*`, any object at all; one that is gone already is no error without a condition. */
export function checkDelete(key: string, object: Validators | undefined, ifMatch: string | undefined): void {
  if (ifMatch === undefined) return;
  if (!object) throw fault("NoSuchKey", { Key: key });
  if (!matches(ifMatch, object.etag)) throw fault("PreconditionFailed", { Condition: "If-Match" });
}

/** Whether a header's list of ETags, quoted or not, has this one. */
function matches(header: string, etag: string): boolean {
  return header.split(",").some((entry) => {
    const wanted = entry
      .trim()
      .replace(/^W\//, "")
      .replace(/^"(.*)"$/s, "$1");
    return wanted === "*" || wanted === etag;
  });
}

function unknownValue(header: string) {
  const detail = `We don't accept the provided value of ${header} header for this API`;
  return headerNotImplemented(header, detail);
}
