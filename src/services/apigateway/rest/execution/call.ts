import type * as sdk from "@aws-sdk/client-api-gateway";
import type { HttpHeaders, HttpSigner } from "../../../../kernel/http.ts";
import type { Scope } from "../../../../kernel/scope.ts";
import type { Trace } from "../../../../kernel/trace.ts";
import type { Background, Context } from "../../../define.ts";
import { logTime } from "../../../proxy-event.ts";
import type { ExecutionLog } from "../../execution/execution-log.ts";
import type { Parameters } from "../../templates/input.ts";
import type { RestDefinition } from "../records.ts";

/** A request as an API sees it: a client's, or one that TestInvokeMethod makes. */
export interface RestRequest {
  readonly method: string;
  /** Percent-encoded, without the stage. */
  readonly path: string;
  /** As the client sent it: with the stage, where no domain stands for it. */
  readonly fullPath: string;
  readonly query: string;
  readonly headers: HttpHeaders;
  readonly body: Uint8Array;
  readonly sourceIp: string;
  readonly protocol: string;
  readonly domainName: string;
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly receivedMs: number;
  readonly trace: Trace;
  readonly signal: AbortSignal;
  signer(): Promise<HttpSigner>;
  /** Says that it waits for somebody else to go on, and is no work under way. */
  rest(): () => void;
}

/** Which API answers, as it was deployed. */
export interface Deployed extends Scope {
  readonly apiId: string;
  readonly stage: sdk.Stage;
  readonly stageName: string;
  readonly deploymentId: string;
  readonly isCanary: boolean;
  /** What is kept of answers and of decisions is kept for these. */
  readonly cacheRevision: string;
  readonly authorizersRevision: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly definition: RestDefinition;
}

/** One request on its way through the API. */
export interface Call {
  readonly world: Background;
  readonly deployed: Deployed;
  readonly request: RestRequest;
  readonly log: ExecutionLog;
  readonly resource: sdk.Resource;
  readonly method: sdk.Method;
  /** What the stage sets for the method. */
  readonly settings: sdk.MethodSetting;
  /** TestInvokeMethod's: nobody is asked whether he may, and all is logged. */
  readonly isTest: boolean;
  readonly parameters: CallParameters;
  /** What access logs tell of the backend and of the authorizer. */
  readonly outcome: Outcome;
  /** What the authorizer and the signature say of the client. */
  readonly identity: Record<string, string | null>;
  authorizer: Readonly<Record<string, unknown>> | undefined;
  /** The key that an authorizer gives, where keys come from there. */
  authorizerKey: string | undefined;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html */
interface Outcome {
  /** Lambda's own for a function, else the backend's. */
  integrationStatus?: number;
  /** What a function says that the status is. */
  functionStatus?: number;
  integrationError?: string;
  integrationRequestId?: string;
  authorizerStatus?: number;
  authorizerError?: string;
  authorizerLatencyMs?: number;
  /** Whether the answer was kept before; undefined where none are. */
  isFromCache?: boolean;
}

export interface CallParameters extends Parameters {
  readonly multiQuery: Readonly<Record<string, readonly string[]>>;
  readonly multiHeader: Readonly<Record<string, readonly string[]>>;
}

/** Of several values of a name the last counts, but all are kept. Header names are as the client has them. */
export function parametersOf(
  { query, headers }: Pick<RestRequest, "query" | "headers">,
  path: Readonly<Record<string, string>>,
): CallParameters {
  const multiQuery = grouped(new URLSearchParams(query), (name) => name);
  const multiHeader = grouped(headers, (name) => name.toLowerCase());
  const last = (all: Readonly<Record<string, readonly string[]>>) =>
    Object.fromEntries(Object.entries(all).map(([name, values]) => [name, values.at(-1) ?? ""]));
  return { path, multiQuery, multiHeader, querystring: last(multiQuery), header: last(multiHeader) };
}

/** By their names, of which those are one that `same` makes one: it is called as it comes first. */
function grouped(
  pairs: Iterable<readonly [string, string]>,
  same: (name: string) => string,
): Record<string, string[]> {
  const groups = new Map<string, { readonly name: string; readonly values: string[] }>();
  for (const [name, value] of pairs) {
    const key = same(name);
    const known = groups.get(key);
    if (known) known.values.push(value);
    else groups.set(key, { name, values: [value] });
  }
  return Object.fromEntries([...groups.values()].map(({ name, values }) => [name, values]));
}

export function headerOf({ header }: Pick<Parameters, "header">, name: string): string | undefined {
  const lower = name.toLowerCase();
  return Object.entries(header).find(([each]) => each.toLowerCase() === lower)?.[1];
}

/** `arn:aws:execute-api:{region}:{account}:{api}/{stage}/{method}/{path}`: what a request does. */
export function methodArn({ deployed, request }: Pick<Call, "deployed" | "request">): string {
  const { region, account, apiId, stageName } = deployed;
  return `arn:aws:execute-api:${region}:${account}:${apiId}/${stageName}/${request.method}${request.path}`;
}

/** The same with the resource's own path: whom a function's policy lets in. */
function sourceArn({ deployed, method, resource }: Pick<Call, "deployed" | "method" | "resource">): string {
  const { region, account, apiId, stageName } = deployed;
  const verb = method.httpMethod === "ANY" ? "*" : method.httpMethod;
  return `arn:aws:execute-api:${region}:${account}:${apiId}/${stageName}/${verb}${resource.path}`;
}

/** The API as the caller of its backend. */
export function contextFor(call: Call): Context {
  const { world, deployed, request } = call;
  const { account, region } = deployed;
  const sender = { service: "apigateway.amazonaws.com", sourceArn: sourceArn(call), sourceAccount: account };
  return world.as({ account, region }, request.trace, sender);
}

/**
 * What templates and access logs find as `$context`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
 */
export function contextOf(call: Call): Record<string, unknown> {
  const { deployed, request, resource, identity, authorizer } = call;
  return {
    accountId: deployed.account,
    apiId: deployed.apiId,
    ...(authorizer ? { authorizer } : {}),
    deploymentId: deployed.deploymentId,
    domainName: request.domainName,
    domainPrefix: request.domainName.split(".", 1)[0],
    extendedRequestId: request.extendedRequestId,
    httpMethod: request.method,
    identity,
    isCanaryRequest: deployed.isCanary,
    path: request.fullPath,
    protocol: request.protocol,
    requestId: request.requestId,
    requestTime: logTime(request.receivedMs),
    requestTimeEpoch: Math.floor(request.receivedMs),
    resourceId: resource.id,
    resourcePath: resource.path,
    stage: deployed.stageName,
    xrayTraceId: request.trace.root,
  };
}

/** Whether a media type is one that the API takes as bytes. */
export function isBinary({ definition }: Deployed, type: string | undefined): boolean {
  const bare = type?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return (definition.api.binaryMediaTypes ?? []).some((each) => {
    const pattern = each.toLowerCase();
    return (
      pattern === "*/*" ||
      pattern === bare ||
      (pattern.endsWith("/*") && bare.startsWith(pattern.slice(0, -1)))
    );
  });
}
