import type { Timer } from "../kernel/clock.ts";
import type { Transaction } from "../store/store.ts";
import type { Attempt } from "./attempt.ts";
import type { DeliveryOptions } from "./options.ts";
import { Paces } from "./paces.ts";
import {
  type Entry,
  isAnyDue,
  keyText,
  moveDue,
  nextDueMs,
  READY,
  readyEvents,
  readyFunctions,
} from "./queue.ts";

/** How long the queue is left alone after something has failed that should not. */
const PAUSE_MS = 1000;

/**
 * Takes events off the queue: looks when the queue may have changed (a watch, never a poll), when an
 * event falls due and when an attempt has ended, and runs a bounded number of attempts at once.
 */
export class Worker {
  readonly #options: DeliveryOptions;
  readonly #attempt: Attempt;
  readonly #concurrency: number;
  readonly #stopping = new AbortController();
  /** The functions of the events that are being tried, by the event's key. */
  readonly #active = new Map<string, string>();
  readonly #paces = new Paces();
  /** The function whose turn was the last. */
  #turn = "";
  readonly #resting: (() => void)[] = [];
  #timer: Timer | undefined;
  #started = false;
  #looking = false;
  #lookAgain = false;

  constructor(options: DeliveryOptions, attempt: Attempt, concurrency: number) {
    this.#options = options;
    this.#attempt = attempt;
    this.#concurrency = concurrency;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    const { log } = this.#options;
    this.#watch().catch((error) => log.error("the asynchronous queue is no longer watched", { error }));
  }

  /** Takes no more events; resolves when those under way have ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#timer?.cancel();
    while (!this.#idle()) await this.#rest();
  }

  /** Resolves when nothing is under way and the store holds nothing that is due. */
  async settled(): Promise<void> {
    while (this.#started && !this.#stopping.signal.aborted) {
      if (!this.#idle()) await this.#rest();
      else if (!(await this.#nothingDue())) this.#wake();
      // Something may have fallen due while the queue was looked at.
      else if (this.#idle()) return;
    }
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const changed = this.#options.store.watch(READY, signal);
      this.#wake();
      await changed;
    }
  }

  /** Looks now, or once more when a look is under way. Counts as work from the first moment. */
  readonly #wake = (): void => {
    if (!this.#started || this.#stopping.signal.aborted) return;
    this.#lookAgain = true;
    if (this.#looking) return;
    this.#looking = true;
    const end = this.#options.lifecycle.begin();
    void this.#lookUntilDone().finally(() => {
      this.#looking = false;
      // Asked for after the last look had ended, and before this was told.
      if (this.#lookAgain) this.#wake();
      end();
      this.#tellResting();
    });
  };

  async #lookUntilDone(): Promise<void> {
    while (this.#lookAgain && !this.#stopping.signal.aborted) {
      this.#lookAgain = false;
      try {
        await this.#look();
      } catch (error) {
        this.#options.log.error("the asynchronous queue could not be read", { error });
        await this.#pause();
        this.#lookAgain = true;
      }
    }
  }

  /** Begins what there is room for, and sets the timer for what is due next. */
  async #look(): Promise<void> {
    const { store, clock } = this.#options;
    if (this.#active.size >= this.#concurrency) return;
    const nowMs = clock.now();
    const found = await store.transact(async (tx) => ({
      entries: await this.#choose(tx),
      next: await nextDueMs(tx),
    }));
    if (this.#stopping.signal.aborted) return;
    if (found.next !== undefined && found.next <= nowMs) {
      await store.transact((tx) => moveDue(tx, nowMs));
      this.#lookAgain = true;
    }
    for (const entry of found.entries) this.#begin(entry);
    this.#turn = found.entries.at(-1)?.record.event.functionArn ?? this.#turn;
    this.#timer?.cancel();
    this.#timer = found.next === undefined ? undefined : clock.at(found.next, this.#wake);
  }

  #begin(entry: Entry): void {
    const { lifecycle, log } = this.#options;
    const id = keyText(entry.key);
    const { functionArn } = entry.record.event;
    this.#active.set(id, functionArn);
    const end = lifecycle.begin();
    this.#attempt(entry)
      .then((ending) => this.#paces.note(functionArn, ending, this.#running().get(functionArn) ?? 0))
      .catch((error) => {
        // The event is still in the queue: a later look takes it again.
        log.error("an event could not be handled", { requestId: entry.record.event.requestId, error });
        return this.#pause();
      })
      .finally(() => {
        this.#active.delete(id);
        this.#wake();
        end();
        this.#tellResting();
      });
  }

  /** Events that are being tried, by function. */
  #running(): Map<string, number> {
    const running = new Map<string, number>();
    for (const arn of this.#active.values()) running.set(arn, (running.get(arn) ?? 0) + 1);
    return running;
  }

  /**
   * Chooses what is not being tried already, of one function after another. A function runs no more events
   * than there is room left for others: a slow one must not hold up theirs.
   */
  async #choose(tx: Transaction): Promise<Entry[]> {
    const chosen: Entry[] = [];
    const running = this.#running();
    const room = () => this.#concurrency - this.#active.size - chosen.length;
    for await (const arn of readyFunctions(tx, this.#turn)) {
      if (room() === 0) break;
      let own = running.get(arn) ?? 0;
      const most = this.#paces.most(arn);
      if (own >= Math.min(most, room())) continue;
      for await (const entry of readyEvents(tx, arn, this.#concurrency)) {
        if (this.#active.has(keyText(entry.key))) continue;
        chosen.push(entry);
        if (++own >= Math.min(most, room())) break;
      }
    }
    return chosen;
  }

  #idle(): boolean {
    return this.#active.size === 0 && !this.#looking;
  }

  #rest(): Promise<void> {
    return new Promise((resolve) => this.#resting.push(resolve));
  }

  #tellResting(): void {
    if (this.#idle()) for (const wake of this.#resting.splice(0)) wake();
  }

  #nothingDue(): Promise<boolean> {
    const { store, clock } = this.#options;
    return store.transact(async (tx) => !(await isAnyDue(tx, clock.now())));
  }

  #pause(): Promise<void> {
    return this.#options.clock.sleep(PAUSE_MS, this.#stopping.signal).catch(() => {});
  }
}
