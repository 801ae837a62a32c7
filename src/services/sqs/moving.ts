import type { Transaction } from "../../store/store.ts";
import type { Background } from "../define.ts";
import { numberOf } from "./attributes.ts";
import { Box } from "./box.ts";
import { parseQueueArn, type QueueName } from "./names.ts";
import { type Received, receiveFifo, receiveStandard } from "./receiving.ts";
import {
  activeTasks,
  type MoveTask,
  readActiveTask,
  readQueue,
  type StoredMessage,
  writeTask,
} from "./records.ts";
import { putFifo, sendStandard } from "./sending.ts";

/** Messages moved in one transaction where no rate is asked for. */
const AT_ONCE = 100;

/** Takes every task that may go on one step further; gives the time of the next step, if there is one. */
export async function moveOn({ store, clock, ids }: Background): Promise<number | undefined> {
  const nowMs = Math.floor(clock.now());
  const tasks = await store.transact(async (tx) => {
    const found: MoveTask[] = [];
    for await (const task of activeTasks(tx)) found.push(task);
    return found;
  });
  for (const { source, nextMs } of tasks) {
    if (nextMs <= nowMs) await store.transact((tx) => step(tx, source, nowMs, ids.uuid));
  }
  return store.transact(async (tx) => {
    let next: number | undefined;
    for await (const { nextMs } of activeTasks(tx)) next = Math.min(next ?? nextMs, nextMs);
    return next;
  });
}

async function step(tx: Transaction, source: QueueName, nowMs: number, newId: () => string): Promise<void> {
  const task = await readActiveTask(tx, source);
  const queue = task && (await readQueue(tx, source));
  if (!task || !queue) return;
  const box = new Box(tx, queue);
  const wanted = {
    nowMs,
    count: task.perSecond ?? AT_ONCE,
    visibilityMs: 0,
    retentionMs: numberOf(queue.attributes, "MessageRetentionPeriod") * 1000,
    redrive: undefined,
    dead: [],
    token: () => "",
  };
  const { taken, cleared } = await (queue.fifo ? receiveFifo(box, wanted) : receiveStandard(box, wanted));
  let moved = 0;
  let failure: string | undefined;
  for (const received of taken) {
    failure ??= await moveOne(box, received, task, nowMs, newId);
    if (failure === undefined) moved++;
    else await putBack(box, received);
  }
  box.close();
  const ended = taken.length < wanted.count && cleared === 0 ? "COMPLETED" : "RUNNING";
  writeTask(tx, {
    ...task,
    status: failure === undefined ? ended : "FAILED",
    moved: task.moved + moved,
    nextMs: task.perSecond === undefined ? nowMs : nowMs + 1000,
    ...(failure === undefined ? {} : { failure }),
  });
}

/** Moves a message as a new one; gives why it cannot be moved. */
async function moveOne(
  from: Box,
  [key, message]: Received,
  { destination }: MoveTask,
  nowMs: number,
  newId: () => string,
): Promise<string | undefined> {
  const target = destination ?? parseQueueArn(message.source ?? "");
  if (!target) return "CouldNotDetermineMessageSource";
  const queue = await readQueue(from.tx, target);
  if (!queue) return "AWS.SimpleQueueService.NonExistentQueue";
  const content = await from.content(message);
  await from.replace(key, message, undefined);
  const { bodyMd5, sender, trace, ownTrace, group, deduplicationId } = message;
  const renewed: StoredMessage = {
    v: 1,
    id: newId(),
    content,
    bodyMd5,
    sender,
    trace,
    ...(ownTrace ? { ownTrace } : {}),
    ...(group === undefined ? {} : { group }),
    ...(deduplicationId === undefined ? {} : { deduplicationId }),
    sentMs: nowMs,
    visibleMs: nowMs,
    state: "visible",
    receives: 0,
  };
  const to = queue.box === from.queue.box ? from : new Box(from.tx, queue);
  if (queue.fifo) await putFifo(to, renewed);
  else await sendStandard(to, renewed, nowMs);
  if (to !== from) to.close();
  return undefined;
}

/** As if it had not been taken. */
async function putBack(box: Box, [key, message]: Received): Promise<void> {
  await box.replace(key, message, { ...message, receives: message.receives - 1, visibleMs: message.sentMs });
}
