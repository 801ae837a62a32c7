import type * as sdk from "@aws-sdk/client-api-gateway";
import type { HttpHeaders } from "../../../../kernel/http.ts";
import { formatTraceHeader } from "../../../../kernel/trace.ts";
import { readHeaders } from "../../../proxy-event.ts";
import { functionOf, type Invoked, invokeFunction } from "../../execution/functions.ts";
import { within } from "../../execution/patience.ts";
import { askService } from "./aws.ts";
import { type Call, contextFor, headerOf, isBinary } from "./call.ts";
import { proxyEvent } from "./event.ts";
import { Failure } from "./failures.ts";
import { JSON_TYPE, passedBack } from "./headers.ts";
import { withStageVariables } from "./mapping.ts";
import { mapBody } from "./request-body.ts";
import type { RestResponse } from "./respond.ts";
import { mapResponse } from "./select.ts";
import { streamBackend, streamFunction } from "./stream.ts";
import { askBackend, logInvocation, mapTarget, timedOut } from "./targets.ts";

const USUAL_TIMEOUT_MS = 29_000;
const MALFORMED = "Execution failed due to configuration error: Malformed Lambda proxy response";

/** Has the method's backend answer. */
export function integrate(call: Call): Promise<RestResponse> {
  const integration = call.method.methodIntegration ?? {};
  switch (integration.type) {
    case "MOCK":
      return mock(call, integration);
    case "AWS_PROXY":
      return traced(call, functionProxy(call, integration));
    case "AWS":
      return functionOf(uriOf(call, integration))
        ? traced(call, customFunction(call, integration))
        : service(call, integration);
    case "HTTP_PROXY":
      return httpProxy(call, integration);
    default:
      return http(call, integration);
  }
}

/** A function's answer tells the client its trace. */
async function traced({ request }: Call, answering: Promise<RestResponse>): Promise<RestResponse> {
  const { headers, ...response } = await answering;
  const own = headers.filter(([name]) => name.toLowerCase() !== "x-amzn-trace-id");
  return { ...response, headers: [...own, ["X-Amzn-Trace-Id", formatTraceHeader(request.trace)]] };
}

/** Whether the answer goes to the client as it comes. */
const isStreamed = ({ responseTransferMode }: sdk.Integration) => responseTransferMode === "STREAM";

const uriOf = ({ deployed }: Call, { uri = "" }: sdk.Integration) =>
  withStageVariables(uri, deployed.variables);

/** The request's template says the status. */
async function mock(call: Call, integration: sdk.Integration): Promise<RestResponse> {
  const { body } = mapBody(call, integration);
  const { statusCode } = readJson(body) as { readonly statusCode?: unknown };
  if (!Number.isInteger(Number(statusCode ?? Number.NaN))) {
    call.log.error(
      "Execution failed due to configuration error: Unable to parse statusCode. It should be an integer.",
    );
    throw new Failure("API_CONFIGURATION_ERROR");
  }
  const answer = { status: Number(statusCode), headers: {}, body: new Uint8Array(0) };
  return mapResponse(call, answer, String(statusCode));
}

function readJson(bytes: Uint8Array): object {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString());
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();

/** Rejects where the function could not be invoked. */
async function invoke(
  call: Call,
  integration: sdk.Integration,
  payload: Uint8Array,
): Promise<Exclude<Invoked, { readonly kind: "refused" }>> {
  const { world, log } = call;
  const functionArn = functionOf(uriOf(call, integration)) ?? "";
  const context = contextFor(call);
  const startedMs = world.clock.monotonic();
  logInvocation(call, functionArn, payload);
  call.outcome.integrationRequestId = context.requestId;
  const work = invokeFunction(context, functionArn, payload, integration.credentials);
  const invoked = await within(world.clock, integration.timeoutInMillis ?? USUAL_TIMEOUT_MS, work);
  if (!invoked) throw timedOut(call);
  if (invoked.kind === "refused") throw refused(call, invoked.message);
  call.outcome.integrationStatus = 200;
  const latencyMs = Math.round(world.clock.monotonic() - startedMs);
  log.info(`Received response. Status: 200, Integration latency: ${latencyMs} ms`);
  log.detail(() => `Endpoint response body before transformations: ${textOf(invoked.payload)}`);
  if (invoked.kind === "failed") call.outcome.integrationError = invoked.message;
  return invoked;
}

function refused({ log, outcome }: Call, message: string): Failure {
  outcome.integrationError = message;
  log.error(`Execution failed due to configuration error: ${message}`);
  return new Failure("API_CONFIGURATION_ERROR");
}

async function functionProxy(call: Call, integration: sdk.Integration): Promise<RestResponse> {
  const payload = Buffer.from(JSON.stringify(proxyEvent(call)));
  if (isStreamed(integration)) {
    return streamFunction(call, integration, functionOf(uriOf(call, integration)) ?? "", payload);
  }
  const invoked = await invoke(call, integration, payload);
  const { log, deployed, parameters } = call;
  if (invoked.kind === "failed") {
    log.error(
      `Lambda execution failed with status 200 due to customer function error: ${invoked.message}. ` +
        `Lambda request id: ${call.outcome.integrationRequestId}`,
    );
    throw new Failure("API_CONFIGURATION_ERROR", undefined, { status: 502 });
  }
  const response = proxyAnswer(invoked.payload);
  if (!response) {
    call.outcome.integrationError = "Malformed Lambda proxy response";
    log.error(MALFORMED);
    throw new Failure("API_CONFIGURATION_ERROR", undefined, { status: 502 });
  }
  const { status, headers, body, isEncoded } = response;
  call.outcome.functionStatus = status;
  const accept = headerOf(parameters, "accept")?.split(",", 1)[0];
  const isBytes = isEncoded && isBinary(deployed, accept ?? "*/*");
  const hasType = headers.some(([name]) => name.toLowerCase() === "content-type");
  return {
    status,
    headers: [...(hasType ? [] : [JSON_TYPE]), ...passedBack(headers)],
    body: isBytes ? Buffer.from(body, "base64") : body,
  };
}

/**
 * What a function's answer says, or undefined when it is not of the form that is asked for.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
 */
function proxyAnswer(payload: Uint8Array) {
  const answer = readJson(payload) as Readonly<Record<string, unknown>>;
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded = false, ...unknown } = answer;
  const known = Object.keys(unknown).every((name) => name === "cookies" || name === "statusDescription");
  const status = Number(statusCode ?? Number.NaN);
  if (!known || !Number.isInteger(status) || status < 200 || status > 599) return undefined;
  if (
    typeof isBase64Encoded !== "boolean" ||
    !(body === undefined || body === null || typeof body === "string")
  ) {
    return undefined;
  }
  const single = readHeaders(headers);
  const multiple = readHeaders(multiValueHeaders);
  if (!single || !multiple) return undefined;
  const sent = withoutRepeats([...single, ...multiple]);
  return { status, headers: sent, body: body ?? "", isEncoded: isBase64Encoded };
}

/** The same pair in both members is sent once. */
function withoutRepeats(headers: readonly [string, string][]): HttpHeaders {
  const seen = new Set<string>();
  return headers.filter(([name, value]) => {
    const key = `${name.toLowerCase()}\n${value}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** A function that is given what the template makes of the request, and whose answer is mapped. */
async function customFunction(call: Call, integration: sdk.Integration): Promise<RestResponse> {
  const { body, overrides } = mapBody(call, integration);
  const { headers } = mapTarget(call, integration, overrides);
  const kind = headers.find(([name]) => name.toLowerCase() === "x-amz-invocation-type")?.[1];
  const payload = body.length === 0 ? Buffer.from("{}") : body;
  checkJson(payload);
  if (kind?.toLowerCase() === "event") return invokeLater(call, integration, payload);
  const invoked = await invoke(call, integration, payload);
  const { payload: bytes } = invoked;
  const answer = { status: 200, headers: { "Content-Type": ["application/json"] }, body: bytes };
  return mapResponse(call, answer, invoked.kind === "failed" ? invoked.message : undefined);
}

function checkJson(payload: Uint8Array): void {
  try {
    JSON.parse(Buffer.from(payload).toString());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure("BAD_REQUEST_BODY", `Could not parse request body into json: ${why}`);
  }
}

async function invokeLater(
  call: Call,
  integration: sdk.Integration,
  payload: Uint8Array,
): Promise<RestResponse> {
  const context = contextFor(call);
  const { sender } = context.principal;
  const functionArn = functionOf(uriOf(call, integration)) ?? "";
  const permitted = sender ? await context.functions.permits(functionArn, sender) : "allowed";
  if (permitted !== "allowed" && !(permitted === "denied" && integration.credentials)) {
    call.log.error("Execution failed due to configuration error: Invalid permissions on Lambda function");
    throw new Failure("API_CONFIGURATION_ERROR");
  }
  await context.call("lambda", "Invoke", {
    FunctionName: functionArn,
    InvocationType: "Event",
    Payload: payload,
  });
  return mapResponse(call, { status: 202, headers: {}, body: new Uint8Array(0) }, undefined);
}

async function service(call: Call, integration: sdk.Integration): Promise<RestResponse> {
  const { body, type, overrides } = mapBody(call, integration);
  const answer = await askService(call, integration, mapTarget(call, integration, overrides), body, type);
  return mapResponse(call, answer, String(answer.status));
}

/** What the mapping says, and nothing else of the request but its body. */
async function http(call: Call, integration: sdk.Integration): Promise<RestResponse> {
  const { body, type, overrides } = mapBody(call, integration);
  const target = mapTarget(call, integration, overrides);
  const url = urlOf(target.uri, target.query);
  const method = verbOf(call, integration);
  const hasBody = method !== "GET" && method !== "HEAD";
  const headers: [string, string][] = [
    ["Content-Type", type],
    ["Accept", headerOf(call.parameters, "accept") ?? "application/json"],
    ["User-Agent", `AmazonAPIGateway_${call.deployed.apiId}`],
    ["x-amzn-apigateway-api-id", call.deployed.apiId],
    ["X-Amzn-Trace-Id", `Root=${call.request.trace.root}`],
  ];
  const answer = await askBackend(call, integration, {
    method,
    url,
    headers: merged(headers, target.headers),
    body: hasBody ? body : undefined,
  });
  return mapResponse(call, answer, String(answer.status));
}

/** The request as it came, and the answer as it is. */
async function httpProxy(call: Call, integration: sdk.Integration): Promise<RestResponse> {
  const { request, parameters } = call;
  const target = mapTarget(call, integration);
  const sent = Object.entries(parameters.multiQuery).flatMap(([name, values]) =>
    values.map((value): [string, string] => [name, value]),
  );
  const headers = request.headers.filter(([name]) => !/^(?:host|x-api-key|authorization-token)$/i.test(name));
  const asked = {
    method: verbOf(call, integration),
    url: urlOf(target.uri, merged(sent, target.query)),
    headers: merged([...headers, ["x-amzn-apigateway-api-id", call.deployed.apiId]], target.headers),
    body: request.body.length === 0 ? undefined : request.body,
  };
  if (isStreamed(integration)) return streamBackend(call, integration, asked);
  const answer = await askBackend(call, integration, asked);
  const pairs = Object.entries(answer.headers).flatMap(([name, values]) =>
    values.map((value): [string, string] => [name, value]),
  );
  return { status: answer.status, headers: passedBack(pairs), body: answer.body };
}

const verbOf = ({ request }: Call, { httpMethod = "ANY" }: sdk.Integration) =>
  httpMethod === "ANY" ? request.method : httpMethod;

function merged(
  pairs: readonly (readonly [string, string])[],
  over: readonly (readonly [string, string])[],
): (readonly [string, string])[] {
  const names = new Set(over.map(([name]) => name.toLowerCase()));
  return [...pairs.filter(([name]) => !names.has(name.toLowerCase())), ...over];
}

function urlOf(uri: string, query: readonly (readonly [string, string])[]): URL {
  let url: URL;
  try {
    url = new URL(uri);
  } catch {
    throw new Failure("API_CONFIGURATION_ERROR");
  }
  for (const [name, value] of query) url.searchParams.append(name, value);
  return url;
}
