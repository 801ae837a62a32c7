/** Functions that make one number of many. */
export const AGGREGATES = {
  SUM: (values) => sum(values),
  AVG: (values) => sum(values) / values.length,
  MIN: (values) => values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
  MAX: (values) => values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  STDDEV: (values) => {
    const mean = sum(values) / values.length;
    return Math.sqrt(values.reduce((all, value) => all + (value - mean) ** 2, 0) / values.length);
  },
} satisfies Record<string, (values: readonly number[]) => number>;

export type Aggregate = keyof typeof AGGREGATES;

export const isAggregate = (name: string): name is Aggregate => Object.hasOwn(AGGREGATES, name);

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
