import { AGGREGATES, type Aggregate, isAggregate } from "./aggregates.ts";
import { ExpressionError } from "./tokens.ts";
import {
  type Computed,
  combined,
  isTimeline,
  isTimelines,
  isWord,
  mapPoints,
  numberOf,
  type Timeline,
  timelinesOf,
} from "./values.ts";

/** The stretch of time that an expression is asked of. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly periodMs: number;
}

type Made = (given: readonly Computed[], stretch: Stretch) => Computed;

const SECOND_MS = 1_000;
const MOST_FILLED = 100_800;

/** What is made of a timeline is made of each of an array. */
const each =
  (make: (timeline: Timeline, rest: readonly Computed[], stretch: Stretch) => Timeline): Made =>
  ([first, ...rest], stretch) => {
    if (first !== undefined && isTimelines(first)) return first.map((one) => make(one, rest, stretch));
    return make(only(first), rest, stretch);
  };

const ofNumbers =
  (change: (value: number) => number): Made =>
  ([first], stretch) =>
    typeof first === "number"
      ? change(first)
      : each((timeline) => mapPoints(timeline, change))(first === undefined ? [] : [first], stretch);

const ofDates = (part: (date: Date) => number): Made =>
  each((timeline) => mapPoints(timeline, (_, startMs) => part(new Date(startMs))));

/** With the number before: of the first there is none. */
const ofSteps = (step: (value: number, before: number, seconds: number) => number): Made =>
  each((timeline) => {
    let before: readonly [number, number] | undefined;
    return mapPoints(timeline, (value, startMs) => {
      const last = before;
      before = [startMs, value];
      return last && step(value, last[1], (startMs - last[0]) / SECOND_MS);
    });
  });

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html */
export const FUNCTIONS: Readonly<Record<string, Made>> = {
  ...Object.fromEntries(Object.keys(AGGREGATES).map((name) => [name, aggregate(name as Aggregate)])),
  ABS: ofNumbers(Math.abs),
  CEIL: ofNumbers(Math.ceil),
  FLOOR: ofNumbers(Math.floor),
  LOG: ofNumbers(Math.log),
  LOG10: ofNumbers(Math.log10),
  MINUTE: ofDates((date) => date.getUTCMinutes()),
  HOUR: ofDates((date) => date.getUTCHours()),
  /** From 1 for Monday. */
  DAY: ofDates((date) => date.getUTCDay() || 7),
  DATE: ofDates((date) => date.getUTCDate()),
  MONTH: ofDates((date) => date.getUTCMonth() + 1),
  YEAR: ofDates((date) => date.getUTCFullYear()),
  EPOCH: ofDates((date) => date.getTime() / SECOND_MS),
  DIFF: ofSteps((value, before) => value - before),
  DIFF_TIME: ofSteps((_, __, seconds) => seconds),
  RATE: ofSteps((value, before, seconds) => (value - before) / seconds),
  RUNNING_SUM: each((timeline) => {
    let sum = 0;
    return mapPoints(timeline, (value) => (sum += value));
  }),
  PERIOD: ([first]) => only(first).periodMs / SECOND_MS,
  FIRST: ([first]) => atPlace(listed(first), 0),
  LAST: ([first]) => atPlace(listed(first), -1),
  METRIC_COUNT: ([first]) => listed(first).length,
  DATAPOINT_COUNT: ([first]) =>
    first !== undefined && isTimelines(first)
      ? combined(first, (values) => values.length)
      : only(first).points.size,
  REMOVE_EMPTY: ([first]) => listed(first).filter(({ points }) => points.size > 0),
  TIME_SERIES: ([first], stretch) => constant(numberOf(first), stretch),
  FILL: each((timeline, [how], stretch) => filled(timeline, how, stretch)),
  SLICE: ([first, from, to]) =>
    listed(first).slice(numberOf(from), to === undefined ? undefined : numberOf(to)),
  SORT: (given) => sorted(given),
  IF: ([condition, then, otherwise], stretch) => chosen(condition, then, otherwise, stretch),
};

function only(value: Computed | undefined): Timeline {
  if (value !== undefined && isTimeline(value)) return value;
  throw new ExpressionError("A time series is expected");
}

function listed(value: Computed | undefined): readonly Timeline[] {
  return timelinesOf(value ?? "");
}

function atPlace(timelines: readonly Timeline[], at: number): Timeline {
  return timelines.at(at) ?? { label: "", periodMs: 0, points: new Map() };
}

/** Of one timeline a number; of an array a timeline; of numbers, the same over them. */
function aggregate(name: Aggregate): Made {
  return (given) => {
    const [first] = given;
    if (given.length === 1 && first !== undefined && isTimeline(first)) {
      return first.points.size === 0 ? Number.NaN : AGGREGATES[name]([...first.points.values()]);
    }
    if (given.length === 1) return combined(listed(first), AGGREGATES[name]);
    if (given.every((one) => typeof one === "number")) return AGGREGATES[name](given.map(numberOf));
    throw new ExpressionError(`${name} takes a time series or an array of time series`);
  };
}

export function constant(value: number, stretch: Stretch): Timeline {
  const points = new Map(momentsOf(stretch).map((startMs) => [startMs, value]));
  return { label: "", periodMs: stretch.periodMs, points };
}

function momentsOf({ fromMs, toMs, periodMs }: Stretch): number[] {
  const firstMs = Math.floor(fromMs / periodMs) * periodMs;
  const count = Math.min(MOST_FILLED, Math.ceil((toMs - firstMs) / periodMs));
  return Array.from({ length: Math.max(0, count) }, (_, at) => firstMs + at * periodMs);
}

/** Every period of the stretch has a number: a given one, the one before (REPEAT), or a straight line. */
function filled(timeline: Timeline, how: Computed | undefined, stretch: Stretch): Timeline {
  const periodMs = timeline.periodMs || stretch.periodMs;
  const moments = momentsOf({ ...stretch, periodMs });
  const known = timeline.points;
  const points = new Map<number, number>();
  for (const [at, startMs] of moments.entries()) {
    const value = known.get(startMs) ?? missing(how, { startMs, at, moments, known });
    if (value !== undefined) points.set(startMs, value);
  }
  return { label: timeline.label, periodMs, points };
}

interface Gap {
  readonly startMs: number;
  readonly at: number;
  readonly moments: readonly number[];
  readonly known: ReadonlyMap<number, number>;
}

function missing(how: Computed | undefined, gap: Gap): number | undefined {
  if (typeof how === "number") return how;
  if (how !== undefined && isTimeline(how)) return how.points.get(gap.startMs);
  const word = how !== undefined && isWord(how) ? how.word.toUpperCase() : "";
  const before = nearest(gap, -1);
  if (word === "REPEAT") return before && gap.known.get(before);
  if (word !== "LINEAR") throw new ExpressionError("FILL takes a number, a time series, REPEAT or LINEAR");
  const after = nearest(gap, 1);
  if (before === undefined || after === undefined) return undefined;
  const [from = 0, to = 0] = [gap.known.get(before), gap.known.get(after)];
  return from + ((to - from) * (gap.startMs - before)) / (after - before);
}

function nearest({ at, moments, known }: Gap, step: 1 | -1): number | undefined {
  for (let next = at + step; next >= 0 && next < moments.length; next += step) {
    const moment = moments[next];
    if (moment !== undefined && known.has(moment)) return moment;
  }
  return undefined;
}

/** SORT(array, function, ASC or DESC, most). */
function sorted([first, by, order, most]: readonly Computed[]): Timeline[] {
  const name = by !== undefined && isWord(by) ? by.word.toUpperCase() : "";
  const direction = order !== undefined && isWord(order) ? order.word.toUpperCase() : "";
  if (direction !== "ASC" && direction !== "DESC") throw new ExpressionError("SORT takes ASC or DESC");
  const weigh = ({ points }: Timeline): number => {
    const values = [...points.values()];
    if (isAggregate(name)) return values.length === 0 ? Number.NEGATIVE_INFINITY : AGGREGATES[name](values);
    if (name === "LAST") return values.at(-1) ?? Number.NEGATIVE_INFINITY;
    throw new ExpressionError("SORT takes AVG, MIN, MAX, SUM, STDDEV or LAST");
  };
  const sign = direction === "ASC" ? 1 : -1;
  const weighed = listed(first).map((timeline) => ({ timeline, weight: weigh(timeline) }));
  weighed.sort((one, other) => sign * (one.weight - other.weight) || 0);
  const all = weighed.map(({ timeline }) => timeline);
  return most === undefined ? all : all.slice(0, numberOf(most));
}

/** Moment by moment, one or the other: where there is no other, nothing. */
function chosen(
  condition: Computed | undefined,
  then: Computed | undefined,
  otherwise: Computed | undefined,
  stretch: Stretch,
): Computed {
  if (condition === undefined || then === undefined)
    throw new ExpressionError("IF takes a condition and a value");
  if (typeof condition === "number") {
    return (
      (condition !== 0 ? then : otherwise) ?? { label: "", periodMs: stretch.periodMs, points: new Map() }
    );
  }
  const at = (value: Computed | undefined, startMs: number): number | undefined =>
    typeof value === "number" ? value : value === undefined ? undefined : only(value).points.get(startMs);
  const one = (timeline: Timeline) =>
    mapPoints(timeline, (truth, startMs) => at(truth !== 0 ? then : otherwise, startMs));
  return isTimelines(condition) ? condition.map(one) : one(only(condition));
}
