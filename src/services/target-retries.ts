// When rules and schedules try a target again that failed. Pure: no store, no clock.

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html */
export interface RetryPolicy {
  readonly MaximumRetryAttempts?: number | undefined;
  readonly MaximumEventAgeInSeconds?: number | undefined;
}

/** What holds where a target's policy says nothing. */
export const RETRY_POLICY = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 } as const;

const FIRST_DELAY_MS = 1000;
/** With these, 185 attempts fill about a day. */
const LONGEST_DELAY_MS = 600_000;

/** Why no attempt follows, as the dead-letter queue is told. */
export type Exhausted = "MaximumRetryAttempts" | "MaximumEventAgeInSeconds";

/**
 * When the next attempt is made, or why there is none. `retries`: attempts that were made again before;
 * `sinceMs`: when the event was taken, or the invocation due. Delays double from a second on; chance, in
 * [0, 1), takes up to half of each away.
 */
export function nextAttempt(
  { retries, sinceMs }: { readonly retries: number; readonly sinceMs: number },
  policy: RetryPolicy | undefined,
  nowMs: number,
  chance: number,
): { readonly dueMs: number } | { readonly exhausted: Exhausted } {
  const { MaximumRetryAttempts: most, MaximumEventAgeInSeconds: age } = { ...RETRY_POLICY, ...policy };
  if (retries >= (most ?? 0)) return { exhausted: "MaximumRetryAttempts" };
  const longestMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(retries, 20));
  const dueMs = nowMs + longestMs * (1 - chance / 2);
  return isTooOld({ MaximumEventAgeInSeconds: age }, sinceMs, dueMs)
    ? { exhausted: "MaximumEventAgeInSeconds" }
    : { dueMs };
}

/** Whether an invocation that was due at a moment is no longer to be made. */
export function isTooOld(policy: RetryPolicy | undefined, sinceMs: number, nowMs: number): boolean {
  const age = policy?.MaximumEventAgeInSeconds ?? RETRY_POLICY.MaximumEventAgeInSeconds;
  return nowMs - sinceMs > age * 1000;
}
