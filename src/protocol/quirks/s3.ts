import { Fault } from "../../kernel/faults.ts";
import { parsePairs, UnreadableBinding } from "../bindings.ts";
import type { Violation } from "../constraint-checks.ts";
import { kindOf, timestampFormat } from "../schema.ts";
import { textWriter, type Unreadable } from "../values.ts";
import type { WireRequest } from "../wire.ts";
import { escapeXml } from "../xml-codec.ts";

// Where S3 departs from restXml. Each entry says why; nothing else in protocol/ knows S3.

/**
 * Copies share method, path and query with plain writes: only the header with the source tells them.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
 */
const COPIES: Readonly<Record<string, string>> = { PutObject: "CopyObject", UploadPart: "UploadPartCopy" };

export function s3OperationName(routed: string | undefined, request: WireRequest): string | undefined {
  const copies =
    request.headers["x-amz-copy-source"] !== undefined || /(?:^|&)x-amz-copy-source=/i.test(request.query);
  return routed === undefined || !copies ? routed : (COPIES[routed] ?? routed);
}

/** Of the signature, or sums of a body that was not there yet when the URL was signed. */
const NOT_MOVED =
  /^x-amz-(algorithm|credential|date|expires|signature|signedheaders|security-token|content-sha256|checksum-.*|sdk-.*)$/;

/**
 * Who signs a URL moves the request's x-amz- headers into its query, and S3 reads them there; a header
 * of the request itself wins. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function s3Request(request: WireRequest): WireRequest {
  if (!/(?:^|&)x-amz-/i.test(request.query)) return request;
  const headers = { ...request.headers };
  for (const [key, value] of parsePairs(request.query)) {
    const name = key.toLowerCase();
    if (name.startsWith("x-amz-") && !NOT_MOVED.test(name)) headers[name] ??= value;
  }
  return { ...request, headers };
}

/** Range answers are 206, which the model does not say: they are those with a ContentRange. */
export function s3Status(
  operation: string,
  status: number,
  output: Readonly<Record<string, unknown>>,
): number {
  const ranged = operation === "GetObject" || operation === "HeadObject";
  return ranged && output.ContentRange !== undefined ? 206 : status;
}

/** The root of GetBucketLocation's answer is its only member: `<LocationConstraint>eu-west-1</…>`. */
export function s3Location(output: Readonly<Record<string, unknown>>, namespace: string): string {
  const region = output.LocationConstraint;
  const name = `LocationConstraint xmlns="${namespace}"`;
  return region === undefined || region === ""
    ? `<${name}/>`
    : `<${name}>${escapeXml(String(region))}</LocationConstraint>`;
}

/** S3's documents have milliseconds in every date, also where they are zero. */
export const s3TextWriter: typeof textWriter = (schema, fallback) => {
  const write = textWriter(schema, fallback);
  if (kindOf(schema) !== "timestamp" || timestampFormat(schema, fallback) !== "date-time") return write;
  return (value) => (value instanceof Date ? value.toISOString() : write(value));
};

/** Clients show these two where other services have x-amzn-requestid; the second is opaque. */
export function s3Headers(requestId: string): Record<string, string> {
  return { "x-amz-request-id": requestId, "x-amz-id-2": hostId(requestId) };
}

/** What a 304 must carry of the 200 it stands for (RFC 9110, 15.4.5). No fault of the model has them. */
export function s3Validators(members: Readonly<Record<string, unknown>>): Record<string, string> {
  const { ETag, LastModified } = members;
  return {
    ...(typeof ETag === "string" ? { etag: ETag } : {}),
    ...(LastModified instanceof Date ? { "last-modified": LastModified.toUTCString() } : {}),
  };
}

/** Support staff's second id of a request: here the first in base64, as long as S3's. */
export function hostId(requestId: string): string {
  return Buffer.from(requestId.padEnd(54, "+").slice(0, 54), "latin1").toString("base64");
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export function s3Unreadable(reason: Unreadable): Fault {
  if (!(reason instanceof UnreadableBinding)) return malformedXml();
  if (reason.binding === "path" || reason.binding === "Key" || reason.binding === "Bucket") {
    return new Fault("InvalidURI", "Couldn't parse the specified URI.", { members: { URI: reason.value } });
  }
  const wording = reason.message.endsWith("is not a number")
    ? `Provided ${reason.binding} not an integer or within integer range`
    : `Invalid value for ${reason.binding}`;
  return new Fault("InvalidArgument", wording, {
    members: { ArgumentName: reason.binding, ArgumentValue: reason.value },
  });
}

/** S3 has wordings of its own for what other services put into one validation message. */
export function s3Violation({ path, value, top }: Violation): Fault {
  if (top?.traits.httpPayload === 1) return new Fault("MissingRequestBodyError", "Request Body is empty");
  if (top === undefined) return malformedXml();
  const name = top.traits.httpHeader ?? top.traits.httpQuery ?? path;
  const wording =
    value === undefined
      ? `Missing required parameter for this request: '${name}'`
      : `Invalid value for ${name}`;
  const members = { ArgumentName: name, ...(value !== undefined && { ArgumentValue: String(value) }) };
  return new Fault(value === undefined ? "InvalidRequest" : "InvalidArgument", wording, { members });
}

function malformedXml(): Fault {
  return new Fault(
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
  );
}
