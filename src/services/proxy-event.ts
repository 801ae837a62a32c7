// Requests as events and answers as responses, in the payload format 2.0 that HTTP APIs and function URLs
// share. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
import { isUtf8 } from "node:buffer";
import { type HttpHeaders, type HttpRequest, type HttpResponse, OF_CONNECTIONS } from "../kernel/http.ts";

/** What the event says beside the request itself. Members that are undefined are left out of it. */
export interface ProxyPlace {
  readonly routeKey: string;
  readonly stage: string;
  /** Percent-encoded. */
  readonly path: string;
  readonly apiId: string;
  readonly domainName: string;
  /** The owner's account, or `anonymous`. */
  readonly accountId: string;
  readonly pathParameters?: Readonly<Record<string, string>> | undefined;
  readonly stageVariables?: Readonly<Record<string, string>> | undefined;
  /** `{ iam: … }`, `{ jwt: … }`, `{ lambda: … }` */
  readonly authorizer?: object | undefined;
  readonly authentication?: object | null | undefined;
}

/** The request's facts that an event is made of. */
export type ProxyRequest = Pick<
  HttpRequest,
  "method" | "scheme" | "version" | "host" | "query" | "headers" | "sourceIp" | "requestId" | "receivedMs"
> & { readonly trace: { readonly root: string } };

/** The event of one request in format 2.0; `JSON.stringify` gives the payload. */
export function proxyEvent(request: ProxyRequest, body: Uint8Array, place: ProxyPlace): object {
  const { headers, cookies } = eventHeaders(request);
  return {
    version: "2.0",
    routeKey: place.routeKey,
    rawPath: place.path,
    rawQueryString: request.query,
    ...(cookies.length > 0 ? { cookies } : {}),
    headers,
    ...(request.query === "" ? {} : { queryStringParameters: queryParameters(request.query) }),
    requestContext: {
      accountId: place.accountId,
      apiId: place.apiId,
      ...(place.authentication === undefined ? {} : { authentication: place.authentication }),
      ...(place.authorizer === undefined ? {} : { authorizer: place.authorizer }),
      domainName: place.domainName,
      domainPrefix: place.domainName.split(".", 1)[0],
      http: {
        method: request.method,
        path: place.path,
        protocol: request.version,
        sourceIp: request.sourceIp,
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: request.requestId,
      routeKey: place.routeKey,
      stage: place.stage,
      time: logTime(request.receivedMs),
      timeEpoch: Math.floor(request.receivedMs),
    },
    ...(place.pathParameters === undefined ? {} : { pathParameters: place.pathParameters }),
    ...(place.stageVariables === undefined ? {} : { stageVariables: place.stageVariables }),
    ...eventBody(body, headers),
  };
}

/** Names in lower case, the values of one joined. Cookies stand by themselves. */
function eventHeaders(request: ProxyRequest): {
  headers: Readonly<Record<string, string>>;
  cookies: string[];
} {
  const joined = new Map<string, string>();
  const cookies: string[] = [];
  for (const [name, value] of request.headers) {
    const lower = name.toLowerCase();
    if (OF_CONNECTIONS.has(lower)) continue;
    if (lower === "cookie") cookies.push(...value.split(/;\s*/).filter((cookie) => cookie !== ""));
    else join(joined, lower, value, ",");
  }
  if (!joined.has("x-amzn-trace-id")) joined.set("x-amzn-trace-id", `Root=${request.trace.root}`);
  join(joined, "x-forwarded-for", request.sourceIp, ", ");
  joined.set("x-forwarded-port", portOf(request));
  joined.set("x-forwarded-proto", request.scheme);
  return { headers: Object.fromEntries(joined), cookies };
}

function join(to: Map<string, string>, name: string, value: string, separator: string): void {
  const before = to.get(name);
  to.set(name, before === undefined ? value : before + separator + value);
}

function portOf({ host, scheme }: ProxyRequest): string {
  return /:(\d+)$/.exec(host)?.[1] ?? (scheme === "https" ? "443" : "80");
}

/** Decoded; values of one name are joined by commas. */
function queryParameters(query: string): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) join(joined, name, value, ",");
  return Object.fromEntries(joined);
}

/** Types whose bodies are text. A form is none: AWS encodes it. */
const TEXT_TYPE = /^(?:text\/.*|application\/(?:json|xml|javascript|graphql|.*\+json|.*\+xml))$/i;

/** What is no text, or is compressed, is in base64; an empty body is left out. */
export function eventBody(
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
): { readonly body?: string; readonly isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const type = headers["content-type"]?.split(";", 1)[0]?.trim();
  const isText = headers["content-encoding"] === undefined && (type === undefined || TEXT_TYPE.test(type));
  if (isText && isUtf8(bytes)) return { body: bytes.toString("utf8"), isBase64Encoded: false };
  return { body: bytes.toString("base64"), isBase64Encoded: true };
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

let latest = { second: 0, text: "" };

/** `12/Mar/2020:19:03:58 +0000` */
export function logTime(atMs: number): string {
  const second = Math.floor(atMs / 1000);
  if (second !== latest.second) latest = { second, text: timeOf(second) };
  return latest.text;
}

function timeOf(second: number): string {
  const iso = new Date(second * 1000).toISOString();
  const month = MONTHS[Number(iso.slice(5, 7)) - 1];
  return `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}

/** How the two services differ where an answer leaves something open. */
export interface AnswerRules {
  /** For an answer with a status and without a type. */
  readonly defaultType: string;
  /** A function URL gives a lone string as the JSON that it is, an HTTP API its text. */
  readonly loneString: "json" | "text";
}

/**
 * A function's answer as a response, or undefined for one that cannot be one. An answer without `statusCode`
 * is the body itself, as JSON.
 */
export function proxyResponse(payload: Uint8Array, rules: AnswerRules): HttpResponse | undefined {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8");
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (isObject(answer) && answer.statusCode !== undefined) return structured(answer, rules);
  const body = typeof answer === "string" && rules.loneString === "text" ? answer : text;
  return { status: 200, headers: [["content-type", "application/json"]], body };
}

function structured(answer: Fields, { defaultType }: AnswerRules): HttpResponse | undefined {
  const { body, isBase64Encoded } = answer;
  const head = responseHead(answer);
  if (!head) return undefined;
  const headers: (readonly [string, string])[] = [...head.headers];
  const hasType = headers.some(([name]) => name.toLowerCase() === "content-type");
  if (!hasType) headers.push(["content-type", defaultType]);
  if (body === undefined || body === null) return { status: head.status, headers };
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const isEncoded = isBase64Encoded === true || isBase64Encoded === "true";
  return { status: head.status, headers, body: isEncoded ? Buffer.from(text, "base64") : text };
}

/** The status and headers of an answer, or of what a streamed one begins with; undefined for what is none. */
export function responseHead(answer: unknown): { status: number; headers: HttpHeaders } | undefined {
  if (!isObject(answer)) return undefined;
  const status = Number(answer.statusCode ?? 200);
  if (!Number.isInteger(status) || status < 200 || status > 599) return undefined;
  const single = readHeaders(answer.headers);
  const multiple = readHeaders(answer.multiValueHeaders);
  if (!single || !multiple) return undefined;
  const { cookies = [] } = answer;
  if (!Array.isArray(cookies) || !cookies.every((cookie) => isHeaderText(cookie))) return undefined;
  const set = cookies.map((cookie) => ["set-cookie", String(cookie)] as const);
  return { status, headers: [...single, ...multiple, ...set] };
}

/** Headers of the given names (in lower case) as `x-amzn-Remapped-…`: who passes them on has his own. */
export function remapped(headers: HttpHeaders, names: ReadonlySet<string>): HttpHeaders {
  return headers.map((header) =>
    names.has(header[0].toLowerCase()) ? [`x-amzn-Remapped-${header[0]}`, header[1]] : header,
  );
}

/** What a function gives as headers, each value of a list by itself; undefined where it cannot be headers. */
export function readHeaders(given: unknown): [string, string][] | undefined {
  if (given === undefined || given === null) return [];
  if (!isObject(given)) return undefined;
  const headers: [string, string][] = [];
  for (const [name, value] of Object.entries(given)) {
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return undefined;
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one === null || one === undefined) continue;
      if (!isHeaderText(one)) return undefined;
      headers.push([name, String(one)]);
    }
  }
  return headers;
}

function isHeaderText(value: unknown): boolean {
  if (typeof value === "number" || typeof value === "boolean") return true;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what no header may hold
  return typeof value === "string" && !/[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/.test(value);
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
