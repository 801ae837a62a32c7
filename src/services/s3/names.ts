import { amz, fault, invalidArgument } from "./faults.ts";

/** Bytes of a key in UTF-8. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1024;

const BUCKET_NAME = /^[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/;
const FORBIDDEN_PREFIXES = ["xn--", "sthree-", "amzn-s3-demo-"];
const FORBIDDEN_SUFFIXES = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function isBucketName(name: string): boolean {
  return (
    BUCKET_NAME.test(name) &&
    !/^\d{1,3}(?:\.\d{1,3}){3}$/.test(name) &&
    !FORBIDDEN_PREFIXES.some((prefix) => name.startsWith(prefix)) &&
    !FORBIDDEN_SUFFIXES.some((suffix) => name.endsWith(suffix))
  );
}

/** The key of an object that is to be written, or KeyTooLongError. Any other text is a key. */
export function checkKey(key: string | undefined): string {
  const text = key ?? "";
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes <= MAX_KEY_BYTES) return text;
  throw fault("KeyTooLongError", { Size: String(sizeBytes), MaxSizeAllowed: String(MAX_KEY_BYTES) });
}

/** Until buckets keep versions, every object's only version is the null one. */
export function checkVersion(versionId: string | undefined, key: string): void {
  if (versionId === undefined || versionId === "null") return;
  if (!/^[A-Za-z0-9._-]{32}$/.test(versionId)) {
    throw invalidArgument("Invalid version id specified", "versionId", versionId);
  }
  throw fault("NoSuchVersion", { Key: key, VersionId: versionId });
}

const REGION = /^[a-z]{2,3}(?:-[a-z]+)+-\d+$/;

export function isRegion(name: string): boolean {
  return REGION.test(name);
}

/**
 * The region of a new bucket, from the endpoint's and what the request asks for.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
 */
export function bucketRegion(endpointRegion: string, constraint: string | undefined): string {
  if (endpointRegion === "us-east-1") {
    if (!constraint) return endpointRegion;
    if (constraint === "EU") return "eu-west-1";
    if (constraint !== "us-east-1" && isRegion(constraint)) return constraint;
    throw fault("InvalidLocationConstraint", { LocationConstraint: constraint });
  }
  if (constraint === endpointRegion) return constraint;
  if (constraint === "EU" && endpointRegion === "eu-west-1") return endpointRegion;
  const wording =
    "location constraint is incompatible for the region specific endpoint this request was sent to.";
  throw fault("IllegalLocationConstraintException", {}, `The ${constraint || "unspecified"} ${wording}`);
}

export interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
}

/** `bucket/key?versionId=…`, URL-encoded, with or without a leading slash; or an access point's ARN. */
export function parseCopySource(source: string | undefined): CopySource {
  const text = source ?? "";
  const query = /\?versionId=([^&]*)$/.exec(text);
  const path = decode((query ? text.slice(0, query.index) : text).replaceAll("+", " ")).replace(/^\//, "");
  const slash = path.indexOf("/");
  if (slash <= 0 || slash === path.length - 1) {
    throw invalidArgument("Invalid copy source object key", amz("copy-source"), amz("copy-source"));
  }
  const place = { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
  return query?.[1] ? { ...place, versionId: decode(query[1]) } : place;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidArgument("Invalid copy source encoding.", amz("copy-source"), text);
  }
}

/**
 * Keys in listings and events with `encoding-type=url`: every byte but letters, digits and `-_.*` and the
 * slash, with `+` for a space.
 */
export function encodeKey(key: string): string {
  return encodeURIComponent(key)
    .replaceAll("%2F", "/")
    .replaceAll("%20", "+")
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The least key that sorts after every key with this prefix, or undefined when there is none. */
export function afterPrefix(prefix: string): string | undefined {
  const characters = Array.from(prefix);
  for (let last = characters.pop(); last !== undefined; last = characters.pop()) {
    const code = last.codePointAt(0) ?? 0;
    // The code points between are surrogates, which UTF-8 does not have.
    const next = code === 0xd7ff ? 0xe000 : code + 1;
    if (next <= 0x10ffff) return characters.join("") + String.fromCodePoint(next);
  }
  return undefined;
}
