// How many batches of a queue are under way at once.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html

import type { SourceSettings } from "../kernel/sources.ts";

const FIRST = 5;
const MOST = 1_250;
const GROWTH_PER_MINUTE = 300;
/** Of pollers kept for one mapping: batches of each, and how fast they grow. */
const BATCHES_PER_POLLER = 10;
const POLLED_GROWTH_PER_MINUTE = 1_000;
const LEAST_THROTTLED = 1;
const MINUTE_MS = 60_000;

/** What is known of how busy a queue is. */
export interface Load {
  /** Since when all batches that may be under way are; undefined while there is room. */
  readonly busySinceMs?: number | undefined;
  /** What was reached when it became busy. */
  readonly reached: number;
  /** The function was throttled, and has taken no batch since: it is tried with no more. */
  readonly isThrottled?: true;
}

export function idleLoad(settings: SourceSettings): Load {
  return { reached: bounds(settings).first };
}

/** The batches that may be under way at a moment, and when one more may. */
export function roomAt(
  load: Load,
  settings: SourceSettings,
  nowMs: number,
): { readonly most: number; readonly growsMs?: number } {
  const { most, perMinute } = bounds(settings);
  if (load.busySinceMs === undefined || load.isThrottled) return { most: Math.min(most, load.reached) };
  const grown = Math.floor(((nowMs - load.busySinceMs) * perMinute) / MINUTE_MS);
  const reached = Math.min(most, load.reached + grown);
  if (reached >= most) return { most };
  return { most: reached, growsMs: Math.ceil(load.busySinceMs + ((grown + 1) * MINUTE_MS) / perMinute) };
}

/** The load with so many batches under way: it grows while all room is taken, and begins anew with none. */
export function loadAt(load: Load, settings: SourceSettings, active: number, nowMs: number): Load {
  if (load.isThrottled) return load;
  if (active === 0) return idleLoad(settings);
  const { most } = roomAt(load, settings, nowMs);
  if (active < most) return { reached: most };
  return load.busySinceMs === undefined ? { reached: most, busySinceMs: nowMs } : load;
}

/** A throttled function is given half as much at once. */
export function throttled(load: Load, settings: SourceSettings, nowMs: number): Load {
  const { most } = roomAt(load, settings, nowMs);
  return { reached: Math.max(LEAST_THROTTLED, Math.floor(most / 2)), isThrottled: true };
}

/** The function has taken a batch: it may be given more again. */
export const taken = ({ isThrottled: _, ...load }: Load): Load => load;

function bounds({ maximumConcurrency, pollers }: SourceSettings) {
  if (pollers) {
    const first = pollers.least * BATCHES_PER_POLLER;
    return { first, most: pollers.most * BATCHES_PER_POLLER, perMinute: POLLED_GROWTH_PER_MINUTE };
  }
  const most = Math.min(MOST, maximumConcurrency ?? MOST);
  return { first: Math.min(FIRST, most), most, perMinute: GROWTH_PER_MINUTE };
}
