import type * as sdk from "@aws-sdk/client-application-auto-scaling";
import { formatArn } from "../../kernel/arn.ts";
import { Fault } from "../../kernel/faults.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Context } from "../define.ts";
import { dimensionOf, provisionedOf } from "./capacity.ts";
import { type AlarmNames, findRecord, type PolicyRecord, putRecord } from "./records.ts";
import { MARGIN_PERCENT, MINUTES_OVER, MINUTES_UNDER } from "./tracking.ts";

const MINUTE_S = 60;

/** Names of a policy's alarms, as AWS makes them: `TargetTracking-table/orders-AlarmHigh-<UUID>`. */
export function namesFor(resourceId: string, { ids }: Pick<Context, "ids">): AlarmNames {
  const name = (side: string) => `TargetTracking-${resourceId}-${side}-${ids.uuid()}`;
  return { high: name("AlarmHigh"), low: name("AlarmLow") };
}

/** As answers list them: those that are there. */
export function describeAlarms(scope: Scope, policy: PolicyRecord): sdk.Alarm[] {
  const { alarms, alarmedUnits } = policy;
  if (!alarms || alarmedUnits === undefined) return [];
  return [alarms.high, alarms.low].map((AlarmName) => ({
    AlarmName,
    AlarmARN: formatArn("cloudwatch", scope, `alarm:${AlarmName}`),
  }));
}

/**
 * Puts a policy's alarms, with the thresholds that are its shares of what is provisioned, where they are not
 * so yet: they have the policy carried out. AWS has two more, which tell that somebody else has changed the
 * capacity; here that is seen without.
 */
export async function keepAlarms(context: Context, policy: PolicyRecord): Promise<PolicyRecord> {
  const dimension = dimensionOf(policy);
  const provisioned = dimension && (await provisionedOf(context, dimension));
  if (!dimension || provisioned === undefined || policy.alarmedUnits === provisioned) return policy;
  const { high, low } = policy.alarms ?? namesFor(policy.resourceId, context);
  const { table, index, kind } = dimension;
  const shared = {
    AlarmDescription: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${policy.arn}.`,
    AlarmActions: [policy.arn],
    Namespace: "AWS/DynamoDB",
    MetricName: `Consumed${kind}CapacityUnits`,
    Dimensions: [
      { Name: "TableName", Value: table },
      ...(index === undefined ? [] : [{ Name: "GlobalSecondaryIndexName", Value: index }]),
    ],
    Statistic: "Sum" as const,
    Period: MINUTE_S,
  };
  const share = (percent: number) => (provisioned * percent * MINUTE_S) / 100;
  await context.call("cloudwatch", "PutMetricAlarm", {
    ...shared,
    AlarmName: high,
    EvaluationPeriods: MINUTES_OVER,
    ComparisonOperator: "GreaterThanThreshold",
    Threshold: share(policy.targetPercent),
  });
  await context.call("cloudwatch", "PutMetricAlarm", {
    ...shared,
    AlarmName: low,
    EvaluationPeriods: MINUTES_UNDER,
    ComparisonOperator: "LessThanThreshold",
    Threshold: share(policy.targetPercent - MARGIN_PERCENT),
  });
  const kept = await context.store.transact(async (tx) => {
    const current = await findRecord(tx, "policy", policy, policy, policy.name);
    if (current?.arn !== policy.arn) return undefined;
    // Changed meanwhile: whoever changed it puts them anew.
    if (current.targetPercent !== policy.targetPercent) return current;
    const next: PolicyRecord = { ...current, alarms: { high, low }, alarmedUnits: provisioned };
    putRecord(tx, "policy", next);
    return next;
  });
  if (!kept) await removeAlarms(context, [{ ...policy, alarms: { high, low } }]);
  return kept ?? policy;
}

/** Deletes the alarms of policies that are gone. */
export async function removeAlarms(context: Context, policies: readonly PolicyRecord[]): Promise<void> {
  for (const name of policies.flatMap(({ alarms }) => (alarms ? [alarms.high, alarms.low] : []))) {
    await context.call("cloudwatch", "DeleteAlarms", { AlarmNames: [name] }).catch((error) => {
      // Somebody else may have deleted it.
      if (!(error instanceof Fault) || !error.sender) throw error;
    });
  }
}
