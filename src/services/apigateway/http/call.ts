import { type HttpRequest, OF_CONNECTIONS } from "../../../kernel/http.ts";
import type { Background } from "../../define.ts";
import { logTime } from "../../proxy-event.ts";
import { apiHost } from "../addresses.ts";
import type { CompiledStage } from "./compiled.ts";
import type { Match } from "./routing.ts";

/** What became known of the caller by an authorizer. */
export interface Authorized {
  /** As functions find it in `requestContext.authorizer` of format 2.0. */
  readonly v2: Readonly<Record<string, unknown>>;
  /** And in format 1.0. */
  readonly v1: Readonly<Record<string, unknown>>;
  /** `$context.authorizer.…`, `$context.identity.…` */
  readonly variables: Readonly<Record<string, string>>;
}

/** What of a request a function is given: as it came, or as a mapping changed it. */
export interface Sent {
  readonly path: string;
  readonly query: string;
  readonly headers: readonly (readonly [string, string])[];
}

export const sentOf = ({ rawPath: path, request: { query }, passedHeaders: headers }: HttpCall): Sent => ({
  path,
  query,
  headers,
});

/** One request to an HTTP API, and what it comes to. */
export class HttpCall {
  readonly world: Background;
  readonly request: HttpRequest;
  readonly stage: CompiledStage;
  readonly requestId: string;
  /** Decoded, with the stage's name where it is not `$default`: as functions see it. */
  readonly rawPath: string;
  /** Decoded, below the stage: what routes are chosen by. */
  readonly path: string;
  readonly domainName: string;
  readonly domainPrefix: string;
  match: Match | undefined;
  body: Uint8Array | undefined;
  authorized: Authorized | undefined;
  readonly #headers = new Map<string, string>();
  /** What access logs tell of the integration, the authorizer and of errors. */
  readonly outcome: {
    integrationStatus?: number;
    integrationLatencyMs?: number;
    integrationError?: string;
    integrationRequestId?: string;
    authorizerError?: string;
    authorizerStatus?: number;
    authorizerLatencyMs?: number;
    errorMessage?: string;
    errorType?: string;
    status?: number;
    responseBytes?: number;
    latencyMs?: number;
  } = {};

  constructor(
    world: Background,
    request: HttpRequest,
    stage: CompiledStage,
    given: { readonly requestId: string; readonly path: string; readonly isMapped: boolean },
  ) {
    this.world = world;
    this.request = request;
    this.stage = stage;
    this.requestId = given.requestId;
    this.path = given.path;
    const name = stage.stage.StageName;
    this.rawPath = name === "$default" ? given.path : `/${name}${given.path}`;
    for (const [header, value] of request.headers) {
      const lower = header.toLowerCase();
      const before = this.#headers.get(lower);
      this.#headers.set(lower, before === undefined ? value : `${before},${value}`);
    }
    const own = request.label !== "" || given.isMapped;
    this.domainName = own ? request.host : apiHost(stage, request.base);
    this.domainPrefix = this.domainName.slice(0, this.domainName.indexOf("."));
  }

  /** By its name in lower case; several are joined by commas. */
  header(name: string): string | undefined {
    return this.#headers.get(name);
  }

  /** What reaches a function: nothing that concerns the client's connection alone, and always the length. */
  get passedHeaders(): [string, string][] {
    const passed: [string, string][] = [];
    for (const [name, value] of this.request.headers) {
      if (!OF_CONNECTIONS.has(name.toLowerCase())) passed.push([name, value]);
    }
    if (!this.#headers.has("content-length")) {
      passed.push(["content-length", String(this.body?.length ?? 0)]);
    }
    return passed;
  }

  get headerBytes(): number {
    let bytes = this.request.method.length + this.request.path.length + this.request.query.length;
    for (const [name, value] of this.#headers) bytes += name.length + value.length;
    return bytes;
  }

  /** Values of one name, joined by commas. */
  query(name: string): string | undefined {
    const values = new URLSearchParams(this.request.query).getAll(name);
    return values.length === 0 ? undefined : values.join(",");
  }

  get routeKey(): string {
    return this.match?.route.RouteKey ?? "";
  }

  get port(): string {
    const port = /:(\d+)$/.exec(this.request.host)?.[1];
    return port ?? (this.request.scheme === "https" ? "443" : "80");
  }

  /**
   * What the request is for, as policies and permissions name it: for a route with a path the API, the
   * stage, the method and the path that is given.
   */
  arn(path: string): string {
    return this.routeKey === "$default" && path === "$default"
      ? `${this.stage.arn}/$default`
      : `${this.stage.arn}/${this.request.method}${path}`;
  }

  /** Of the route itself: `…/GET/pets/{id}`, `…/$default`. */
  get routeArn(): string {
    const space = this.routeKey.indexOf(" ");
    return this.arn(space < 0 ? "$default" : this.routeKey.slice(space + 1));
  }

  /** The value of `$context.<name>`. */
  readonly variable = (name: string): string | undefined => {
    const make = VARIABLES[name];
    if (make) return textOf(make(this));
    if (name.startsWith("authorizer.") || name.startsWith("identity.")) {
      return this.authorized?.variables[name];
    }
    return undefined;
  };
}

function textOf(value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html */
const VARIABLES: Readonly<Record<string, (call: HttpCall) => string | number | undefined>> = {
  accountId: ({ stage }) => stage.account,
  apiId: ({ stage }) => stage.apiId,
  "authorizer.error": ({ outcome }) => outcome.authorizerError,
  "authorizer.latency": ({ outcome }) => outcome.authorizerLatencyMs,
  "authorizer.status": ({ outcome }) => outcome.authorizerStatus,
  awsEndpointRequestId: ({ outcome }) => outcome.integrationRequestId,
  dataProcessed: ({ outcome, body }) => (body?.length ?? 0) + (outcome.responseBytes ?? 0),
  domainName: ({ domainName }) => domainName,
  domainPrefix: ({ domainPrefix }) => domainPrefix,
  "error.message": ({ outcome }) => outcome.errorMessage,
  "error.messageString": ({ outcome }) => outcome.errorMessage && JSON.stringify(outcome.errorMessage),
  "error.responseType": ({ outcome }) => outcome.errorType,
  extendedRequestId: ({ requestId }) => requestId,
  httpMethod: ({ request }) => request.method,
  "identity.sourceIp": ({ request }) => request.sourceIp,
  "identity.userAgent": (call) => call.header("user-agent"),
  "integration.error": ({ outcome }) => outcome.integrationError,
  "integration.integrationStatus": ({ outcome }) => outcome.integrationStatus,
  "integration.latency": ({ outcome }) => outcome.integrationLatencyMs,
  "integration.requestId": ({ outcome }) => outcome.integrationRequestId,
  "integration.status": ({ outcome }) => outcome.integrationStatus,
  integrationErrorMessage: ({ outcome }) => outcome.integrationError,
  integrationLatency: ({ outcome }) => outcome.integrationLatencyMs,
  integrationStatus: ({ outcome }) => outcome.integrationStatus,
  path: ({ rawPath }) => rawPath,
  protocol: ({ request }) => request.version,
  requestId: ({ requestId }) => requestId,
  requestTime: ({ request }) => logTime(request.receivedMs),
  requestTimeEpoch: ({ request }) => Math.floor(request.receivedMs),
  responseLatency: ({ outcome }) => outcome.latencyMs,
  responseLength: ({ outcome }) => outcome.responseBytes,
  routeKey: ({ routeKey }) => routeKey,
  stage: ({ stage }) => stage.stage.StageName,
  status: ({ outcome }) => outcome.status,
};
