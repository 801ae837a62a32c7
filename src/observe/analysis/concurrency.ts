/** Invocations that began in one stretch of time, counted from 0, and ended in one. */
export interface Stretches {
  /** Less than 0: they were under way already. */
  readonly begun: number;
  readonly ended: number;
  readonly count: number;
  /** The most at once that one of them has found, and when that one began. */
  readonly most: number;
  readonly atMs: number;
}

/**
 * The most at once in each stretch: at its beginning there are those that had begun and not ended, and beyond
 * that there are only ever more when one begins, which knows how many there are.
 */
export function seriesOf(buckets: number, runs: readonly Stretches[]): number[] {
  const most = new Array<number>(buckets).fill(0);
  const change = new Array<number>(buckets).fill(0);
  let underWay = 0;
  for (const run of runs) {
    if (run.begun < 0) underWay += run.count;
    else {
      most[run.begun] = Math.max(most[run.begun] ?? 0, run.most);
      change[run.begun] = (change[run.begun] ?? 0) + run.count;
    }
    if (run.ended < buckets) change[run.ended] = (change[run.ended] ?? 0) - run.count;
  }
  return most.map((found, bucket) => {
    const atOnce = Math.max(underWay, found);
    underWay += change[bucket] ?? 0;
    return atOnce;
  });
}
