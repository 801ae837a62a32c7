import type { Store } from "../../store/store.ts";
import { Box } from "./box.ts";
import type { QueueName } from "./names.ts";
import { readQueue } from "./records.ts";

/** How many messages of a queue are where, and how old the oldest is; undefined where there is no queue. */
export function gaugesOf(
  store: Store,
  name: QueueName,
  nowMs: number,
): Promise<Readonly<Record<string, number>> | undefined> {
  return store.transact(async (tx) => {
    const queue = await readQueue(tx, name);
    if (!queue) return undefined;
    const box = new Box(tx, queue);
    await box.mature(Math.floor(nowMs));
    const { visible, flight, delayed } = await box.counts();
    const oldestMs = visible > 0 ? await oldestOf(box, nowMs) : nowMs;
    const groups = queue.fifo
      ? { ApproximateNumberOfGroupsWithInflightMessages: await groupsInFlight(box, nowMs) }
      : {};
    box.close();
    return {
      ApproximateNumberOfMessagesVisible: visible,
      ApproximateNumberOfMessagesNotVisible: flight,
      ApproximateNumberOfMessagesDelayed: delayed,
      ApproximateAgeOfOldestMessage: Math.max(0, Math.floor((nowMs - oldestMs) / 1000)),
      ...groups,
    };
  });
}

async function groupsInFlight(box: Box, nowMs: number): Promise<number> {
  let groups = 0;
  for await (const group of box.closedGroups(Math.floor(nowMs))) {
    for await (const [, { state }] of box.group(group, 1)) if (state === "flight") groups++;
  }
  return groups;
}

/** When the first of those was sent that were never received, or that wait again for the longest. */
async function oldestOf(box: Box, nowMs: number): Promise<number> {
  const times: number[] = [];
  if (box.queue.fifo) {
    for await (const group of box.openGroups(nowMs)) {
      for await (const [, { sentMs }] of box.group(group, 1)) times.push(sentMs);
      break;
    }
  } else {
    for (const [, { sentMs }] of await box.fresh(1)) times.push(sentMs);
    for (const key of await box.due(Math.floor(nowMs), 1)) {
      const message = await box.message(key);
      if (message) times.push(message.sentMs);
    }
  }
  return times.length === 0 ? nowMs : Math.min(...times);
}
