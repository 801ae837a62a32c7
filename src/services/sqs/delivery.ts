import { createHash } from "node:crypto";

/** Where a message stands. A hidden one becomes visible by itself at its `visibleMs`. */
export type MessageState = "delayed" | "flight" | "visible";

/** What the rules need to know of a message. All times are epoch milliseconds, whole. */
export interface Deliverable {
  readonly state: MessageState;
  readonly sentMs: number;
  readonly visibleMs: number;
  readonly receives: number;
  readonly firstMs?: number;
  readonly receivedMs?: number;
  /** Names the latest receive: receipt handles of earlier ones are stale. */
  readonly token?: string;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const MOST_IN_FLIGHT = 120_000;
export const MOST_RECEIVED = 10;
export const DEDUPLICATION_MS = 5 * 60_000;
export const MOST_VISIBILITY_SECONDS = 43_200;

export function isVisible(message: Deliverable, nowMs: number): boolean {
  return message.visibleMs <= nowMs;
}

/** Retention counts from when the message was sent, wherever it has been since. */
export function isExpired(message: Deliverable, retentionMs: number, nowMs: number): boolean {
  return message.sentMs + retentionMs <= nowMs;
}

/** Whether a message that is about to be received goes to the dead-letter queue instead. */
export function isExhausted(message: Deliverable, mostReceives: number | undefined): boolean {
  return mostReceives !== undefined && message.receives >= mostReceives;
}

/** The message after one more receive. */
export function received<Message extends Deliverable>(
  message: Message,
  nowMs: number,
  visibilityMs: number,
  token: string,
): Message {
  return {
    ...hidden(message, nowMs, visibilityMs),
    receives: message.receives + 1,
    firstMs: message.firstMs ?? nowMs,
    receivedMs: nowMs,
    token,
  };
}

/** The message hidden for another while, or shown at once when that is 0. */
export function hidden<Message extends Deliverable>(
  message: Message,
  nowMs: number,
  visibilityMs: number,
): Message {
  return { ...message, visibleMs: nowMs + visibilityMs, state: visibilityMs > 0 ? "flight" : "visible" };
}

/**
 * Whether a visibility time-out would keep the message for more than 12 hours in all since its receive.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
 */
export function isBeyondLimit({ receivedMs = 0 }: Deliverable, nowMs: number, visibilityMs: number): boolean {
  const heldSeconds = Math.floor((nowMs - receivedMs) / 1000);
  return heldSeconds + visibilityMs / 1000 > MOST_VISIBILITY_SECONDS;
}

/**
 * What a receipt handle still is good for. current: the message is in flight under it. late: its time is
 * over, and nobody has received the message since. stale: somebody has.
 */
export function handleState(
  message: Deliverable,
  token: string,
  nowMs: number,
): "current" | "late" | "stale" {
  if (message.token !== token) return "stale";
  return isVisible(message, nowMs) ? "late" : "current";
}

/** The id that content-based deduplication gives a message: the hash of its body, without attributes. */
export function contentDeduplicationId(body: string): string {
  return createHash("sha256").update(body).digest("hex");
}

/**
 * Under which names a sent message is looked for among those of the last five minutes, its own first. What
 * was noted for the whole queue still counts after the scope became the group's.
 */
export function deduplicationNames(
  perGroup: boolean,
  group: string,
  id: string,
): readonly [string, ...string[]] {
  const forQueue = `q:${id}`;
  return perGroup ? [`g:${group.length}:${group}:${id}`, forQueue] : [forQueue];
}

const FIRST_SEQUENCE_NUMBER = 18_849_496_460_467_696_128n;

/** 20 digits that grow by 256 from message to message, as AWS's do. */
export function sequenceNumber(ordinal: number): string {
  return String(FIRST_SEQUENCE_NUMBER + BigInt(ordinal) * 256n);
}
