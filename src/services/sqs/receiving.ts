import type { Box } from "./box.ts";
import { moveToDeadLetters, type Redrive } from "./dead-letters.ts";
import { isExhausted, isExpired, isVisible, MOST_IN_FLIGHT, received } from "./delivery.ts";
import type { MessageKey, StoredMessage } from "./records.ts";

export interface Wanted {
  readonly nowMs: number;
  readonly count: number;
  readonly visibilityMs: number;
  readonly retentionMs: number;
  readonly redrive: Redrive | undefined;
  /** Takes note of those that move to the dead-letter queue. */
  readonly dead: StoredMessage[];
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
  const taken: Received[] = [];
  const asked = new Set<string>();
  let cleared = 0;
  for (let round = 0; round < MOST_ROUNDS && taken.length < wanted.count; round++) {
    const groups = await openGroups(box, wanted.nowMs, wanted.count - taken.length, asked);
    if (groups.length === 0) break;
    for (const group of groups) {
      if (taken.length >= wanted.count) break;
      asked.add(group);
      const headMs = await box.headMs(group);
      cleared += await takeFromGroup(box, group, wanted, taken);
      await box.moveHead(group, headMs);
    }
  }
  return { taken, cleared };
}

async function openGroups(box: Box, nowMs: number, count: number, but: ReadonlySet<string>) {
  const groups: string[] = [];
  for await (const group of box.openGroups(nowMs)) {
    if (!but.has(group)) groups.push(group);
    if (groups.length >= count) break;
  }
  return groups;
}

/** Adds to `taken`; gives how many were cleared away on the way. */
async function takeFromGroup(box: Box, group: string, wanted: Wanted, taken: Received[]): Promise<number> {
  let cleared = 0;
  for await (const [key, message] of box.group(group)) {
    if (!isVisible(message, wanted.nowMs)) break;
    const next = await offer(box, key, message, wanted);
    if (next) taken.push([key, next]);
    else cleared++;
    if (taken.length >= wanted.count || cleared >= MOST_CLEARED) break;
  }
  return cleared;
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
    if (await moveToDeadLetters(box, key, message, redrive, nowMs)) {
      wanted.dead.push(message);
      return undefined;
    }
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

/** Removes visible messages that are past their retention, so that they are not counted. */
export async function clearExpired(box: Box, nowMs: number, retentionMs: number): Promise<void> {
  if (box.queue.fifo) return clearExpiredGroups(box, nowMs, retentionMs);
  for (const key of await box.due(nowMs, MOST_CLEARED)) {
    const message = await box.message(key);
    if (message && isExpired(message, retentionMs, nowMs)) await box.put(key, message, undefined);
  }
  for (let cleared = 0; cleared < MOST_CLEARED; ) {
    const fresh = await box.fresh(100);
    const expired = fresh.filter(([, message]) => isExpired(message, retentionMs, nowMs));
    for (const [place, message] of expired) box.takeFresh(place, message, false);
    cleared += expired.length;
    if (expired.length < 100) return;
  }
}

/** A group's messages are in the order of their sends: those that are too old come first. */
async function clearExpiredGroups(box: Box, nowMs: number, retentionMs: number): Promise<void> {
  const groups: string[] = [];
  for await (const group of box.openGroups(nowMs)) {
    groups.push(group);
    if (groups.length >= MOST_CLEARED) break;
  }
  for (const group of groups) {
    const headMs = await box.headMs(group);
    const expired: Received[] = [];
    for await (const entry of box.group(group)) {
      const [, message] = entry;
      if (!isVisible(message, nowMs) || !isExpired(message, retentionMs, nowMs)) break;
      expired.push(entry);
      if (expired.length >= MOST_CLEARED) break;
    }
    for (const [key, message] of expired) await box.put(key, message, undefined);
    if (expired.length > 0) await box.moveHead(group, headMs);
  }
}
