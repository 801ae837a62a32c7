import { type Bucket, fullBucket, hasTokens, refill } from "./bucket.ts";
import { Growth, INITIAL_ON_DEMAND, TABLE_QUOTA } from "./growth.ts";
import { HotKeys } from "./hot-keys.ts";
import { hashOf, PARTITION_CEILING, Partitions, partitionsFor } from "./partitions.ts";
import type { Kind, Limit } from "./reasons.ts";

/** Units a second. */
export interface Units {
  readonly read: number;
  readonly write: number;
}

/** What a table or index may consume. */
export interface Terms {
  readonly mode: "PROVISIONED" | "PAY_PER_REQUEST";
  /** Of a provisioned table. */
  readonly provisioned: Units;
  /** The limits an on-demand table was given; absent or 0: none. */
  readonly onDemandLimits?: Units;
}

/** A key that had more than half of a partition's ceiling for a whole minute. */
export interface HotMinute {
  readonly key: string;
  readonly kind: Kind;
  readonly minuteMs: number;
  readonly unitsPerSecond: number;
}

/** Unused provisioned capacity is kept for this long. */
const BURST_SECONDS = 300;
const KEYS_KEPT = 64;
const HOT_MINUTES_KEPT = 60;
const MINUTE_MS = 60_000;

/** What one kind of use, reads or writes, has left and who uses it. */
class Side {
  readonly kind: Kind;
  readonly growth: Growth;
  readonly keys = new HotKeys(KEYS_KEPT);
  readonly bucket: Bucket;
  /** Of the limit that an on-demand table was given. */
  readonly limit: Bucket;
  minuteKeys = new HotKeys(KEYS_KEPT);
  minute = 0;
  /** The fullest the bucket was allowed to be, to see when the terms change. */
  units = 0;
  requests = 0;

  constructor(kind: Kind, terms: Terms, nowMs: number) {
    this.kind = kind;
    this.growth = new Growth(INITIAL_ON_DEMAND[kind]);
    this.bucket = fullBucket(isOnDemand(terms) ? INITIAL_ON_DEMAND[kind] : terms.provisioned[kind], nowMs);
    this.limit = fullBucket(terms.onDemandLimits?.[kind] ?? 0, nowMs);
  }
}

/** A table or index as its capacity sees it: kept in memory only, for a platform that restarts is at rest. */
export class Place {
  readonly #sides: Readonly<Record<Kind, Side>>;
  readonly #partitions: Partitions;
  readonly #hotMinutes: HotMinute[] = [];

  constructor(terms: Terms, nowMs: number) {
    this.#sides = { read: new Side("read", terms, nowMs), write: new Side("write", terms, nowMs) };
    this.#partitions = new Partitions(partitionsNeeded(terms, INITIAL_ON_DEMAND), nowMs);
  }

  get partitionCount(): number {
    return this.#partitions.count;
  }

  /** The limit that stands in the way of a request now, or undefined. `key` is absent for scans. */
  exceeded(terms: Terms, kind: Kind, key: string | undefined, nowMs: number): Limit | undefined {
    const side = this.#sides[kind];
    if (isOnDemand(terms)) {
      const limit = terms.onDemandLimits?.[kind] ?? 0;
      if (limit > 0) {
        refill(side.limit, limit, limit, nowMs);
        if (!hasTokens(side.limit)) return "MaxOnDemandThroughputExceeded";
      }
    }
    const { rate, most, beyond } = this.#rateOf(terms, side, nowMs);
    refill(side.bucket, rate, most, nowMs);
    if (!hasTokens(side.bucket)) return beyond;
    if (key === undefined || this.#partitions.admits(kind, hashOf(key), nowMs)) return undefined;
    return "KeyRangeThroughputExceeded";
  }

  take(terms: Terms, kind: Kind, units: number, key: string | undefined, nowMs: number): void {
    const side = this.#sides[kind];
    const { rate, most } = this.#rateOf(terms, side, nowMs);
    refill(side.bucket, rate, most, nowMs);
    side.bucket.tokens -= units;
    side.limit.tokens -= units;
    side.growth.add(units, nowMs);
    side.units += units;
    side.requests++;
    if (key === undefined) return;
    this.#partitions.take(kind, hashOf(key), units, nowMs);
    this.#rememberKey(side, key, units, nowMs);
  }

  keysOf(kind: Kind): HotKeys {
    return this.#sides[kind].keys;
  }

  totalsOf(kind: Kind): { readonly units: number; readonly requests: number } {
    return this.#sides[kind];
  }

  /** Of the minutes that have ended, the latest last. */
  hotMinutes(nowMs: number): readonly HotMinute[] {
    for (const side of Object.values(this.#sides)) this.#endMinute(side, nowMs);
    return this.#hotMinutes;
  }

  #rateOf(terms: Terms, side: Side, nowMs: number): { rate: number; most: number; beyond: Limit } {
    if (!isOnDemand(terms)) {
      const rate = terms.provisioned[side.kind];
      this.#partitions.grow(partitionsNeeded(terms, INITIAL_ON_DEMAND), nowMs);
      return { rate, most: rate * BURST_SECONDS, beyond: "ProvisionedThroughputExceeded" };
    }
    const allowance = side.growth.allowance(nowMs);
    this.#partitions.grow(Math.ceil(allowance / PARTITION_CEILING[side.kind]), nowMs);
    // Short of the quota, an on-demand table that grew too fast throttles where its partitions are full.
    if (allowance < TABLE_QUOTA) {
      return { rate: allowance, most: allowance, beyond: "KeyRangeThroughputExceeded" };
    }
    return { rate: TABLE_QUOTA, most: TABLE_QUOTA, beyond: "AccountLimitExceeded" };
  }

  #rememberKey(side: Side, key: string, units: number, nowMs: number): void {
    this.#endMinute(side, nowMs);
    side.minuteKeys.add(key, units);
    side.keys.add(key, units);
  }

  /** Looks at the minute before, where another one has begun. */
  #endMinute(side: Side, nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute === side.minute) return;
    const [hottest] = side.minuteKeys.top(1);
    const unitsPerSecond = hottest ? (hottest.units - hottest.error) / 60 : 0;
    if (hottest && unitsPerSecond > PARTITION_CEILING[side.kind] / 2) {
      const minuteMs = side.minute * MINUTE_MS;
      this.#hotMinutes.push({ key: hottest.key, kind: side.kind, minuteMs, unitsPerSecond });
      if (this.#hotMinutes.length > HOT_MINUTES_KEPT) this.#hotMinutes.shift();
    }
    side.minuteKeys = new HotKeys(KEYS_KEPT);
    side.minute = minute;
  }
}

function isOnDemand({ mode }: Terms): boolean {
  return mode === "PAY_PER_REQUEST";
}

function partitionsNeeded(terms: Terms, onDemand: Units): number {
  const { read, write } = isOnDemand(terms) ? onDemand : terms.provisioned;
  if (!isOnDemand(terms)) return partitionsFor(read, write);
  return Math.max(Math.ceil(read / PARTITION_CEILING.read), Math.ceil(write / PARTITION_CEILING.write));
}
