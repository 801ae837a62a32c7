import { compile, type Evaluate } from "../compile.ts";
import { lengthMs } from "../periods.ts";
import type { Expression } from "../reading/ast.ts";
import { QueryProblem } from "../reading/problem.ts";
import type { Row } from "../row.ts";
import { compareValues, Moment, numberOf, textOf, type Value } from "../values.ts";
import type { Begin, Gathering } from "./gathering.ts";
import { histogram, rate } from "./series.ts";

/** Values kept for percentiles; of more, every second is let go, again and again. */
const MOST_SAMPLES = 100_000;

type Call = Extract<Expression, { kind: "call" }>;

const overNumbers =
  (fold: (state: number, value: number) => number, finish: (state: number, count: number) => number): Begin =>
  (value) => {
    let state: number | undefined;
    let count = 0;
    return {
      add(row) {
        const number = numberOf(value(row));
        if (number === undefined) return;
        state = state === undefined ? number : fold(state, number);
        count++;
      },
      result: () => (state === undefined ? undefined : finish(state, count)),
    };
  };

const outermost =
  (isBetter: (order: number) => boolean): Begin =>
  (value) => {
    let best: Value;
    return {
      add(row) {
        const found = value(row);
        if (found === undefined || found === null) return;
        if (best === undefined || isBetter(compareValues(found, best))) best = found;
      },
      // What is compared as a number is one, and so are times.
      result: () => numberOf(best) ?? best,
    };
  };

/** The value of the row that comes first, or last, in time. */
const atTime =
  (isBetter: (ms: number, bestMs: number) => boolean): Begin =>
  (value) => {
    let best: { readonly ms: number; readonly value: Value } | undefined;
    return {
      add(row) {
        const found = value(row);
        const ms = numberOf(row.get("@timestamp")) ?? 0;
        if (found === undefined || found === null) return;
        if (!best || isBetter(ms, best.ms)) best = { ms, value: found };
      },
      // A time is shown as a number here, as AWS does.
      result: () => (best?.value instanceof Moment ? best.value.ms : best?.value),
    };
  };

const count: Begin = (value) => {
  let rows = 0;
  return {
    add(row) {
      const found = value(row);
      if (found !== undefined && found !== null) rows++;
    },
    result: () => rows,
  };
};

const countDistinct: Begin = (value) => {
  const seen = new Set<string>();
  return {
    add(row) {
      const text = textOf(value(row));
      if (text !== undefined) seen.add(text);
    },
    result: () => seen.size,
  };
};

const deviation: Begin = (value) => {
  let [rows, mean, squares] = [0, 0, 0];
  return {
    add(row) {
      const number = numberOf(value(row));
      if (number === undefined) return;
      rows++;
      const off = number - mean;
      mean += off / rows;
      squares += off * (number - mean);
    },
    result: () => (rows === 0 ? undefined : Math.sqrt(squares / rows)),
  };
};

/** Each value once, in the order in which they came. */
const values: Begin = (value) => {
  const seen = new Set<string>();
  return {
    add(row) {
      const text = textOf(value(row));
      if (text !== undefined && seen.size < MOST_SAMPLES) seen.add(text);
    },
    result: () => [...seen],
  };
};

const percentile: Begin = (value, percent) => {
  let samples: number[] = [];
  let step = 1;
  let turn = 0;
  return {
    add(row) {
      const number = numberOf(value(row));
      if (number === undefined || turn++ % step !== 0) return;
      samples.push(number);
      if (samples.length < MOST_SAMPLES) return;
      samples = samples.filter((_, at) => at % 2 === 0);
      step *= 2;
    },
    result() {
      const sorted = samples.toSorted((one, other) => one - other);
      const rank = Math.ceil((percent / 100) * sorted.length);
      return sorted[Math.min(Math.max(rank, 1), sorted.length) - 1];
    },
  };
};

const sum = overNumbers(
  (total, value) => total + value,
  (total) => total,
);

const AGGREGATES: Readonly<Record<string, Begin>> = {
  count,
  count_over_time: count,
  countovertime: count,
  count_distinct: countDistinct,
  countdistinct: countDistinct,
  sum,
  sum_over_time: sum,
  sumovertime: sum,
  avg: overNumbers(
    (sum, value) => sum + value,
    (sum, rows) => sum / rows,
  ),
  min: outermost((order) => order < 0),
  max: outermost((order) => order > 0),
  sortsfirst: outermost((order) => order < 0),
  sortslast: outermost((order) => order > 0),
  earliest: atTime((ms, bestMs) => ms < bestMs),
  latest: atTime((ms, bestMs) => ms > bestMs),
  stddev: deviation,
  pct: percentile,
  percentile,
  median: percentile,
  values,
  rate,
  histogram,
};

const COUNTS = ["count", "count_over_time", "countovertime"];
const MOST_BUCKETS = 1_000;

const isAggregate = (one: Expression): boolean => one.kind === "call" && Object.hasOwn(AGGREGATES, one.name);

/** An expression over gathered values: what begins them for each group, and what it comes to of them. */
export interface Aggregation {
  begin(): Gathering[];
  result(gathered: readonly Gathering[]): Value;
}

/** Throws QueryProblem for an expression that is of single rows. */
export function aggregation(expression: Expression): Aggregation {
  const begins: (() => Gathering)[] = [];
  let current: readonly Gathering[] = [];
  const evaluate = compile(expression, (call) => {
    if (!isAggregate(call)) return undefined;
    const at = begins.length;
    begins.push(beginner(call));
    return () => current[at]?.result();
  });
  return {
    begin: () => begins.map((begin) => begin()),
    result(gathered) {
      current = gathered;
      return evaluate(NO_ROW);
    },
  };
}

function beginner(call: Call): () => Gathering {
  const { name, arguments: given, start, end } = call;
  const begin = AGGREGATES[name];
  const [of, second] = given;
  const isAll = COUNTS.includes(name) && (!of || (of.kind === "field" && of.name === "*"));
  if (!begin || (!of && !isAll)) throw new QueryProblem(`${name} needs a field`, start, end);
  const value: Evaluate = isAll || !of ? () => true : compile(of);
  const rule = SECONDS[name];
  const amount = rule ? rule.read(second) : 50;
  if (amount === undefined) throw new QueryProblem(`${name} takes ${rule?.says}`, start, end);
  return () => begin(value, amount);
}

interface Second {
  readonly says: string;
  /** Undefined for what it is not. */
  readonly read: (given: Expression | undefined) => number | undefined;
}

const literal = (least: number, most: number) => (given: Expression | undefined) => {
  const value = given?.kind === "literal" ? Number(given.value) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
};

const PERCENTAGE: Second = { says: "a percentage from 0 to 100", read: literal(0, 100) };

/** What functions take after a field. */
const SECONDS: Readonly<Record<string, Second>> = {
  pct: PERCENTAGE,
  percentile: PERCENTAGE,
  rate: {
    says: "a period such as 5m",
    read: (given) => (given?.kind === "period" && given.amount > 0 ? lengthMs(given) : undefined),
  },
  histogram: { says: `a number of ranges from 1 to ${MOST_BUCKETS}`, read: literal(1, MOST_BUCKETS) },
};

/** Values of no row, in expressions of what was gathered. */
const NO_ROW = { get: () => undefined } as unknown as Row;
