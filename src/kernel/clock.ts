import { parseDuration } from "./duration.ts";
import { UserError } from "./faults.ts";

/** A callback that is due at a time of the platform's clock. */
export interface Timer {
  cancel(): void;
}

/**
 * The platform's time. Everything that waits for a moment (retries, visibility, expiry, time-outs) waits
 * on this clock, so that a test can turn it.
 */
export interface Clock {
  /** Milliseconds since the epoch, with a fraction. Never runs backwards. */
  now(): number;
  /** Milliseconds on a clock that nobody turns: for measuring how long real work took. */
  monotonic(): number;
  /** Calls `due` once `now()` has reached `atMs`. */
  at(atMs: number, due: () => void): Timer;
  /** Resolves after `durationMs` of this clock, or rejects with the signal's reason. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** A clock whose owner moves it forward. Between two moves it flows like the wall clock. */
export interface VirtualClock extends Clock {
  /**
   * Jumps ahead: by milliseconds, or by `7 hours` or `90s`. Timers that fall due are called in order, each at
   * its own time, with `settle` awaited after each, so that what one timer starts can set the next.
   */
  advance(duration: number | string): Promise<void>;
  /** The time of the next timer, or undefined when none is set. */
  nextDue(): number | undefined;
}

/** setTimeout holds at most 31 bits of milliseconds; a longer wait is taken in several. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The wall clock. Its timers keep no process alive. */
export function createClock(): Clock {
  return createTurnableClock(0).clock;
}

/** A clock for tests; `settle` resolves when the work that a fired timer started has come to rest. */
export function createVirtualClock(settle: () => Promise<void>): VirtualClock {
  const { clock, turn } = createTurnableClock(0);
  return {
    ...clock,
    nextDue: turn.nextDue,
    async advance(duration) {
      const durationMs = typeof duration === "number" ? duration : parseDuration(duration);
      if (durationMs === undefined)
        throw new UserError(`"${duration}" is no duration such as 90s or 7 hours.`);
      // What is under way may still set a timer.
      await settle();
      const target = clock.now() + durationMs;
      for (let due = turn.nextDue(); due !== undefined && due <= target; due = turn.nextDue()) {
        turn.jumpTo(due);
        await settle();
      }
      turn.jumpTo(target);
      await settle();
    },
  };
}

interface Pending {
  readonly atMs: number;
  readonly order: number;
  readonly due: () => void;
}

interface Turn {
  nextDue(): number | undefined;
  jumpTo(atMs: number): void;
}

function createTurnableClock(initialSkewMs: number): { clock: Clock; turn: Turn } {
  let skewMs = initialSkewMs;
  let latestMs = 0;
  let counter = 0;
  let handle: NodeJS.Timeout | undefined;
  /** When the timeout fires. It may fire for nothing: most timers are cancelled long before they are due. */
  let armedMs = Number.POSITIVE_INFINITY;
  const pending: Pending[] = [];

  const now = () => {
    latestMs = Math.max(latestMs, performance.timeOrigin + performance.now() + skewMs);
    return latestMs;
  };
  const arm = () => {
    clearTimeout(handle);
    const next = pending[0];
    armedMs = next?.atMs ?? Number.POSITIVE_INFINITY;
    if (!next) return;
    const waitMs = Math.min(Math.max(0, Math.ceil(next.atMs - now())), LONGEST_TIMEOUT_MS);
    handle = setTimeout(fire, waitMs);
    handle.unref();
  };
  const fire = () => {
    for (let next = pending[0]; next && next.atMs <= now(); next = pending[0]) {
      pending.shift();
      next.due();
    }
    arm();
  };
  const clock: Clock = {
    now,
    monotonic: () => performance.now(),
    at(atMs, due) {
      const entry: Pending = { atMs, order: counter++, due };
      insert(pending, entry);
      if (atMs < armedMs) arm();
      return {
        cancel() {
          const index = pending.indexOf(entry);
          if (index >= 0) pending.splice(index, 1);
        },
      };
    },
    sleep(durationMs, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const abort = () => {
          timer.cancel();
          reject(signal?.reason);
        };
        const timer = clock.at(now() + durationMs, () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        });
        signal?.addEventListener("abort", abort, { once: true });
      });
    },
  };
  const turn: Turn = {
    nextDue: () => pending[0]?.atMs,
    jumpTo(atMs) {
      skewMs += Math.max(0, atMs - now());
      fire();
    },
  };
  return { clock, turn };
}

/** Keeps `pending` in order of time, then of arrival. */
function insert(pending: Pending[], entry: Pending): void {
  let low = 0;
  let high = pending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = pending[middle];
    if (other && (other.atMs < entry.atMs || (other.atMs === entry.atMs && other.order < entry.order))) {
      low = middle + 1;
    } else high = middle;
  }
  pending.splice(low, 0, entry);
}
