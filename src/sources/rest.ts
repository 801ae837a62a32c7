import type { Clock } from "../kernel/clock.ts";

interface World {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  begin(): () => void;
}

/**
 * Waits for the first of some news, a moment or the end; counts as work from then on, and gives what ends
 * that. Nobody who waits for quiet waits for what rests.
 */
export function rest(
  { clock, signal, begin }: World,
  news: readonly Promise<unknown>[],
  untilMs: number | undefined,
): Promise<() => void> {
  return new Promise((resolve) => {
    let resting = true;
    const wake = () => {
      if (!resting) return;
      resting = false;
      timer?.cancel();
      signal.removeEventListener("abort", wake);
      resolve(begin());
    };
    const timer = untilMs === undefined ? undefined : clock.at(untilMs, wake);
    signal.addEventListener("abort", wake);
    if (signal.aborted) wake();
    for (const each of news) each.then(wake, wake);
  });
}

/** The earlier of two moments, of which either may never come. */
export function earlier(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}
