import type { FunctionEvent } from "../kernel/telemetry.ts";
import { shortened } from "./issues/frames.ts";
import type { Stacks } from "./issues/stacks.ts";
import type { EventQuery, KeptEvent, Numbered } from "./model.ts";

/** The most of one event, and of one answer, that is kept: what a function may be sent asynchronously. */
const LARGEST_BYTES = 1_048_576;
/** What an event counts for in retention beside its text, so that many small ones are bounded too. */
const OVERHEAD_BYTES = 1_000;

/** Up to here the text is taken at once: that is quicker than to copy what would have to be copied. */
const SMALL_BYTES = 4_096;

const DECODER = new TextDecoder();

type Optional = "environment" | "sourceArn" | "isTold" | "errorType" | "isInit" | "isMapped" | "items";

/** An event on its way to be kept. What it holds is its own: a small one keeps no large buffer alive. */
export type WaitingEvent = Omit<FunctionEvent, "payload" | "result" | Optional> & {
  readonly [Name in Optional]: FunctionEvent[Name] | undefined;
} & {
  readonly payload: string | Uint8Array;
  readonly result: string | Uint8Array;
  readonly payloadBytes: number;
};

/** Member by member, all of them: to spread the event would take ten times as long. */
export function detached(event: FunctionEvent): WaitingEvent {
  return {
    timeMs: event.timeMs,
    requestId: event.requestId,
    traceId: event.traceId,
    account: event.account,
    region: event.region,
    functionArn: event.functionArn,
    functionName: event.functionName,
    invokedArn: event.invokedArn,
    version: event.version,
    environment: event.environment,
    attempt: event.attempt,
    source: event.source,
    sourceArn: event.sourceArn,
    isTold: event.isTold,
    payload: detachedBody(event.payload),
    result: detachedBody(event.result),
    payloadBytes: event.payload.byteLength,
    failed: event.failed,
    errorType: event.errorType,
    isInit: event.isInit,
    isMapped: event.isMapped,
    durationMs: event.durationMs,
    items: event.items,
  };
}

function detachedBody(bytes: Uint8Array): string | Uint8Array {
  if (bytes.byteLength <= SMALL_BYTES) return DECODER.decode(bytes);
  return bytes.buffer.byteLength > 2 * bytes.byteLength ? Uint8Array.prototype.slice.call(bytes) : bytes;
}

/** An event as it is kept: its texts masked and bounded. Member by member, as there are very many. */
export function keptForm(event: WaitingEvent, mask: (text: string) => string, stacks: Stacks): KeptEvent {
  const kept: { -readonly [Name in keyof KeptEvent]: KeptEvent[Name] } = {
    timeMs: event.timeMs,
    requestId: event.requestId,
    traceId: event.traceId,
    account: event.account,
    region: event.region,
    functionArn: event.functionArn,
    functionName: event.functionName,
    invokedArn: event.invokedArn,
    version: event.version,
    attempt: event.attempt,
    source: event.source,
    failed: event.failed,
    durationMs: event.durationMs,
    payloadBytes: event.payloadBytes,
  };
  const { sourceArn, errorType, items, environment } = event;
  if (environment !== undefined) kept.environment = environment;
  if (event.isTold) kept.isTold = true;
  if (event.isInit) kept.isInit = true;
  if (sourceArn !== undefined) kept.sourceArn = sourceArn;
  if (errorType !== undefined) kept.errorType = errorType;
  if (items && items.length > 0) kept.items = items.join(" ");
  const payload = textOf(event.payload, mask);
  const result = textOf(event.result, mask) ?? (event.failed ? errorOf(event.result, mask) : undefined);
  if (payload !== undefined) kept.payload = payload;
  if (result !== undefined) kept.result = result;
  const frames = event.failed ? stacks.explain(result, event.isMapped) : [];
  if (frames.length > 0) kept.frames = frames;
  return kept;
}

/** What an error is told by, of a document that is too large. */
function errorOf(body: string | Uint8Array, mask: (text: string) => string): string {
  return mask(shortened(typeof body === "string" ? body : DECODER.decode(body)));
}

/** The text, or nothing of one that is too large: half of a document is of no use. */
function textOf(body: string | Uint8Array, mask: (text: string) => string): string | undefined {
  if (body.length > LARGEST_BYTES) return undefined;
  return mask(typeof body === "string" ? body : DECODER.decode(body));
}

/** Ids of records are about so long. */
const ID_BYTES = 40;

export const weighWaiting = ({ payload, result, items = [] }: WaitingEvent): number =>
  payload.length + result.length + items.length * ID_BYTES + OVERHEAD_BYTES;

export const weighEvent = ({ payload = "", result = "", items = "" }: KeptEvent): number =>
  payload.length + result.length + items.length + OVERHEAD_BYTES;

/** One event of an attempt: the attempt's own, or one of the records of its batch. */
interface One {
  readonly id: string;
  readonly failed: boolean;
  readonly attempt: KeptEvent;
}

/**
 * The last attempt at each event that the query asks for, the latest first. A record of a batch is an event
 * of its own, which other batches may have held before.
 */
export function findEvents(events: readonly Numbered<KeptEvent>[], query: EventQuery): KeptEvent[] {
  const last = new Map<string, One>();
  for (const { record } of events) {
    for (const one of eachOf(record)) {
      const { functionArn, sourceArn = "" } = record;
      if (isNamed(query, one)) last.set(`${functionArn} ${sourceArn} ${one.id}`, one);
    }
  }
  const found = new Map<KeptEvent, string[]>();
  for (const { attempt, id, failed } of last.values()) {
    if (query.failed && !failed) continue;
    const ids = found.get(attempt);
    if (ids) ids.push(id);
    else found.set(attempt, [id]);
  }
  return [...found]
    .filter(([event]) => matches(query, event))
    .map(([event, ids]) => {
      const meant = event.items === undefined ? event : { ...event, items: ids.join(" ") };
      return query.texts ? meant : factsOf(meant);
    })
    .sort((a, b) => b.timeMs - a.timeMs);
}

function eachOf(attempt: KeptEvent): One[] {
  const { items, requestId, failed } = attempt;
  if (items === undefined) return [{ id: requestId, failed, attempt }];
  return items.split(" ").map((item) => {
    const isTold = item.startsWith("!");
    return { id: isTold ? item.slice(1) : item, failed: failed || isTold, attempt };
  });
}

const isNamed = ({ id: asked }: EventQuery, { id, attempt }: One): boolean =>
  asked === undefined || id.startsWith(asked) || attempt.requestId.startsWith(asked);

function factsOf({ payload: _payload, result: _result, ...facts }: KeptEvent): KeptEvent {
  return facts;
}

function matches(query: EventQuery, event: KeptEvent): boolean {
  if (query.functionName !== undefined && event.functionName !== query.functionName) return false;
  if (query.sinceMs !== undefined && event.timeMs < query.sinceMs) return false;
  return query.untilMs === undefined || event.timeMs < query.untilMs;
}
