import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Background } from "../../../define.ts";
import { ExecutionLog, isLogLevel } from "../../execution/execution-log.ts";
import { ACCOUNT_RATE, passes } from "../../execution/throttle.ts";
import { authorize } from "./authorize.ts";
import { cached } from "./cache.ts";
import { type Call, type Deployed, headerOf, parametersOf, type RestRequest } from "./call.ts";
import { settingsOf } from "./deployed.ts";
import { Failure } from "./failures.ts";
import { printed } from "./headers.ts";
import { integrate } from "./integrate.ts";
import { failureResponse, type RestResponse } from "./respond.ts";
import type { Route } from "./router.ts";
import { checkKey } from "./usage.ts";
import { validateRequest } from "./validation.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
const LARGEST_BODY = 10 * 1024 * 1024;
const NOWHERE: sdk.Resource = { path: "" };

/** What became of a request: the answer, and what led to it. */
export interface Ran {
  readonly call: Call;
  readonly response: RestResponse;
  readonly failure?: Failure;
  /** How long the backend took. */
  readonly integrationMs: number | undefined;
}

/** Puts together what is known of a request. */
export function callOf(
  world: Background,
  deployed: Deployed,
  request: RestRequest,
  route: Route | undefined,
  isTest = false,
): Call {
  const resource = route?.resource ?? NOWHERE;
  const methods = resource.resourceMethods ?? {};
  const method = methods[request.method] ?? methods.ANY ?? {};
  const parameters = parametersOf(request, route?.pathParameters ?? {});
  const settings = settingsOf(deployed, resource, method);
  const isLogged = isTest || isLogLevel(settings.loggingLevel);
  return {
    ...{ world, deployed, request, resource, method, settings, isTest, parameters },
    log: new ExecutionLog(
      request.requestId,
      isLogged ? () => world.clock.now() : undefined,
      isTest || settings.dataTraceEnabled,
    ),
    identity: { sourceIp: request.sourceIp, userAgent: headerOf(parameters, "user-agent") ?? null },
    outcome: {},
    authorizer: undefined,
    authorizerKey: undefined,
  };
}

/** Takes a request through the API. */
export async function run(call: Call): Promise<Ran> {
  const { log, request, world } = call;
  let integrationMs: number | undefined;
  try {
    if (!call.isTest) await admit(call);
    logRequest(call);
    if (request.body.length > LARGEST_BODY) throw new Failure("REQUEST_TOO_LARGE");
    validateRequest(call);
    const response = await cached(call, async () => {
      const startedMs = world.clock.monotonic();
      try {
        return await integrate(call);
      } finally {
        integrationMs = world.clock.monotonic() - startedMs;
      }
    });
    logResponse(call, response);
    log.info("Successfully completed execution");
    log.info(`Method completed with status: ${response.status}`);
    return { call, response, integrationMs };
  } catch (error) {
    return failed(call, error instanceof Failure ? error : unforeseen(call, error), integrationMs);
  }
}

/** What comes of a request that goes no further. */
export function failed(call: Call, failure: Failure, integrationMs?: number): Ran {
  const response = failureResponse(call, failure);
  call.log.error(`Method completed with status: ${response.status}`);
  return { call, response, failure, integrationMs };
}

function logRequest({ log, request, parameters }: Call): void {
  if (!log.isOn) return;
  log.info(`Starting execution for request: ${request.requestId}`);
  log.info(`HTTP Method: ${request.method}, Resource Path: ${request.path}`);
  log.detail(() => `Method request path: ${printed(Object.entries(parameters.path))}`);
  log.detail(() => `Method request query string: ${printed(Object.entries(parameters.querystring))}`);
  log.detail(() => `Method request headers: ${printed(Object.entries(parameters.header))}`);
  log.detail(() => `Method request body before transformations: ${Buffer.from(request.body).toString()}`);
}

function logResponse({ log }: Call, { body, headers }: RestResponse): void {
  log.detail(() => {
    const isWhole = typeof body === "string" || body instanceof Uint8Array;
    const text = isWhole ? Buffer.from(body as string).toString() : "";
    return `Method response body after transformations: ${text}`;
  });
  log.detail(() => `Method response headers: ${printed(headers)}`);
}

async function admit(call: Call): Promise<void> {
  const { method, deployed, resource, world } = call;
  if (method.httpMethod === undefined) throw new Failure("MISSING_AUTHENTICATION_TOKEN");
  call.log.info(`Extended Request Id: ${call.request.extendedRequestId}`);
  const { throttlingRateLimit, throttlingBurstLimit } = call.settings;
  const { account, region, apiId, stageName } = deployed;
  const place = `rest ${apiId} ${stageName} ${resource.path} ${method.httpMethod}`;
  const own =
    throttlingRateLimit === undefined ? [] : [rateOf(place, throttlingRateLimit, throttlingBurstLimit)];
  if (!passes(world, [...own, [`account ${account} ${region}`, ACCOUNT_RATE]]))
    throw new Failure("THROTTLED");
  await authorize(call);
  await checkKey(call);
}

/** -1 stands for the account's own. */
function rateOf(name: string, perSecond: number, burst = perSecond) {
  const rate = {
    perSecond: perSecond < 0 ? ACCOUNT_RATE.perSecond : perSecond,
    burst: burst < 0 ? ACCOUNT_RATE.burst : burst,
  };
  return [name, rate] as const;
}

function unforeseen({ world, deployed, request }: Call, error: unknown): Failure {
  world.log.error("A REST API failed for a reason that nobody foresaw.", {
    api: deployed.apiId,
    requestId: request.requestId,
    error,
  });
  return new Failure("DEFAULT_5XX", "Internal server error", { status: 500 });
}
