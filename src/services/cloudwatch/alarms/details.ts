import { createHash } from "node:crypto";
import type * as sdk from "@aws-sdk/client-cloudwatch";
import { longDate, UNCHECKED } from "./reasons.ts";
import { type Alarm, type AlarmState, alarmArn, type MetricAlarm } from "./records.ts";

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html

/** A change of an alarm's state, as functions and the event bus are told of it. */
export function alarmData(alarm: Alarm, before: AlarmState): object {
  const suppression = alarm.kind === "composite" ? alarm.suppression : undefined;
  const suppressed = suppression && {
    actionsSuppressedBy: suppression.by,
    actionsSuppressedReason: suppression.reason,
  };
  return {
    alarmName: alarm.name,
    state: { ...suppressed, ...stateData(alarm.state) },
    previousState: stateData(before),
    configuration: alarm.kind === "metric" ? metricConfiguration(alarm) : compositeConfiguration(alarm),
  };
}

function stateData({ value, reason, data, sinceMs }: AlarmState) {
  return {
    value,
    reason,
    ...(data === undefined ? {} : { reasonData: data }),
    timestamp: longDate(sinceMs),
  };
}

function metricConfiguration(alarm: MetricAlarm): object {
  const { settings, description } = alarm;
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
    id: idOf(alarm),
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

/** CloudWatch makes an id up for an alarm's only metric: the same while its configuration is. */
function idOf(alarm: MetricAlarm): string {
  const hash = createHash("sha1")
    .update(`${alarmArn(alarm)} ${alarm.configuredMs}`)
    .digest("hex");
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    hash.slice(12, 16),
    hash.slice(16, 20),
    hash.slice(20, 32),
  ].join("-");
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

/** An alarm that is made, changed or deleted, as the event bus is told of it. */
export function configurationDetail(
  operation: "create" | "update" | "delete",
  alarm: Alarm,
  previous: Alarm | undefined,
): object {
  const { reason, ...state } = stateData(alarm.state);
  return {
    alarmName: alarm.name,
    operation,
    // Nothing has been looked at yet.
    state: alarm.state.reason === UNCHECKED ? state : { ...state, reason },
    configuration: wholeConfiguration(alarm),
    ...(previous ? { previousConfiguration: wholeConfiguration(previous) } : {}),
  };
}

function wholeConfiguration(alarm: Alarm): object {
  return {
    alarmName: alarm.name,
    ...(alarm.kind === "metric"
      ? { ...termsData(alarm), ...metricConfiguration(alarm) }
      : compositeConfiguration(alarm)),
    actionsEnabled: alarm.actionsEnabled,
    timestamp: longDate(alarm.configuredMs),
    okActions: alarm.actions.OK,
    alarmActions: alarm.actions.ALARM,
    insufficientDataActions: alarm.actions.INSUFFICIENT_DATA,
  };
}

function termsData({ settings }: MetricAlarm): object {
  return {
    evaluationPeriods: settings.EvaluationPeriods,
    ...(settings.DatapointsToAlarm === undefined ? {} : { datapointsToAlarm: settings.DatapointsToAlarm }),
    threshold: settings.Threshold,
    comparisonOperator: settings.ComparisonOperator,
    ...(settings.TreatMissingData === undefined ? {} : { treatMissingData: settings.TreatMissingData }),
    ...(settings.EvaluateLowSampleCountPercentile === undefined
      ? {}
      : { evaluateLowSampleCountPercentile: settings.EvaluateLowSampleCountPercentile }),
  };
}
