import { callerOf } from "../kernel/caller.ts";
import { READER } from "../kernel/scope.ts";
import { subjectsOf } from "../kernel/subjects.ts";
import type { Span } from "../kernel/telemetry.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Calls that succeeded and that nobody's trace led to, of one operation in one second. `alone`: nothing
 * followed from them.
 */
const MOST_A_SECOND = { alone: 200, followed: 1_000 };

/** One request, as AWS bills it: only what came as far as the service. */
export function meter(x: Exchange): void {
  if (!x.invoked || !x.service || !x.operation) return;
  const cause = x.identity?.arn;
  x.core.options.recorder.usage({
    timeMs: x.startMs,
    account: x.scope.account,
    region: x.scope.region,
    unit: `${x.service.id}:${x.operation.name}`,
    quantity: 1,
    ...(cause === undefined ? {} : { cause }),
  });
}

export function record(x: Exchange): void {
  if (x.site) recordSite(x);
  else recordCall(x);
}

/** The call's span: its trace is the caller's, so a function's calls hang below its invocation. */
function recordCall(x: Exchange): void {
  const { trace, service } = x;
  if (!trace || !service || !x.operationName || isReading(x)) return;
  const { clock, recorder } = x.core.options;
  const httpStatus = x.response?.status ?? 0;
  const status = statusOf(httpStatus, x.fault?.code);
  const name = `${service.id}.${x.operationName}`;
  if (status === "ok" && !x.headers["x-amzn-trace-id"]) {
    const most = x.traced ? MOST_A_SECOND.followed : MOST_A_SECOND.alone;
    if (recorder.wants?.(name, x.startMs, most) === false) return;
  }
  recorder.span({
    traceId: trace.root,
    spanId: x.spanId,
    ...(trace.parent === undefined ? {} : { parentId: trace.parent }),
    kind: "call",
    name,
    startMs: x.startMs,
    durationMs: clock.monotonic() - x.startedAt,
    status,
    ...(x.fault ? { errorType: x.fault.code, errorMessage: x.fault.message } : {}),
    requestId: x.requestId,
    account: x.scope.account,
    region: x.scope.region,
    attributes: attributesOf(x, httpStatus),
  });
}

/** What the command line asks to show it is no part of what an application does. */
const isReading = (x: Exchange): boolean => x.headers["user-agent"]?.includes(READER) === true;

/** The same of a request to a user's own address, with what the site says of it. */
function recordSite(x: Exchange): void {
  const { trace, site, seen } = x;
  if (!trace || !site || !seen) return;
  const { clock, recorder } = x.core.options;
  const httpStatus = x.response?.status ?? 0;
  recorder.span({
    traceId: trace.root,
    spanId: x.spanId,
    ...(trace.parent === undefined ? {} : { parentId: trace.parent }),
    kind: "call",
    name: `${site.id} ${seen.name}`,
    resource: seen.resource,
    startMs: x.startMs,
    durationMs: clock.monotonic() - x.startedAt,
    status: statusOf(httpStatus, undefined),
    ...(seen.errorType === undefined ? {} : { errorType: seen.errorType }),
    ...(seen.errorMessage === undefined ? {} : { errorMessage: seen.errorMessage }),
    requestId: x.requestId,
    account: seen.account,
    region: seen.region,
    attributes: { ...attributesOf(x, httpStatus), ...seen.attributes },
  });
}

function statusOf(status: number, code: string | undefined): Span["status"] {
  if (status === 429 || code === "SlowDown" || code?.startsWith("Throttling")) return "throttle";
  if (status >= 500) return "fault";
  return status >= 400 ? "error" : "ok";
}

function attributesOf(x: Exchange, status: number): Span["attributes"] {
  const attributes: Record<string, string | number | boolean> = { httpStatus: status };
  attributes.bytesIn = x.body.bytesRead;
  const out = x.response && bytesOut(x.response);
  if (out !== undefined) attributes.bytesOut = out;
  if (x.input) Object.assign(attributes, subjectsOf(x.input));
  const caller = x.identity && callerOf(x.identity);
  if (caller !== undefined) {
    attributes.caller = caller;
    // Calls that share it came one after the other.
    const { remotePort } = x.incoming.socket;
    if (remotePort !== undefined) attributes.connection = remotePort;
  }
  if (x.noted) Object.assign(attributes, x.noted);
  const invocation = x.headers["amz-sdk-invocation-id"];
  if (invocation !== undefined) attributes.sdkInvocationId = invocation;
  const request = x.headers["amz-sdk-request"];
  const attempt = numberIn(request, "attempt=");
  if (attempt !== undefined) attributes.sdkAttempt = attempt;
  // It will not be tried again, whatever came of it.
  if (status >= 400 && attempt !== undefined && attempt === numberIn(request, "max="))
    attributes.sdkLast = true;
  return attributes;
}

/** `attempt=2; max=3`: the SDK's own count of its tries. */
function numberIn(header: string | undefined, name: string): number | undefined {
  const at = header?.indexOf(name) ?? -1;
  if (header === undefined || at < 0) return undefined;
  const value = Number.parseInt(header.slice(at + name.length), 10);
  return Number.isNaN(value) ? undefined : value;
}

/** Unknown for a stream that does not tell its length. */
function bytesOut(response: NonNullable<Exchange["response"]>): number | undefined {
  const { body } = response;
  if (body === undefined) return 0;
  if (typeof body === "string") return Buffer.byteLength(body);
  if (body instanceof Uint8Array) return body.length;
  const length = response.headers["content-length"];
  return length === undefined ? undefined : Number(length);
}
