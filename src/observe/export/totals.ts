import type { Counted, Series } from "../../kernel/metrics.ts";
import { addTally, newTally, type Tally } from "../../kernel/tally.ts";

/** A series since the platform began. */
export interface Total {
  readonly series: Series;
  /** Since the beginning. */
  count: number;
  sum: number;
  /** Of the latest minute that had data, and when that began. */
  latest: Tally;
  latestMs: number;
}

/** What CloudWatch was told since the platform began, added up: Prometheus wants numbers that only grow. */
export class Totals {
  readonly #most: number;
  readonly #totals = new Map<string, Total>();
  /** Series that came when there were as many as there may be. */
  readonly refused = new Set<string>();

  constructor(most = 10_000) {
    this.#most = most;
  }

  add(counted: readonly Counted[]): void {
    for (const { series, startMs, tally } of counted) {
      const total = this.#totalOf(series);
      if (!total) continue;
      total.count += tally.count;
      total.sum += tally.sum;
      if (startMs < total.latestMs) continue;
      if (startMs > total.latestMs) total.latest = newTally();
      total.latestMs = startMs;
      addTally(total.latest, tally);
    }
  }

  get size(): number {
    return this.#totals.size;
  }

  all(): Iterable<Total> {
    return this.#totals.values();
  }

  clear(): void {
    this.#totals.clear();
    this.refused.clear();
  }

  #totalOf(series: Series): Total | undefined {
    const { account, region, namespace, name, dimensions } = series;
    const key = `${account} ${region} ${namespace} ${name} ${dimensions}`;
    const known = this.#totals.get(key);
    if (known) return known;
    if (this.#totals.size >= this.#most) {
      if (this.refused.size < this.#most) this.refused.add(key);
      return undefined;
    }
    const total: Total = { series, count: 0, sum: 0, latest: newTally(), latestMs: Number.NEGATIVE_INFINITY };
    this.#totals.set(key, total);
    return total;
  }
}
