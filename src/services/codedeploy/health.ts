// What is asked while traffic shifts: whether alarms fire, and whether the new version fails more than the
// old one.
import type { Context } from "../define.ts";
import type { DeploymentRecord } from "./records.ts";

declare module "../define.ts" {
  interface Sdks {
    cloudwatch: typeof import("@aws-sdk/client-cloudwatch");
  }
}

/** Errors of so few invocations say nothing. */
const LEAST_INVOCATIONS = 10;
/** An old version that never failed lets the new one fail so often. */
const LEAST_RATE = 0.01;

/** The names of the group's alarms that are in ALARM; undefined when they cannot be asked. */
export async function firingAlarms(
  context: Context,
  { alarms }: DeploymentRecord,
): Promise<string[] | undefined> {
  const names = (alarms?.enabled ? (alarms.alarms ?? []) : []).flatMap(({ name }) => name ?? []);
  if (names.length === 0) return [];
  const AlarmTypes = ["MetricAlarm" as const, "CompositeAlarm" as const];
  try {
    const found = await context.call("cloudwatch", "DescribeAlarms", { AlarmNames: names, AlarmTypes });
    const all = [...(found.MetricAlarms ?? []), ...(found.CompositeAlarms ?? [])];
    return all.filter(({ StateValue }) => StateValue === "ALARM").map(({ AlarmName = "" }) => AlarmName);
  } catch {
    return undefined;
  }
}

/**
 * Says why the new version is not well: its errors by invocation have become more than twice those of the old
 * version in the time since traffic shifts. AWS leaves this to alarms; here it needs none.
 */
export async function failsMore(context: Context, record: DeploymentRecord): Promise<string | undefined> {
  const { functionName, alias, currentVersion, targetVersion } = record.shift;
  const query = (Id: string, MetricName: string, ExecutedVersion: string) => ({
    Id,
    MetricStat: {
      Metric: {
        Namespace: "AWS/Lambda",
        MetricName,
        Dimensions: Object.entries({
          FunctionName: functionName,
          Resource: `${functionName}:${alias}`,
          ExecutedVersion,
        }).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: 60,
      Stat: "Sum",
    },
  });
  const { MetricDataResults = [] } = await context.call("cloudwatch", "GetMetricData", {
    StartTime: new Date(record.startedMs ?? record.createdMs),
    EndTime: new Date(context.clock.now() + 60_000),
    MetricDataQueries: [
      query("oldInvocations", "Invocations", currentVersion),
      query("oldErrors", "Errors", currentVersion),
      query("newInvocations", "Invocations", targetVersion),
      query("newErrors", "Errors", targetVersion),
    ],
  });
  const sum = (id: string) =>
    (MetricDataResults.find(({ Id }) => Id === id)?.Values ?? []).reduce((total, value) => total + value, 0);
  const invocations = sum("newInvocations");
  if (invocations < LEAST_INVOCATIONS) return undefined;
  const rate = sum("newErrors") / invocations;
  const before = sum("oldErrors") / Math.max(1, sum("oldInvocations"));
  if (rate <= 2 * Math.max(before, LEAST_RATE)) return undefined;
  const percent = (value: number) => `${(value * 100).toFixed(1)} %`;
  return (
    `Version ${targetVersion} of ${functionName} fails in ${percent(rate)} of its invocations, ` +
    `version ${currentVersion} in ${percent(before)}.`
  );
}
