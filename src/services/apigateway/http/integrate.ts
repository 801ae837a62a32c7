import { proxyResponse } from "../../proxy-event.ts";
import { functionOf, type Invoked, invokeFunction, type Refused } from "../execution/functions.ts";
import { ask } from "../execution/outside.ts";
import { within } from "../execution/patience.ts";
import { ANSWERS, type Answer } from "../faults.ts";
import type { IntegrationRecord } from "../v2/records.ts";
import { type ProxyAnswer, toAnswer } from "./answer.ts";
import { type HttpCall, type Sent, sentOf } from "./call.ts";
import { withVariables } from "./compiled.ts";
import { eventV1, readAnswerV1 } from "./event-v1.ts";
import { eventV2 } from "./event-v2.ts";
import { applyMapping, type Mutable, requestLookup, responseLookup } from "./mapping.ts";
import { callService } from "./services.ts";

/** What an integration answered, or what the API answers because it did not. */
export type Integrated =
  | { readonly kind: "answer"; readonly answer: ProxyAnswer }
  | { readonly kind: "failed"; readonly answer: Answer };

const DEFAULT_TYPE = "text/plain;charset=UTF-8";
const DEFAULT_TIMEOUT_MS = 30_000;

/** Has a route's integration answer, within its time. */
export async function integrate(call: HttpCall): Promise<Integrated> {
  const id = call.match?.route.Target?.slice("integrations/".length) ?? "";
  const integration = call.stage.integrations.get(id);
  if (!integration) return failure(call, "No integration is attached to the route.", ANSWERS.internal);
  const { clock } = call.world;
  const startedMs = clock.monotonic();
  const timeoutMs = integration.TimeoutInMillis ?? DEFAULT_TIMEOUT_MS;
  const outside = integration.IntegrationType === "HTTP_PROXY" ? new AbortController() : undefined;
  const integrated = await within(clock, timeoutMs, run(call, integration, outside?.signal));
  call.outcome.integrationLatencyMs = Math.round(clock.monotonic() - startedMs);
  if (!integrated) {
    outside?.abort();
    return failure(call, "The request to the integration timed out.", ANSWERS.unavailable);
  }
  if (integrated.kind === "failed") return integrated;
  return { kind: "answer", answer: mapAnswer(call, integration, integrated.answer) };
}

function run(
  call: HttpCall,
  integration: IntegrationRecord,
  signal: AbortSignal | undefined,
): Promise<Integrated> {
  if (integration.IntegrationSubtype !== undefined) return runService(call, integration);
  if (integration.IntegrationType === "AWS_PROXY") return runFunction(call, integration);
  return runOutside(call, integration, signal);
}

/** `error`: what access logs say of it; the client hears nothing of the cause. */
function failure(call: HttpCall, error: string, answer: Answer): Integrated {
  call.outcome.integrationError = error;
  call.outcome.integrationStatus ??= answer.status;
  return { kind: "failed", answer };
}

const MALFORMED = "The response from the Lambda function doesn't match the format that API Gateway expects.";
const DENIED =
  "The IAM role configured on the integration or API Gateway doesn't have permissions to call the " +
  "integration. Check the permissions and try again.";

const REFUSALS: Readonly<Record<Refused, { readonly error: string; readonly answer: Answer }>> = {
  denied: { error: DENIED, answer: ANSWERS.internal },
  missing: { error: DENIED, answer: ANSWERS.internal },
  throttled: { error: "Lambda throttled the invocation: Rate Exceeded.", answer: ANSWERS.unavailable },
  tooLarge: { error: "The request is larger than the Lambda function takes.", answer: ANSWERS.tooLarge },
  error: {
    error: "There was an internal error while invoking the Lambda function.",
    answer: ANSWERS.internal,
  },
};

async function runFunction(call: HttpCall, integration: IntegrationRecord): Promise<Integrated> {
  const { stage, world, request } = call;
  const isV2 = integration.PayloadFormatVersion === "2.0";
  const arn = functionOf(withVariables(integration.IntegrationUri ?? "", stage.variables));
  if (!arn) return failure(call, DENIED, ANSWERS.internal);
  const sender = {
    service: "apigateway.amazonaws.com",
    sourceArn: call.routeArn,
    sourceAccount: stage.account,
  };
  const context = world.as({ account: stage.account, region: stage.region }, request.trace, sender);
  const sent = mappedRequest(call, integration);
  const event = isV2 ? eventV2(call, sent) : eventV1(call, sent);
  const payload = Buffer.from(JSON.stringify(event));
  const invoked = await invokeFunction(context, arn, payload, integration.CredentialsArn);
  call.outcome.integrationRequestId = context.requestId;
  return functionAnswer(call, invoked, isV2);
}

function functionAnswer(call: HttpCall, invoked: Invoked, isV2: boolean): Integrated {
  if (invoked.kind === "refused") {
    const { error, answer } = REFUSALS[invoked.why];
    return failure(call, error, answer);
  }
  call.outcome.integrationStatus = 200;
  if (invoked.kind === "failed") {
    const message = `The Lambda function returned the following error: ${invoked.message}. `;
    return failure(call, `${message}Check your Lambda function code and try again.`, ANSWERS.internal);
  }
  const { payload } = invoked;
  const read = isV2
    ? proxyResponse(payload, { defaultType: DEFAULT_TYPE, loneString: "text" })
    : readAnswerV1(payload, DEFAULT_TYPE);
  const wrong = wrongField(payload);
  if (read && wrong === undefined) return { kind: "answer", answer: toAnswer(read) };
  const why = wrong === undefined ? "" : ` Lambda body contains the wrong type for field "${wrong}"`;
  return failure(call, MALFORMED + why, ANSWERS.internal);
}

/** What of an answer with a status is of another type than it must be. */
function wrongField(payload: Uint8Array): string | undefined {
  const answer = parsed(payload);
  if (typeof answer !== "object" || answer === null || !("statusCode" in answer)) return undefined;
  const { statusCode, headers, cookies, body } = answer as Readonly<Record<string, unknown>>;
  if (!Number.isInteger(Number(statusCode))) return "statusCode";
  if (headers !== undefined && (typeof headers !== "object" || Array.isArray(headers))) return "headers";
  if (cookies !== undefined && !Array.isArray(cookies)) return "cookies";
  return body === undefined || body === null || typeof body === "string" ? undefined : "body";
}

function parsed(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString());
  } catch {
    return undefined;
  }
}

/** Functions see what the mapping changes of headers, query and path. */
function mappedRequest(call: HttpCall, { RequestParameters: rules = {} }: IntegrationRecord): Sent {
  const sent = sentOf(call);
  if (Object.keys(rules).length === 0) return sent;
  const target: Mutable = {
    path: undefined,
    headers: sent.headers.map(([name, value]) => [name.toLowerCase(), value]),
    query: [...new URLSearchParams(sent.query)],
  };
  applyMapping(rules, target, requestLookup(call));
  return {
    path: target.path ?? sent.path,
    query: mapsQuery(rules) ? new URLSearchParams(target.query).toString() : sent.query,
    headers: target.headers,
  };
}

const mapsQuery = (rules: Readonly<Record<string, string>>) =>
  Object.keys(rules).some((rule) => rule.includes(":querystring."));

/** An HTTP endpoint outside, which is passed the request as it is. */
async function runOutside(
  call: HttpCall,
  integration: IntegrationRecord,
  signal: AbortSignal | undefined,
): Promise<Integrated> {
  const { request, stage } = call;
  const uri = withVariables(integration.IntegrationUri ?? "", stage.variables);
  const url = outsideUrl(uri, call);
  if (!url) return failure(call, "Invalid endpoint address", ANSWERS.internal);
  const target: Mutable = { path: undefined, headers: outsideHeaders(call), query: [] };
  const rules = integration.RequestParameters ?? {};
  const queries = mapsQuery(rules);
  if (queries) target.query = [...new URLSearchParams(request.query)];
  applyMapping(rules, target, requestLookup(call));
  if (target.path !== undefined) url.pathname = target.path;
  const query = queries ? new URLSearchParams(target.query).toString() : request.query;
  if (query !== "") url.search = url.search === "" ? query : `${url.search}&${query}`;
  const method = integration.IntegrationMethod ?? "ANY";
  try {
    const answered = await ask({
      method: method === "ANY" ? request.method : method,
      url,
      headers: target.headers,
      body: call.body,
      ...(signal ? { signal } : {}),
    });
    call.outcome.integrationStatus = answered.status;
    return { kind: "answer", answer: answered };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failure(call, `Could not connect to the integration: ${reason}`, ANSWERS.unavailable);
  }
}

/** With the path's variables in their places: `https://example.com/{proxy}`. */
function outsideUrl(uri: string, { match }: HttpCall): URL | undefined {
  const filled = uri.replace(/\{([^}+]+)\+?\}/g, (_, name: string) =>
    (match?.parameters[name] ?? "").split("/").map(encodeURIComponent).join("/"),
  );
  try {
    return new URL(filled);
  } catch {
    return undefined;
  }
}

/** Who asks is told in `Forwarded`, and that an API stands between in `Via`. */
function outsideHeaders(call: HttpCall): [string, string][] {
  const { request } = call;
  const headers: [string, string][] = [];
  for (const [name, value] of request.headers) {
    const lower = name.toLowerCase();
    if (lower !== "forwarded" && lower !== "via") headers.push([lower, value]);
  }
  const before = call.header("forwarded");
  const via = call.header("via");
  const own = `by=127.0.0.1;for=${request.sourceIp};host=${call.domainName};proto=${request.scheme}`;
  headers.push(["forwarded", before === undefined ? own : `${before}, ${own}`]);
  headers.push(["via", `${via === undefined ? "" : `${via}, `}${request.version} AmazonAPIGateway`]);
  if (call.header("x-amzn-trace-id") === undefined) {
    headers.push(["x-amzn-trace-id", `Root=${request.trace.root}`]);
  }
  return headers;
}

async function runService(call: HttpCall, integration: IntegrationRecord): Promise<Integrated> {
  const called = await callService(call, integration);
  if (called.kind === "missing") return failure(call, called.error, ANSWERS.notImplemented);
  call.outcome.integrationStatus = called.answer.status;
  if (called.error !== undefined) call.outcome.integrationError = called.error;
  return { kind: "answer", answer: called.answer };
}

/** What the integration says of an answer with this status. */
function mapAnswer(
  call: HttpCall,
  { ResponseParameters }: IntegrationRecord,
  answer: ProxyAnswer,
): ProxyAnswer {
  const rules = ResponseParameters?.[String(answer.status)];
  if (!rules) return answer;
  const body = () => (typeof answer.body === "string" ? answer.body : Buffer.from(answer.body).toString());
  const lookup = responseLookup(call, answer.headers, body);
  const target: Mutable = { path: undefined, headers: [...answer.headers], query: [] };
  const { "overwrite:statuscode": status, ...rest } = rules;
  applyMapping(rest, target, lookup);
  const mapped = status === undefined ? undefined : Number(status);
  return { ...answer, status: mapped ?? answer.status, headers: target.headers };
}
