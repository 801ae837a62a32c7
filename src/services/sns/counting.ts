import type { Context } from "../define.ts";
import type { TopicName } from "./names.ts";

/** https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html */
type Name =
  | "NumberOfNotificationsDelivered"
  | "NumberOfNotificationsFailed"
  | "NumberOfNotificationsRedrivenToDlq"
  | "NumberOfNotificationsFailedToRedriveToDlq";

export function count(
  { metrics, clock }: Context,
  { account, region, name: topic }: TopicName,
  name: Name,
): void {
  const series = { account, region, namespace: "AWS/SNS", name, dimensions: `TopicName=${topic}` };
  metrics.counter(series).add(1, clock.now());
}
