import type * as sdk from "@aws-sdk/client-cloudwatch";
import { alarmData } from "./details.ts";
import { childReason, longDate } from "./reasons.ts";
import { type Alarm, type AlarmState, alarmArn, type MetricSettings } from "./records.ts";
import { regionName } from "./regions.ts";

/** A change of an alarm's state, as those hear of it who are told. */
export interface Change {
  /** With the new state. */
  readonly alarm: Alarm;
  readonly before: AlarmState;
  /** Of a composite alarm: the children that it went by. */
  readonly children?: readonly { readonly arn: string; readonly state: AlarmState }[];
}

/** What topics are sent. */
export function topicNotice({ alarm, before, children }: Change): { Subject: string; Message: string } {
  const { name, region, account, state, actions } = alarm;
  const common = {
    AWSAccountId: account,
    AlarmConfigurationUpdatedTimestamp: longDate(alarm.configuredMs),
    NewStateValue: state.value,
    NewStateReason: state.reason,
    StateChangeTime: longDate(state.sinceMs),
    Region: regionName(region),
    AlarmArn: alarmArn(alarm),
    OldStateValue: before.value,
    OKActions: actions.OK,
    AlarmActions: actions.ALARM,
    InsufficientDataActions: actions.INSUFFICIENT_DATA,
  };
  const named = { AlarmName: name, AlarmDescription: alarm.description ?? null };
  const message =
    alarm.kind === "metric"
      ? { ...named, ...common, Trigger: triggerOf(alarm.settings) }
      : {
          ...named,
          AlarmRule: alarm.rule,
          ...common,
          TriggeringChildren: (children ?? []).map((child) => ({
            Arn: child.arn,
            State: { Value: child.state.value, Timestamp: longDate(child.state.sinceMs) },
          })),
        };
  return {
    Subject: `${state.value}: "${name}" in ${regionName(region)}`,
    Message: JSON.stringify(message),
  };
}

function triggerOf(settings: MetricSettings): object {
  const { Metrics, ExtendedStatistic, Statistic } = settings;
  const terms = {
    Period: settings.Period ?? 0,
    EvaluationPeriods: settings.EvaluationPeriods,
    ...(settings.DatapointsToAlarm === undefined ? {} : { DatapointsToAlarm: settings.DatapointsToAlarm }),
    ComparisonOperator: settings.ComparisonOperator,
    Threshold: settings.Threshold,
    TreatMissingData: settings.TreatMissingData ?? "",
    EvaluateLowSampleCountPercentile: settings.EvaluateLowSampleCountPercentile ?? "",
  };
  if (Metrics) return { ...terms, Metrics: Metrics.map(shortDimensions) };
  return {
    MetricName: settings.MetricName,
    Namespace: settings.Namespace,
    ...(ExtendedStatistic === undefined
      ? { StatisticType: "Statistic", Statistic: STATISTICS[Statistic ?? ""] ?? Statistic }
      : { StatisticType: "ExtendedStatistic", ExtendedStatistic }),
    Unit: settings.Unit ?? null,
    Dimensions: (settings.Dimensions ?? []).map(({ Name, Value }) => ({ value: Value, name: Name })),
    ...terms,
  };
}

const STATISTICS: Readonly<Record<string, string>> = {
  SampleCount: "SAMPLE_COUNT",
  Average: "AVERAGE",
  Sum: "SUM",
  Minimum: "MINIMUM",
  Maximum: "MAXIMUM",
};

function shortDimensions(query: sdk.MetricDataQuery): object {
  const { MetricStat, ReturnData = true, ...rest } = query;
  if (!MetricStat) return { ...rest, ReturnData };
  const Dimensions = MetricStat.Metric?.Dimensions?.map(({ Name, Value }) => ({ value: Value, name: Name }));
  return {
    ...rest,
    MetricStat: { ...MetricStat, Metric: { ...MetricStat.Metric, Dimensions: Dimensions ?? [] } },
    ReturnData,
  };
}

/** What functions are given. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions.html */
export function functionEvent({ alarm, before }: Change): object {
  return {
    source: "aws.cloudwatch",
    alarmArn: alarmArn(alarm),
    accountId: alarm.account,
    time: longDate(alarm.state.sinceMs),
    region: alarm.region,
    alarmData: alarmData(alarm, before),
  };
}

/** The state that a composite alarm goes into by its children. */
export function compositeState(
  value: AlarmState["value"],
  cause: { readonly arn: string; readonly state: AlarmState } | undefined,
  rule: string,
  nowMs: number,
): AlarmState {
  if (!cause) return { value, reason: `${rule} is ${value === "ALARM" ? "true" : "false"}`, sinceMs: nowMs };
  const { arn, state } = cause;
  const child = { arn, state: { value: state.value, timestamp: longDate(state.sinceMs) } };
  return {
    value,
    reason: childReason(arn, state),
    data: JSON.stringify({ triggeringAlarms: [child] }),
    sinceMs: nowMs,
  };
}
