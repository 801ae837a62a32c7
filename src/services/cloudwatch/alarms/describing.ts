import type * as sdk from "@aws-sdk/client-cloudwatch";
import { type Alarm, alarmArn, type CompositeAlarm, type MetricAlarm } from "./records.ts";

export function describeAlarm(alarm: Alarm): sdk.MetricAlarm | sdk.CompositeAlarm {
  return alarm.kind === "metric" ? describeMetricAlarm(alarm) : describeCompositeAlarm(alarm);
}

export function describeMetricAlarm(alarm: MetricAlarm): sdk.MetricAlarm {
  const { Metrics, Dimensions, ...settings } = alarm.settings;
  return {
    ...common(alarm),
    ...settings,
    ...(Metrics
      ? { Metrics: Metrics.map(({ ReturnData = true, ...rest }) => ({ ...rest, ReturnData })) }
      : { Dimensions: [...(Dimensions ?? [])] }),
  };
}

export function describeCompositeAlarm(alarm: CompositeAlarm): sdk.CompositeAlarm {
  const { rule, suppressor, suppression } = alarm;
  return {
    ...common(alarm),
    AlarmRule: rule,
    ...(suppressor
      ? {
          ActionsSuppressor: suppressor.alarm,
          ActionsSuppressorWaitPeriod: suppressor.waitSeconds,
          ActionsSuppressorExtensionPeriod: suppressor.extensionSeconds,
        }
      : {}),
    ...(suppression
      ? { ActionsSuppressedBy: suppression.by, ActionsSuppressedReason: suppression.reason }
      : {}),
  };
}

function common(alarm: Alarm) {
  const { state, actions, description } = alarm;
  return {
    AlarmName: alarm.name,
    AlarmArn: alarmArn(alarm),
    ...(description === undefined ? {} : { AlarmDescription: description }),
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredMs),
    ActionsEnabled: alarm.actionsEnabled,
    OKActions: [...actions.OK],
    AlarmActions: [...actions.ALARM],
    InsufficientDataActions: [...actions.INSUFFICIENT_DATA],
    StateValue: state.value,
    StateReason: state.reason,
    ...(state.data === undefined ? {} : { StateReasonData: state.data }),
    StateUpdatedTimestamp: new Date(state.sinceMs),
    StateTransitionedTimestamp: new Date(state.sinceMs),
  };
}
