import type { Box } from "./box.ts";
import { DEDUPLICATION_MS, handleState, hidden } from "./delivery.ts";
import type { Received, Wanted } from "./receiving.ts";
import { attemptKey, forgetKey, type MessageKey, read, type StoredMessage, write } from "./records.ts";

/** What a receive of a FIFO queue got, so that it can be asked for again. */
interface Attempt {
  readonly expiresMs: number;
  readonly got: readonly (readonly [key: MessageKey, token: string])[];
}

/**
 * The messages that an earlier receive with this attempt id got, hidden anew under the same handles; or
 * undefined when that was more than five minutes ago, or one of them was deleted, changed or received since.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
 */
export async function replayAttempt(
  box: Box,
  attemptId: string,
  { nowMs, visibilityMs }: Wanted,
): Promise<Received[] | undefined> {
  const attempt = await read<Attempt>(box.tx, attemptKey(box.queue.box, attemptId));
  if (!attempt || attempt.expiresMs <= nowMs) return undefined;
  const found: (readonly [MessageKey, StoredMessage])[] = [];
  for (const [key, token] of attempt.got) {
    const message = await box.message(key);
    if (!message || handleState(message, token, nowMs) !== "current") return undefined;
    found.push([key, message]);
  }
  const again: Received[] = [];
  for (const [key, message] of found) {
    const next = hidden(message, nowMs, visibilityMs);
    await box.replace(key, message, next);
    again.push([key, next]);
  }
  return again;
}

export function rememberAttempt(box: Box, attemptId: string, received: readonly Received[], nowMs: number) {
  const key = attemptKey(box.queue.box, attemptId);
  const expiresMs = nowMs + DEDUPLICATION_MS;
  const got = received.map(([place, message]) => [place, message.token ?? ""] as const);
  write(box.tx, key, { expiresMs, got } satisfies Attempt);
  box.tx.set([...forgetKey(box.queue.id), expiresMs, ...key], null);
}
