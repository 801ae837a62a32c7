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
  /** The counter of a series; keep it where numbers come fast. */
  counter(series: Series): Counter;
  /** The minutes that begin in [fromMs, toMs) and have data, the oldest first. */
  minutes(series: Series, fromMs: number, toMs: number): MinutePoint[];
  clear(): void;
}

export interface Counter {
  add(value: number, atMs: number): void;
}

const MINUTE_MS = 60_000;
const KEPT_MINUTES = 24 * 60;

export function createMetrics(): Metrics {
  const all = new Map<string, MinuteCounter>();
  return {
    counter(series) {
      const key = keyOf(series);
      let counter = all.get(key);
      if (!counter) {
        counter = new MinuteCounter();
        all.set(key, counter);
      }
      return counter;
    },
    minutes: (series, fromMs, toMs) => all.get(keyOf(series))?.between(fromMs, toMs) ?? [],
    clear() {
      for (const counter of all.values()) counter.clear();
    },
  };
}

interface Minute {
  readonly minute: number;
  sum: number;
  count: number;
  maximum: number;
}

class MinuteCounter implements Counter {
  readonly #minutes = new Map<number, Minute>();
  #latest: Minute | undefined;

  add(value: number, atMs: number): void {
    const minute = Math.floor(atMs / MINUTE_MS);
    const known = this.#latest?.minute === minute ? this.#latest : this.#minutes.get(minute);
    if (known) {
      known.sum += value;
      known.count++;
      known.maximum = Math.max(known.maximum, value);
      return;
    }
    this.#latest = { minute, sum: value, count: 1, maximum: value };
    this.#minutes.set(minute, this.#latest);
    for (const old of this.#minutes.keys()) {
      if (old > minute - KEPT_MINUTES) break;
      this.#minutes.delete(old);
    }
  }

  between(fromMs: number, toMs: number): MinutePoint[] {
    const points: MinutePoint[] = [];
    for (const { minute, sum, count, maximum } of this.#minutes.values()) {
      const startMs = minute * MINUTE_MS;
      if (startMs >= fromMs && startMs < toMs) points.push({ startMs, sum, count, maximum });
    }
    return points.sort((one, other) => one.startMs - other.startMs);
  }

  clear(): void {
    this.#minutes.clear();
    this.#latest = undefined;
  }
}

function keyOf({ account, region, namespace, name, dimensions }: Series): string {
  return `${account} ${region} ${namespace} ${name} ${dimensions}`;
}
