import { timingSafeEqual } from "node:crypto";
import { type Family, Refusal } from "./refusals.ts";
import {
  canonicalRequest,
  hmac,
  type SignedRequest,
  sha256Hex,
  signingKey,
  stringToSign,
} from "./signature-canonical.ts";
import { parseTimestamp } from "./signature-parse.ts";
import { ALGORITHM, formatTimestamp, type Signature, V2_ALGORITHM } from "./signature-types.ts";
import { isSignedV2, stringToSignV2 } from "./signature-v2.ts";

export interface VerifyOptions {
  readonly family: Family;
  /** The service's name in a credential scope. */
  readonly signingName: string;
  readonly nowMs: number;
  /** The secret of a key, or undefined when the key or its token is not known. */
  secretOf(accessKeyId: string, sessionToken: string | undefined): string | undefined;
  /** `.` and `..` are resolved in the signed path: every service but S3. */
  readonly normalisedPath: boolean;
}

const S3_SKEW_MS = 15 * 60_000;
const SKEW_MS = 5 * 60_000;
const EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/**
 * Throws a Refusal unless the request was signed with the key's secret, lately, and for this service.
 * `payloadHash` is the last line of the canonical request. Returns the key that signs a body's chunks.
 */
export function verifySignature(
  request: SignedRequest,
  signature: Signature,
  payloadHash: string,
  options: VerifyOptions,
): Buffer {
  if (signature.algorithm !== ALGORITHM) throw new Refusal("unsupportedSignature");
  const { credential } = signature;
  const secret = options.secretOf(credential.accessKeyId, signature.sessionToken);
  if (secret === undefined) {
    throw new Refusal("unknownKey", "", { AWSAccessKeyId: credential.accessKeyId });
  }
  checkScope(signature, options);
  checkTime(signature, options);
  checkSignedHeaders(request, signature, options.family);
  const key = signingKey(secret, credential.scope);
  const rule = { normalised: options.normalisedPath };
  const timestamp = signature.timestamp ?? "";
  const canonical = canonicalRequest(request, signature, payloadHash, rule);
  const text = stringToSign(timestamp, credential.scope, canonical);
  if (equalHex(hmac(key, text), signature.signature)) return key;
  // A token may also be added to a URL after signing, as AWS IoT has it.
  if (signature.form === "query" && signature.sessionToken !== undefined) {
    const without = canonicalRequest(request, signature, payloadHash, rule, true);
    if (equalHex(hmac(key, stringToSign(timestamp, credential.scope, without)), signature.signature)) {
      return key;
    }
  }
  throw new Refusal("wrongSignature", "", {
    AWSAccessKeyId: credential.accessKeyId,
    StringToSign: text,
    SignatureProvided: signature.signature,
    StringToSignBytes: spacedHex(text),
    CanonicalRequest: canonical,
    CanonicalRequestBytes: spacedHex(canonical),
  });
}

/** The same of S3's version 2. `resource` is the path with the bucket in front. */
export function verifySignatureV2(
  request: SignedRequest,
  signature: Signature,
  resource: string,
  options: VerifyOptions,
): void {
  if (options.family !== "s3" || signature.algorithm !== V2_ALGORITHM) {
    throw new Refusal("unsupportedSignature");
  }
  const { accessKeyId } = signature.credential;
  const secret = options.secretOf(accessKeyId, signature.sessionToken);
  if (secret === undefined) throw new Refusal("unknownKey", "", { AWSAccessKeyId: accessKeyId });
  if (signature.form === "header" && signature.timestamp === undefined) {
    throw new Refusal("unauthenticated", "AWS authentication requires a valid Date or x-amz-date header");
  }
  checkTime(signature, options);
  const text = stringToSignV2(request, resource, signature.form);
  if (isSignedV2(text, secret, signature.signature)) return;
  if (/^\/[^/]+$/.test(resource)) {
    // Some clients, boto3 among them, sign a bucket's path with a slash at its end that they do not send.
    const slashed = stringToSignV2(request, `${resource}/`, signature.form);
    if (isSignedV2(slashed, secret, signature.signature)) return;
  }
  throw new Refusal("wrongSignature", "", {
    AWSAccessKeyId: accessKeyId,
    StringToSign: text,
    SignatureProvided: signature.signature,
    StringToSignBytes: spacedHex(text),
  });
}

/** Throws when a presigned URL's time is over: also where any signature is accepted. */
export function checkExpiry(signature: Signature, nowMs: number): void {
  const { expiresAtMs } = signature;
  if (expiresAtMs !== undefined && nowMs > expiresAtMs) {
    throw new Refusal("expired", "", { Expires: isoSeconds(expiresAtMs), ServerTime: isoSeconds(nowMs) });
  }
  if (signature.expiresSeconds === undefined) return;
  const signedMs = parseTimestamp(signature.timestamp ?? "") ?? 0;
  const endMs = signedMs + signature.expiresSeconds * 1000;
  if (nowMs > endMs) {
    throw new Refusal("expired", "", {
      "X-Amz-Expires": String(signature.expiresSeconds),
      Expires: isoSeconds(endMs),
      ServerTime: isoSeconds(nowMs),
    });
  }
  if (signedMs - nowMs > S3_SKEW_MS) {
    throw new Refusal("expired", "Request is not valid yet", {
      "X-Amz-Date": signature.timestamp ?? "",
      ServerTime: isoSeconds(nowMs),
    });
  }
}

/** The last line of the canonical request. S3 is told it; all others take the body's own digest. */
export function payloadHashOf(
  family: Family,
  signature: Signature,
  header: string | undefined,
  body: Uint8Array | undefined,
): string {
  if (family !== "s3") return body === undefined || body.length === 0 ? EMPTY_HASH : sha256Hex(body);
  if (signature.form === "query") return header ?? "UNSIGNED-PAYLOAD";
  if (header === undefined) {
    throw new Refusal("badRequest", "Missing required header for this request: x-amz-content-sha256");
  }
  if (!/^[0-9a-f]{64}$/.test(header) && header !== "UNSIGNED-PAYLOAD" && !header.startsWith("STREAMING-")) {
    throw new Refusal(
      "badRequest",
      "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, " +
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, " +
        "or a valid sha256 value.",
    );
  }
  return header;
}

function checkScope(signature: Signature, options: VerifyOptions): void {
  const { credential, timestamp } = signature;
  if (credential.service !== options.signingName) {
    throw malformed(
      signature,
      options.family,
      `Credential should be scoped to correct service: '${options.signingName}'. `,
    );
  }
  if (timestamp === undefined || parseTimestamp(timestamp) === undefined) {
    throw malformed(
      signature,
      options.family,
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    );
  }
  const day = timestamp.slice(0, 8);
  if (day !== credential.date) {
    throw malformed(
      signature,
      options.family,
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: " +
        `'${credential.date}' != '${day}', from '${timestamp}'.`,
    );
  }
}

function malformed(signature: Signature, family: Family, message: string): Refusal {
  if (family !== "s3") return new Refusal("wrongSignature", message);
  return new Refusal(signature.form === "query" ? "malformedSignedQuery" : "malformedSignature", message);
}

function checkTime(signature: Signature, options: VerifyOptions): void {
  if (signature.form === "query") {
    checkExpiry(signature, options.nowMs);
    return;
  }
  const timestamp = signature.timestamp ?? "";
  const aheadMs = (parseTimestamp(timestamp) ?? 0) - options.nowMs;
  const allowedMs = options.family === "s3" ? S3_SKEW_MS : SKEW_MS;
  if (Math.abs(aheadMs) <= allowedMs) return;
  const now = formatTimestamp(options.nowMs);
  const limit = formatTimestamp(options.nowMs + Math.sign(aheadMs) * allowedMs);
  const message =
    aheadMs > 0
      ? `Signature not yet current: ${timestamp} is still later than ${limit} (${now} + 5 min.)`
      : `Signature expired: ${timestamp} is now earlier than ${limit} (${now} - 5 min.)`;
  throw new Refusal("skewed", options.family === "s3" ? "" : message, {
    RequestTime: timestamp,
    ServerTime: isoSeconds(options.nowMs),
    MaxAllowedSkewMilliseconds: String(S3_SKEW_MS),
  });
}

/** A signature that leaves out the host could be replayed elsewhere; S3 wants every x-amz- header in. */
function checkSignedHeaders(request: SignedRequest, signature: Signature, family: Family): void {
  const signed = signature.signedHeaders.split(";");
  const missing = signed.includes("host") ? [] : ["host"];
  if (family === "s3") {
    for (const name of request.headerNames()) {
      if (name.startsWith("x-amz-") && !signed.includes(name)) missing.push(name);
    }
  }
  if (missing.length > 0) throw new Refusal("notSigned", "", { HeadersNotSigned: missing.join(", ") });
}

/** In constant time. */
export function equalHex(expected: Buffer, given: string): boolean {
  if (given.length !== expected.length * 2 || !/^[0-9a-f]*$/.test(given)) return false;
  return timingSafeEqual(expected, Buffer.from(given, "hex"));
}

function isoSeconds(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

function spacedHex(text: string): string {
  return Buffer.from(text)
    .toString("hex")
    .replace(/..(?!$)/g, "$& ");
}
