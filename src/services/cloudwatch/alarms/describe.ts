import type * as sdk from "@aws-sdk/client-cloudwatch";
import { pageOf } from "../../../kernel/paging.ts";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { dimensionsOf, metricId } from "../data/metric-name.ts";
import { badToken, invalidCombination, validationError } from "../faults.ts";
import { childrenOf, parseRule } from "./alarm-rule.ts";
import { describeCompositeAlarm, describeMetricAlarm } from "./describing.ts";
import { happeningsOf } from "./history-records.ts";
import { type Alarm, alarmArn, alarmNameOf, alarmsOf, type MetricAlarm, readAlarm } from "./records.ts";

const PAGE = 50;

export const describeAlarms = {
  async DescribeAlarms(input, context) {
    const { AlarmNames: names, AlarmNamePrefix: prefix, MaxRecords: limit = PAGE } = input;
    const { ChildrenOfAlarmName: parent, ParentsOfAlarmName: child } = input;
    if (names && prefix !== undefined) {
      throw invalidCombination("AlarmNames and AlarmNamePrefix cannot be specified together.");
    }
    const isFamily = parent !== undefined || child !== undefined;
    const others = [input.StateValue, input.ActionPrefix, prefix, names, input.AlarmTypes];
    if (
      (parent !== undefined && child !== undefined) ||
      (isFamily && others.some((one) => one !== undefined))
    ) {
      throw validationError(
        "ChildrenOfAlarmName and ParentsOfAlarmName cannot be combined with other parameters.",
      );
    }
    // Without types asked for, composite alarms are not told.
    const types = input.AlarmTypes ?? ["MetricAlarm"];
    const isWanted = (alarm: Alarm): boolean =>
      isFamily ||
      (types.includes(alarm.kind === "metric" ? "MetricAlarm" : "CompositeAlarm") &&
        (names === undefined || names.includes(alarm.name)) &&
        (input.StateValue === undefined || alarm.state.value === input.StateValue) &&
        hasAction(alarm, input.ActionPrefix));
    const { items, token } = await context.store.transact((tx) =>
      pageOf(
        ([after] = []) => {
          if (parent !== undefined) return childrenOfAlarm(tx, context, parent, after);
          if (child !== undefined) return parentsOfAlarm(tx, context, child, after);
          return alarmsOf(tx, context.scope, {
            ...(prefix === undefined ? {} : { prefix }),
            ...(after === undefined ? {} : { after }),
          });
        },
        ({ name }) => [name],
        { limit, token: input.NextToken, isWanted, invalid: badToken },
      ),
    );
    if (isFamily) {
      // Of relatives there is no more than who they are, and of parents not even the state.
      const shown = items.map((alarm) => ({
        ...(child === undefined ? describeAny(alarm) : {}),
        AlarmName: alarm.name,
        AlarmArn: alarmArn(alarm),
      }));
      const isComposite = (at: number) => items[at]?.kind === "composite";
      return {
        MetricAlarms: shown.filter((_, at) => !isComposite(at)),
        CompositeAlarms: shown.filter((_, at) => isComposite(at)),
        ...token,
      };
    }
    return {
      MetricAlarms: items.flatMap((alarm) => (alarm.kind === "metric" ? [describeMetricAlarm(alarm)] : [])),
      CompositeAlarms: items.flatMap((alarm) =>
        alarm.kind === "composite" ? [describeCompositeAlarm(alarm)] : [],
      ),
      ...token,
    };
  },

  async DescribeAlarmsForMetric(input, { store, scope }) {
    const { Namespace = "", MetricName = "", Statistic, ExtendedStatistic, Period, Unit } = input;
    const asked = {
      ...scope,
      namespace: Namespace,
      name: MetricName,
      dimensions: dimensionsOf(input.Dimensions),
    };
    const id = metricId(asked);
    const found: MetricAlarm[] = [];
    await store.transact(async (tx) => {
      found.length = 0;
      for await (const alarm of alarmsOf(tx, scope)) {
        if (alarm.kind !== "metric" || alarm.settings.Metrics) continue;
        const { settings } = alarm;
        const own = { ...scope, namespace: settings.Namespace ?? "", name: settings.MetricName ?? "" };
        if (metricId({ ...own, dimensions: dimensionsOf(settings.Dimensions) }) !== id) continue;
        const fits = [
          [Statistic, settings.Statistic],
          [ExtendedStatistic, settings.ExtendedStatistic],
          [Period, settings.Period],
          [Unit, settings.Unit],
        ].every(([wanted, given]) => wanted === undefined || wanted === given);
        if (fits) found.push(alarm);
      }
    });
    return { MetricAlarms: found.map(describeMetricAlarm) };
  },

  async DescribeAlarmHistory(input, { store, scope }) {
    const { AlarmName, AlarmTypes, HistoryItemType, StartDate, EndDate, MaxRecords: limit = 100 } = input;
    const reverse = input.ScanBy !== "TimestampAscending";
    const types =
      AlarmTypes ?? (AlarmName === undefined ? ["MetricAlarm"] : ["MetricAlarm", "CompositeAlarm"]);
    const typeOf = (kind: Alarm["kind"]): sdk.AlarmType =>
      kind === "metric" ? "MetricAlarm" : "CompositeAlarm";
    const { items, token } = await store.transact((tx) =>
      pageOf(
        ([after] = []) => happeningsOf(tx, scope, { reverse, ...(after ? { after: Number(after) } : {}) }),
        ({ place }) => [String(place)],
        {
          limit,
          token: input.NextToken,
          isWanted: ({ name, kind, type, atMs }) =>
            (AlarmName === undefined || name === AlarmName) &&
            types.includes(typeOf(kind)) &&
            (HistoryItemType === undefined || type === HistoryItemType) &&
            atMs >= (StartDate?.getTime() ?? 0) &&
            atMs <= (EndDate?.getTime() ?? Number.POSITIVE_INFINITY),
          invalid: badToken,
        },
      ),
    );
    const AlarmHistoryItems = items.map(({ name, kind, type, atMs, summary, data }) => ({
      AlarmName: name,
      AlarmType: typeOf(kind),
      Timestamp: new Date(atMs),
      HistoryItemType: type,
      HistorySummary: summary,
      HistoryData: data,
    }));
    return { AlarmHistoryItems, ...token };
  },
} satisfies Handlers<typeof sdk>;

function describeAny(alarm: Alarm): sdk.MetricAlarm & sdk.CompositeAlarm {
  const { StateValue, StateUpdatedTimestamp } =
    alarm.kind === "metric" ? describeMetricAlarm(alarm) : describeCompositeAlarm(alarm);
  return { StateValue, StateUpdatedTimestamp };
}

function hasAction({ actions }: Alarm, prefix: string | undefined): boolean {
  return (
    prefix === undefined ||
    Object.values(actions)
      .flat()
      .some((arn) => arn.startsWith(prefix))
  );
}

async function* childrenOfAlarm(tx: Transaction, { scope }: Context, parent: string, after = "") {
  const alarm = await readAlarm(tx, { ...scope, name: alarmNameOf(parent) });
  if (alarm?.kind !== "composite") return;
  for (const name of [...new Set(childrenOf(parseRule(alarm.rule)))].sort()) {
    const child = name > after ? await readAlarm(tx, { ...scope, name }) : undefined;
    if (child) yield child;
  }
}

async function* parentsOfAlarm(
  tx: Transaction,
  { scope }: Context,
  child: string,
  after: string | undefined,
) {
  const name = alarmNameOf(child);
  for await (const alarm of alarmsOf(tx, scope, after === undefined ? {} : { after })) {
    if (alarm.kind === "composite" && childrenOf(parseRule(alarm.rule)).includes(name)) yield alarm;
  }
}
