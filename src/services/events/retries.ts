// When a delivery that failed is tried again. Pure: no store, no clock.
import type * as sdk from "@aws-sdk/client-eventbridge";

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html */
const MOST_RETRIES = 185;
const LONGEST_AGE_SECONDS = 86_400;

const FIRST_DELAY_MS = 1000;
/** With these, 185 attempts fill about a day. */
const LONGEST_DELAY_MS = 600_000;

/** Why no attempt follows, as the dead-letter queue is told. */
export type Exhausted = "MaximumRetryAttempts" | "MaximumEventAgeInSeconds";

export interface Progress {
  /** When the bus took the event. */
  readonly acceptedMs: number;
  /** Attempts that failed and were made again. */
  readonly retries: number;
}

/**
 * When the next attempt is made, or why there is none. Delays double from a second on; chance, in [0, 1),
 * takes up to half of each away.
 */
export function nextAttempt(
  { acceptedMs, retries }: Progress,
  policy: sdk.RetryPolicy | undefined,
  nowMs: number,
  chance: number,
): { readonly dueMs: number } | { readonly exhausted: Exhausted } {
  const { MaximumRetryAttempts = MOST_RETRIES, MaximumEventAgeInSeconds = LONGEST_AGE_SECONDS } =
    policy ?? {};
  if (retries >= MaximumRetryAttempts) return { exhausted: "MaximumRetryAttempts" };
  const longestMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(retries, 20));
  const dueMs = nowMs + longestMs * (1 - chance / 2);
  if (dueMs - acceptedMs > MaximumEventAgeInSeconds * 1000) return { exhausted: "MaximumEventAgeInSeconds" };
  return { dueMs };
}
