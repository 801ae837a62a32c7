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

export type Decision = { readonly direction: "out" | "in"; readonly capacity: number } | undefined;

const MINUTE_MS = 60_000;
const MINUTES_OVER = 2;
const MINUTES_UNDER = 15;
/** Scaling in begins this far under the target, in percentage points. */
const MARGIN_PERCENT = 20;

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
  bounds: { readonly min: number; readonly max: number },
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
  const clipped = (perSecond: number) =>
    Math.min(bounds.max, Math.max(bounds.min, Math.ceil(perSecond / share - 1e-9)));
  const over = recent(MINUTES_OVER);
  if (over?.every((perSecond) => perSecond > provisioned * share)) {
    const capacity = clipped(Math.max(...over));
    const rests = past.lastOutMs !== undefined && nowMs - past.lastOutMs < tracking.scaleOutCooldownMs;
    return capacity > provisioned && !rests ? { direction: "out", capacity } : undefined;
  }
  if (tracking.disableScaleIn) return undefined;
  const under = recent(MINUTES_UNDER);
  const lowShare = (tracking.targetPercent - MARGIN_PERCENT) / 100;
  if (!under?.every((perSecond) => perSecond < provisioned * lowShare)) return undefined;
  // As much as the busiest of these minutes needs.
  const capacity = clipped(Math.max(...under));
  const rests = changedMs > 0 && nowMs - changedMs < tracking.scaleInCooldownMs;
  return capacity < provisioned && !rests ? { direction: "in", capacity } : undefined;
}

/** What a policy does when an alarm has it carried out: what the last minute needs, at once. */
export function decideNow(
  tracking: Tracking,
  past: Past,
  provisioned: number,
  bounds: { readonly min: number; readonly max: number },
  minutes: readonly Minute[],
  nowMs: number,
): Decision {
  const lastMs = (Math.floor(nowMs / MINUTE_MS) - 1) * MINUTE_MS;
  const last = minutes.find(({ startMs }) => startMs === lastMs);
  if (!last) return undefined;
  const needed = Math.ceil(last.units / 60 / (tracking.targetPercent / 100) - 1e-9);
  const capacity = Math.min(bounds.max, Math.max(bounds.min, needed));
  const since = (ms: number | undefined) => nowMs - (ms ?? Number.NEGATIVE_INFINITY);
  if (capacity > provisioned) {
    return since(past.lastOutMs) < tracking.scaleOutCooldownMs ? undefined : { direction: "out", capacity };
  }
  const changedMs = Math.max(past.lastOutMs ?? 0, past.lastInMs ?? 0);
  const rests = tracking.disableScaleIn || since(changedMs) < tracking.scaleInCooldownMs;
  return capacity === provisioned || rests ? undefined : { direction: "in", capacity };
}
