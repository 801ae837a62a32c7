import { Fault } from "../kernel/faults.ts";
import type { FunctionTarget, Invocation, InvocationResult } from "../kernel/functions.ts";
import { childTrace, newTrace } from "../kernel/trace.ts";
import type { EventQuery, KeptEvent } from "../observe/model.ts";
import type { Observe } from "../observe/observe.ts";
import { type CallCount, callsOf, type Difference, differenceOf, type Ran } from "./difference.ts";
import type { DeliveryOptions } from "./options.ts";
import { deliverySpan } from "./report.ts";

export interface ReplayRequest extends EventQuery {
  /** A version or an alias to send to; the one that was named at first when absent. */
  readonly to?: string;
  /** Only tells what would be sent. */
  readonly dry?: boolean;
}

/** One event, as it is answered about. */
export interface Replayed {
  readonly kind: "event";
  readonly functionName: string;
  readonly timeMs: number;
  readonly source: string;
  readonly attempt: number;
  /** Of a batch: the ids of the records that are meant, and that are sent again. */
  readonly records?: readonly string[];
  readonly before: Ran;
  /** Absent when it was not sent: then `reason` says why, unless nothing was to be sent. */
  readonly after?: Ran;
  readonly difference?: Difference;
  readonly reason?: string;
}

/** The last of the answer. */
export interface ReplayEnd {
  readonly kind: "end";
  readonly found: number;
  readonly sent: number;
  /** More events match than were asked for. */
  readonly more: boolean;
  /** Attempts at events that are no longer kept. */
  readonly evicted: number;
}

export type Replay = (request: ReplayRequest) => AsyncIterable<Replayed | ReplayEnd>;

export interface ReplayParts
  extends Pick<DeliveryOptions, "clock" | "ids" | "recorder" | "resolve" | "lifecycle"> {
  readonly invoke: (target: FunctionTarget, invocation: Invocation) => Promise<InvocationResult>;
  readonly observe: Pick<Observe, "events" | "trace">;
}

/** Sends events that were kept to their functions again, one after another, and tells what is different. */
export function createReplay(parts: ReplayParts): Replay {
  return async function* (request) {
    const { to, dry, ...query } = request;
    const { events, more, evicted } = await parts.observe.events(query);
    if (events.length === 0 && query.id !== undefined) {
      throw new Fault("BadParameter", `No event that is kept begins with "${query.id}".`, { status: 404 });
    }
    let sent = 0;
    // In the order they came.
    for (const facts of events.toReversed()) {
      const event = dry ? facts : await withTexts(parts, facts);
      const before = await ranOf(parts, event, event.requestId);
      const { functionName, timeMs, source, attempt } = event;
      const records = recordsOf(facts);
      const told = { kind: "event", functionName, timeMs, source, attempt, ...records, before } as const;
      if (dry) {
        yield told;
        continue;
      }
      const outcome = await parts.lifecycle.track(send(parts, event, to));
      if ("reason" in outcome) {
        yield { ...told, ...outcome };
        continue;
      }
      sent++;
      yield { ...told, after: outcome, difference: differenceOf(before, outcome) };
    }
    yield { kind: "end", found: events.length, sent, more, evicted };
  };
}

/** Texts are read one event at a time: a hundred large ones need not fit into memory. */
async function withTexts({ observe }: ReplayParts, facts: KeptEvent): Promise<KeptEvent> {
  const { requestId: id, functionName } = facts;
  const { events } = await observe.events({ id, functionName, texts: true, limit: 1 });
  const [event = facts] = events;
  return { ...event, ...(facts.items === undefined ? {} : { items: facts.items }) };
}

function recordsOf({ items }: KeptEvent): { readonly records?: readonly string[] } {
  return items === undefined ? {} : { records: items.split(" ") };
}

/** Of a batch only the records that are meant: the others have been done since, or are in a later batch. */
function payloadOf(payload: string, { records }: { readonly records?: readonly string[] }): string {
  if (!records) return payload;
  const event = JSON.parse(payload) as { readonly Records: readonly BatchRecord[] };
  const meant = new Set(records);
  const left = event.Records.filter((record) => meant.has(idOf(record)));
  return left.length === event.Records.length ? payload : JSON.stringify({ ...event, Records: left });
}

/** A record of a queue, of Kinesis or of a table's stream. */
interface BatchRecord {
  readonly messageId?: string;
  readonly kinesis?: { readonly sequenceNumber?: string };
  readonly dynamodb?: { readonly SequenceNumber?: string };
}

const idOf = ({ messageId, kinesis, dynamodb }: BatchRecord): string =>
  messageId ?? kinesis?.sequenceNumber ?? dynamodb?.SequenceNumber ?? "";

async function send(
  parts: ReplayParts,
  event: KeptEvent,
  to: string | undefined,
): Promise<Ran | { readonly reason: string }> {
  const { clock, ids } = parts;
  if (event.payload === undefined) {
    return { reason: `The event was too large to be kept (${event.payloadBytes} bytes).` };
  }
  const invokedArn = to === undefined ? event.invokedArn : `${event.functionArn}:${to}`;
  const target = await parts.resolve(invokedArn);
  if (!target) return { reason: `There is no function, version or alias ${invokedArn}.` };
  const requestId = ids.uuid();
  const trace = newTrace(clock, ids);
  const spanId = deliverySpan(
    parts,
    target.version,
    { requestId, trace },
    {
      kind: "queue",
      startMs: clock.now(),
      durationMs: 0,
      status: "ok",
      attributes: { source: "replay", replayOf: event.requestId },
    },
  );
  try {
    const result = await parts.invoke(target, {
      requestId,
      payload: new TextEncoder().encode(payloadOf(event.payload, recordsOf(event))),
      invokedArn,
      trace: childTrace(trace, spanId),
      attempt: 1,
      source: "replay",
      ...(event.sourceArn === undefined ? {} : { sourceArn: event.sourceArn }),
    });
    const ran = ranBy(result, requestId, trace.root);
    return { ...ran, calls: await readCalls(parts, trace.root, requestId, 1) };
  } catch (error) {
    if (error instanceof Fault) return { reason: `${error.code}: ${error.message}` };
    throw error;
  }
}

function ranBy(result: InvocationResult, requestId: string, traceId: string): Omit<Ran, "calls"> {
  const { errorType } = result;
  return {
    requestId,
    traceId,
    version: result.executedVersion,
    failed: result.functionError !== undefined,
    ...(errorType === undefined ? {} : { errorType }),
    durationMs: result.report.durationMs,
    result: new TextDecoder().decode(result.payload),
  };
}

async function ranOf(parts: ReplayParts, event: KeptEvent, requestId: string): Promise<Ran> {
  const { traceId, version, failed, errorType, durationMs, result, attempt } = event;
  return {
    requestId,
    traceId,
    version,
    failed,
    ...(errorType === undefined ? {} : { errorType }),
    durationMs,
    ...(result === undefined ? {} : { result }),
    calls: await readCalls(parts, traceId, requestId, attempt),
  };
}

async function readCalls(
  { observe }: ReplayParts,
  traceId: string,
  requestId: string,
  attempt: number,
): Promise<CallCount[]> {
  return callsOf((await observe.trace(traceId))?.spans ?? [], requestId, attempt);
}
