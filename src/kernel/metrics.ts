import type { Scope } from "./scope.ts";

/** What a number was counted of: `AWS/DynamoDB`, `ConsumedReadCapacityUnits`, `TableName=orders`. */
export interface Series extends Scope {
  readonly namespace: string;
  readonly name: string;
  /** `Name=value`, in the order AWS lists them, joined by commas. */
  readonly dimensions: string;
}

/** One minute of a series. */
export interface MinutePoint {
  /** Epoch milliseconds of the minute's beginning. */
  readonly startMs: number;
  readonly sum: number;
  readonly count: number;
  readonly maximum: number;
}

/**
 * Numbers by the minute, as CloudWatch keeps them of AWS's own services: what alarms and scaling look at.
 * Kept in memory for a day; who needs them for longer reads telemetry.
 */
export interface Metrics {
  add(series: Series, value: number, atMs: number): void;
  /** The minutes that begin in [fromMs, toMs) and have data, the oldest first. */
  minutes(series: Series, fromMs: number, toMs: number): MinutePoint[];
  clear(): void;
}

const MINUTE_MS = 60_000;
const KEPT_MINUTES = 24 * 60;

interface Minute {
  sum: number;
  count: number;
  maximum: number;
}

export function createMetrics(): Metrics {
  const all = new Map<string, Map<number, Minute>>();
  return {
    add(series, value, atMs) {
      const key = keyOf(series);
      let minutes = all.get(key);
      if (!minutes) {
        minutes = new Map();
        all.set(key, minutes);
      }
      const minute = Math.floor(atMs / MINUTE_MS);
      const known = minutes.get(minute);
      if (known) {
        known.sum += value;
        known.count++;
        known.maximum = Math.max(known.maximum, value);
        return;
      }
      minutes.set(minute, { sum: value, count: 1, maximum: value });
      for (const old of minutes.keys()) {
        if (old > minute - KEPT_MINUTES) break;
        minutes.delete(old);
      }
    },
    minutes(series, fromMs, toMs) {
      const points: MinutePoint[] = [];
      for (const [minute, values] of all.get(keyOf(series)) ?? []) {
        const startMs = minute * MINUTE_MS;
        if (startMs >= fromMs && startMs < toMs) points.push({ startMs, ...values });
      }
      return points.sort((one, other) => one.startMs - other.startMs);
    },
    clear: () => all.clear(),
  };
}

function keyOf({ account, region, namespace, name, dimensions }: Series): string {
  return `${account} ${region} ${namespace} ${name} ${dimensions}`;
}
