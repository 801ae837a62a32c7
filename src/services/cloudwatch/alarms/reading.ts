import { Fault } from "../../../kernel/faults.ts";
import type { Tally } from "../../../kernel/tally.ts";
import type { Transaction } from "../../../store/store.ts";
import { causesOf } from "../data/looking.ts";
import { dimensionsOf, type MetricName } from "../data/metric-name.ts";
import { readPeriods } from "../data/reading.ts";
import { pointsOf } from "../data/records.ts";
import { statisticOf } from "../data/statistics.ts";
import { isUnit } from "../data/units.ts";
import { Answers } from "../math/answers.ts";
import { callsIn } from "../math/parse.ts";
import { metricsIn, type Query, readQueries } from "../math/queries.ts";
import { isTimeline, isTimelines } from "../math/values.ts";
import { rangeOf, type Slot } from "./evaluation.ts";
import type { MetricAlarm } from "./records.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const FAST_BEAT_MS = 10 * SECOND_MS;
/** Data may come with times of so far ahead. */
const AHEAD_MS = 3 * 3_600_000;

/** The metrics that an alarm names. */
export function metricsOf(alarm: MetricAlarm): MetricName[] {
  const queries = queriesOf(alarm);
  return queries ? metricsIn(queries) : [metricOf(alarm)];
}

/** What an alarm looks at: its periods, the newest first, and how many samples each has. */
export interface Sight {
  readonly fromMs: number;
  readonly slots: readonly Slot[];
  readonly samples: ReadonlyMap<number, number>;
  /** There is no data now and there will be none until some comes to one of these. */
  readonly sleepsBy?: readonly MetricName[];
}

/** Alarms with periods under a minute are looked at more often. */
export function beatOf(alarm: MetricAlarm): number {
  return periodMsOf(alarm, queriesOf(alarm)) < MINUTE_MS ? FAST_BEAT_MS : MINUTE_MS;
}

function metricOf({ settings, account, region }: MetricAlarm): MetricName {
  const { Namespace: namespace = "", MetricName: name = "", Dimensions } = settings;
  return { account, region, namespace, name, dimensions: dimensionsOf(Dimensions) };
}

/** `endMs`: where the newest period ends. */
export async function sightOf(tx: Transaction, alarm: MetricAlarm, endMs: number): Promise<Sight> {
  const queries = queriesOf(alarm);
  const periodMs = periodMsOf(alarm, queries);
  const count = rangeOf(alarm.settings.EvaluationPeriods);
  const fromMs = endMs - count * periodMs;
  const samples = new Map<number, number>();
  const values = queries
    ? await computed(tx, alarm, queries, { fromMs, toMs: endMs })
    : await measured(tx, alarm, { fromMs, toMs: endMs, periodMs }, samples);
  const slots = Array.from({ length: count }, (_, age): Slot => {
    const startMs = endMs - (age + 1) * periodMs;
    const value = values.get(startMs);
    return value === undefined ? { startMs } : { startMs, value };
  });
  const sight = { fromMs, slots, samples };
  const metrics = queries ? plainMetrics(queries) : [metricOf(alarm)];
  if (values.size > 0 || !metrics) return sight;
  for (const metric of metrics) {
    const later = { fromMs, toMs: endMs + AHEAD_MS, resolutionMs: 3_600_000 };
    if ((await pointsOf(tx, metric, later)).length > 0) return sight;
  }
  return { ...sight, sleepsBy: metrics.flatMap(causesOf) };
}

function queriesOf({ settings, account, region }: MetricAlarm): Query[] | undefined {
  return settings.Metrics && readQueries(settings.Metrics, { account, region }, "Metrics");
}

function periodMsOf({ settings }: MetricAlarm, queries: readonly Query[] | undefined): number {
  if (!queries) return (settings.Period ?? 60) * SECOND_MS;
  return Math.max(...queries.map(({ periodMs = SECOND_MS }) => periodMs), FAST_BEAT_MS);
}

async function measured(
  tx: Transaction,
  alarm: MetricAlarm,
  window: { readonly fromMs: number; readonly toMs: number; readonly periodMs: number },
  samples: Map<number, number>,
): Promise<Map<number, number>> {
  const { Unit: unit, Statistic, ExtendedStatistic = "" } = alarm.settings;
  const asked = { ...window, unit: isUnit(unit) ? unit : undefined };
  const periods: Map<number, Tally> = await readPeriods(tx, metricOf(alarm), asked);
  const statistic = statisticOf(Statistic ?? ExtendedStatistic);
  const values = new Map<number, number>();
  for (const [startMs, tally] of periods) {
    const value = statistic?.(tally);
    if (value === undefined) continue;
    values.set(startMs, value);
    samples.set(startMs, tally.count);
  }
  return values;
}

/** What the query comes to that returns data; where it cannot be worked out there is no data. */
async function computed(
  tx: Transaction,
  alarm: MetricAlarm,
  queries: readonly Query[],
  span: { readonly fromMs: number; readonly toMs: number },
): Promise<ReadonlyMap<number, number>> {
  const returned = queries.find(({ isReturned }) => isReturned);
  try {
    const value = await new Answers(tx, alarm, queries, span).of(returned?.id ?? "");
    const timeline = isTimelines(value) ? value[0] : value;
    return timeline !== undefined && isTimeline(timeline) ? timeline.points : new Map();
  } catch (error) {
    if (error instanceof Fault) return new Map();
    throw error;
  }
}

/** The metrics of queries that come to nothing without data; undefined where something may come of none. */
function plainMetrics(queries: readonly Query[]): MetricName[] | undefined {
  const metrics: MetricName[] = [];
  for (const { what } of queries) {
    if (what.kind === "metric") metrics.push(what.metric);
    else if (what.kind === "selection" || callsIn(what.node).length > 0) return undefined;
  }
  return metrics;
}
