import type { Scope } from "../../kernel/scope.ts";
import type { Key, Store, Transaction, Value } from "../../store/store.ts";
import type { QueueAttributes } from "./attributes.ts";
import type { Deliverable } from "./delivery.ts";
import type { QueueName } from "./names.ts";

export interface QueueRecord extends QueueName {
  readonly v: 1;
  /** Lives as long as the queue: receipt handles and deduplication are bound to it. */
  readonly id: string;
  /** Where its messages are. A purge gives the queue an empty one, whatever the old one holds. */
  readonly box: string;
  readonly fifo: boolean;
  readonly createdMs: number;
  readonly modifiedMs: number;
  readonly purgedMs?: number;
  readonly attributes: QueueAttributes;
  readonly tags: Readonly<Record<string, string>>;
}

export interface StoredAttribute {
  readonly type: string;
  readonly text?: string;
  readonly bytes?: Uint8Array;
}

/** The parts of a message that may be large. */
export interface Content {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, StoredAttribute>>;
}

export interface StoredMessage extends Deliverable {
  readonly v: 1;
  readonly id: string;
  /** Absent when it lies apart, so that a large message is not written again with every receive. */
  readonly content?: Content;
  readonly bodyMd5: string;
  /** The sender's unique id. */
  readonly sender: string;
  /** The trace header of the send. `ownTrace`: the sender gave it, so that everybody may see it. */
  readonly trace: string;
  readonly ownTrace?: true;
  readonly group?: string;
  readonly deduplicationId?: string;
  /** FIFO: its place in the order of all messages that the queue ever had. */
  readonly ordinal?: number;
  /** ARN of the queue that gave it up. */
  readonly source?: string;
}

/** `[id]` in a standard queue, `[group, ordinal]` in a FIFO one. */
export type MessageKey = readonly [string] | readonly [string, number];

export interface MoveTask {
  readonly v: 1;
  readonly id: string;
  readonly source: QueueName;
  /** Absent: every message goes back where it came from. */
  readonly destination?: QueueName;
  readonly perSecond?: number;
  readonly status: "RUNNING" | "COMPLETED" | "CANCELLED" | "FAILED";
  readonly moved: number;
  readonly toMove: number;
  readonly startedMs: number;
  /** When the next messages may move. */
  readonly nextMs: number;
  readonly failure?: string;
}

const at = ({ account, region }: Scope, ...rest: Key): Key => ["sqs", account, region, ...rest];
const queueKey = (queue: QueueName) => at(queue, "queue", queue.name);
const deletedKey = (queue: QueueName) => at(queue, "deleted", queue.name);
const sourceKey = (target: QueueName, source: string) => at(target, "source", target.name, source);
const taskKey = ({ source, startedMs, id }: MoveTask) => at(source, "task", source.name, startedMs, id);
const activeKey = ({ account, region, name }: QueueName): Key => ["sqsActive", account, region, name];
export const ACTIVE_TASKS: Key = ["sqsActive"];
export const DRAINS: Key = ["sqsDrain"];

const boxKey = (box: string, ...rest: Key): Key => ["sqsBox", box, ...rest];
/** Changes whenever a message may have become visible sooner than anybody knew. */
const newsKey = (box: string): Key => boxKey(box, "news");
const bellKey = (box: string): Key => boxKey(box, "news", "bell");
export const freshKey = (box: string): Key => boxKey(box, "news", "fresh");
export const headsKey = (box: string): Key => boxKey(box, "news", "heads");
export const messageKey = (box: string, key: Key): Key => boxKey(box, "message", ...key);
export const timesKey = (box: string): Key => boxKey(box, "times");
export const contentKey = (box: string, id: string): Key => boxKey(box, "content", id);
export const counterKey = (box: string, name: "total" | "flight" | "delayed"): Key =>
  boxKey(box, "count", name);
/** Until when the counters know what has become visible by itself. */
export const maturedKey = (box: string): Key => boxKey(box, "matured");
export const attemptKey = (box: string, attemptId: string): Key => boxKey(box, "attempt", attemptId);

const idKey = (queueId: string, ...rest: Key): Key => ["sqsQueue", queueId, ...rest];
export const ordinalKey = (queueId: string): Key => idKey(queueId, "ordinal");
export const deduplicationKey = (queueId: string, name: string): Key => idKey(queueId, "sent", name);
/** By expiry, what may be forgotten: deduplication and receive attempts. */
export const forgetKey = (queueId: string): Key => idKey(queueId, "forget");

export const read = async <Shape>(tx: Transaction, key: Key) => (await tx.get(key)) as Shape | undefined;
export const write = (tx: Transaction, key: Key, record: unknown) => tx.set(key, record as Value);

export const readQueue = (tx: Transaction, name: QueueName) => read<QueueRecord>(tx, queueKey(name));
export const writeQueue = (tx: Transaction, queue: QueueRecord) => write(tx, queueKey(queue), queue);

/** Queues of an account and region in order of name, those after `after` first. */
export async function* queuesOf(tx: Transaction, scope: Scope, prefix: string, after?: string) {
  const all = at(scope, "queue");
  const from = after === undefined ? { gte: [...all, prefix] } : { gt: [...all, after] };
  for await (const [, value] of tx.range({ prefix: all, ...from })) {
    const queue = value as unknown as QueueRecord;
    if (!queue.name.startsWith(prefix)) return;
    yield queue;
  }
}

export const readDeletedMs = (tx: Transaction, name: QueueName) => read<number>(tx, deletedKey(name));

export function deleteQueueRecord(tx: Transaction, queue: QueueRecord, nowMs: number): void {
  tx.delete(queueKey(queue));
  tx.set(deletedKey(queue), nowMs);
  tx.clear({ prefix: at(queue, "task", queue.name) });
  tx.delete(activeKey(queue));
  abandonBox(tx, queue.box);
  // Emptied in the same way, a piece at a time.
  tx.set([...DRAINS, "sqsQueue", queue.id], null);
}

export const forgetDeletion = (tx: Transaction, name: QueueName) => tx.delete(deletedKey(name));

/** Leaves a box to be emptied in the background, and wakes who waits for its messages. */
export function abandonBox(tx: Transaction, box: string): void {
  tx.set([...DRAINS, "sqsBox", box], null);
  ringBell(tx, box);
}

/** Tells who waits for messages to look again. */
export function ringBell(tx: Transaction, box: string): void {
  tx.set(bellKey(box), null);
}

/** Resolves when messages of the box may have become visible, other than by the passing of time. */
export function watchBox(store: Store, box: string, signal: AbortSignal): Promise<void> {
  return store.watch(newsKey(box), signal);
}

/** Notes which dead-letter queue a queue names, so that the sources of one are found. */
export function linkSource(tx: Transaction, target: QueueName, source: string): void {
  tx.set(sourceKey(target, source), null);
}

export function unlinkSource(tx: Transaction, target: QueueName, source: string): void {
  tx.delete(sourceKey(target, source));
}

/** Names of the queues whose dead-letter queue this is, in order. */
export async function* sourcesOf(tx: Transaction, target: QueueName, after?: string) {
  const prefix = at(target, "source", target.name);
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [key] of tx.range(range)) yield String(key.at(-1));
}

export function writeTask(tx: Transaction, task: MoveTask): void {
  write(tx, taskKey(task), task);
  if (task.status === "RUNNING") write(tx, activeKey(task.source), task);
  else tx.delete(activeKey(task.source));
}

export const readActiveTask = (tx: Transaction, source: QueueName) => read<MoveTask>(tx, activeKey(source));

/** The latest first. */
export async function* tasksOf(tx: Transaction, source: QueueName) {
  for await (const [, value] of tx.range({ prefix: at(source, "task", source.name) }, { reverse: true })) {
    yield value as unknown as MoveTask;
  }
}

export async function* activeTasks(tx: Transaction) {
  for await (const [, value] of tx.range({ prefix: ACTIVE_TASKS })) yield value as unknown as MoveTask;
}
