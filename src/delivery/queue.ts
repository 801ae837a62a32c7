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

/** New events, in the order of their commits. */
export const FRESH: Key = ["delivery", "fresh"];
/** Changes when an event was put where only those lie that were tried. */
export const BELL: Key = ["delivery", "bell"];
/** Events that wait for another attempt, by the time it is due. */
const LATER: Key = ["delivery", "later"];

/** Puts an event into the queue; `dueMs`: not to be tried before. */
export function appendEvent(tx: Transaction, event: AsyncEvent, nowMs: number, dueMs?: number): void {
  const record: QueuedEvent = {
    v: 1,
    event,
    enqueuedMs: nowMs,
    waitingSinceMs: nowMs,
    failures: 0,
    refusals: 0,
  };
  if (dueMs === undefined) tx.append(FRESH, record as unknown as Value);
  else {
    tx.append([...LATER, dueMs], record as unknown as Value);
    tx.set(BELL, dueMs);
  }
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

/** Rows read in one look: what is passed over behind them waits for the next. */
const MOST_ROWS = 1000;

/** New events that `accept` takes, the oldest first. */
export function freshEvents(
  tx: Transaction,
  limit: number,
  accept: (entry: Entry) => boolean,
): Promise<Entry[]> {
  return entriesOf(tx, { prefix: FRESH }, limit, accept);
}

/** Events whose next attempt is due and that `accept` takes, the longest due first. */
export function dueEvents(
  tx: Transaction,
  nowMs: number,
  limit: number,
  accept: (entry: Entry) => boolean,
): Promise<Entry[]> {
  return entriesOf(tx, { prefix: LATER, lt: dueUntil(nowMs) }, limit, accept);
}

/** When the next attempt after `nowMs` is due. */
export async function nextDueMs(tx: Transaction, nowMs: number): Promise<number | undefined> {
  for await (const [key] of tx.range({ prefix: LATER, gt: dueUntil(nowMs) }, { limit: 1 })) {
    return Number(key[LATER.length]);
  }
  return undefined;
}

/** `false` sorts after every request id: what is due at this very moment lies before it. */
const dueUntil = (nowMs: number): Key => [...LATER, nowMs, false];

async function entriesOf(
  tx: Transaction,
  range: KeyRange,
  limit: number,
  accept: (entry: Entry) => boolean,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  if (limit <= 0) return entries;
  for await (const [key, value] of tx.range(range, { limit: MOST_ROWS })) {
    const entry = { key, record: value as unknown as QueuedEvent };
    if (accept(entry)) entries.push(entry);
    if (entries.length >= limit) break;
  }
  return entries;
}

/** A key as text, to remember which events are being worked on. */
export function keyText(key: Key): string {
  return key
    .map((part) => (part instanceof Uint8Array ? Buffer.from(part).toString("hex") : String(part)))
    .join("|");
}
