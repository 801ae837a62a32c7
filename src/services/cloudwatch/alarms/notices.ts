import type * as sdk from "@aws-sdk/client-cloudwatch";
import { childReason, longDate } from "./reasons.ts";
import { type Alarm, type AlarmState, alarmArn, type MetricAlarm, type MetricSettings } from "./records.ts";
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

/** What the event bus gets. */
export function busDetail({ alarm, before }: Change): object {
  return alarmData(alarm, before);
}

function alarmData(alarm: Alarm, before: AlarmState): object {
  return {
    alarmName: alarm.name,
    state: stateData(alarm.state),
    previousState: stateData(before),
    configuration: alarm.kind === "metric" ? metricConfiguration(alarm) : compositeConfiguration(alarm),
  };
}

function stateData({ value, reason, data, sinceMs }: AlarmState): object {
  return {
    value,
    reason,
    ...(data === undefined ? {} : { reasonData: data }),
    timestamp: longDate(sinceMs),
  };
}

function metricConfiguration({ settings, description, configuredMs }: MetricAlarm): object {
  const dimensionsOf = (dimensions: readonly sdk.Dimension[] = []) =>
    Object.fromEntries(dimensions.map(({ Name = "", Value }) => [Name, Value]));
  const metrics = settings.Metrics?.map(({ Id, Expression, Label, MetricStat, ReturnData = true }) => ({
    id: Id,
    ...(Expression === undefined ? {} : { expression: Expression }),
    ...(Label === undefined ? {} : { label: Label }),
    ...(MetricStat === undefined
      ? {}
      : {
          metricStat: {
            metric: {
              namespace: MetricStat.Metric?.Namespace,
              name: MetricStat.Metric?.MetricName,
              dimensions: dimensionsOf(MetricStat.Metric?.Dimensions),
            },
            period: MetricStat.Period,
            stat: MetricStat.Stat,
          },
        }),
    returnData: ReturnData,
  }));
  const single = {
    id: idFrom(configuredMs),
    metricStat: {
      metric: {
        namespace: settings.Namespace,
        name: settings.MetricName,
        dimensions: dimensionsOf(settings.Dimensions),
      },
      period: settings.Period,
      stat: settings.ExtendedStatistic ?? settings.Statistic,
      ...(settings.Unit === undefined ? {} : { unit: settings.Unit }),
    },
    returnData: true,
  };
  return { ...(description === undefined ? {} : { description }), metrics: metrics ?? [single] };
}

/** CloudWatch makes an id up for an alarm's only metric. */
function idFrom(configuredMs: number): string {
  return `m${Math.floor(configuredMs).toString(36)}`;
}

function compositeConfiguration(alarm: Extract<Alarm, { kind: "composite" }>): object {
  const { suppressor, description, rule } = alarm;
  return {
    ...(description === undefined ? {} : { description }),
    alarmRule: rule,
    ...(suppressor
      ? {
          actionsSuppressor: suppressor.alarm,
          actionsSuppressorWaitPeriod: suppressor.waitSeconds,
          actionsSuppressorExtensionPeriod: suppressor.extensionSeconds,
        }
      : {}),
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
