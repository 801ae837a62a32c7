import type { FunctionEvent } from "../kernel/telemetry.ts";
import type { EventQuery, KeptEvent, Numbered } from "./model.ts";

/** The most of one event, and of one answer, that is kept: what a function may be sent asynchronously. */
const LARGEST_BYTES = 1_048_576;
/** What an event counts for in retention beside its text, so that many small ones are bounded too. */
const OVERHEAD_BYTES = 1_000;

/** An event that can wait: a small one does not hold the large buffer that it came in. */
export function detached(event: FunctionEvent): FunctionEvent {
  return { ...event, payload: compact(event.payload), result: compact(event.result) };
}

function compact(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength > 2 * bytes.byteLength + 64 ? Uint8Array.prototype.slice.call(bytes) : bytes;
}

/** An event as it is kept: its texts masked and bounded. */
export function keptForm(event: FunctionEvent, mask: (text: string) => string): KeptEvent {
  const { payload, result, ...facts } = event;
  return {
    ...facts,
    payloadBytes: payload.byteLength,
    ...named("payload", textOf(payload, mask)),
    ...named("result", textOf(result, mask)),
  };
}

/** The text, or nothing of one that is too large: half of a document is of no use. */
function textOf(bytes: Uint8Array, mask: (text: string) => string): string | undefined {
  if (bytes.byteLength > LARGEST_BYTES) return undefined;
  return mask(new TextDecoder().decode(bytes));
}

const named = <Name extends "payload" | "result">(name: Name, text: string | undefined) =>
  (text === undefined ? {} : { [name]: text }) as { [Key in Name]?: string };

export const weighWaiting = ({ payload, result }: FunctionEvent): number =>
  payload.byteLength + result.byteLength + OVERHEAD_BYTES;

export const weighEvent = ({ payload = "", result = "" }: KeptEvent): number =>
  payload.length + result.length + OVERHEAD_BYTES;

/** The last attempt at each event that the query asks for, the latest first. */
export function findEvents(events: readonly Numbered<KeptEvent>[], query: EventQuery): KeptEvent[] {
  const last = new Map<string, KeptEvent>();
  for (const { record } of events) last.set(`${record.requestId} ${record.functionArn}`, record);
  const found = [...last.values()].filter((event) => matches(query, event));
  return found.map((event) => (query.texts ? event : factsOf(event))).sort((a, b) => b.timeMs - a.timeMs);
}

function factsOf({ payload: _payload, result: _result, ...facts }: KeptEvent): KeptEvent {
  return facts;
}

function matches(query: EventQuery, event: KeptEvent): boolean {
  if (query.id !== undefined && !event.requestId.startsWith(query.id)) return false;
  if (query.functionName !== undefined && event.functionName !== query.functionName) return false;
  if (query.failed && !event.failed) return false;
  if (query.sinceMs !== undefined && event.timeMs < query.sinceMs) return false;
  return query.untilMs === undefined || event.timeMs < query.untilMs;
}
