import type { Timer } from "../kernel/clock.ts";
import type { Key } from "../store/store.ts";
import type { Attempt } from "./attempt.ts";
import type { DeliveryOptions } from "./options.ts";
import { BELL, dueEvents, type Entry, FRESH, freshEvents, keyText, nextDueMs } from "./queue.ts";

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
    for (const key of [FRESH, BELL]) {
      this.#watch(key).catch((error) => log.error("the asynchronous queue is no longer watched", { error }));
    }
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

  async #watch(key: Key): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const changed = this.#options.store.watch(key, signal);
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
    const room = this.#concurrency - this.#active.size;
    if (room <= 0) return;
    const nowMs = clock.now();
    const found = await store.transact(async (tx) => {
      const accept = this.#chooser();
      const due = await dueEvents(tx, nowMs, room, accept);
      const fresh = await freshEvents(tx, room - due.length, accept);
      return { entries: [...due, ...fresh], next: await nextDueMs(tx, nowMs) };
    });
    if (this.#stopping.signal.aborted) return;
    for (const entry of found.entries) this.#begin(entry);
    this.#timer?.cancel();
    this.#timer = found.next === undefined ? undefined : clock.at(found.next, this.#wake);
  }

  #begin(entry: Entry): void {
    const { lifecycle, log } = this.#options;
    const id = keyText(entry.key);
    this.#active.set(id, entry.record.event.functionArn);
    const end = lifecycle.begin();
    this.#attempt(entry)
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

  /**
   * Takes what is not being tried already, and of one function no more than its share at once: a slow
   * one must not hold up the events of all others.
   */
  #chooser(): (entry: Entry) => boolean {
    const share = Math.ceil(this.#concurrency / 2);
    const running = new Map<string, number>();
    for (const arn of this.#active.values()) running.set(arn, (running.get(arn) ?? 0) + 1);
    return ({ key, record }) => {
      const arn = record.event.functionArn;
      const count = running.get(arn) ?? 0;
      if (count >= share || this.#active.has(keyText(key))) return false;
      running.set(arn, count + 1);
      return true;
    };
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
    const any = () => true;
    return store.transact(async (tx) => {
      if ((await dueEvents(tx, clock.now(), 1, any)).length) return false;
      return (await freshEvents(tx, 1, any)).length === 0;
    });
  }

  #pause(): Promise<void> {
    return this.#options.clock.sleep(PAUSE_MS, this.#stopping.signal).catch(() => {});
  }
}
