import type { HttpResponse } from "../../../kernel/http.ts";
import { eventBody, logTime, proxyResponse } from "../../proxy-event.ts";
import { type HttpCall, type Sent, sentOf } from "./call.ts";

// Format 1.0, as HTTP APIs have it: what REST APIs give functions, but for some members.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html

/** Those that the service itself writes; all others are in lower case. */
const WRITTEN: Readonly<Record<string, string>> = {
  "content-length": "Content-Length",
  host: "Host",
  "user-agent": "User-Agent",
  "x-amzn-trace-id": "X-Amzn-Trace-Id",
  "x-forwarded-for": "X-Forwarded-For",
  "x-forwarded-port": "X-Forwarded-Port",
  "x-forwarded-proto": "X-Forwarded-Proto",
};

/** Lists by name, in order of names. */
function listsOf(pairs: Iterable<readonly [string, string]>): Record<string, string[]> {
  const lists = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const list = lists.get(name);
    if (list) list.push(value);
    else lists.set(name, [value]);
  }
  return Object.fromEntries([...lists].sort(([one], [other]) => (one < other ? -1 : 1)));
}

const lastOf = (lists: Readonly<Record<string, readonly string[]>>) =>
  Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.at(-1) ?? ""]));

function headersOf(call: HttpCall, sent: Sent): Record<string, string[]> {
  const { request } = call;
  const before = call.header("x-forwarded-for");
  const added = new Map<string, string>([
    ["x-amzn-trace-id", call.header("x-amzn-trace-id") ?? `Root=${request.trace.root}`],
    ["x-forwarded-for", before === undefined ? request.sourceIp : `${before}, ${request.sourceIp}`],
    ["x-forwarded-port", call.port],
    ["x-forwarded-proto", request.scheme],
  ]);
  const pairs: [string, string][] = [];
  for (const [name, value] of [...sent.headers, ...added]) {
    const lower = name.toLowerCase();
    const own = added.get(lower);
    if (own === undefined || own === value) pairs.push([WRITTEN[lower] ?? lower, value]);
  }
  const lists = listsOf(pairs);
  for (const name of added.keys()) lists[WRITTEN[name] ?? name] = [added.get(name) ?? ""];
  return lists;
}

const NOTHING = new Uint8Array(0);

function bodyHeaders(call: HttpCall): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of ["content-type", "content-encoding"]) {
    const value = call.header(name);
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}

const orNull = <Shape extends object>(map: Shape) => (Object.keys(map).length > 0 ? map : null);

/** An event in format 1.0. */
export function eventV1(call: HttpCall, sent: Sent = sentOf(call)): Record<string, unknown> {
  const { request, match, stage, body } = call;
  const headers = headersOf(call, sent);
  const query = listsOf(new URLSearchParams(sent.query));
  return {
    version: "1.0",
    resource: resourceOf(call),
    path: sent.path,
    httpMethod: request.method,
    headers: lastOf(headers),
    multiValueHeaders: headers,
    queryStringParameters: orNull(lastOf(query)),
    multiValueQueryStringParameters: orNull(query),
    requestContext: contextV1(call),
    pathParameters: orNull(match?.parameters ?? {}),
    stageVariables: orNull(stage.variables),
    body: null,
    ...eventBody(body ?? NOTHING, bodyHeaders(call)),
  };
}

/** `/pets/{id}`, or `$default`. */
function resourceOf({ routeKey }: HttpCall): string {
  return routeKey.slice(routeKey.indexOf(" ") + 1);
}

function contextV1(call: HttpCall): Record<string, unknown> {
  const { request, stage, requestId, authorized } = call;
  const identity = (name: string) => authorized?.variables[`identity.${name}`] ?? null;
  return {
    accountId: stage.account,
    apiId: stage.apiId,
    ...(authorized && { authorizer: authorized.v1 }),
    domainName: call.domainName,
    domainPrefix: call.domainPrefix,
    extendedRequestId: requestId,
    httpMethod: request.method,
    identity: {
      accessKey: identity("accessKey"),
      accountId: identity("accountId"),
      caller: identity("caller"),
      cognitoAmr: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: request.sourceIp,
      user: identity("user"),
      userAgent: call.header("user-agent") ?? "",
      userArn: identity("userArn"),
    },
    path: call.rawPath,
    protocol: request.version,
    requestId,
    requestTime: logTime(request.receivedMs),
    requestTimeEpoch: Math.floor(request.receivedMs),
    resourceId: call.routeKey,
    resourcePath: resourceOf(call),
    stage: stage.stage.StageName,
  };
}

/** Reads a function's answer in format 1.0, which must have a status; undefined: it is malformed. */
export function readAnswerV1(payload: Uint8Array, defaultType: string): HttpResponse | undefined {
  let given: unknown;
  try {
    given = JSON.parse(Buffer.from(payload).toString());
  } catch {
    return undefined;
  }
  if (typeof given !== "object" || given === null || !("statusCode" in given)) return undefined;
  return proxyResponse(payload, { defaultType, loneString: "text" });
}
