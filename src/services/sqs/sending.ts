import type { Box } from "./box.ts";
import { DEDUPLICATION_MS, deduplicationNames } from "./delivery.ts";
import {
  deduplicationKey,
  forgetKey,
  type MessageKey,
  ordinalKey,
  read,
  type StoredMessage,
  write,
} from "./records.ts";

interface Sent {
  readonly id: string;
  readonly ordinal: number;
  readonly expiresMs: number;
}

/** Puts a message into a standard queue. */
export async function sendStandard(box: Box, message: StoredMessage, nowMs: number): Promise<void> {
  if (message.visibleMs <= nowMs && message.receives === 0 && message.source === undefined) {
    return box.append(message);
  }
  await box.add([message.id], message);
  box.ring();
}

/**
 * Puts a message at the end of its group, unless one with its deduplication id was sent within five
 * minutes. Gives the id and ordinal of the message that is in the queue for it.
 */
export async function sendFifo(
  box: Box,
  message: StoredMessage,
  nowMs: number,
): Promise<{ id: string; ordinal: number }> {
  const { id: queueId, attributes } = box.queue;
  const group = message.group ?? "";
  const perGroup = attributes.DeduplicationScope === "messageGroup";
  const names = deduplicationNames(perGroup, group, message.deduplicationId ?? "");
  for (const name of names) {
    const sent = await read<Sent>(box.tx, deduplicationKey(queueId, name));
    if (sent && sent.expiresMs > nowMs) return sent;
  }
  const ordinal = await putFifo(box, message);
  const expiresMs = nowMs + DEDUPLICATION_MS;
  const note = deduplicationKey(queueId, names[0]);
  write(box.tx, note, { id: message.id, ordinal, expiresMs } satisfies Sent);
  box.tx.set([...forgetKey(queueId), expiresMs, ...note], null);
  return { id: message.id, ordinal };
}

/** Puts a message at the end of its group, whatever was sent before. */
export async function putFifo(box: Box, message: StoredMessage): Promise<number> {
  const group = message.group ?? "";
  const ordinal = await nextOrdinal(box);
  const key: MessageKey = [group, ordinal];
  const headMs = await box.headMs(group);
  await box.add(key, { ...message, ordinal });
  if (headMs === undefined) await box.moveHead(group, headMs);
  return ordinal;
}

async function nextOrdinal({ tx, queue }: Box): Promise<number> {
  const key = ordinalKey(queue.id);
  const ordinal = ((await read<number>(tx, key)) ?? 0) + 1;
  tx.set(key, ordinal);
  return ordinal;
}

/** Notes of old sends and receives that one new one removes: more than it makes, so that none pile up. */
const FORGOTTEN_AT_ONCE = 3;

/** Forgets deduplication ids and receive attempts whose five minutes are over. */
export async function forgetOld({ tx, queue }: Box, nowMs: number): Promise<void> {
  const prefix = forgetKey(queue.id);
  const old = { prefix, lt: [...prefix, nowMs + 1] };
  for await (const [key] of tx.range(old, { limit: FORGOTTEN_AT_ONCE })) {
    const note = key.slice(prefix.length + 1);
    const kept = await read<{ expiresMs: number }>(tx, note);
    if (kept && kept.expiresMs <= nowMs) tx.delete(note);
    tx.delete(key);
  }
}
