import type { Timer } from "../kernel/clock.ts";
import type { Key } from "../store/store.ts";
import type { Attempt } from "./attempt.ts";
import type { DeliveryOptions } from "./delivery.ts";
import { dueEvents, type Entry, FRESH, freshEvents, keyText, nextDueMs } from "./queue.ts";

/** Takes events off the queue as they come and fall due. */
export interface Worker {
  start(): void;
  stop(): Promise<void>;
  settled(): Promise<void>;
}

/** How long the queue is left alone after the store has failed. */
const PAUSE_MS = 1000;

/**
 * Looks at the queue when it may have changed (a watch, never a poll), when an event falls due and when
 * an attempt has ended; runs at most `concurrency` attempts at once.
 */
export function createWorker(options: DeliveryOptions, attempt: Attempt, concurrency: number): Worker {
  const { store, clock, lifecycle, log } = options;
  const stopping = new AbortController();
  const active = new Set<string>();
  let resting: (() => void)[] = [];
  let timer: Timer | undefined;
  let started = false;
  let looking = false;
  let lookAgain = false;

  const isActive = (key: Key) => active.has(keyText(key));
  const idle = () => active.size === 0 && !looking;
  const rest = () => {
    if (!idle()) return;
    for (const wake of resting.splice(0)) wake();
  };

  const begin = (entry: Entry) => {
    const id = keyText(entry.key);
    active.add(id);
    const end = lifecycle.begin();
    attempt(entry)
      .catch((error) => {
        log.error("an event could not be handled", { requestId: entry.record.event.requestId, error });
        // The event is still in the queue: a later look takes it again.
        return pause();
      })
      .finally(() => {
        active.delete(id);
        wake();
        end();
        rest();
      });
  };

  const pause = () => clock.sleep(PAUSE_MS, stopping.signal).catch(() => {});

  /** One look at the queue: begins what there is room for and sets the timer for what is due next. */
  const look = async (): Promise<void> => {
    const room = concurrency - active.size;
    if (room <= 0) return;
    const nowMs = clock.now();
    const found = await store.transact(async (tx) => {
      const due = await dueEvents(tx, nowMs, room, isActive);
      const fresh = await freshEvents(tx, room - due.length, isActive);
      const next = await nextDueMs(tx, (key) => isActive(key) || due.some((entry) => entry.key === key));
      return { due, fresh, next };
    });
    if (stopping.signal.aborted) return;
    for (const entry of [...found.due, ...found.fresh]) begin(entry);
    arm(found.next);
    if (found.due.length + found.fresh.length >= room) lookAgain = true;
  };

  const arm = (nextMs: number | undefined) => {
    timer?.cancel();
    timer = nextMs === undefined ? undefined : clock.at(nextMs, wake);
  };

  /** Looks now, or once more when a look is under way. Counts as work from the first moment. */
  const wake = () => {
    if (!started || stopping.signal.aborted) return;
    lookAgain = true;
    if (looking) return;
    looking = true;
    const end = lifecycle.begin();
    void lookUntilDone().finally(() => {
      looking = false;
      end();
      rest();
    });
  };

  const lookUntilDone = async () => {
    while (lookAgain && !stopping.signal.aborted) {
      lookAgain = false;
      try {
        await look();
      } catch (error) {
        log.error("the asynchronous queue could not be read", { error });
        await pause();
        lookAgain = true;
      }
      if (active.size >= concurrency) lookAgain = false;
    }
  };

  const watch = async () => {
    while (!stopping.signal.aborted) {
      const changed = store.watch(FRESH, stopping.signal);
      wake();
      await changed;
    }
  };

  const queueIsEmpty = () =>
    store.transact(async (tx) => {
      const due = await dueEvents(tx, clock.now(), 1, () => false);
      return due.length === 0 && (await freshEvents(tx, 1, () => false)).length === 0;
    });

  return {
    start() {
      if (started) return;
      started = true;
      watch().catch((error) => log.error("the asynchronous queue is no longer watched", { error }));
    },
    async stop() {
      stopping.abort();
      timer?.cancel();
      while (!idle()) await new Promise<void>((resolve) => resting.push(resolve));
      resting = [];
    },
    async settled() {
      while (started && !stopping.signal.aborted) {
        if (!idle()) await new Promise<void>((resolve) => resting.push(resolve));
        else if (await queueIsEmpty()) return;
        else wake();
      }
    },
  };
}
