const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const isPeriod = (seconds: number): boolean =>
  [1, 5, 10, 20, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0);

/**
 * Where the first period begins: the time asked for, rounded down to what is still kept of it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
 */
export function firstPeriodMs(startMs: number, periodMs: number, nowMs: number): number {
  const ageMs = nowMs - startMs;
  if (periodMs < MINUTE_MS && ageMs < 15 * DAY_MS) return floor(startMs, periodMs);
  if (ageMs < 15 * DAY_MS) return floor(startMs, MINUTE_MS);
  return floor(startMs, ageMs < 63 * DAY_MS ? 5 * MINUTE_MS : 60 * MINUTE_MS);
}

const floor = (timeMs: number, beatMs: number): number => Math.floor(timeMs / beatMs) * beatMs;
