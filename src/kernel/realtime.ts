/**
 * Timers of the real world, for watching real processes: what a process does while a test turns the
 * platform's clock is not in that clock's hands. Everything else waits on Clock.
 */
export interface RealTimer {
  cancel(): void;
}

/** Calls `tick` every `periodMs` of real time. Keeps no process alive. */
export function every(periodMs: number, tick: () => void): RealTimer {
  const handle = setInterval(tick, periodMs);
  handle.unref();
  return { cancel: () => clearInterval(handle) };
}

/** Calls `due` once after `delayMs` of real time. */
export function after(delayMs: number, due: () => void): RealTimer {
  const handle = setTimeout(due, delayMs);
  return { cancel: () => clearTimeout(handle) };
}

/** Milliseconds since the epoch as real processes read them, whatever a test has turned its clock to. */
export function wallClockMs(): number {
  return performance.timeOrigin + performance.now();
}
