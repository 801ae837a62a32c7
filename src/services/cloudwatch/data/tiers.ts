const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Data of one resolution: what is older than `keptMs` is folded into the next tier, or forgotten. */
export interface Tier {
  readonly resolutionMs: number;
  readonly keptMs: number;
  /** As much as lies under one key. */
  readonly blockMs: number;
  /** What is to be folded is looked at on this beat. */
  readonly beatMs: number;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Metric */
export const TIERS: readonly Tier[] = [
  { resolutionMs: SECOND_MS, keptMs: 3 * HOUR_MS, blockMs: MINUTE_MS, beatMs: HOUR_MS / 6 },
  { resolutionMs: MINUTE_MS, keptMs: 15 * DAY_MS, blockMs: HOUR_MS / 4, beatMs: DAY_MS / 2 },
  { resolutionMs: 5 * MINUTE_MS, keptMs: 63 * DAY_MS, blockMs: 2 * HOUR_MS, beatMs: DAY_MS },
  { resolutionMs: HOUR_MS, keptMs: 455 * DAY_MS, blockMs: DAY_MS, beatMs: DAY_MS },
];

/** The finest tier that still takes data of a time: `isHigh` data begins at the second. */
export function tierFor(timeMs: number, isHigh: boolean, nowMs: number): number {
  const first = isHigh ? 0 : 1;
  const found = TIERS.findIndex(({ keptMs }, at) => at >= first && nowMs - timeMs < keptMs);
  return found < 0 ? TIERS.length - 1 : found;
}

/** When a block is to be folded. */
export function dueMsOf({ keptMs, blockMs, beatMs }: Tier, startMs: number): number {
  return Math.ceil((startMs + blockMs + keptMs) / beatMs) * beatMs;
}
