import type { Transaction } from "../../store/store.ts";
import { forgetKey, read, sentKey, sequenceKey, type TopicRecord, write } from "./records.ts";

const DEDUPLICATION_MS = 5 * 60_000;
/** Notes of old messages that one new one removes: more than it makes, so that none pile up. */
const FORGOTTEN_AT_ONCE = 3;
/** As long as AWS's, so that they sort as text. */
const FIRST = 10_000_000_000_000_000_000n;

interface Sent {
  readonly id: string;
  readonly sequenceNumber: string;
  readonly expiresMs: number;
}

interface Incoming {
  readonly id: string;
  readonly group: string;
  readonly deduplicationId: string;
}

/** A message's id and number; those of the first one, when it was sent within five minutes. */
export async function accept(
  tx: Transaction,
  topic: TopicRecord,
  { id, group, deduplicationId }: Incoming,
  nowMs: number,
): Promise<{ fresh: boolean; id: string; sequenceNumber: string }> {
  await forgetOld(tx, topic, nowMs);
  const scope = topic.attributes.FifoThroughputScope === "MessageGroup" ? group : "";
  const key = sentKey(topic.id, scope, deduplicationId);
  const sent = await read<Sent>(tx, key);
  if (sent && sent.expiresMs > nowMs) return { ...sent, fresh: false };
  const sequenceNumber = await nextNumber(tx, topic);
  const expiresMs = nowMs + DEDUPLICATION_MS;
  write(tx, key, { id, sequenceNumber, expiresMs } satisfies Sent);
  tx.set([...forgetKey(topic.id), expiresMs, ...key], null);
  return { fresh: true, id, sequenceNumber };
}

async function nextNumber(tx: Transaction, topic: TopicRecord): Promise<string> {
  const key = sequenceKey(topic.id);
  const count = ((await read<bigint>(tx, key)) ?? 0n) + 1n;
  tx.set(key, count);
  return String(FIRST + count * 1000n);
}

async function forgetOld(tx: Transaction, topic: TopicRecord, nowMs: number): Promise<void> {
  const prefix = forgetKey(topic.id);
  for await (const [key] of tx.range({ prefix, lt: [...prefix, nowMs + 1] }, { limit: FORGOTTEN_AT_ONCE })) {
    const note = key.slice(prefix.length + 1);
    const sent = await read<Sent>(tx, note);
    if (sent && sent.expiresMs <= nowMs) tx.delete(note);
    tx.delete(key);
  }
}
