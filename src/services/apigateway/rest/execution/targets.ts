import type * as sdk from "@aws-sdk/client-api-gateway";
import { ask, type OutsideRequest } from "../../execution/outside.ts";
import { within } from "../../execution/patience.ts";
import type { Overrides } from "../../templates/input.ts";
import type { Call } from "./call.ts";
import { Failure } from "./failures.ts";
import { printed } from "./headers.ts";
import { type BackendAnswer, requestValue, withStageVariables } from "./mapping.ts";
import { parsed } from "./select.ts";

const USUAL_TIMEOUT_MS = 29_000;

/** Where a request goes: address, query and headers, as the integration maps them. */
export interface Target {
  readonly uri: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: readonly (readonly [string, string])[];
}

/** Maps the request's parameters. `${stageVariables.x}` and `{x}` are filled in the address. */
export function mapTarget(call: Call, integration: sdk.Integration, overrides?: Overrides): Target {
  const { deployed, request } = call;
  const bodyOf = () => parsed(Buffer.from(request.body).toString());
  const path: Record<string, string> = {};
  const query: [string, string][] = [];
  const headers: [string, string][] = [];
  for (const [target, expression] of Object.entries(integration.requestParameters ?? {})) {
    const [, place = "", name = ""] = /^integration\.request\.([a-z]+)\.(.+)$/.exec(target) ?? [];
    const value = requestValue(call, expression, bodyOf);
    if (value === undefined) continue;
    const values = typeof value === "string" ? [value] : value;
    if (place === "path") path[name] = values.at(-1) ?? "";
    else for (const each of values) (place.endsWith("querystring") ? query : headers).push([name, each]);
  }
  Object.assign(path, overrides?.path);
  const filled = withStageVariables(integration.uri ?? "", deployed.variables);
  return {
    uri: filled.replace(/\{([\w.-]+)\+?\}/g, (whole, name: string) =>
      Object.hasOwn(path, name) ? encodePath(path[name] ?? "") : whole,
    ),
    query: replaced(query, overrides?.querystring),
    headers: replaced(headers, overrides?.header),
  };
}

function replaced(pairs: readonly [string, string][], by: Readonly<Record<string, string>> = {}) {
  const names = new Set(Object.keys(by).map((name) => name.toLowerCase()));
  return [...pairs.filter(([name]) => !names.has(name.toLowerCase())), ...Object.entries(by)];
}

function encodePath(value: string): string {
  return value.split("/").map(encodeURIComponent).join("/");
}

/** Asks a backend over HTTP and waits for as long as the integration may take. */
export async function askBackend(
  call: Call,
  integration: sdk.Integration,
  outside: Omit<OutsideRequest, "signal">,
): Promise<BackendAnswer> {
  const { world, log, request } = call;
  const startedMs = world.clock.monotonic();
  logSending(call, outside);
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, request.signal]);
  const work = ask({ ...outside, signal }).catch((error: unknown) => {
    if (stop.signal.aborted) return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    call.outcome.integrationError = reason;
    log.error(`Execution failed due to an internal error: ${reason}`);
    throw new Failure("INTEGRATION_FAILURE");
  });
  const answer = await within(world.clock, integration.timeoutInMillis ?? USUAL_TIMEOUT_MS, work);
  if (!answer) {
    stop.abort();
    throw timedOut(call);
  }
  const latencyMs = Math.round(world.clock.monotonic() - startedMs);
  call.outcome.integrationStatus = answer.status;
  log.info(`Received response. Status: ${answer.status}, Integration latency: ${latencyMs} ms`);
  log.detail(() => `Endpoint response headers: ${printed(answer.headers)}`);
  log.detail(() => `Endpoint response body before transformations: ${Buffer.from(answer.body).toString()}`);
  const headers: Record<string, string[]> = {};
  for (const [name, value] of answer.headers) headers[name] = [...(headers[name] ?? []), value];
  return { status: answer.status, headers, body: answer.body };
}

/** What is about to go to a backend. */
export function logSending({ log }: Call, { url, headers, body }: Omit<OutsideRequest, "signal">): void {
  log.detail(() => `Endpoint request URI: ${url.href}`);
  log.detail(() => `Endpoint request headers: ${printed(headers)}`);
  log.detail(() => `Endpoint request body after transformations: ${Buffer.from(body ?? []).toString()}`);
  log.info(`Sending request to ${url.href}`);
}

/** A function that is about to be invoked, by the address that AWS has for it. */
export function logInvocation({ log, deployed }: Call, functionArn: string, payload: Uint8Array): void {
  const lambda = `https://lambda.${deployed.region}.amazonaws.com`;
  const address = `${lambda}/2015-03-31/functions/${functionArn}/invocations`;
  log.detail(() => `Endpoint request URI: ${address}`);
  log.detail(() => `Endpoint request body after transformations: ${Buffer.from(payload).toString()}`);
  log.info(`Sending request to ${address}`);
}

export function timedOut({ log, outcome }: Call): Failure {
  outcome.integrationError = "Endpoint request timed out";
  log.error("Execution failed due to a timeout error");
  return new Failure("INTEGRATION_TIMEOUT");
}
