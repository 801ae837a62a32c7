interface Bucket {
  readonly bucket: number;
  readonly count: number;
  /** The most at once that one which began in it has found. */
  readonly most: number;
}

/**
 * The most at once in each stretch: at its beginning there are those that had begun and not ended, and beyond
 * that there are only ever more when one begins, which knows how many there are.
 */
export function seriesOf(
  buckets: number,
  already: number,
  begun: readonly Bucket[],
  ended: readonly Pick<Bucket, "bucket" | "count">[],
): number[] {
  const begins = new Map(begun.map((each) => [each.bucket, each]));
  const ends = new Map(ended.map(({ bucket, count }) => [bucket, count]));
  let underWay = already;
  return Array.from({ length: buckets }, (_, bucket) => {
    const { count = 0, most = 0 } = begins.get(bucket) ?? {};
    const atOnce = Math.max(underWay, most);
    underWay += count - (ends.get(bucket) ?? 0);
    return atOnce;
  });
}
