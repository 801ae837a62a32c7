import type { AsyncEvent, FunctionVersion } from "../kernel/functions.ts";
import type { Trace } from "../kernel/trace.ts";
import type { Key, KeyRange, Transaction, Value } from "../store/store.ts";
import type { Condition } from "./backoff.ts";

/**
 * The asynchronous queue as it is stored; the only file that knows its keys. An event stays under its
 * key until its outcome is written, so a process that dies leaves every unfinished event to the next:
 * at least once, at no cost while all goes well.
 */
export interface QueuedEvent {
  readonly v: 1;
  readonly event: AsyncEvent;
  /** Epoch milliseconds of the platform's clock: when the event was accepted. */
  readonly enqueuedMs: number;
  /** When it began to wait for this attempt: the start of its queue span. */
  readonly waitingSinceMs: number;
  /** Runs of the function that ended in its error. */
  readonly failures: number;
  /** Refusals since the function last ran: throttles and platform errors. */
  readonly refusals: number;
  /** It has been decided that it comes late or twice, on purpose: that befalls it no more. */
  readonly isDecided?: true;
  /** Set when no run will follow, and somebody is still to be told. */
  readonly ended?: Ended;
}

/** How an event ended, as a destination or a dead-letter queue hears of it. */
export interface Ended {
  readonly version: FunctionVersion;
  readonly condition: "Success" | Condition;
  /** An InvocationRecord as JSON. */
  readonly record: string;
  /** With the function's own run counted, so that a loop through destinations is seen. */
  readonly trace: Trace;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** What a dead-letter queue is told: an HTTP status and what went wrong. */
  readonly errorCode: number;
  readonly errorMessage: string;
  /** ARNs of those who are still to be told. */
  readonly destination?: string;
  readonly deadLetterTarget?: string;
  /** Attempts at telling them that have failed for now. */
  readonly tries: number;
}

/** One event with the key it lies under. */
export interface Entry {
  readonly key: Key;
  readonly record: QueuedEvent;
}

/** All that is in the queue. */
export const QUEUE: Key = ["delivery"];
/** Events that are due, of each function by itself: those of one are never in the way of another's. */
export const READY: Key = [...QUEUE, "ready"];
/** Events that wait for another attempt, by the time it is due. */
const LATER: Key = [...QUEUE, "later"];

/** Puts an event into the queue. */
export function appendEvent(tx: Transaction, event: AsyncEvent, nowMs: number): void {
  appendRecord(tx, { v: 1, event, enqueuedMs: nowMs, waitingSinceMs: nowMs, failures: 0, refusals: 0 });
}

const readyKey = (functionArn: string): Key => [...READY, functionArn];

/** Puts an event behind all others of its function; `dueMs`: not to be tried before. */
export function appendRecord(tx: Transaction, record: QueuedEvent, dueMs?: number): void {
  const place = dueMs === undefined ? readyKey(record.event.functionArn) : [...LATER, dueMs];
  tx.append(place, record as unknown as Value);
}

/** Puts an event that was tried under the time of its next attempt; false when it is gone already. */
export async function postpone(
  tx: Transaction,
  entry: Entry,
  record: QueuedEvent,
  atMs: number,
): Promise<boolean> {
  if (!(await removeEvent(tx, entry))) return false;
  // The last part is unique to the event: two events may share a request id.
  tx.set([...LATER, atMs, record.event.requestId, entry.key.at(-1) ?? null], record as unknown as Value);
  return true;
}

/** Takes an event off the queue; false when it is gone already, as after a reset of the platform. */
export async function removeEvent(tx: Transaction, entry: Entry): Promise<boolean> {
  const found = (await tx.get(entry.key)) as QueuedEvent | undefined;
  if (found?.event.requestId !== entry.record.event.requestId) return false;
  tx.delete(entry.key);
  return true;
}

/** Events that are moved in one transaction: they may be large. */
const MOST_MOVED = 100;

/** Lets events whose time has come join those of their functions, many at a time. */
export async function moveDue(tx: Transaction, nowMs: number): Promise<void> {
  const due: Entry[] = [];
  for await (const entry of entriesOf(tx, { prefix: LATER, lt: dueUntil(nowMs) }, MOST_MOVED))
    due.push(entry);
  for (const { key, record } of due) {
    tx.delete(key);
    appendRecord(tx, record);
  }
}

/** When the first of those that wait is due. */
export async function nextDueMs(tx: Transaction): Promise<number | undefined> {
  for await (const [key] of tx.range({ prefix: LATER }, { limit: 1 })) return Number(key[LATER.length]);
  return undefined;
}

/** Whether any event is due. */
export async function isAnyDue(tx: Transaction, nowMs: number): Promise<boolean> {
  for (const range of [{ prefix: READY }, { prefix: LATER, lt: dueUntil(nowMs) }])
    for await (const _ of tx.range(range, { limit: 1 })) return true;
  return false;
}

/** The functions that have events, each once: those behind `after` first. */
export async function* readyFunctions(tx: Transaction, after: string): AsyncIterable<string> {
  const end = behind(after);
  yield* functionsIn(tx, { prefix: READY, gt: end });
  yield* functionsIn(tx, { prefix: READY, lt: end });
}

async function* functionsIn(tx: Transaction, range: KeyRange): AsyncIterable<string> {
  for (let left: KeyRange | undefined = range; left; ) {
    let found: string | undefined;
    for await (const [key] of tx.range(left, { limit: 1 })) found = String(key[READY.length]);
    if (found !== undefined) yield found;
    left = found === undefined ? undefined : { ...range, gt: behind(found) };
  }
}

/** The first events of a function, the oldest first. */
export const readyEvents = (tx: Transaction, functionArn: string, limit: number): AsyncIterable<Entry> =>
  entriesOf(tx, { prefix: readyKey(functionArn) }, limit);

/** `false` sorts after all that follows a time or a function in a key. */
const dueUntil = (nowMs: number): Key => [...LATER, nowMs, false];
const behind = (functionArn: string): Key => [...readyKey(functionArn), false];

async function* entriesOf(tx: Transaction, range: KeyRange, limit: number): AsyncIterable<Entry> {
  for await (const [key, value] of tx.range(range, { limit }))
    yield { key, record: value as unknown as QueuedEvent };
}

/** A key as text, to remember which events are being worked on. */
export function keyText(key: Key): string {
  return key
    .map((part) => (part instanceof Uint8Array ? Buffer.from(part).toString("hex") : String(part)))
    .join("|");
}
