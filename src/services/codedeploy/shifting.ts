import type { TrafficRoutingConfig } from "@aws-sdk/client-codedeploy";

const MINUTE_MS = 60_000;

/**
 * The share of traffic, in percent, that the target version has when shifting has gone on for so long, and
 * after how long that changes; all of it at once without a routing.
 */
export function shareAfter(
  routing: TrafficRoutingConfig | undefined,
  passedMs: number,
): { percent: number; nextMs?: number } {
  const { type, timeBasedCanary: canary, timeBasedLinear: linear } = routing ?? {};
  if (type === "TimeBasedCanary" && canary) {
    const intervalMs = (canary.canaryInterval ?? 0) * MINUTE_MS;
    return passedMs >= intervalMs
      ? { percent: 100 }
      : { percent: canary.canaryPercentage ?? 100, nextMs: intervalMs };
  }
  if (type === "TimeBasedLinear" && linear) {
    const intervalMs = Math.max(1, (linear.linearInterval ?? 0) * MINUTE_MS);
    const steps = Math.floor(passedMs / intervalMs) + 1;
    const percent = Math.min(100, steps * (linear.linearPercentage ?? 100));
    return percent >= 100 ? { percent } : { percent, nextMs: steps * intervalMs };
  }
  return { percent: 100 };
}
