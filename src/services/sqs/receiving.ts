import type { Box } from "./box.ts";
import { moveToDeadLetters, type Redrive } from "./deadLetters.ts";
import { isExhausted, isExpired, isVisible, MOST_IN_FLIGHT, received } from "./delivery.ts";
import type { MessageKey, StoredMessage } from "./records.ts";

export interface Wanted {
  readonly nowMs: number;
  readonly count: number;
  readonly visibilityMs: number;
  readonly retentionMs: number;
  readonly redrive: Redrive | undefined;
  /** Makes the token of one receive. */
  readonly token: () => string;
}

export type Received = readonly [key: MessageKey, message: StoredMessage];

/** So many messages that nobody gets (expired, exhausted) are cleared away within one receive. */
const MOST_CLEARED = 1000;
const MOST_ROUNDS = 100;

/** Messages taken, and how many were cleared away because nobody gets them. */
export interface Taken {
  readonly taken: Received[];
  readonly cleared: number;
}

/** Takes messages of a standard queue: those that were hidden and are due first, then in order of arrival. */
export async function receiveStandard(box: Box, wanted: Wanted): Promise<Taken> {
  const taken: Received[] = [];
  const seen = new Set<string>();
  let cleared = 0;
  for (let more = true; more && taken.length < wanted.count && cleared < MOST_CLEARED; ) {
    more = false;
    for (const key of await box.due(wanted.nowMs, wanted.count + seen.size)) {
      if (taken.length >= wanted.count) break;
      const message = await box.message(key);
      if (!message || seen.has(message.id)) continue;
      seen.add(message.id);
      more = true;
      const next = await offer(box, key, message, wanted);
      if (next) taken.push([key, next]);
      else cleared++;
    }
  }
  while (taken.length < wanted.count && cleared < MOST_CLEARED) {
    const fresh = await box.fresh(wanted.count - taken.length);
    if (fresh.length === 0) break;
    for (const [place, message] of fresh) {
      const keep = !isExpired(message, wanted.retentionMs, wanted.nowMs);
      box.takeFresh(place, message, keep);
      if (!keep) {
        cleared++;
        continue;
      }
      const next = received(message, wanted.nowMs, wanted.visibilityMs, wanted.token());
      await box.put([message.id], undefined, next);
      taken.push([[message.id], next]);
    }
  }
  return { taken, cleared };
}

/**
 * Takes messages of a FIFO queue: of each group whose first message is visible, the first ones up to the
 * next that is hidden. A group is blocked while its first message is in flight.
 */
export async function receiveFifo(box: Box, wanted: Wanted): Promise<Taken> {
  let found: Taken = { taken: [], cleared: 0 };
  for (let round = 0; round < MOST_ROUNDS; round++) {
    found = await receiveFromGroups(box, wanted);
    // What was cleared away may have hidden what can be had.
    if (found.taken.length > 0 || found.cleared === 0) break;
  }
  return found;
}

async function receiveFromGroups(box: Box, wanted: Wanted): Promise<Taken> {
  const taken: Received[] = [];
  const groups: string[] = [];
  for await (const group of box.openGroups(wanted.nowMs)) {
    groups.push(group);
    if (groups.length >= wanted.count) break;
  }
  let cleared = 0;
  for (const group of groups) {
    if (taken.length >= wanted.count) break;
    const headMs = await box.headMs(group);
    const messages: Received[] = [];
    for await (const entry of box.group(group)) {
      if (!isVisible(entry[1], wanted.nowMs)) break;
      messages.push(entry);
      if (messages.length >= wanted.count - taken.length) break;
    }
    for (const [key, message] of messages) {
      const next = await offer(box, key, message, wanted);
      if (next) taken.push([key, next]);
      else cleared++;
    }
    await box.moveHead(group, headMs);
  }
  return { taken, cleared };
}

/** The message received, or undefined when its time or its chances are over, and it is gone. */
async function offer(
  box: Box,
  key: MessageKey,
  message: StoredMessage,
  wanted: Wanted,
): Promise<StoredMessage | undefined> {
  const { nowMs, redrive } = wanted;
  if (isExpired(message, wanted.retentionMs, nowMs)) {
    await box.put(key, message, undefined);
    return undefined;
  }
  if (redrive && isExhausted(message, redrive.mostReceives)) {
    if (await moveToDeadLetters(box, key, message, redrive, nowMs)) return undefined;
  }
  const next = received(message, nowMs, wanted.visibilityMs, wanted.token());
  await box.put(key, message, next);
  return next;
}

/** How many more messages may be in flight. */
export async function roomInFlight(box: Box, nowMs: number, count: number): Promise<number> {
  if ((await box.inFlight()) + count > MOST_IN_FLIGHT) await box.mature(nowMs);
  return MOST_IN_FLIGHT - (await box.inFlight());
}

/** Removes what is past its retention from the front of the queue, so that it is not counted. */
export async function clearExpired(box: Box, nowMs: number, retentionMs: number): Promise<void> {
  if (box.queue.fifo) return;
  for (let cleared = 0; cleared < MOST_CLEARED; ) {
    const fresh = await box.fresh(100);
    const expired = fresh.filter(([, message]) => isExpired(message, retentionMs, nowMs));
    for (const [place, message] of expired) box.takeFresh(place, message, false);
    cleared += expired.length;
    if (expired.length < 100) return;
  }
}
