import type * as sdk from "@aws-sdk/client-cloudwatch";
import type { Scope } from "../../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../../store/store.ts";
import { ALARMS } from "../data/records.ts";

export type StateValue = "OK" | "ALARM" | "INSUFFICIENT_DATA";

export interface AlarmState {
  readonly value: StateValue;
  readonly reason: string;
  /** JSON text. */
  readonly data?: string;
  readonly sinceMs: number;
}

export interface AlarmName extends Scope {
  readonly name: string;
}

interface AlarmBase extends AlarmName {
  readonly v: 1;
  readonly description?: string;
  readonly actionsEnabled: boolean;
  /** ARNs. */
  readonly actions: Readonly<Record<StateValue, readonly string[]>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly configuredMs: number;
  readonly state: AlarmState;
}

/** Members as PutMetricAlarm takes them, checked. */
export type MetricSettings = Pick<
  sdk.PutMetricAlarmCommandInput,
  | "MetricName"
  | "Namespace"
  | "Statistic"
  | "ExtendedStatistic"
  | "Dimensions"
  | "Period"
  | "Unit"
  | "DatapointsToAlarm"
  | "TreatMissingData"
  | "EvaluateLowSampleCountPercentile"
  | "Metrics"
  | "EvaluationInterval"
> & {
  readonly EvaluationPeriods: number;
  readonly Threshold: number;
  readonly ComparisonOperator: sdk.ComparisonOperator;
};

export interface MetricAlarm extends AlarmBase {
  readonly kind: "metric";
  readonly settings: MetricSettings;
}

export interface CompositeAlarm extends AlarmBase {
  readonly kind: "composite";
  readonly rule: string;
  readonly suppressor?: {
    /** A name or an ARN. */
    readonly alarm: string;
    readonly waitSeconds: number;
    readonly extensionSeconds: number;
  };
  readonly suppression?: Suppression;
}

/** Why actions that are due are not taken, or not yet. */
export interface Suppression {
  readonly by: "Alarm" | "WaitPeriod" | "ExtensionPeriod";
  readonly reason: string;
  /** When they are taken all the same. */
  readonly untilMs?: number;
  /** As it was before the change that they belong to. */
  readonly before: AlarmState;
}

export type Alarm = MetricAlarm | CompositeAlarm;

const alarmsKey = ({ account, region }: Scope): Key => [...ALARMS, "alarm", account, region];
const alarmKey = ({ name, ...scope }: AlarmName): Key => [...alarmsKey(scope), name];

export const alarmArn = ({ account, region, name }: AlarmName): string =>
  `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`;

/** The name in an alarm's ARN, or the name itself. */
export const alarmNameOf = (nameOrArn: string): string =>
  /^arn:[^:]+:cloudwatch:[^:]*:\d{12}:alarm:(.+)$/.exec(nameOrArn)?.[1] ?? nameOrArn;

export const readAlarm = async (tx: Transaction, name: AlarmName) =>
  (await tx.get(alarmKey(name))) as unknown as Alarm | undefined;

export const writeAlarm = (tx: Transaction, alarm: Alarm) =>
  tx.set(alarmKey(alarm), alarm as unknown as Value);

export const deleteAlarm = (tx: Transaction, name: AlarmName) => tx.delete(alarmKey(name));

/** Alarms in the order of their names; those after one. */
export async function* alarmsOf(
  tx: Transaction,
  scope: Scope,
  { prefix: start, after }: { readonly prefix?: string; readonly after?: string } = {},
): AsyncGenerator<Alarm> {
  const prefix = alarmsKey(scope);
  const from = after === undefined ? {} : { gt: [...prefix, after] };
  const bound = start === undefined ? {} : { gte: [...prefix, start] };
  for await (const [, value] of tx.range({ prefix, ...from, ...bound })) {
    const alarm = value as unknown as Alarm;
    if (start !== undefined && !alarm.name.startsWith(start)) return;
    yield alarm;
  }
}

/** Alarms of all accounts and regions. */
export async function everyAlarm(tx: Transaction): Promise<Alarm[]> {
  const alarms: Alarm[] = [];
  for await (const [, value] of tx.range({ prefix: [...ALARMS, "alarm"] }))
    alarms.push(value as unknown as Alarm);
  return alarms;
}
