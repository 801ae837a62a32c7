import type { Key, Transaction, Value } from "../../store/store.ts";
import type { MessageState } from "./delivery.ts";
import {
  type Content,
  contentKey,
  counterKey,
  freshKey,
  headsKey,
  type MessageKey,
  maturedKey,
  messageKey,
  type QueueRecord,
  read,
  ringBell,
  type StoredMessage,
  timesKey,
  write,
} from "./records.ts";

/** Content of more characters than this lies apart from its message. */
const LARGEST_INLINE = 4096;
const STATES: readonly MessageState[] = ["delayed", "flight", "visible"];

/** How many messages of a queue are where. */
export interface Counts {
  readonly visible: number;
  readonly flight: number;
  readonly delayed: number;
}

/**
 * The messages of one queue within one transaction. Every change of a message goes through `put`, which
 * keeps the index of times and the counters right; `close` writes the counters.
 *
 * A hidden message becomes visible by the passing of time, without a write. The counters therefore hold for
 * the moment `matured` that is stored beside them, and `mature` moves that moment on.
 */
export class Box {
  readonly tx: Transaction;
  readonly queue: QueueRecord;
  readonly #id: string;
  #matured: number | undefined;
  readonly #change = { total: 0, flight: 0, delayed: 0 };

  constructor(tx: Transaction, queue: QueueRecord) {
    this.tx = tx;
    this.queue = queue;
    this.#id = queue.box;
  }

  message(key: MessageKey): Promise<StoredMessage | undefined> {
    return read<StoredMessage>(this.tx, messageKey(this.#id, key));
  }

  /** Replaces what is stored under a key: `undefined` for what was not there, or is to be no more. */
  async put(
    key: MessageKey,
    before: StoredMessage | undefined,
    after: StoredMessage | undefined,
  ): Promise<void> {
    if (before) {
      if (this.#isTimed(before)) this.tx.delete(this.#timeKey(key, before));
      this.#count(await this.#countedState(before), -1);
    }
    if (!after) {
      this.tx.delete(messageKey(this.#id, key));
      if (before && !before.content) this.tx.delete(contentKey(this.#id, before.id));
      return;
    }
    if (this.#isTimed(after)) this.tx.set(this.#timeKey(key, after), STATES.indexOf(after.state));
    this.#count(await this.#countedState(after), 1);
    write(this.tx, messageKey(this.#id, key), after);
  }

  /** The same, and FIFO groups show their new first message. */
  async replace(key: MessageKey, before: StoredMessage, after: StoredMessage | undefined): Promise<void> {
    if (!this.queue.fifo) return this.put(key, before, after);
    const [group] = key;
    const headMs = await this.headMs(group);
    await this.put(key, before, after);
    await this.moveHead(group, headMs);
  }

  /** Adds a message that anybody may receive now, after all others: standard queues only. */
  append(message: StoredMessage): void {
    this.tx.append(freshKey(this.#id), this.#inline(message) as unknown as Value);
    this.#count("visible", 1);
  }

  /** The content laid apart when it is large. */
  #inline(message: StoredMessage): StoredMessage {
    const { content, ...rest } = message;
    if (!content || sizeOf(content) <= LARGEST_INLINE) return message;
    write(this.tx, contentKey(this.#id, message.id), content);
    return rest;
  }

  /** A message that was not in this box before. */
  async add(key: MessageKey, message: StoredMessage): Promise<void> {
    await this.put(key, undefined, this.#inline(message));
  }

  async content(message: StoredMessage): Promise<Content> {
    const apart = message.content ?? (await read<Content>(this.tx, contentKey(this.#id, message.id)));
    return apart ?? { body: "" };
  }

  /** Messages that were never received, in the order of their arrival. */
  async fresh(limit: number): Promise<[Key, StoredMessage][]> {
    const found: [Key, StoredMessage][] = [];
    for await (const [key, value] of this.tx.range({ prefix: freshKey(this.#id) }, { limit })) {
      found.push([key, value as unknown as StoredMessage]);
    }
    return found;
  }

  /** Takes a fresh message from its place, to put it under its own key or to drop it. */
  takeFresh(key: Key, message: StoredMessage, keep: boolean): void {
    this.tx.delete(key);
    this.#count("visible", -1);
    if (!keep && !message.content) this.tx.delete(contentKey(this.#id, message.id));
  }

  /** Keys of the messages whose time has come, the longest due first. */
  async due(nowMs: number, limit: number): Promise<MessageKey[]> {
    const times = timesKey(this.#id);
    const found: MessageKey[] = [];
    for await (const [key] of this.tx.range({ prefix: times, lt: [...times, nowMs + 1] }, { limit })) {
      found.push(key.slice(times.length + 1) as unknown as MessageKey);
    }
    return found;
  }

  /** When the next hidden message shows itself; undefined when none is hidden. */
  async nextDueMs(nowMs: number): Promise<number | undefined> {
    const times = timesKey(this.#id);
    const later = { prefix: times, gte: [...times, nowMs + 1] };
    for await (const [key] of this.tx.range(later, { limit: 1 })) return Number(key[times.length]);
    return undefined;
  }

  /** FIFO: a group's messages in order. */
  async *group(group: string, limit?: number): AsyncIterable<[MessageKey, StoredMessage]> {
    const prefix = messageKey(this.#id, [group]);
    for await (const [key, value] of this.tx.range({ prefix }, limit === undefined ? {} : { limit })) {
      yield [[group, Number(key.at(-1))], value as unknown as StoredMessage];
    }
  }

  /** FIFO: when the first message of a group is visible; undefined for a group without messages. */
  async headMs(group: string): Promise<number | undefined> {
    for await (const [, head] of this.group(group, 1)) return head.visibleMs;
    return undefined;
  }

  /** FIFO: notes that the first message of a group has changed. */
  async moveHead(group: string, beforeMs: number | undefined): Promise<void> {
    const afterMs = await this.headMs(group);
    if (beforeMs === afterMs) return;
    const heads = headsKey(this.#id);
    if (beforeMs !== undefined) this.tx.delete([...heads, beforeMs, group]);
    if (afterMs !== undefined) this.tx.set([...heads, afterMs, group], null);
  }

  /** FIFO: groups whose first message is visible, the longest waiting first. */
  async *openGroups(nowMs: number): AsyncIterable<string> {
    const heads = headsKey(this.#id);
    for await (const [key] of this.tx.range({ prefix: heads, lt: [...heads, nowMs + 1] })) {
      yield String(key.at(-1));
    }
  }

  /** FIFO: groups whose first message is not visible: it is in flight, or delayed. */
  async *closedGroups(nowMs: number): AsyncIterable<string> {
    const heads = headsKey(this.#id);
    for await (const [key] of this.tx.range({ prefix: heads, gte: [...heads, nowMs + 1] })) {
      yield String(key.at(-1));
    }
  }

  /** Wakes those who wait for messages: something may be visible sooner than they know. */
  ring(): void {
    ringBell(this.tx, this.#id);
  }

  /** Counts what has become visible since the last time. */
  async mature(nowMs: number): Promise<void> {
    const maturedMs = await this.#maturedMs();
    if (maturedMs >= nowMs) return;
    const times = timesKey(this.#id);
    const span = { prefix: times, gte: [...times, maturedMs + 1], lt: [...times, nowMs + 1] };
    for await (const [, state] of this.tx.range(span)) {
      if (STATES[Number(state)] === "flight") this.#change.flight--;
      if (STATES[Number(state)] === "delayed") this.#change.delayed--;
    }
    this.tx.set(maturedKey(this.#id), nowMs);
    this.#matured = nowMs;
  }

  /** As the counters are at the moment they hold for, with this transaction's changes. */
  async counts(): Promise<Counts> {
    const total = await this.#stored("total");
    const flight = await this.#stored("flight");
    const delayed = await this.#stored("delayed");
    return { visible: total - flight - delayed, flight, delayed };
  }

  async inFlight(): Promise<number> {
    return this.#stored("flight");
  }

  /** Writes what the changes come to. Call it last. */
  close(): void {
    for (const name of ["total", "flight", "delayed"] as const) {
      if (this.#change[name] !== 0) this.tx.add(counterKey(this.#id, name), BigInt(this.#change[name]));
    }
  }

  async #stored(name: "total" | "flight" | "delayed"): Promise<number> {
    return Number((await this.tx.get(counterKey(this.#id, name))) ?? 0n) + this.#change[name];
  }

  async #maturedMs(): Promise<number> {
    this.#matured ??= (await read<number>(this.tx, maturedKey(this.#id))) ?? 0;
    return this.#matured;
  }

  async #countedState({ state, visibleMs }: StoredMessage): Promise<MessageState> {
    if (state === "visible") return state;
    return visibleMs <= (await this.#maturedMs()) ? "visible" : state;
  }

  #count(state: MessageState, by: 1 | -1): void {
    this.#change.total += by;
    if (state !== "visible") this.#change[state] += by;
  }

  /** A visible message of a FIFO queue is found by its group alone. */
  #isTimed(message: StoredMessage): boolean {
    return !this.queue.fifo || message.state !== "visible";
  }

  #timeKey(key: MessageKey, { visibleMs }: StoredMessage): Key {
    return [...timesKey(this.#id), visibleMs, ...key];
  }
}

function sizeOf({ body, attributes = {} }: Content): number {
  let size = body.length;
  for (const { text = "", bytes } of Object.values(attributes)) size += text.length + (bytes?.length ?? 0);
  return size;
}
