import type * as sdk from "@aws-sdk/client-cloudwatch";
import type { Scope } from "../../../kernel/scope.ts";
import { readDimensions } from "../data/put-rules.ts";
import { isPlainStatistic, statisticOf } from "../data/statistics.ts";
import { invalidCombination, missingParameter, notHere, validationError } from "../faults.ts";
import { readQueries } from "../math/queries.ts";
import { isPlainComparison } from "./evaluation.ts";
import type { MetricSettings } from "./records.ts";

type Input = Partial<sdk.PutMetricAlarmCommandInput>;

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;
const MISSING = ["missing", "ignore", "breaching", "notBreaching"];

/** Faults: ValidationError and its kin, in CloudWatch's words. */
export function readSettings(input: Input, scope: Scope): MetricSettings {
  const { EvaluationPeriods, Threshold, ComparisonOperator, Metrics } = input;
  if (input.EvaluationCriteria || input.EvaluationWindow || input.WarmUpConfiguration) {
    throw notHere(
      "Alarms on PromQL, on windows of the wall clock and with a warm-up are not part of this platform.",
    );
  }
  if (ComparisonOperator === undefined)
    throw missingParameter("The parameter ComparisonOperator is required.");
  if (!isPlainComparison(ComparisonOperator)) {
    if (input.ThresholdMetricId === undefined)
      throw validationError("ComparisonOperators for ranges require ThresholdMetricId to be set");
    throw notHere(
      `Anomaly detection needs models that this platform does not train (${ComparisonOperator}).`,
    );
  }
  if (input.ThresholdMetricId !== undefined) {
    throw notHere("Anomaly detection needs models that this platform does not train (ThresholdMetricId).");
  }
  if (EvaluationPeriods === undefined) throw missingParameter("The parameter EvaluationPeriods is required.");
  if (Threshold === undefined) throw missingParameter("The parameter Threshold is required.");
  const { DatapointsToAlarm, TreatMissingData: missing } = input;
  if (DatapointsToAlarm !== undefined && DatapointsToAlarm > EvaluationPeriods) {
    throw validationError(
      "Parameter DatapointsToAlarm must be smaller or equal to parameter EvaluationPeriods",
    );
  }
  if (missing !== undefined && !MISSING.includes(missing)) {
    throw validationError(`The value ${missing} for parameter TreatMissingData is not supported.`);
  }
  const periodSeconds = Metrics ? readMetrics(input, Metrics, scope) : readMetric(input);
  checkSpan(periodSeconds, EvaluationPeriods);
  const { MetricName, Namespace, Statistic, ExtendedStatistic, Dimensions, Period, Unit } = input;
  const { EvaluateLowSampleCountPercentile, EvaluationInterval } = input;
  const own = { MetricName, Namespace, Statistic, ExtendedStatistic, Dimensions, Period, Unit };
  const terms = { DatapointsToAlarm, TreatMissingData: missing, EvaluateLowSampleCountPercentile };
  return JSON.parse(
    JSON.stringify({
      ...own,
      ...terms,
      Metrics,
      EvaluationInterval,
      EvaluationPeriods,
      Threshold,
      ComparisonOperator,
    }),
  ) as MetricSettings;
}

function readMetrics(input: Input, queries: readonly sdk.MetricDataQuery[], scope: Scope): number {
  const names = [
    "MetricName",
    "Namespace",
    "Dimensions",
    "Period",
    "Unit",
    "Statistic",
    "ExtendedStatistic",
  ] as const;
  for (const name of names) {
    const given = input[name];
    if (given === undefined || (Array.isArray(given) && given.length === 0)) continue;
    throw invalidCombination(
      `The parameters Metrics and ${name} are mutually exclusive and you have specified both.`,
    );
  }
  if (queries.length === 0) throw missingParameter("The parameter Metrics must not be empty.");
  const read = readQueries(queries, scope, "Metrics");
  if (read.filter(({ isReturned }) => isReturned).length !== 1) {
    throw validationError("Exactly one element of the metrics list should return data.");
  }
  return Math.max(...read.map(({ periodMs = 60_000 }) => periodMs)) / 1_000;
}

function readMetric(input: Input): number {
  const { MetricName, Namespace, Statistic, ExtendedStatistic, Period } = input;
  if (MetricName === undefined || Namespace === undefined) {
    throw missingParameter("The parameters MetricName and Namespace, or Metrics, must be specified.");
  }
  readDimensions(input.Dimensions, "PutMetricAlarm");
  if (Statistic !== undefined && ExtendedStatistic !== undefined) {
    throw invalidCombination(
      "The parameters Statistic and ExtendedStatistic are mutually exclusive and you have specified both.",
    );
  }
  if (Statistic === undefined && ExtendedStatistic === undefined) {
    throw missingParameter("Must specify either Statistic or ExtendedStatistic");
  }
  const isExtended = ExtendedStatistic !== undefined;
  if (isExtended && (isPlainStatistic(ExtendedStatistic) || !statisticOf(ExtendedStatistic))) {
    throw validationError(`The value ${ExtendedStatistic} for parameter ExtendedStatistic is not supported.`);
  }
  const low = input.EvaluateLowSampleCountPercentile;
  if (low !== undefined && low !== "evaluate" && low !== "ignore") {
    throw validationError("Option EvaluateLowSampleCountPercentile must be either 'evaluate' or 'ignore'.");
  }
  if (low !== undefined && !/^p/i.test(ExtendedStatistic ?? "")) {
    throw validationError("EvaluateLowSampleCountPercentile is only valid for alarms on percentiles.");
  }
  if (Period === undefined) throw missingParameter("The parameter Period is required.");
  if (![10, 20, 30].includes(Period) && Period % 60 !== 0) {
    throw validationError("Period must be 10, 20, 30 or a multiple of 60");
  }
  return Period;
}

function checkSpan(periodSeconds: number, evaluationPeriods: number): void {
  const isLong = periodSeconds >= HOUR_SECONDS;
  const mostSeconds = isLong ? 7 * DAY_SECONDS : DAY_SECONDS;
  if (periodSeconds * evaluationPeriods <= mostSeconds) return;
  throw validationError(
    `Metrics cannot be checked across more than ${isLong ? "seven days" : "a day"} ` +
      `(EvaluationPeriods * Period must be <= ${mostSeconds}).`,
  );
}
