import type { CorsRule } from "./options.ts";

/** What a browser says about the page that a request comes from. */
export interface CrossRequest {
  readonly origin: string;
  /** Of the request itself, or of the one that a preflight request asks for. */
  readonly method: string;
  /** Lower-case; those that a preflight request asks for. */
  readonly headers: readonly string[];
}

/**
 * The headers that let the page have the answer, or undefined when no rule allows it. The first rule
 * that fits decides.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html#cors-eval-criteria
 */
export function corsHeaders(
  rules: readonly CorsRule[],
  request: CrossRequest,
  preflight: boolean,
): Record<string, string> | undefined {
  for (const rule of rules) {
    const origin = rule.allowedOrigins.find((pattern) => matches(pattern, request.origin));
    if (origin === undefined || !rule.allowedMethods.includes(request.method)) continue;
    if (preflight && !request.headers.every((name) => allowsHeader(rule, name))) continue;
    return headersOf(rule, origin, request, preflight);
  }
  return undefined;
}

function headersOf(rule: CorsRule, origin: string, request: CrossRequest, preflight: boolean) {
  const anyone = origin === "*";
  const headers: Record<string, string> = {
    "access-control-allow-origin": anyone ? "*" : request.origin,
    "access-control-allow-methods": rule.allowedMethods.join(", "),
    vary: VARY,
  };
  if (!anyone) headers["access-control-allow-credentials"] = "true";
  if (preflight && request.headers.length > 0) {
    headers["access-control-allow-headers"] = request.headers.join(", ");
  }
  if (rule.exposeHeaders.length > 0) {
    headers["access-control-expose-headers"] = rule.exposeHeaders.join(", ");
  }
  if (rule.maxAgeSeconds !== undefined) headers["access-control-max-age"] = String(rule.maxAgeSeconds);
  return headers;
}

const VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

/** Pages that this machine serves itself may use every service, as an application under development. */
export function localCorsHeaders(request: CrossRequest, preflight: boolean): Record<string, string> {
  const headers: Record<string, string> = {
    "access-control-allow-origin": request.origin,
    "access-control-allow-credentials": "true",
    vary: VARY,
  };
  if (!preflight) {
    headers["access-control-expose-headers"] = EXPOSED;
    return headers;
  }
  headers["access-control-allow-methods"] = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
  if (request.headers.length > 0) headers["access-control-allow-headers"] = request.headers.join(", ");
  headers["access-control-max-age"] = "600";
  return headers;
}

/** What the SDKs read of an answer: a script sees no other header unless it is named. */
const EXPOSED = [
  "etag",
  "content-range",
  "x-amzn-requestid",
  "x-amzn-errortype",
  "x-amz-request-id",
  "x-amz-id-2",
  "x-amz-version-id",
  "x-amz-delete-marker",
  "x-amz-checksum-crc32",
  "x-amz-checksum-crc32c",
  "x-amz-checksum-crc64nvme",
  "x-amz-checksum-sha1",
  "x-amz-checksum-sha256",
  "x-amz-function-error",
  "x-amz-log-result",
  "x-amz-executed-version",
].join(", ");

const LOCAL_ORIGIN = /^https?:\/\/(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;

/** Whether a page of this origin is served by this machine. */
export function isLocalOrigin(origin: string): boolean {
  return LOCAL_ORIGIN.test(origin.toLowerCase());
}

function allowsHeader(rule: CorsRule, name: string): boolean {
  return rule.allowedHeaders.some((pattern) => matches(pattern.toLowerCase(), name));
}

/** At most one `*` in a pattern stands for any text. */
function matches(pattern: string, text: string): boolean {
  const star = pattern.indexOf("*");
  if (star < 0) return pattern === text;
  const end = pattern.slice(star + 1);
  return text.length >= pattern.length - 1 && text.startsWith(pattern.slice(0, star)) && text.endsWith(end);
}
