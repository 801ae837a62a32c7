import type { ByteRange } from "../../blobs/blobs.ts";
import { amz, fault, invalidArgument } from "./faults.ts";

/**
 * The bytes that a Range header asks of an object, or undefined for all of it. S3 knows one range a request
 * and passes over several, other units and what it cannot read. InvalidRange when it begins behind the end.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function parseRange(header: string, sizeBytes: number): ByteRange | undefined {
  const match = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header);
  const [, first = "", last = ""] = match ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const suffixBytes = Number(last);
    if (suffixBytes === 0 || sizeBytes === 0) throw invalidRange(header, sizeBytes);
    return { start: Math.max(0, sizeBytes - suffixBytes), end: sizeBytes };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= sizeBytes) throw invalidRange(header, sizeBytes);
  return { start, end: last === "" ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) };
}

/** The bytes of a part copy's source. Stricter than a read: both ends, and within the object. */
export function parseCopyRange(header: string, sizeBytes: number): ByteRange {
  const match = /^bytes=(\d+)-(\d+)$/.exec(header);
  const start = Number(match?.[1]);
  const last = Number(match?.[2]);
  if (!match || start > last) {
    const wording =
      "The x-amz-copy-source-range value must be of the form bytes=first-last " +
      "where first and last are the zero-based offsets of the first and last bytes to copy";
    throw invalidArgument(wording, amz("copy-source-range"), header);
  }
  if (start >= sizeBytes) {
    throw fault("InvalidRequest", {}, "The specified copy range is invalid for the source object size");
  }
  if (last >= sizeBytes) {
    const wording = `Range specified is not valid for source object of size: ${sizeBytes}`;
    throw invalidArgument(wording, amz("copy-source-range"), header);
  }
  return { start, end: last + 1 };
}

/** `bytes 0-9/100` */
export function contentRange(range: ByteRange, sizeBytes: number): string {
  return `bytes ${range.start}-${range.end - 1}/${sizeBytes}`;
}

function invalidRange(header: string, sizeBytes: number) {
  return fault("InvalidRange", { RangeRequested: header, ActualObjectSize: String(sizeBytes) });
}
