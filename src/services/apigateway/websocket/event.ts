import type { HttpHeaders, HttpRequest } from "../../../kernel/http.ts";
import { logTime } from "../../proxy-event.ts";
import type { CompiledStage } from "../http/compiled.ts";
import type { Connection } from "./connections.ts";

// The events of WebSocket APIs.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html

/** One thing that happens on a connection. */
export interface Happening {
  readonly type: "CONNECT" | "MESSAGE" | "DISCONNECT";
  readonly routeKey: string;
  readonly connection: Connection;
  readonly stage: CompiledStage;
  readonly requestId: string;
  readonly atMs: number;
  readonly messageId?: string;
  /** Of a message: as it was sent. */
  readonly body?: string;
  /** Of a connection's beginning. */
  readonly request?: HttpRequest;
  /** Of its end. */
  readonly closed?: { readonly code: number; readonly reason: string };
}

/** What functions find as `requestContext`, and templates as `$context`. */
export function contextOf(happening: Happening): Record<string, unknown> {
  const { type, routeKey, connection, stage, requestId, atMs, messageId, closed } = happening;
  const { authorizer } = connection;
  return {
    routeKey,
    ...(authorizer && { authorizer }),
    ...(closed && { disconnectStatusCode: closed.code }),
    ...(messageId === undefined ? {} : { messageId }),
    eventType: type,
    extendedRequestId: requestId,
    requestTime: logTime(atMs),
    messageDirection: "IN",
    ...(closed && { disconnectReason: closed.reason }),
    stage: stage.stage.StageName,
    connectedAt: connection.connectedMs,
    requestTimeEpoch: Math.floor(atMs),
    identity: identityOf(connection),
    requestId,
    domainName: connection.domainName,
    connectionId: connection.id,
    apiId: connection.apiId,
  };
}

function identityOf({ userAgent, sourceIp, signer }: Connection) {
  if (!signer) return { userAgent, sourceIp };
  const { accessKeyId: accessKey, account: accountId, arn: userArn, userId } = signer;
  return { accessKey, accountId, caller: userId, user: userId, userArn, userAgent, sourceIp };
}

/** The event that a function is given. */
export function eventOf(happening: Happening): Record<string, unknown> {
  const { stage, body, request } = happening;
  const { variables } = stage;
  return {
    ...(request ? requestMembers(request) : {}),
    ...(happening.closed ? closingMembers(happening.connection) : {}),
    requestContext: contextOf(happening),
    ...(Object.keys(variables).length > 0 && { stageVariables: variables }),
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: false,
  };
}

/** Headers and query of the request that connects, each value and the last of each name. */
export function requestMembers(request: HttpRequest): Record<string, unknown> {
  const multiValueHeaders = listsOf(connectHeaders(request));
  const query = listsOf(new URLSearchParams(request.query));
  return {
    headers: lastOf(multiValueHeaders),
    multiValueHeaders,
    ...(Object.keys(query).length > 0 && {
      queryStringParameters: lastOf(query),
      multiValueQueryStringParameters: query,
    }),
  };
}

function connectHeaders(request: HttpRequest): HttpHeaders {
  const { host, scheme, sourceIp, trace } = request;
  const hidden = new Set(["connection", "upgrade"]);
  const own = request.headers
    .filter(([name]) => !hidden.has(name.toLowerCase()))
    .map(([name, value]): [string, string] => [name.toLowerCase() === "host" ? "Host" : name, value]);
  const has = (name: string) => own.some(([each]) => each.toLowerCase() === name);
  const port = /:(\d+)$/.exec(host)?.[1] ?? (scheme === "https" ? "443" : "80");
  return [
    ...own,
    ...(has("x-amzn-trace-id") ? [] : [["X-Amzn-Trace-Id", `Root=${trace.root}`] as const]),
    ["X-Forwarded-For", sourceIp],
    ["X-Forwarded-Port", port],
    ["X-Forwarded-Proto", scheme],
  ];
}

/** What the service itself fills in where there is no request any more. */
function closingMembers({ domainName }: Connection): Record<string, unknown> {
  const headers = { Host: domainName, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": "" };
  const lists = Object.entries(headers).map(([name, value]) => [name, [value]]);
  return { headers, multiValueHeaders: Object.fromEntries(lists) };
}

export function listsOf(pairs: Iterable<readonly [string, string]>): Record<string, string[]> {
  const lists: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of pairs) {
    const list = lists[name];
    if (list) list.push(value);
    else lists[name] = [value];
  }
  return { ...lists };
}

export const lastOf = (lists: Readonly<Record<string, readonly string[]>>): Record<string, string> =>
  Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.at(-1) ?? ""]));
