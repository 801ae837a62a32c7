import { createHmac, timingSafeEqual } from "node:crypto";
import { Refusal } from "./refusals.ts";
import type { SignedRequest } from "./signature-canonical.ts";
import { formatTimestamp, type Headers, type Signature, V2_ALGORITHM } from "./signature-types.ts";

/**
 * Signature Version 2, which S3 alone still takes: what boto3 and version 1 of the AWS CLI put into a
 * presigned URL unless they are told otherwise.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
 */
export function parseSignatureV2(headers: Headers, query: string): Signature | Refusal {
  const sent = headers.authorization;
  if (sent === undefined) return parseUrl(query);
  const match = /^AWS ([^\s:]+):([A-Za-z0-9+/]{27}=)$/.exec(sent);
  if (!match) return new Refusal("unsupportedSignature");
  const [, accessKeyId = "", signature = ""] = match;
  const timeMs = Date.parse(headers["x-amz-date"] ?? headers.date ?? "");
  return {
    form: "header",
    algorithm: V2_ALGORITHM,
    credential: credentialOf(accessKeyId),
    signedHeaders: "",
    signature,
    timestamp: Number.isNaN(timeMs) ? undefined : formatTimestamp(timeMs),
    sessionToken: headers["x-amz-security-token"],
  };
}

function parseUrl(query: string): Signature | Refusal {
  const values = new URLSearchParams(query);
  const accessKeyId = values.get("AWSAccessKeyId");
  const signature = values.get("Signature");
  const expires = values.get("Expires");
  if (!accessKeyId || !signature || !expires) {
    const wording =
      "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters";
    return new Refusal("unauthenticated", wording);
  }
  if (!/^\d{1,12}$/.test(expires)) {
    return new Refusal("unauthenticated", `Invalid date (should be seconds since epoch): ${expires}`);
  }
  return {
    form: "query",
    algorithm: V2_ALGORITHM,
    credential: credentialOf(accessKeyId),
    signedHeaders: "",
    signature,
    timestamp: undefined,
    sessionToken: values.get("x-amz-security-token") ?? undefined,
    expiresAtMs: Number(expires) * 1000,
  };
}

/** It names neither day nor region. */
function credentialOf(accessKeyId: string) {
  return { accessKeyId, date: "", region: "", service: "s3", scope: "" };
}

/** Parameters of a URL that belong to the resource that is signed. */
const SIGNED_PARAMETERS = new Set([
  "accelerate",
  "acl",
  "analytics",
  "cors",
  "delete",
  "inventory",
  "lifecycle",
  "location",
  "logging",
  "metrics",
  "notification",
  "object-lock",
  "partNumber",
  "policy",
  "replication",
  "requestPayment",
  "response-cache-control",
  "response-content-disposition",
  "response-content-encoding",
  "response-content-language",
  "response-content-type",
  "response-expires",
  "restore",
  "select",
  "select-type",
  "tagging",
  "torrent",
  "uploadId",
  "uploads",
  "versionId",
  "versioning",
  "versions",
  "website",
]);

/** `resource` is the path as it was sent, with the bucket in front. */
export function stringToSignV2(request: SignedRequest, resource: string, form: Signature["form"]): string {
  const values = new URLSearchParams(form === "query" ? request.query : "");
  const one = (name: string) => request.headerValues(name).join(",").trim() || (values.get(name) ?? "");
  const amz = new Map<string, string>();
  for (const [name, value] of values) {
    const lower = name.toLowerCase();
    if (lower.startsWith("x-amz-")) amz.set(lower, value);
  }
  for (const name of request.headerNames()) {
    if (name.startsWith("x-amz-")) amz.set(name, request.headerValues(name).map(trim).join(","));
  }
  const lines = [...amz].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}:${value}\n`);
  const date = form === "query" ? one("Expires") : amz.has("x-amz-date") ? "" : one("date");
  const head = [request.method, one("content-md5"), one("content-type"), date].join("\n");
  return `${head}\n${lines.join("")}${resource}${signedQuery(request.query)}`;
}

const trim = (text: string) => text.trim();

function signedQuery(query: string): string {
  const pairs: [name: string, text: string][] = [];
  for (const part of query.split("&")) {
    const [name = "", ...rest] = part.split("=");
    if (!SIGNED_PARAMETERS.has(name)) continue;
    const value = new URLSearchParams(part).get(name) ?? "";
    pairs.push([name, rest.length > 0 ? `${name}=${value}` : name]);
  }
  pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  return pairs.length > 0 ? `?${pairs.map(([, text]) => text).join("&")}` : "";
}

/** Whether the text was signed with the secret; in constant time. */
export function isSignedV2(text: string, secret: string, signature: string): boolean {
  const expected = createHmac("sha1", secret).update(text).digest();
  const given = Buffer.from(signature, "base64");
  return given.length === expected.length && timingSafeEqual(expected, given);
}
