import type { AsyncSettings } from "../kernel/functions.ts";

// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html

/** A function that failed is tried again after one minute, then after two. */
const FUNCTION_ERROR_DELAYS_MS = [60_000, 120_000] as const;
const FIRST_BACKOFF_MS = 1000;
const LONGEST_BACKOFF_MS = 300_000;
const DEFAULT_MAXIMUM_AGE_MS = 21_600_000;
const DEFAULT_MAXIMUM_RETRIES = 2;

/** How an attempt ended. A refusal (throttle, platform error) never reached the function's code. */
export type Ending = "success" | "functionError" | "refused";

/** What is known of an event when an attempt at it has ended. */
export interface Progress {
  /** When the event was accepted. */
  readonly enqueuedMs: number;
  /** Runs of the function that ended in its error, this one included. */
  readonly failures: number;
  /** Refusals in a row, this one included. */
  readonly refusals: number;
}

export type Condition =
  | "RetriesExhausted"
  | "EventAgeExceeded"
  | "ZeroReservedConcurrency"
  | "RecursiveInvocation";

export type Next =
  | { readonly kind: "done" }
  | { readonly kind: "retry"; readonly atMs: number }
  | { readonly kind: "failed"; readonly condition: Condition };

/** Whether an event is done, tried again and when, or given up. */
export function nextStep(ending: Ending, progress: Progress, settings: AsyncSettings, nowMs: number): Next {
  if (ending === "success") return { kind: "done" };
  const retries = settings.maximumRetryAttempts ?? DEFAULT_MAXIMUM_RETRIES;
  if (ending === "functionError" && progress.failures > retries) {
    return { kind: "failed", condition: "RetriesExhausted" };
  }
  const delayMs =
    ending === "functionError"
      ? (FUNCTION_ERROR_DELAYS_MS[progress.failures - 1] ?? 120_000)
      : backoffMs(progress.refusals);
  const atMs = nowMs + delayMs;
  // AWS gives an event up at once when its next attempt would come too late.
  if (tooOld(progress.enqueuedMs, settings, atMs)) return { kind: "failed", condition: "EventAgeExceeded" };
  return { kind: "retry", atMs };
}

/** Whether an event has waited longer than its function allows. */
export function tooOld(enqueuedMs: number, settings: AsyncSettings, nowMs: number): boolean {
  return nowMs - enqueuedMs >= (settings.maximumEventAgeMs ?? DEFAULT_MAXIMUM_AGE_MS);
}

/** Whether a destination that cannot be told for now is given up. */
export function tellsNoMore(endedMs: number, atMs: number): boolean {
  return atMs - endedMs >= DEFAULT_MAXIMUM_AGE_MS;
}

/** 1 s, doubling up to 5 min. */
export function backoffMs(refusals: number): number {
  return Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(20, Math.max(0, refusals - 1)));
}
