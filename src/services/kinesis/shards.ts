/** One shard. Its hash range is in 32 hexadecimal digits, so that text compares as numbers do. */
export interface Shard {
  readonly index: number;
  /** Both ends are the shard's. */
  readonly from: string;
  readonly to: string;
  /** None, the shard it was split from, or the two it was merged from. */
  readonly parents: readonly number[];
  /** Epoch seconds; later than its parents', though they may have lived for less. */
  readonly bornSec: number;
  readonly openedMs: number;
  readonly closedMs?: number;
}

const HASHES = 1n << 128n;
const HOUR_MS = 3_600_000;

export const hashText = (hash: bigint): string => hash.toString(16).padStart(32, "0");
export const hashNumber = (text: string): bigint => BigInt(`0x${text}`);
export const isOpen = ({ closedMs }: Shard): boolean => closedMs === undefined;

/** The first shards of a stream: equal ranges, of which the last has what is left. */
export function firstShards(count: number, nowMs: number): Shard[] {
  const starts = uniformStarts(count);
  return starts.map((start, index) => ({
    index,
    from: hashText(start),
    to: hashText((starts[index + 1] ?? HASHES) - 1n),
    parents: [],
    bornSec: Math.floor(nowMs / 1000),
    openedMs: nowMs,
  }));
}

function uniformStarts(count: number): bigint[] {
  const size = HASHES / BigInt(count);
  return Array.from({ length: count }, (_, index) => size * BigInt(index));
}

/** Closes a shard and opens two in its place; `start` is the first hash of the second. */
export function split(shards: readonly Shard[], shard: Shard, start: bigint, nowMs: number): Shard[] {
  const ranges = [
    [shard.from, hashText(start - 1n)],
    [hashText(start), shard.to],
  ] as const;
  return replace(shards, [shard], ranges, nowMs);
}

/** Closes two shards that lie side by side, and opens one in their place. */
export function merge(shards: readonly Shard[], one: Shard, other: Shard, nowMs: number): Shard[] {
  const [from, to] = one.from < other.from ? [one.from, other.to] : [other.from, one.to];
  return replace(shards, [one, other], [[from, to]], nowMs);
}

export function areAdjacent(one: Shard, other: Shard): boolean {
  return isRightBefore(one, other) || isRightBefore(other, one);
}

function isRightBefore(lower: Shard, upper: Shard): boolean {
  return hashNumber(lower.to) + 1n === hashNumber(upper.from);
}

function replace(
  shards: readonly Shard[],
  parents: readonly Shard[],
  ranges: readonly (readonly [from: string, to: string])[],
  nowMs: number,
): Shard[] {
  const latest = shards.at(-1)?.index ?? -1;
  const bornSec = Math.max(Math.floor(nowMs / 1000), ...parents.map((parent) => parent.bornSec + 1));
  const children = ranges.map(([from, to], at) => ({
    index: latest + 1 + at,
    from,
    to,
    parents: parents.map(({ index }) => index),
    bornSec,
    openedMs: nowMs,
  }));
  const rest = shards.map((shard) => (parents.includes(shard) ? { ...shard, closedMs: nowMs } : shard));
  return [...rest, ...children];
}

/** As many shards of equal ranges: splits where a range must begin, then merges where none may. */
export function rescale(shards: readonly Shard[], count: number, nowMs: number): Shard[] {
  const starts = uniformStarts(count);
  const wanted = new Set(starts.map(hashText));
  let result = [...shards];
  for (const start of starts) {
    const text = hashText(start);
    const shard = result.find((each) => isOpen(each) && each.from <= text && each.to >= text);
    if (shard && shard.from !== text) result = split(result, shard, start, nowMs);
  }
  for (;;) {
    const open = openInOrder(result);
    const at = open.findIndex(({ from }) => !wanted.has(from));
    const lower = open[at - 1];
    const upper = open[at];
    if (!lower || !upper) return result;
    result = merge(result, lower, upper, nowMs);
  }
}

/** Open shards in the order of their ranges. */
function openInOrder(shards: readonly Shard[]): Shard[] {
  return shards.filter(isOpen).sort((one, other) => (one.from < other.from ? -1 : 1));
}

/** Whether there is anything to be seen of a shard: a closed one goes when its last record has expired. */
export function isVisible({ closedMs }: Shard, retentionHours: number, nowMs: number): boolean {
  return closedMs === undefined || closedMs > nowMs - retentionHours * HOUR_MS;
}

export function visible(shards: readonly Shard[], retentionHours: number, nowMs: number): Shard[] {
  return shards.filter((shard) => isVisible(shard, retentionHours, nowMs));
}

export function childrenOf(shards: readonly Shard[], { index }: Shard): Shard[] {
  return shards.filter(({ parents }) => parents.includes(index));
}

/** Where the open shards lie, to find the one that a hash belongs to. */
export interface Routing {
  readonly open: readonly Shard[];
  readonly starts: readonly string[];
}

export function routingOf(shards: readonly Shard[]): Routing {
  const open = openInOrder(shards);
  return { open, starts: open.map(({ from }) => from) };
}

/** The open shard whose range has the hash; every hash is in one. */
export function shardFor({ open, starts }: Routing, hash: string): Shard {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? "") <= hash) low = middle;
    else high = middle;
  }
  return open[low] as Shard;
}
