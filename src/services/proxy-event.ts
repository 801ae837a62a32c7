import type { HttpHeaders } from "../kernel/http.ts";

// The events that functions behind HTTP are given, and how their answers are read: format 2.0 of HTTP APIs,
// which functions' own URLs have too.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html

export interface ProxyRequest {
  readonly method: string;
  /** As the function is to see it: HTTP APIs decode it, functions' URLs do not. */
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
  readonly headers: HttpHeaders;
  readonly body: Uint8Array | undefined;
  readonly protocol: string;
  readonly sourceIp: string;
  readonly scheme: string;
  readonly port: string;
  /** `1-5e6722a7-cc56a0b1c2d3e4f5a6b7c8d9` */
  readonly traceRoot: string;
  readonly requestId: string;
  readonly timeMs: number;
  readonly account: string;
  readonly apiId: string;
  readonly domainName: string;
  readonly domainPrefix: string;
  readonly routeKey: string;
  readonly stage: string;
  /** Whose request it is: `{ iam: … }`, `{ jwt: … }`, `{ lambda: … }`. */
  readonly authorizer?: Readonly<Record<string, unknown>> | undefined;
  readonly pathParameters?: Readonly<Record<string, string>> | undefined;
  readonly stageVariables?: Readonly<Record<string, string>> | undefined;
}

/** An event in format 2.0. What there is not has no member. */
export function eventOf(request: ProxyRequest): Record<string, unknown> {
  const { headers, cookies } = joinedHeaders(request);
  const { pathParameters, stageVariables } = request;
  const query = joinedQuery(request.query);
  return {
    version: "2.0",
    routeKey: request.routeKey,
    rawPath: request.path,
    rawQueryString: request.query,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(query && { queryStringParameters: query }),
    requestContext: contextOf(request, headers["user-agent"] ?? ""),
    ...bodyOf(request.body, headers),
    ...(pathParameters && hasMembers(pathParameters) && { pathParameters }),
    ...(stageVariables && hasMembers(stageVariables) && { stageVariables }),
  };
}

function contextOf(request: ProxyRequest, userAgent: string): Record<string, unknown> {
  const { account, apiId, authorizer, domainName, domainPrefix, requestId, routeKey, stage } = request;
  const { method, path, protocol, sourceIp, timeMs } = request;
  return {
    accountId: account,
    apiId,
    ...(authorizer && { authorizer }),
    domainName,
    domainPrefix,
    http: { method, path, protocol, sourceIp, userAgent },
    requestId,
    routeKey,
    stage,
    time: requestTime(timeMs),
    timeEpoch: Math.floor(timeMs),
  };
}

const hasMembers = (map: object) => Object.keys(map).length > 0;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `12/Mar/2020:19:03:58 +0000`: the time as web servers log it. */
export function requestTime(timeMs: number): string {
  const iso = new Date(timeMs).toISOString();
  const month = MONTHS[Number(iso.slice(5, 7)) - 1];
  return `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}

/** What concerns one connection only, and never reaches what is behind it. */
const OF_THE_CONNECTION = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Headers by name in lower case and in order, those of one name joined; cookies apart. With what is told of
 * the client and the request's trace.
 */
function joinedHeaders(request: ProxyRequest): { headers: Record<string, string>; cookies: string[] } {
  const cookies: string[] = [];
  const joined = new Map<string, string>();
  for (const [name, value] of request.headers) {
    const lower = name.toLowerCase();
    if (lower === "cookie") cookies.push(...value.split(/;\s*/).filter((cookie) => cookie !== ""));
    else if (!OF_THE_CONNECTION.has(lower)) {
      const before = joined.get(lower);
      joined.set(lower, before === undefined ? value : `${before},${value}`);
    }
  }
  for (const [name, value] of forwarded(request, joined.get("x-forwarded-for"))) joined.set(name, value);
  if (!joined.has("content-length")) joined.set("content-length", String(request.body?.length ?? 0));
  if (!joined.has("x-amzn-trace-id")) joined.set("x-amzn-trace-id", `Root=${request.traceRoot}`);
  const names = [...joined.keys()].sort();
  return { headers: Object.fromEntries(names.map((name) => [name, joined.get(name) ?? ""])), cookies };
}

/** What is behind is told who was before: each adds who asked it. */
export function forwarded(
  { sourceIp, port, scheme }: Pick<ProxyRequest, "sourceIp" | "port" | "scheme">,
  before: string | undefined,
): readonly (readonly [string, string])[] {
  return [
    ["x-forwarded-for", before === undefined ? sourceIp : `${before}, ${sourceIp}`],
    ["x-forwarded-port", port],
    ["x-forwarded-proto", scheme],
  ];
}

/** Decoded names and values in order; what comes more than once stays apart. */
export function readQuery(query: string): [string, string][] {
  if (query === "") return [];
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      if (equals < 0) return [decodeText(pair), ""];
      return [decodeText(pair.slice(0, equals)), decodeText(pair.slice(equals + 1))];
    });
}

/** What is no percent-encoding stays as it is. */
function decodeText(text: string): string {
  const spaced = text.replaceAll("+", " ");
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

function joinedQuery(query: string): Record<string, string> | undefined {
  const pairs = readQuery(query);
  if (pairs.length === 0) return undefined;
  const joined = new Map<string, string>();
  for (const [name, value] of pairs) {
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(joined);
}

const TEXT = /^(?:text\/|application\/(?:json|xml|javascript|ecmascript|x-javascript|[^;]*\+(?:json|xml)))/i;

/** Text is given as it is, all else in base64; what bears no type is text if it can be. */
function bodyOf(body: Uint8Array | undefined, headers: Readonly<Record<string, string>>) {
  if (!body?.length) return { isBase64Encoded: false };
  const text = textOf(body, headers["content-type"], headers["content-encoding"]);
  if (text !== undefined) return { body: text, isBase64Encoded: false };
  return { body: Buffer.from(body).toString("base64"), isBase64Encoded: true };
}

/** A body as text, or undefined where it is to be given in base64. */
export function textOf(
  body: Uint8Array,
  contentType: string | undefined,
  contentEncoding: string | undefined,
): string | undefined {
  if (contentEncoding !== undefined && contentEncoding !== "identity") return undefined;
  if (contentType !== undefined && !TEXT.test(contentType)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
}

/** What a function answered, as it is to reach the client. */
export interface ProxyAnswer {
  readonly status: number;
  readonly headers: [string, string][];
  readonly body: Uint8Array | string;
}

interface GivenAnswer {
  readonly statusCode?: unknown;
  readonly headers?: unknown;
  readonly cookies?: unknown;
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
}

/**
 * Reads a function's answer (JSON text) in format 2.0: what has no status is itself the body of a success.
 * undefined: it is malformed. `defaultType`: the type of a body that the function says nothing of.
 */
export function readAnswer(payload: Uint8Array, defaultType: string): ProxyAnswer | undefined {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString();
  const given = parseJson(text);
  if (given === undefined) return undefined;
  if (!isObject(given) || given.statusCode === undefined) {
    return { status: 200, headers: [["content-type", "application/json"]], body: text };
  }
  const { cookies = [] } = given as GivenAnswer;
  const status = readStatus(given.statusCode);
  const headers = readHeaders(given.headers);
  const body = readBody(given);
  if (status === undefined || !headers || body === undefined) return undefined;
  if (!Array.isArray(cookies) || !cookies.every((cookie) => typeof cookie === "string")) return undefined;
  const hasType = headers.some(([name]) => name.toLowerCase() === "content-type");
  if (!hasType && status !== 204 && status !== 304) headers.push(["content-type", defaultType]);
  for (const cookie of cookies) headers.push(["set-cookie", cookie]);
  return { status, headers, body };
}

/** 100 to 599, as a number or in digits. */
export function readStatus(given: unknown): number | undefined {
  const status = typeof given === "string" && /^\d{3}$/.test(given) ? Number(given) : given;
  const isStatus = typeof status === "number" && Number.isInteger(status) && status >= 100 && status < 600;
  return isStatus ? status : undefined;
}

/** Texts, numbers and truth values; undefined for what is none. */
export function readHeaders(given: unknown): [string, string][] | undefined {
  if (given === undefined || given === null) return [];
  if (!isObject(given)) return undefined;
  const headers: [string, string][] = [];
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === "object" && value !== null) return undefined;
    if (!isHeaderName(name)) return undefined;
    headers.push([name, headerValue(String(value ?? ""))]);
  }
  return headers;
}

const isHeaderName = (name: string) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name);

/** What cannot be in a header would end it: line breaks become spaces. */
const headerValue = (value: string) => value.replace(/[\r\n\0]+/g, " ");

/** A body must be text, or absent. */
export function readBody({ body, isBase64Encoded }: GivenAnswer): Uint8Array | string | undefined {
  if (body === undefined || body === null) return "";
  if (typeof body !== "string") return undefined;
  return isBase64Encoded === true ? Buffer.from(body, "base64") : body;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
