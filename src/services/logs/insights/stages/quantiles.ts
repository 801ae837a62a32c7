/** The value that a part of sorted numbers lies below, between two of them where it falls there. */
export function quantile(sorted: readonly number[], part: number): number | undefined {
  const at = (sorted.length - 1) * part;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low === undefined || high === undefined ? undefined : low + (high - low) * (at - Math.floor(at));
}

export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/** Between what values lie that are not far off: so many ranges between the quartiles from them. */
export function boundsOf(numbers: readonly number[], range: number): Bounds {
  const sorted = numbers.toSorted((one, other) => one - other);
  const [first = 0, third = 0] = [quantile(sorted, 0.25), quantile(sorted, 0.75)];
  return { lower: first - range * (third - first), upper: third + range * (third - first) };
}
