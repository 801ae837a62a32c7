import { createHash, createHmac } from "node:crypto";
import { ALGORITHM, type Signature } from "./signature-types.ts";

/** A request as its signature sees it: every byte as it came over the wire. */
export interface SignedRequest {
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
  /** All values of a header, in order. `name` is lower-case. */
  headerValues(name: string): readonly string[];
  /** Lower-case. */
  headerNames(): Iterable<string>;
}

export interface PathRule {
  /** `.`, `..` and empty segments are resolved before signing: every service but S3. */
  readonly normalised: boolean;
}

/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * `payloadHash` is the last line: a digest in hexadecimal, or one of S3's words for it.
 */
export function canonicalRequest(
  request: SignedRequest,
  signature: Signature,
  payloadHash: string,
  rule: PathRule,
  omitToken = false,
): string {
  let headers = "";
  for (const name of signature.signedHeaders.split(";")) {
    headers += `${name}:${request.headerValues(name).map(collapse).join(",")}\n`;
  }
  const path = rule.normalised ? encodePath(normalise(request.path)) : encodePath(decode(request.path));
  const query = canonicalQuery(request.query, omitToken);
  return `${request.method}\n${path}\n${query}\n${headers}\n${signature.signedHeaders}\n${payloadHash}`;
}

export function stringToSign(timestamp: string, scope: string, canonical: string): string {
  return `${ALGORITHM}\n${timestamp}\n${scope}\n${sha256Hex(canonical)}`;
}

const MOST_KEYS = 1024;
const keys = new Map<string, Buffer>();

/** The signing key of a day, region and service; remembered, for deriving one takes four digests. */
export function signingKey(secret: string, scope: string): Buffer {
  const name = `${scope}/${secret}`;
  let key = keys.get(name);
  if (!key) {
    key = scope.split("/").reduce<Buffer>((from, part) => hmac(from, part), Buffer.from(`AWS4${secret}`));
    if (keys.size >= MOST_KEYS) keys.clear();
    keys.set(name, key);
  }
  return key;
}

export function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

export function sha256Hex(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function collapse(value: string): string {
  return value.trim().replace(/\s+/g, " ");
}

/** Signs what was sent: an already encoded path is encoded once more, as the SDKs do. */
function encodePath(path: string): string {
  return path.split("/").map(encode).join("/") || "/";
}

function normalise(path: string): string {
  if (!path.startsWith("/")) return path;
  const out: string[] = [];
  const segments = path.split("/");
  for (const segment of segments) {
    if (segment === "..") out.pop();
    else if (segment !== "." && segment !== "") out.push(segment);
  }
  const last = segments.at(-1);
  const directory = out.length > 0 && (last === "" || last === "." || last === "..");
  return `/${out.join("/")}${directory ? "/" : ""}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** RFC 3986: all but the unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function canonicalQuery(query: string, omitToken: boolean): string {
  if (query === "") return "";
  const pairs: string[][] = [];
  for (const part of query.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    if (name === "X-Amz-Signature" || (omitToken && name === "X-Amz-Security-Token")) continue;
    const value = equals < 0 ? "" : part.slice(equals + 1).replaceAll("+", "%20");
    pairs.push([encode(name), encode(decode(value))]);
  }
  pairs.sort(([a = "", x = ""], [b = "", y = ""]) => compare(a, b) || compare(x, y));
  return pairs.map((pair) => pair.join("=")).join("&");
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
