import { Refusal } from "./refusals.ts";
import {
  ALGORITHM,
  type Credential,
  formatTimestamp,
  type Headers,
  MULTI_REGION_ALGORITHM,
  type Signature,
} from "./signature-types.ts";
import { parseSignatureV2 } from "./signature-v2.ts";

const WEEK_SECONDS = 604_800;

/**
 * Reads the signature of a request: undefined when it has none, a Refusal when it is malformed. Both
 * forms are described at https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
 */
export function parseSignature(headers: Headers, query: string): Signature | Refusal | undefined {
  const header = headers.authorization;
  if (header?.startsWith("AWS ")) return parseSignatureV2(headers, query);
  const presigned = query.includes("X-Amz-Algorithm=") || query.includes("X-Amz-Signature=");
  if (header !== undefined) {
    return presigned
      ? new Refusal(
          "badRequest",
          "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, " +
            "Signature query string parameter or the Authorization header should be specified",
        )
      : parseHeader(header, headers);
  }
  if (presigned) return parseQuery(query);
  return query.includes("AWSAccessKeyId=") ? parseSignatureV2(headers, query) : undefined;
}

function parseHeader(header: string, headers: Headers): Signature | Refusal {
  const space = header.indexOf(" ");
  const algorithm = space < 0 ? header : header.slice(0, space);
  if (algorithm !== ALGORITHM && algorithm !== MULTI_REGION_ALGORITHM) {
    return new Refusal("unsupportedSignature");
  }
  let credential: string | undefined;
  let signedHeaders: string | undefined;
  let signature: string | undefined;
  for (const part of header.slice(space + 1).split(",")) {
    const field = part.trim();
    const equals = field.indexOf("=");
    const value = field.slice(equals + 1);
    const name = field.slice(0, equals);
    if (name === "Credential") credential = value;
    else if (name === "SignedHeaders") signedHeaders = value;
    else if (name === "Signature") signature = value;
  }
  if (!credential || !signedHeaders || !signature) {
    return incomplete(header, { Credential: credential, Signature: signature, SignedHeaders: signedHeaders });
  }
  const parsed = readCredential(credential, algorithm);
  if (!parsed) {
    return new Refusal(
      "malformedSignature",
      "The authorization header is malformed; the Credential is mal-formed; expecting " +
        `${EXPECTED_CREDENTIAL}.`,
    );
  }
  return {
    form: "header",
    algorithm,
    credential: parsed,
    signedHeaders,
    signature,
    timestamp: headers["x-amz-date"] ?? fromDateHeader(headers.date),
    sessionToken: headers["x-amz-security-token"],
  };
}

const EXPECTED_CREDENTIAL = '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request"';

function incomplete(header: string, parts: Record<string, string | undefined>): Refusal {
  const missing = Object.keys(parts).filter((name) => !parts[name]);
  const sentences = missing.map((name) => `Authorization header requires '${name}' parameter.`);
  // The credentials' digest is as much of the header as an answer may repeat.
  return new Refusal("malformedSignature", `${sentences.join(" ")} Authorization=${header.split(" ")[0]}`);
}

/** One client sends one credential again and again: remembered, so that it is taken apart once. */
const credentials = new Map<string, Credential>();

function readCredential(text: string, algorithm: string): Credential | undefined {
  const found = credentials.get(text);
  if (found) return found;
  const parts = text.split("/");
  const multiRegion = algorithm === MULTI_REGION_ALGORITHM;
  if (parts.pop() !== "aws4_request") return undefined;
  const service = parts.pop() ?? "";
  const region = multiRegion ? "" : (parts.pop() ?? "");
  const date = parts.pop() ?? "";
  // An access key may hold slashes: what is left of the date belongs to it.
  const accessKeyId = parts.join("/");
  if (!accessKeyId || !/^\d{8}$/.test(date) || !service || !(region || multiRegion)) return undefined;
  const credential = { accessKeyId, date, region, service, scope: text.slice(accessKeyId.length + 1) };
  if (credentials.size >= 1024) credentials.clear();
  credentials.set(text, credential);
  return credential;
}

const QUERY_PARTS = [
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Signature",
  "X-Amz-Date",
  "X-Amz-SignedHeaders",
  "X-Amz-Expires",
];

function parseQuery(query: string): Signature | Refusal {
  const values = new URLSearchParams(query);
  const get = (name: string) => values.get(name) ?? "";
  if (QUERY_PARTS.some((name) => get(name) === "")) {
    return malformedQuery(
      "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, " +
        "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    );
  }
  const algorithm = get("X-Amz-Algorithm");
  if (algorithm !== ALGORITHM && algorithm !== MULTI_REGION_ALGORITHM) {
    return malformedQuery(`X-Amz-Algorithm only supports "${ALGORITHM}"`);
  }
  const credential = readCredential(get("X-Amz-Credential"), algorithm);
  if (!credential) {
    return malformedQuery(
      "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting " +
        `${EXPECTED_CREDENTIAL}.`,
    );
  }
  const timestamp = get("X-Amz-Date");
  if (parseTimestamp(timestamp) === undefined) {
    return malformedQuery("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  }
  const expires = get("X-Amz-Expires");
  const problem = problemOfExpires(expires);
  if (problem) return malformedQuery(problem);
  return {
    form: "query",
    algorithm,
    credential,
    signedHeaders: get("X-Amz-SignedHeaders"),
    signature: get("X-Amz-Signature"),
    timestamp,
    sessionToken: values.get("X-Amz-Security-Token") ?? undefined,
    expiresSeconds: Number(expires),
  };
}

function problemOfExpires(text: string): string | undefined {
  if (!/^-?\d+$/.test(text)) return "X-Amz-Expires should be a number";
  const seconds = Number(text);
  if (seconds < 0) return "X-Amz-Expires must be non-negative";
  if (seconds > WEEK_SECONDS) {
    return (
      "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less " +
      `than ${WEEK_SECONDS} seconds`
    );
  }
  return undefined;
}

const malformedQuery = (message: string) => new Refusal("malformedSignedQuery", message);

/** `Sun, 30 Aug 2015 12:36:00 GMT` as `20150830T123600Z`: it may stand in for X-Amz-Date. */
function fromDateHeader(text: string | undefined): string | undefined {
  const timeMs = Date.parse(text ?? "");
  return Number.isNaN(timeMs) ? text : formatTimestamp(timeMs);
}

/** `20150830T123600Z` as epoch milliseconds; undefined for anything else. */
export function parseTimestamp(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match.map(Number) as number[];
  const time = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
  return formatTimestamp(time) === text ? time : undefined;
}
