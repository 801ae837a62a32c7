import type { Clock } from "../../../kernel/clock.ts";

/**
 * What `work` comes to, or undefined when it takes longer than `timeoutMs` of the clock, or than somebody
 * waits for it: it goes on then.
 */
export function within<Result>(
  clock: Clock,
  timeoutMs: number,
  work: Promise<Result>,
  signal?: AbortSignal,
): Promise<Result | undefined> {
  return new Promise((resolve, reject) => {
    const give = (done: () => void) => {
      timer.cancel();
      signal?.removeEventListener("abort", leave);
      done();
    };
    const leave = () => give(() => resolve(undefined));
    const timer = clock.at(clock.now() + timeoutMs, leave);
    if (signal?.aborted) return leave();
    signal?.addEventListener("abort", leave, { once: true });
    work.then(
      (result) => give(() => resolve(result)),
      (error) => give(() => reject(error)),
    );
  });
}
