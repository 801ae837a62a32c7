import type { Clock } from "../../../kernel/clock.ts";

/** What `work` comes to, or undefined when it takes longer than `timeoutMs` of the clock: it goes on then. */
export function within<Result>(
  clock: Clock,
  timeoutMs: number,
  work: Promise<Result>,
): Promise<Result | undefined> {
  return new Promise((resolve, reject) => {
    const timer = clock.at(clock.now() + timeoutMs, () => resolve(undefined));
    work.then(
      (result) => {
        timer.cancel();
        resolve(result);
      },
      (error) => {
        timer.cancel();
        reject(error);
      },
    );
  });
}
