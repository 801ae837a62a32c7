import type { AdminRequest, AdminResponse } from "../kernel/admin.ts";
import type { Clock } from "../kernel/clock.ts";
import { Fault } from "../kernel/faults.ts";
import { allowOnly, flagOf, momentOf, textOf, wholeOf } from "./parameters.ts";

/** What is known of deliveries to functions, as documents. */
export interface Deliveries {
  throttles(sinceMs: number, functionName?: string): Promise<unknown>;
  loops(query: { readonly sinceMs?: number; readonly functionName?: string }): Promise<unknown>;
  /** Sends kept events again; one document an event, and one at the end. */
  replay(request: ReplayRequest): AsyncIterable<unknown>;
}

interface ReplayRequest {
  readonly id?: string;
  readonly functionName?: string;
  readonly failed: boolean;
  readonly sinceMs?: number;
  readonly untilMs?: number;
  readonly limit: number;
  readonly to?: string;
  readonly dry: boolean;
}

interface Options {
  readonly deliveries: Deliveries;
  readonly clock: Clock;
}

/** `GET /_nuage/throttles`: a ThrottleReport, by since and function. */
export async function throttlesPage(
  { deliveries, clock }: Options,
  { query }: AdminRequest,
): Promise<AdminResponse> {
  allowOnly(query, ["since", "function"]);
  const sinceMs = momentOf(query, "since", clock.now()) ?? 0;
  return { status: 200, json: await deliveries.throttles(sinceMs, textOf(query, "function")) };
}

/** `GET /_nuage/loops`: a LoopList, by since and function. */
export async function loopsPage(
  { deliveries, clock }: Options,
  { query }: AdminRequest,
): Promise<AdminResponse> {
  allowOnly(query, ["since", "function"]);
  const sinceMs = momentOf(query, "since", clock.now());
  const functionName = textOf(query, "function");
  const asked = {
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(functionName === undefined ? {} : { functionName }),
  };
  return { status: 200, json: await deliveries.loops(asked) };
}

const EVENTS = { least: 1, most: 10_000 };
const REPLAY_PARAMETERS = ["event", "function", "failed", "since", "until", "limit", "to", "dry"];

/**
 * `POST /_nuage/replay`: Replayed documents, one a line, and a ReplayEnd; by event (a request's id or its
 * beginning) or function, failed, since, until, limit (100), to (a version or alias) and dry.
 */
export async function replayPage(
  { deliveries, clock }: Options,
  { query }: AdminRequest,
): Promise<AdminResponse> {
  allowOnly(query, REPLAY_PARAMETERS);
  const nowMs = clock.now();
  const id = textOf(query, "event");
  const functionName = textOf(query, "function");
  if (id === undefined && functionName === undefined) {
    throw new Fault("BadParameter", 'Name an "event" or a "function".', { status: 400 });
  }
  const sinceMs = momentOf(query, "since", nowMs);
  const untilMs = momentOf(query, "until", nowMs);
  const to = textOf(query, "to");
  const lines = deliveries.replay({
    failed: flagOf(query, "failed"),
    dry: flagOf(query, "dry"),
    limit: wholeOf(query, "limit", EVENTS) ?? 100,
    ...(id === undefined ? {} : { id }),
    ...(functionName === undefined ? {} : { functionName }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(untilMs === undefined ? {} : { untilMs }),
    ...(to === undefined ? {} : { to }),
  });
  return { status: 200, lines: await begun(lines) };
}

/** A fault of the first line is still the answer's. */
async function begun(lines: AsyncIterable<unknown>): Promise<AsyncIterable<unknown>> {
  const iterator = lines[Symbol.asyncIterator]();
  const first = await iterator.next();
  return (async function* () {
    for (let next = first; !next.done; next = await iterator.next()) yield next.value;
  })();
}
