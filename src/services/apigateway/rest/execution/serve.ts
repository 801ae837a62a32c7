import { Fault } from "../../../../kernel/faults.ts";
import type { HttpHeaders, HttpRequest, HttpResponse } from "../../../../kernel/http.ts";
import { writeDimensions } from "../../../../kernel/metrics.ts";
import type { Background } from "../../../define.ts";
import { splitStage } from "../../addresses.ts";
import { renderLine, writeLine } from "../../execution/access-log.ts";
import { answer } from "../../execution/answers.ts";
import type { Execution } from "../../execution/execution.ts";
import { writeExecutionLog } from "../../execution/execution-log.ts";
import { bill, count, steps } from "../../execution/report.ts";
import { ANSWERS } from "../../faults.ts";
import { newRequestId } from "../../ids.ts";
import type { Place } from "../../places.ts";
import { contextOf, type RestRequest } from "./call.ts";
import { packed, unpacked } from "./compression.ts";
import { findDeployed } from "./deployed.ts";
import { Failure } from "./failures.ts";
import { passedOn } from "./headers.ts";
import type { RestResponse } from "./respond.ts";
import { callOf, failed, type Ran, run } from "./run.ts";
import { StreamedBody } from "./streamed-body.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
const LARGEST_BODY = 10 * 1024 * 1024;
const LARGEST_HEAD = 10_240;

/** Answers requests to REST APIs. */
export const execution: Execution = {
  async serve(request, place, world) {
    const { entry, mapping } = place;
    const { stage, rest } = mapping?.stage
      ? { stage: mapping.stage, rest: place.path }
      : splitStage(place.path);
    const found = await findDeployed(world, entry, stage);
    const isHidden = found?.deployed.definition.api.disableExecuteApiEndpoint && !mapping;
    if (!found || isHidden) return answer(ANSWERS.forbidden, [["x-amzn-ErrorType", "ForbiddenException"]]);
    if (headBytes(request) > LARGEST_HEAD) return answer(ANSWERS.headersTooLarge);
    const body = await bodyOf(request);
    const sent = restRequest(request, place, rest, world, body);
    const { minimumCompressionSize } = found.deployed.definition.api;
    const asked = await unpacked(sent, minimumCompressionSize);
    const call = callOf(world, found.deployed, asked ?? sent, found.route(rest));
    const ran = asked ? await run(call) : failed(call, new Failure("UNSUPPORTED_MEDIA_TYPE"));
    return finish({ ...ran, response: await packed(call, ran.response) });
  },
};

/** Of the request line and the headers. */
function headBytes({ method, path, query, headers }: HttpRequest): number {
  let bytes = method.length + path.length + query.length;
  for (const [name, value] of headers) bytes += name.length + value.length;
  return bytes;
}

/** One byte more than may be, where there is more: what it then says is the API's own. */
async function bodyOf(request: HttpRequest): Promise<Uint8Array> {
  try {
    return await request.body.collect(LARGEST_BODY);
  } catch (error) {
    if (!(error instanceof Fault) || error.status !== 413) throw error;
    return new Uint8Array(LARGEST_BODY + 1);
  }
}

function restRequest(
  request: HttpRequest,
  { path }: Place,
  rest: string,
  { ids }: Background,
  body: Uint8Array,
): RestRequest {
  const { method, query, sourceIp, version, requestId, receivedMs, trace, signal, host, scheme } = request;
  return {
    ...{ method, query, body, sourceIp, requestId, receivedMs, trace, signal },
    path: rest,
    fullPath: path,
    headers: forwarded(request.headers, { sourceIp, host, scheme, root: trace.root }),
    protocol: version,
    domainName: host.replace(/:\d+$/, ""),
    extendedRequestId: newRequestId(ids),
    signer: () => request.signer("execute-api"),
    rest: () => request.rest(),
  };
}

interface Way {
  readonly sourceIp: string;
  readonly host: string;
  readonly scheme: string;
  readonly root: string;
}

/** With what a load balancer adds on the way. */
function forwarded(headers: HttpHeaders, { sourceIp, host, scheme, root }: Way): HttpHeaders {
  const find = (name: string) => headers.find(([each]) => each.toLowerCase() === name)?.[1];
  const before = find("x-forwarded-for");
  const own = new Set([
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-amzn-trace-id",
    "host",
  ]);
  return [
    ...passedOn(headers).filter(([name]) => !own.has(name.toLowerCase())),
    ["Host", host],
    ["X-Amzn-Trace-Id", find("x-amzn-trace-id") ?? `Root=${root}`],
    ["X-Forwarded-For", before === undefined ? sourceIp : `${before}, ${sourceIp}`],
    ["X-Forwarded-Port", /:(\d+)$/.exec(host)?.[1] ?? (scheme === "https" ? "443" : "80")],
    ["X-Forwarded-Proto", scheme],
  ];
}

/** The answer as it goes out. What is noted of it is noted once it is whole. */
function finish(ran: Ran): HttpResponse {
  const { call, response } = ran;
  const { request, deployed, resource } = call;
  const { body } = response;
  if (body instanceof StreamedBody) {
    void body.ended.then(() => note({ ...ran, integrationMs: body.times.endMs }));
    // Nobody may come to read it.
    request.signal.addEventListener("abort", () => body.leave(), { once: true });
    if (request.method === "HEAD") body.leave();
  } else note(ran);
  return {
    status: response.status,
    headers: [
      ["x-amzn-RequestId", request.requestId],
      ["x-amz-apigw-id", request.extendedRequestId],
      ...response.headers,
    ],
    body: response.body,
    seen: {
      account: deployed.account,
      region: deployed.region,
      name: `${request.method} ${resource.path || request.path}`,
      resource: `arn:aws:apigateway:${deployed.region}::/restapis/${deployed.apiId}/stages/${deployed.stageName}`,
      ...(ran.failure ? { errorType: ran.failure.errorType, errorMessage: ran.failure.message } : {}),
      attributes: {
        stage: deployed.stageName,
        ...(ran.integrationMs === undefined ? {} : { integrationMs: ran.integrationMs }),
      },
    },
  };
}

/** Metrics, the bill, and the lines of both logs. */
function note(ran: Ran): void {
  const { request, deployed, world, settings, log } = ran.call;
  const latencyMs = Math.max(0, Math.round(world.clock.now() - request.receivedMs));
  report(ran, latencyMs);
  const { destinationArn, format } = deployed.stage.accessLogSettings ?? {};
  if (destinationArn && format) {
    const line = renderLine(format, (name) => variable(ran, name, latencyMs));
    writeLine(world, destinationArn, `${deployed.apiId}/${deployed.stageName}`, {
      timestamp: Math.floor(request.receivedMs),
      message: line,
    });
  }
  const group = `API-Gateway-Execution-Logs_${deployed.apiId}/${deployed.stageName}`;
  writeExecutionLog(world, deployed, group, settings.loggingLevel, log);
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html */
function report({ call, response, integrationMs }: Ran, latencyMs: number): void {
  const { deployed, world } = call;
  const dimensions = dimensionsOf(call);
  const add = (name: string, value: number) => {
    for (const each of dimensions) count(world, deployed, name, each, value);
  };
  add("Count", 1);
  add("Latency", latencyMs);
  add("4XXError", response.status >= 400 && response.status < 500 ? 1 : 0);
  add("5XXError", response.status >= 500 ? 1 : 0);
  if (integrationMs !== undefined) add("IntegrationLatency", integrationMs);
  const { isFromCache } = call.outcome;
  // The average of either is how often.
  if (isFromCache !== undefined) {
    add("CacheHitCount", Number(isFromCache));
    add("CacheMissCount", Number(!isFromCache));
  }
  const resource = `arn:aws:apigateway:${deployed.region}::/restapis/${deployed.apiId}`;
  const { body } = response;
  // https://aws.amazon.com/api-gateway/pricing/: each 10 MB that are streamed count as a request.
  const requests = body instanceof StreamedBody ? steps(body.sizeBytes, 10 * 1024 * 1024) : 1;
  bill(world, deployed, "apigateway:RestApiRequest", requests, resource);
}

/** An API's name without what is no ASCII; methods have metrics of their own where the stage says so. */
function dimensionsOf({ deployed, resource, method, settings }: Ran["call"]): string[] {
  const ofApi: [string, string] = [
    "ApiName",
    (deployed.definition.api.name ?? "").replaceAll(/[^\x20-\x7e]/g, ""),
  ];
  const ofStage: [string, string] = ["Stage", deployed.stageName];
  const found = [[ofApi], [ofApi, ofStage]];
  if (settings.metricsEnabled) {
    const own: [string, string][] = [
      ["Method", method.httpMethod ?? ""],
      ["Resource", resource.path ?? ""],
    ];
    found.push([ofApi, ...own, ofStage]);
  }
  return found.map(writeDimensions);
}

/** `$context.…` of an access log. */
function variable(
  { call, response, failure, integrationMs }: Ran,
  name: string,
  latencyMs: number,
): string | undefined {
  const { body } = response;
  const { outcome } = call;
  const streamed = body instanceof StreamedBody ? body : undefined;
  const own: Readonly<Record<string, string | number | undefined>> = {
    status: response.status,
    responseLatency: latencyMs,
    responseLength: lengthOf(body),
    integrationLatency: rounded(integrationMs),
    "integration.latency": rounded(integrationMs),
    "integration.status": outcome.functionStatus ?? outcome.integrationStatus,
    "integration.integrationStatus": outcome.integrationStatus,
    integrationStatus: outcome.integrationStatus,
    "integration.error": outcome.integrationError,
    integrationErrorMessage: outcome.integrationError,
    "integration.requestId": outcome.integrationRequestId,
    awsEndpointRequestId: outcome.integrationRequestId,
    "authorizer.status": outcome.authorizerStatus,
    "authorizer.error": outcome.authorizerError,
    "authorizer.latency": outcome.authorizerLatencyMs,
    "authorizer.integrationLatency": outcome.authorizerLatencyMs,
    "integration.responseTransferMode": streamed ? "STREAMED" : "BUFFERED",
    "integration.timeToAllHeaders": rounded(streamed?.times.allHeadersMs),
    "integration.timeToFirstContent": rounded(streamed?.times.firstContentMs),
    "error.message": failure?.message,
    "error.messageString": failure && JSON.stringify(failure.message),
    "error.responseType": failure?.type,
    "error.validationErrorString": failure?.validation,
  };
  const found = own[name];
  if (found !== undefined) return String(found);
  let value: unknown = contextOf(call);
  for (const step of name.split(".")) value = (value as Record<string, unknown> | null | undefined)?.[step];
  return value === undefined || value === null ? undefined : String(value);
}

const rounded = (ms: number | undefined) => (ms === undefined ? undefined : Math.round(ms));

function lengthOf(body: RestResponse["body"]): number | undefined {
  if (typeof body === "string") return Buffer.byteLength(body);
  if (body instanceof StreamedBody) return body.sizeBytes;
  return body instanceof Uint8Array ? body.length : undefined;
}
