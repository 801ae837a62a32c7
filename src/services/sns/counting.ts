import type { Context } from "../define.ts";
import type { Mismatch } from "./filters.ts";
import type { TopicName } from "./names.ts";

/** https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html */
type Name =
  | "NumberOfNotificationsDelivered"
  | "NumberOfNotificationsFailed"
  | "NumberOfNotificationsRedrivenToDlq"
  | "NumberOfNotificationsFailedToRedriveToDlq"
  | "NumberOfNotificationsFilteredOut"
  | `NumberOfNotificationsFilteredOut-${Mismatch}`;

export function count(
  { metrics, clock }: Pick<Context, "metrics" | "clock">,
  { account, region, name: topic }: TopicName,
  name: Name,
): void {
  const series = { account, region, namespace: "AWS/SNS", name, dimensions: `TopicName=${topic}` };
  metrics.counter(series).add(1, clock.now());
}

/** Counts what went to a telephone or an app without a topic. */
export function countDirect({ metrics, clock, scope }: Context, dimensions: string, name: Name): void {
  metrics.counter({ ...scope, namespace: "AWS/SNS", name, dimensions }).add(1, clock.now());
}

/** Under all that were rejected, and under why. */
export function countMismatch(
  world: Pick<Context, "metrics" | "clock">,
  topic: TopicName,
  mismatch: Mismatch,
): void {
  count(world, topic, "NumberOfNotificationsFilteredOut");
  count(world, topic, `NumberOfNotificationsFilteredOut-${mismatch}`);
}
