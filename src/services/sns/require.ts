import type { Scope } from "../../kernel/scope.ts";
import type { Transaction } from "../../store/store.ts";
import { noSuchSubscription, noSuchTopic } from "./faults.ts";
import { parseSubscriptionArn, requireArn, type TopicName } from "./names.ts";
import { readSubscription, readTopic, type SubscriptionRecord, type TopicRecord } from "./records.ts";

/** The topic, or AWS's answer for one that is not there. */
export async function requireTopic(tx: Transaction, name: TopicName): Promise<TopicRecord> {
  const topic = await readTopic(tx, name);
  if (!topic) throw noSuchTopic();
  return topic;
}

/** The subscription that an ARN of the request's region names, or AWS's answer for one that is not there. */
export async function requireSubscription(
  tx: Transaction,
  arn: string | undefined,
  scope: Scope,
): Promise<SubscriptionRecord> {
  requireArn(arn, "SubscriptionArn");
  const name = parseSubscriptionArn(arn);
  const found = name?.topic.region === scope.region ? await readSubscription(tx, name) : undefined;
  if (!found) throw noSuchSubscription();
  return found;
}
