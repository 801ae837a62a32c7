import { parseArn } from "../kernel/arn.ts";
import type { SourceMapping } from "../kernel/sources.ts";
import { backoffMs } from "./backoff.ts";
import type { Batch, Outcome } from "./batch.ts";
import { type BatchRoom, countFitting, type Flow, runFlow, type Taken } from "./flow.ts";
import { earlier } from "./rest.ts";
import { idleLoad, type Load, loadAt, roomAt, taken, throttled } from "./scaling.ts";
import type { EventSource, MappingWorld } from "./source.ts";
import { type QueueMessage, type QueueRecord, recordOf, viewOf } from "./sqs-event.ts";
import type { Sight } from "./watches.ts";

/** How messages leave queues for functions and pipes. */
export const sqs: EventSource = {
  kind: "sqs",
  async run(mapping, world) {
    await runFlow(new QueueFlow(mapping, world), mapping, world);
  },
};

/** Messages that one call may receive, delete or change. */
const MOST_AT_ONCE = 10;
const MOST_RECEIVES = 10;
const LONG_POLL_MS = 20_000;
/** Kept in hand when a window and a delivery take longer than the queue's visibility time-out. */
const SPARE_MS = 30_000;

/** A batch that the target did not take: it is tried again while its messages are hidden. */
interface Held {
  readonly batch: Batch<QueueRecord>;
  readonly refusals: number;
  readonly dueMs: number;
}

/** When the first of those that are held is due, or what else comes before. */
function nextOf(held: readonly Held[], otherMs: number | undefined): number | undefined {
  return held.reduce<number | undefined>((next, { dueMs }) => earlier(next, dueMs), otherMs);
}

interface Visibility {
  readonly queueMs: number;
  /** Asked for with each receive, where the queue's own would be too short. */
  readonly ownMs?: number;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
class QueueFlow implements Flow<QueueRecord> {
  readonly #mapping: SourceMapping;
  readonly #world: MappingWorld;
  readonly #url: string;
  readonly #fifo: boolean;
  /** AWS's pollers wait that long, and a window is over for them when they have. */
  readonly longPollMs: number;
  #load: Load;
  #held: Held[] = [];
  /** Received, and for the next batch: they did not fit. */
  #spare: QueueRecord[] = [];
  /** Refusals that a batch has met so far. */
  readonly #refusals = new WeakMap<Batch<QueueRecord>, number>();
  #visibility: Visibility | undefined;
  /** The latest receive gave all that was asked for. */
  #isPlenty = false;

  constructor(mapping: SourceMapping, world: MappingWorld) {
    this.#mapping = mapping;
    this.#world = world;
    const arn = parseArn(mapping.sourceArn);
    this.#url = `/queue/${arn?.region}/${arn?.account}/${arn?.resource}`;
    this.#fifo = mapping.sourceArn.endsWith(".fifo");
    this.#load = idleLoad(mapping.settings);
    this.longPollMs = world.fidelity ? LONG_POLL_MS : 0;
  }

  watch(signal: AbortSignal): Promise<Sight> {
    return this.#world.watches.sqs.watch(this.#mapping.sourceArn, signal);
  }

  room(nowMs: number, active: number) {
    const { settings } = this.#mapping;
    const busy = active + this.#held.length;
    this.#load = loadAt(this.#load, settings, busy, nowMs);
    const { most, growsMs } = roomAt(this.#load, settings, nowMs);
    // What is held takes its place, until it is due; then it need not wait for others that are held.
    const waiting = this.#held.filter(({ dueMs }) => dueMs > nowMs);
    const least = waiting.length < this.#held.length ? 1 : 0;
    const nextMs = nextOf(waiting, growsMs);
    const left = Math.max(least, most - waiting.length);
    return { most: left, ...(nextMs === undefined ? {} : { growsMs: nextMs }) };
  }

  async take(room: BatchRoom): Promise<Taken<QueueRecord>> {
    const nowMs = this.#world.clock.now();
    const due = this.#held.findIndex(({ dueMs }) => dueMs <= nowMs);
    const [again] = due < 0 ? [] : this.#held.splice(due, 1);
    if (again) {
      this.#refusals.set(again.batch, again.refusals);
      return { records: [], more: true, batch: again.batch };
    }
    // Where there was plenty, several receives go side by side.
    const most = this.#isPlenty ? MOST_AT_ONCE * MOST_RECEIVES : MOST_AT_ONCE;
    const asked = Math.min(room.records, most) - this.#spare.length;
    const messages = asked > 0 ? await this.#receiveAll(asked) : [];
    this.#isPlenty = !this.#fifo && messages.length >= Math.min(asked, MOST_AT_ONCE);
    const { fitting, isFull } = await this.#fit([...this.#spare, ...(await this.#wanted(messages))], room);
    if (isFull) return { records: fitting, more: true, closesMs: nowMs };
    // A FIFO queue gives fewer than it has where groups are under way.
    if (this.#fifo ? messages.length > 0 : messages.length >= asked) return { records: fitting, more: true };
    // Of the time before the receive: what has shown itself since then is due at once.
    const shownMs = await this.#world.watches.sqs.nextMs(this.#mapping.sourceArn, nowMs);
    return { records: fitting, more: false, nextMs: nextOf(this.#held, shownMs) };
  }

  compose(records: readonly QueueRecord[]): Batch<QueueRecord> {
    return { records, tries: Math.max(0, ...records.map(({ tries }) => tries)) };
  }

  async settle(batch: Batch<QueueRecord>, outcome: Outcome): Promise<void> {
    const { clock } = this.#world;
    const count = batch.records.length;
    if (outcome.kind !== "refused") this.#load = taken(this.#load);
    if (outcome.kind === "done" || outcome.kind === "failed") this.#world.count("InvokedEventCount", count);
    if (outcome.kind === "done") {
      const done = batch.records.filter(({ id }) => !outcome.failed.has(id));
      await this.#delete(done);
      this.#world.count("DeletedEventCount", done.length);
      return;
    }
    this.#world.count("FailedInvokeEventCount", count);
    // Messages that failed show themselves when their time is over, and the queue counts their receives.
    if (outcome.kind !== "refused") return;
    const nowMs = clock.now();
    const refusals = (this.#refusals.get(batch) ?? 0) + 1;
    const dueMs = nowMs + backoffMs(refusals);
    this.#load = throttled(this.#load, this.#mapping.settings, nowMs);
    const hiddenMs = Math.min(...batch.records.map(({ hiddenUntilMs }) => hiddenUntilMs));
    if (dueMs < hiddenMs) this.#held.push({ batch, refusals, dueMs });
  }

  async release(records: readonly QueueRecord[]): Promise<void> {
    const held = this.#held.splice(0).flatMap(({ batch }) => batch.records);
    await this.#show([...records, ...this.#spare.splice(0), ...held]);
  }

  /** What does not fit waits for the next batch; of a FIFO queue it goes back, behind what came before it. */
  async #fit(records: readonly QueueRecord[], room: BatchRoom) {
    const count = countFitting(records, room);
    const rest = records.slice(count);
    this.#spare = this.#fifo ? [] : rest;
    if (this.#fifo) await this.#show(rest);
    return { fitting: records.slice(0, count), isFull: rest.length > 0 };
  }

  #show(records: readonly QueueRecord[]): Promise<void> {
    return this.#each(records, "ChangeMessageVisibilityBatch", { VisibilityTimeout: 0 });
  }

  async #receiveAll(count: number): Promise<readonly QueueMessage[]> {
    const receives: Promise<readonly QueueMessage[]>[] = [];
    for (let left = count; left > 0; left -= MOST_AT_ONCE)
      receives.push(this.#receive(Math.min(left, MOST_AT_ONCE)));
    return (await Promise.all(receives)).flat();
  }

  async #receive(count: number): Promise<readonly QueueMessage[]> {
    const { queueMs, ownMs } = await this.#visibilityOf();
    const receivedMs = this.#world.clock.now();
    const { Messages = [] } = (await this.#world.read("sqs", "ReceiveMessage", {
      QueueUrl: this.#url,
      MaxNumberOfMessages: count,
      WaitTimeSeconds: 0,
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
      ...(ownMs === undefined ? {} : { VisibilityTimeout: Math.ceil(ownMs / 1000) }),
    })) as { Messages?: QueueMessage[] };
    const hiddenUntilMs = receivedMs + (ownMs ?? queueMs);
    return Messages.map((message) => ({ ...message, hiddenUntilMs }));
  }

  /** Those that no filter keeps are deleted, as AWS does. */
  async #wanted(messages: readonly QueueMessage[]): Promise<QueueRecord[]> {
    const records: QueueRecord[] = [];
    const unwanted: QueueRecord[] = [];
    for (const message of messages) {
      const record = recordOf(message, this.#mapping.sourceArn);
      if (this.#world.matches(() => viewOf(record))) records.push(record);
      else unwanted.push(record);
    }
    this.#world.count("PolledEventCount", messages.length);
    this.#world.count("FilteredOutEventCount", unwanted.length);
    await this.#delete(unwanted);
    return records;
  }

  async #delete(records: readonly QueueRecord[]): Promise<void> {
    await this.#each(records, "DeleteMessageBatch", {});
  }

  async #each(records: readonly QueueRecord[], operation: string, more: object): Promise<void> {
    const calls: Promise<unknown>[] = [];
    for (let from = 0; from < records.length; from += MOST_AT_ONCE) {
      const Entries = records
        .slice(from, from + MOST_AT_ONCE)
        .map(({ handle }, index) => ({ Id: String(index), ReceiptHandle: handle, ...more }));
      calls.push(this.#world.read("sqs", operation, { QueueUrl: this.#url, Entries }));
    }
    await Promise.all(calls);
  }

  /** Where window and delivery take longer than the queue hides messages, they are hidden for longer. */
  async #visibilityOf(): Promise<Visibility> {
    if (this.#visibility) return this.#visibility;
    const { windowMs, deliveryMs } = this.#mapping.settings;
    const { Attributes = {} } = (await this.#world.read("sqs", "GetQueueAttributes", {
      QueueUrl: this.#url,
      AttributeNames: ["VisibilityTimeout"],
    })) as { Attributes?: Record<string, string> };
    const queueMs = Number(Attributes.VisibilityTimeout ?? 30) * 1000;
    const neededMs = windowMs + deliveryMs;
    this.#visibility =
      windowMs > 0 && neededMs > queueMs ? { queueMs, ownMs: neededMs + SPARE_MS } : { queueMs };
    return this.#visibility;
  }
}
