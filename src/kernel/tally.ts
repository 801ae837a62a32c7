/**
 * What a metric holds of one moment: enough for every statistic, percentiles too. Values are kept exactly as
 * long as they are few; more of them are kept within one percent, as CloudWatch's own are approximate.
 */
export interface Tally {
  count: number;
  sum: number;
  minimum: number;
  maximum: number;
  /** How often each value came; absent where there is one only, and where nobody knows. */
  values?: Map<number, number>;
  /** A set of statistics came without its values: there are no percentiles. */
  blind?: true;
}

const MOST_EXACT = 100;
const BIN = Math.log(1.01);

export function newTally(): Tally {
  return { count: 0, sum: 0, minimum: Number.POSITIVE_INFINITY, maximum: Number.NEGATIVE_INFINITY };
}

/** Counts a value, `times` times; a fraction of a time too. */
export function addValue(tally: Tally, value: number, times = 1): void {
  const isFirst = tally.count === 0;
  if (!isFirst && !tally.blind && (tally.values || value !== tally.minimum)) {
    tally.values ??= new Map([[tally.minimum, tally.count]]);
    addToValues(tally.values, value, times);
  }
  tally.count += times;
  tally.sum += value * times;
  if (value < tally.minimum) tally.minimum = value;
  if (value > tally.maximum) tally.maximum = value;
}

/** Adds all that another holds. */
export function addTally(tally: Tally, other: Tally): void {
  if (other.count === 0) return;
  if (other.blind || tally.blind) {
    tally.blind = true;
    delete tally.values;
    tally.count += other.count;
    tally.sum += other.sum;
    tally.minimum = Math.min(tally.minimum, other.minimum);
    tally.maximum = Math.max(tally.maximum, other.maximum);
    return;
  }
  const { sum, minimum, maximum } = tally;
  for (const [value, times] of valuesOf(other)) addValue(tally, value, times);
  // Of values that are kept nearly, the sum is exact all the same.
  tally.sum = sum + other.sum;
  tally.minimum = Math.min(minimum, other.minimum);
  tally.maximum = Math.max(maximum, other.maximum);
}

/** The values with how often each came, the least first. Of a blind tally nobody knows. */
export function valuesOf({ count, minimum, values }: Tally): [number, number][] {
  if (values) return [...values].sort(([one], [other]) => one - other);
  return count === 0 ? [] : [[minimum, count]];
}

function addToValues(values: Map<number, number>, value: number, times: number): void {
  const known = values.get(value);
  if (known !== undefined) values.set(value, known + times);
  else if (values.size < MOST_EXACT) values.set(value, times);
  else {
    const near = binOf(value);
    values.set(near, (values.get(near) ?? 0) + times);
  }
}

function binOf(value: number): number {
  if (value === 0) return 0;
  const size = Math.exp(Math.round(Math.log(Math.abs(value)) / BIN) * BIN);
  return value < 0 ? -size : size;
}
