/** One minute of a table's or index's consumption. */
export interface Minute {
  readonly startMs: number;
  /** Units consumed in the minute. */
  readonly units: number;
}

export interface Tracking {
  /** The utilization to keep, in percent of what is provisioned. */
  readonly targetPercent: number;
  readonly scaleOutCooldownMs: number;
  readonly scaleInCooldownMs: number;
  readonly disableScaleIn: boolean;
}

export interface Past {
  readonly lastOutMs?: number;
  readonly lastInMs?: number;
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

export type Decision = { readonly direction: "out" | "in"; readonly capacity: number } | undefined;

const MINUTE_MS = 60_000;
export const MINUTES_OVER = 2;
export const MINUTES_UNDER = 15;
/** Scaling in begins this far under the target, in percentage points. */
export const MARGIN_PERCENT = 20;

/**
 * What a target-tracking policy does at the end of a minute: more after two minutes over its target, less
 * after 15 minutes well under it. Minutes without any use have no data, and no alarm fires on them: a table
 * that is not used at all keeps its capacity, as on AWS.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html
 */
export function decide(
  tracking: Tracking,
  past: Past,
  provisioned: number,
  bounds: Bounds,
  minutes: readonly Minute[],
  nowMs: number,
): Decision {
  const endMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  const changedMs = Math.max(past.lastOutMs ?? 0, past.lastInMs ?? 0);
  const recent = (count: number) => {
    const fromMs = endMs - count * MINUTE_MS;
    const found = minutes.filter(({ startMs }) => startMs >= Math.max(fromMs, changedMs) && startMs < endMs);
    return found.length === count ? found.map(({ units }) => units / 60) : undefined;
  };
  const share = tracking.targetPercent / 100;
  const over = recent(MINUTES_OVER);
  if (over?.every((perSecond) => perSecond > provisioned * share)) {
    const capacity = capacityFor(tracking, bounds, Math.max(...over));
    return capacity > provisioned ? change(tracking, past, provisioned, capacity, nowMs) : undefined;
  }
  if (tracking.disableScaleIn) return undefined;
  const under = recent(MINUTES_UNDER);
  const lowShare = (tracking.targetPercent - MARGIN_PERCENT) / 100;
  if (!under?.every((perSecond) => perSecond < provisioned * lowShare)) return undefined;
  // As much as the busiest of these minutes needs.
  const capacity = capacityFor(tracking, bounds, Math.max(...under));
  return capacity < provisioned ? change(tracking, past, provisioned, capacity, nowMs) : undefined;
}

/** What a policy does when an alarm has it carried out: what the last minute needs, at once. */
export function decideNow(
  tracking: Tracking,
  past: Past,
  provisioned: number,
  bounds: Bounds,
  minutes: readonly Minute[],
  nowMs: number,
): Decision {
  const lastMs = (Math.floor(nowMs / MINUTE_MS) - 1) * MINUTE_MS;
  const last = minutes.find(({ startMs }) => startMs === lastMs);
  if (!last) return undefined;
  return change(tracking, past, provisioned, capacityFor(tracking, bounds, last.units / 60), nowMs);
}

/** What use of so much a second is the target's share of. */
function capacityFor(tracking: Tracking, bounds: Bounds, perSecond: number): number {
  const needed = Math.ceil(perSecond / (tracking.targetPercent / 100) - 1e-9);
  return Math.min(bounds.max, Math.max(bounds.min, needed));
}

/** The way to a capacity, unless the change before was too short ago. */
function change(
  tracking: Tracking,
  past: Past,
  provisioned: number,
  capacity: number,
  nowMs: number,
): Decision {
  const rests = (sinceMs: number, cooldownMs: number) => sinceMs > 0 && nowMs - sinceMs < cooldownMs;
  const { lastOutMs = 0, lastInMs = 0 } = past;
  if (capacity > provisioned) {
    return rests(lastOutMs, tracking.scaleOutCooldownMs) ? undefined : { direction: "out", capacity };
  }
  const stays = tracking.disableScaleIn || rests(Math.max(lastOutMs, lastInMs), tracking.scaleInCooldownMs);
  return capacity === provisioned || stays ? undefined : { direction: "in", capacity };
}
