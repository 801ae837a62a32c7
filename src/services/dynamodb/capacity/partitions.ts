import { type Bucket, fullBucket, hasTokens, refill } from "./bucket.ts";
import type { Kind } from "./reasons.ts";

/** What one partition serves, and therefore one hot key, in units a second. */
export const PARTITION_CEILING = { read: 3_000, write: 1_000 } as const;

const MINUTE_MS = 60_000;
/** A partition splits when its ceiling was met in this many minutes of the last `STRAIN_MINUTES`. */
const STRAINED_TO_SPLIT = 2;
const STRAIN_MINUTES = 5;
/** Hashes of partition keys are 32 bits. */
const HASHES = 2 ** 32;
const MOST_PARTITIONS = 1024;

/** The keys whose hashes lie in [from, to). */
interface Partition {
  readonly from: number;
  readonly to: number;
  readonly read: Bucket;
  readonly write: Bucket;
  /** The one hash that may hold most of the traffic: a majority vote, in units. */
  favourite: number;
  favouriteUnits: number;
  units: number;
  strained: number[];
}

/**
 * The partitions of a table or index. Each has a ceiling; one that meets it minute after minute is split,
 * and a key that carries most of its traffic is put into a partition of its own, where the ceiling is the
 * key's. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
 */
export class Partitions {
  #all: Partition[];

  constructor(count: number, nowMs: number) {
    const width = HASHES / count;
    this.#all = Array.from({ length: count }, (_, at) =>
      newPartition(Math.floor(at * width), Math.floor((at + 1) * width), nowMs),
    );
  }

  get count(): number {
    return this.#all.length;
  }

  /** Splits until there are `count`, the widest first: throughput that was added needs them. */
  grow(count: number, nowMs: number): void {
    while (this.#all.length < Math.min(count, MOST_PARTITIONS)) {
      const widest = this.#all.reduce((one, other) => (width(other) > width(one) ? other : one));
      if (width(widest) < 2) return;
      this.#replace(widest, halves(widest, nowMs));
    }
  }

  /** Whether the partition of a hash still has units. One that has none remembers it, and may split. */
  admits(kind: Kind, hash: number, nowMs: number): boolean {
    const partition = this.#of(hash);
    if (!partition) return true;
    const ceiling = PARTITION_CEILING[kind];
    refill(partition[kind], ceiling, ceiling, nowMs);
    if (hasTokens(partition[kind])) return true;
    this.#strain(partition, nowMs);
    return false;
  }

  take(kind: Kind, hash: number, units: number, nowMs: number): void {
    const partition = this.#of(hash);
    if (!partition) return;
    const ceiling = PARTITION_CEILING[kind];
    refill(partition[kind], ceiling, ceiling, nowMs);
    partition[kind].tokens -= units;
    partition.units += units;
    if (partition.favourite === hash) partition.favouriteUnits += units;
    else if (partition.favouriteUnits >= units) partition.favouriteUnits -= units;
    else {
      partition.favourite = hash;
      partition.favouriteUnits = units - partition.favouriteUnits;
    }
  }

  #of(hash: number): Partition | undefined {
    let low = 0;
    let high = this.#all.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#all[middle]?.from ?? 0) <= hash) low = middle;
      else high = middle - 1;
    }
    return this.#all[low];
  }

  #strain(partition: Partition, nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (partition.strained.at(-1) === minute) return;
    partition.strained = [...partition.strained.filter((each) => each > minute - STRAIN_MINUTES), minute];
    const canSplit = width(partition) > 1 && this.#all.length < MOST_PARTITIONS;
    if (partition.strained.length < STRAINED_TO_SPLIT || !canSplit) return;
    const isOneKey = partition.favouriteUnits * 2 > partition.units;
    this.#replace(partition, isOneKey ? isolate(partition, nowMs) : halves(partition, nowMs));
  }

  #replace(partition: Partition, parts: readonly Partition[]): void {
    const at = this.#all.indexOf(partition);
    this.#all = [...this.#all.slice(0, at), ...parts, ...this.#all.slice(at + 1)];
  }
}

/** How many partitions a provisioned throughput needs. */
export function partitionsFor(readPerSecond: number, writePerSecond: number): number {
  const share = readPerSecond / PARTITION_CEILING.read + writePerSecond / PARTITION_CEILING.write;
  return Math.max(1, Math.ceil(share));
}

/** A partition key's 32 bits, evenly spread: FNV-1a with a final mix. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function newPartition(from: number, to: number, nowMs: number): Partition {
  return {
    from,
    to,
    read: fullBucket(PARTITION_CEILING.read, nowMs),
    write: fullBucket(PARTITION_CEILING.write, nowMs),
    favourite: 0,
    favouriteUnits: 0,
    units: 0,
    strained: [],
  };
}

function width({ from, to }: Partition): number {
  return to - from;
}

function halves({ from, to }: Partition, nowMs: number): Partition[] {
  const middle = Math.floor((from + to) / 2);
  return [newPartition(from, middle, nowMs), newPartition(middle, to, nowMs)];
}

/** The favourite alone, and what lies on either side. */
function isolate({ from, to, favourite }: Partition, nowMs: number): Partition[] {
  const bounds = [from, favourite, favourite + 1, to];
  return bounds.slice(1).flatMap((end, at) => {
    const start = bounds[at] ?? from;
    return end > start ? [newPartition(start, end, nowMs)] : [];
  });
}
