import type { Transaction } from "../../../store/store.ts";
import { whenever } from "../../../store/whenever.ts";
import type { Background } from "../../define.ts";
import { upToDate } from "../data/looking.ts";
import type { MetricName } from "../data/metric-name.ts";
import { ALARMS, isAsleep, sleepBy } from "../data/records.ts";
import { postScaling } from "./actions.ts";
import { changeState, release } from "./change.ts";
import { breaches, decide, isSignificant, type Terms, type Verdict } from "./evaluation.ts";
import { beatOf, metricsOf, type Sight, sightOf } from "./reading.ts";
import { longDate, reasonOf } from "./reasons.ts";
import {
  type Alarm,
  type AlarmState,
  alarmArn,
  type CompositeAlarm,
  everyAlarm,
  type MetricAlarm,
  readAlarm,
} from "./records.ts";

const MINUTE_MS = 60_000;

/** When an alarm is looked at next. */
interface Plan {
  readonly configuredMs: number;
  /** Set from outside: such a state lasts until the next look. */
  readonly stateMs: number;
  readonly dueMs: number;
  /** Nothing changes until data comes to one of these. */
  readonly sleepsBy?: readonly MetricName[];
}

/** Looks at alarms by the clock. Without alarms, and without data for them, there is nothing to wake for. */
export function watching(world: Background): Promise<void> {
  const watch = new Watch(world);
  return whenever(world, ALARMS, () => watch.look());
}

class Watch {
  readonly #world: Background;
  /** Rebuilt after a start: all alarms are then looked at when the minute ends. */
  #plans = new Map<string, Plan>();

  constructor(world: Background) {
    this.#world = world;
  }

  /** Evaluates what is due, and says when more is. */
  async look(): Promise<number | undefined> {
    const { store, clock, metrics } = this.#world;
    const nowMs = clock.now();
    const alarms = await store.transact(everyAlarm);
    const plans = new Map<string, Plan>();
    for (const alarm of alarms) {
      if (alarm.kind === "metric") plans.set(alarmArn(alarm), await this.#planOf(alarm, nowMs));
      else await this.#release(alarm, nowMs);
    }
    this.#plans = plans;
    const due = alarms.filter(
      (alarm) => (plans.get(alarmArn(alarm))?.dueMs ?? Number.POSITIVE_INFINITY) <= nowMs,
    );
    const asked = due.flatMap((alarm) => (alarm.kind === "metric" ? metricsOf(alarm) : []));
    if (due.length > 0) await upToDate(metrics, asked);
    for (const alarm of due) if (alarm.kind === "metric") await this.#evaluate(alarm, nowMs);
    return nextOf(this.#plans, alarms, nowMs);
  }

  async #planOf(alarm: MetricAlarm, nowMs: number): Promise<Plan> {
    const known = this.#plans.get(alarmArn(alarm));
    const { configuredMs, state } = alarm;
    const isSame = known?.configuredMs === configuredMs && known.stateMs === state.sinceMs;
    if (!known || !isSame) return planAt(alarm, nowMs);
    const { sleepsBy } = known;
    if (!sleepsBy || (await this.#world.store.transact((tx) => isAsleep(tx, sleepsBy)))) return known;
    return planAt(alarm, nowMs);
  }

  async #evaluate(alarm: MetricAlarm, nowMs: number): Promise<void> {
    const beatMs = beatOf(alarm);
    const endMs = Math.floor(nowMs / beatMs) * beatMs;
    const { sight, state } = await this.#world.store.transact(async (tx) => {
      const current = await readAlarm(tx, alarm);
      if (current?.kind !== "metric") return { sight: undefined, state: alarm.state };
      const sight = await sightOf(tx, current, endMs);
      const state = await evaluate(tx, current, sight, nowMs);
      if (sight.sleepsBy) sleepBy(tx, sight.sleepsBy);
      return { sight, state };
    });
    const plan = planAt({ ...alarm, state }, nowMs);
    const asleep = sight?.sleepsBy ? { dueMs: Number.POSITIVE_INFINITY, sleepsBy: sight.sleepsBy } : {};
    this.#plans.set(alarmArn(alarm), { ...plan, ...asleep });
  }

  async #release({ suppression, ...name }: CompositeAlarm, nowMs: number): Promise<void> {
    if ((suppression?.untilMs ?? Number.POSITIVE_INFINITY) > nowMs) return;
    await this.#world.store.transact(async (tx) => {
      const current = await readAlarm(tx, name);
      if (current?.kind === "composite" && (current.suppression?.untilMs ?? nowMs + 1) <= nowMs)
        release(tx, current);
    });
  }
}

/** At the end of the minute, or of ten seconds, that has begun. */
function planAt(alarm: MetricAlarm, nowMs: number): Plan {
  const beatMs = beatOf(alarm);
  const dueMs = (Math.floor(nowMs / beatMs) + 1) * beatMs;
  return { configuredMs: alarm.configuredMs, stateMs: alarm.state.sinceMs, dueMs };
}

function nextOf(plans: ReadonlyMap<string, Plan>, alarms: readonly Alarm[], nowMs: number) {
  let nextMs = Number.POSITIVE_INFINITY;
  for (const { dueMs } of plans.values()) nextMs = Math.min(nextMs, dueMs);
  for (const alarm of alarms) {
    const untilMs = alarm.kind === "composite" ? alarm.suppression?.untilMs : undefined;
    if (untilMs !== undefined && untilMs > nowMs) nextMs = Math.min(nextMs, untilMs);
  }
  return Number.isFinite(nextMs) ? nextMs : undefined;
}

/** Works out an alarm's state, and brings it there; gives the state that it then has. */
async function evaluate(
  tx: Transaction,
  alarm: MetricAlarm,
  sight: Sight,
  nowMs: number,
): Promise<AlarmState> {
  const terms = termsOf(alarm);
  const verdict = decide(sight.slots, terms);
  const value = isTooFew(alarm, verdict, sight) ? undefined : verdict.state;
  if (value === undefined || value === alarm.state.value) {
    if (nowMs % MINUTE_MS < beatOf(alarm)) postScaling(tx, alarm, nowMs);
    return alarm.state;
  }
  const { ComparisonOperator: comparison, Threshold: threshold, DatapointsToAlarm } = alarm.settings;
  const isCounting = DatapointsToAlarm !== undefined;
  const facts = { ...terms, comparison, threshold, isCounting, before: alarm.state };
  const reason = reasonOf(value, verdict, facts);
  const state = { value, reason, data: reasonData(alarm, verdict, sight, nowMs), sinceMs: nowMs };
  await changeState(tx, alarm, state);
  return state;
}

function termsOf({ settings }: MetricAlarm): Terms {
  const { EvaluationPeriods, DatapointsToAlarm, TreatMissingData, ComparisonOperator, Threshold } = settings;
  return {
    evaluationPeriods: EvaluationPeriods,
    datapointsToAlarm: DatapointsToAlarm ?? EvaluationPeriods,
    treatMissing: isOfDynamoDb(settings)
      ? "ignore"
      : ((TreatMissingData ?? "missing") as Terms["treatMissing"]),
    isBreaching: (value) => breaches(ComparisonOperator, value, Threshold),
  };
}

/** Alarms on its metrics keep their state where data are missing, whatever they say. */
const isOfDynamoDb = ({ Namespace, Metrics = [] }: MetricAlarm["settings"]): boolean =>
  [Namespace, ...Metrics.map(({ MetricStat }) => MetricStat?.Metric?.Namespace)].includes("AWS/DynamoDB");

/** Percentiles of a few samples say little: an alarm may be told to wait for more. */
function isTooFew({ settings }: MetricAlarm, { real }: Verdict, { samples }: Sight): boolean {
  if (settings.EvaluateLowSampleCountPercentile !== "ignore") return false;
  const percent = Number(/^p([\d.]+)$/i.exec(settings.ExtendedStatistic ?? "")?.[1]);
  return real.some(({ startMs }) => !isSignificant(percent, samples.get(startMs) ?? 0));
}

/** What the state was worked out of, as JSON. */
function reasonData(
  { settings }: MetricAlarm,
  { real }: Verdict,
  { samples, fromMs }: Sight,
  nowMs: number,
): string {
  const { Statistic, ExtendedStatistic, Unit, Period, Threshold, Metrics } = settings;
  const oldest = real.at(-1)?.startMs ?? fromMs;
  return JSON.stringify({
    version: "1.0",
    queryDate: longDate(nowMs),
    ...(real.length > 0 ? { startDate: longDate(oldest) } : {}),
    ...(Unit === undefined ? {} : { unit: Unit }),
    ...(Metrics ? {} : { statistic: Statistic ?? ExtendedStatistic }),
    ...(Period === undefined ? {} : { period: Period }),
    recentDatapoints: real.map(({ value }) => value).reverse(),
    threshold: Threshold,
    evaluatedDatapoints: real.map(({ startMs, value }) => ({
      timestamp: longDate(startMs),
      ...(samples.has(startMs) ? { sampleCount: samples.get(startMs) } : {}),
      value,
    })),
  });
}
