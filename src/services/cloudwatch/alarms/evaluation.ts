import type { StateValue } from "./records.ts";

/** One period of an alarm's metric; without a value there was no data. */
export interface Slot {
  readonly startMs: number;
  readonly value?: number;
}

export interface Terms {
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly treatMissing: "missing" | "ignore" | "breaching" | "notBreaching";
  isBreaching(value: number): boolean;
}

export interface Verdict {
  /** undefined: the state stays as it is. */
  readonly state: StateValue | undefined;
  /** Of what was looked at, the newest first. */
  readonly real: readonly {
    readonly startMs: number;
    readonly value: number;
    readonly isBreaching: boolean;
  }[];
  /** Periods without data that something had to stand in for. */
  readonly filled: number;
}

/** Periods beyond its own that an alarm looks back, for data that makes up for what is missing. */
const EXTRA_PERIODS = 2;

export const rangeOf = (evaluationPeriods: number): number => evaluationPeriods + EXTRA_PERIODS;

/**
 * What the periods of an evaluation range, the newest first, come to. Real data go before what is missing:
 * where there is enough of it, what was to be done about missing data is not asked.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function decide(range: readonly Slot[], terms: Terms): Verdict {
  const { evaluationPeriods, datapointsToAlarm, treatMissing } = terms;
  const known = range.flatMap(({ startMs, value }, age) =>
    value === undefined ? [] : [{ startMs, value, age, isBreaching: terms.isBreaching(value) }],
  );
  const real = known.slice(0, evaluationPeriods);
  const filled = evaluationPeriods - real.length;
  const breaching = real.filter(({ isBreaching }) => isBreaching).length;
  const verdict = (state: StateValue | undefined): Verdict => ({ state, real, filled });
  if (breaching >= datapointsToAlarm) return verdict("ALARM");
  if (filled === 0) return verdict("OK");
  if (treatMissing === "notBreaching") return verdict("OK");
  if (treatMissing === "breaching") return verdict(breaching + filled >= datapointsToAlarm ? "ALARM" : "OK");
  if (real.length === 0) return verdict(treatMissing === "missing" ? "INSUFFICIENT_DATA" : undefined);
  if (breaching < real.length) return verdict("OK");
  // All that came is breaching, and the oldest of it is old enough: what is missing since changes nothing.
  const oldest = real.at(-1)?.age ?? 0;
  return verdict(treatMissing === "missing" && oldest + 1 >= datapointsToAlarm ? "ALARM" : undefined);
}

const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** The other operators compare with a band, which needs a model. */
export const isPlainComparison = (operator: string): boolean => Object.hasOwn(COMPARISONS, operator);

export function breaches(operator: string, value: number, threshold: number): boolean {
  return COMPARISONS[operator]?.(value, threshold) ?? false;
}

/** Whether a percentile says something of so few samples. */
export function isSignificant(percent: number, samples: number): boolean {
  const share = percent / 100;
  return samples >= (share >= 0.5 ? 10 / (1 - share) : 10 / share);
}
