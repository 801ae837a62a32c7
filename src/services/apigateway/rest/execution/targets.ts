import type * as sdk from "@aws-sdk/client-api-gateway";
import { ask, type OutsideRequest } from "../../execution/outside.ts";
import { within } from "../../execution/patience.ts";
import type { Overrides } from "../../templates/input.ts";
import type { Call } from "./call.ts";
import { Failure } from "./failures.ts";
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
  log.info(`Sending request to ${outside.url.href}`);
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, request.signal]);
  const work = ask({ ...outside, signal }).catch((error: unknown) => {
    if (stop.signal.aborted) return undefined;
    log.error(
      `Execution failed due to an internal error: ${error instanceof Error ? error.message : String(error)}`,
    );
    throw new Failure("INTEGRATION_FAILURE");
  });
  const answer = await within(world.clock, integration.timeoutInMillis ?? USUAL_TIMEOUT_MS, work);
  if (!answer) {
    stop.abort();
    throw timedOut(call);
  }
  log.info(`Received response. Status: ${answer.status}`);
  const headers: Record<string, string[]> = {};
  for (const [name, value] of answer.headers) headers[name] = [...(headers[name] ?? []), value];
  return { status: answer.status, headers, body: answer.body };
}

export function timedOut({ log }: Call): Failure {
  log.error("Execution failed due to a timeout error");
  return new Failure("INTEGRATION_TIMEOUT");
}
