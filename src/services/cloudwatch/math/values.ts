import type { MetricName } from "../data/metric-name.ts";
import { ExpressionError } from "./tokens.ts";

/** Numbers by when their periods begin, the oldest first. */
export interface Timeline {
  readonly label: string;
  readonly periodMs: number;
  readonly points: ReadonlyMap<number, number>;
  /** Where it is a metric's own. */
  readonly of?: { readonly metric: MetricName; readonly stat: string };
}

/** What an expression comes to. */
export type Computed = number | string | Timeline | readonly Timeline[] | Word;

/** REPEAT, ASC, AVG: a word that only the function knows to which it is given. */
export interface Word {
  readonly word: string;
}

export const isTimelines = (value: Computed): value is readonly Timeline[] => Array.isArray(value);
export const isWord = (value: Computed): value is Word => typeof value === "object" && "word" in value;
export const isTimeline = (value: Computed): value is Timeline =>
  typeof value === "object" && "points" in value;

export function timelinesOf(value: Computed): readonly Timeline[] {
  if (isTimelines(value)) return value;
  if (isTimeline(value)) return [value];
  throw new ExpressionError("A time series or an array of time series is expected");
}

export function numberOf(value: Computed | undefined): number {
  if (typeof value === "number") return value;
  throw new ExpressionError("A number is expected");
}

export function textOf(value: Computed | undefined): string {
  if (typeof value === "string") return value;
  throw new ExpressionError("A string is expected");
}

/** The same with other numbers; where there is none of a moment, it is left out. */
export function mapPoints(
  timeline: Timeline,
  change: (value: number, startMs: number) => number | undefined,
): Timeline {
  const points = new Map<number, number>();
  for (const [startMs, value] of timeline.points) {
    const changed = change(value, startMs);
    if (changed !== undefined && Number.isFinite(changed)) points.set(startMs, changed);
  }
  return { label: timeline.label, periodMs: timeline.periodMs, points };
}

/** One timeline of many: what `combine` makes of the numbers that there are at each moment. */
export function combined(
  timelines: readonly Timeline[],
  combine: (values: readonly number[]) => number,
): Timeline {
  const byTime = new Map<number, number[]>();
  for (const { points } of timelines) {
    for (const [startMs, value] of points) {
      const values = byTime.get(startMs);
      if (values) values.push(value);
      else byTime.set(startMs, [value]);
    }
  }
  const sorted = [...byTime].sort(([one], [other]) => one - other);
  const periodMs = timelines.reduce((longest, each) => Math.max(longest, each.periodMs), 0);
  return {
    label: "",
    periodMs,
    points: new Map(sorted.map(([startMs, values]) => [startMs, combine(values)])),
  };
}

/** Value by value: number with number, number with timeline, timelines where both have a number. */
export function zipped(
  left: Computed,
  right: Computed,
  operate: (left: number, right: number) => number | undefined,
): number | Timeline | readonly Timeline[] {
  if (isTimelines(left) && isTimelines(right)) {
    throw new ExpressionError("Two arrays of time series cannot be operands of one operator");
  }
  if (isTimelines(left)) return left.map((each) => zippedOne(each, right, operate));
  if (isTimelines(right)) return right.map((each) => zippedOne(each, left, (a, b) => operate(b, a)));
  if (isTimeline(left)) return zippedOne(left, right, operate);
  if (isTimeline(right)) return zippedOne(right, left, (a, b) => operate(b, a));
  return operate(numberOf(left), numberOf(right)) ?? Number.NaN;
}

function zippedOne(
  own: Timeline,
  other: Computed,
  operate: (own: number, other: number) => number | undefined,
): Timeline {
  if (!isTimeline(other)) {
    const number = numberOf(other);
    return mapPoints(own, (value) => operate(value, number));
  }
  return mapPoints(own, (value, startMs) => {
    const with_ = other.points.get(startMs);
    return with_ === undefined ? undefined : operate(value, with_);
  });
}
