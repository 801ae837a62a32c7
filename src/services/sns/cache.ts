import type { Store, Transaction } from "../../store/store.ts";
import { type TopicName, topicArn } from "./names.ts";
import { type SubscriptionRecord, subscriptionsOf, type TopicRecord } from "./records.ts";

interface Known {
  readonly id: string;
  readonly revision: number;
  readonly subscriptions: readonly SubscriptionRecord[];
}

const MOST_TOPICS = 1000;
/** A platform's topics with their subscriptions, as they were last read. */
const byStore = new WeakMap<Store, Map<string, Known>>();

/** What is known of a topic's subscriptions: true for as long as the topic has the same revision. */
export function knownSubscriptions(store: Store, name: TopicName): Known | undefined {
  return byStore.get(store)?.get(topicArn(name));
}

export async function readSubscriptions(
  tx: Transaction,
  topic: TopicRecord,
  known: Known | undefined,
): Promise<readonly SubscriptionRecord[]> {
  if (known?.id === topic.id && known.revision === topic.revision) return known.subscriptions;
  const subscriptions: SubscriptionRecord[] = [];
  for await (const subscription of subscriptionsOf(tx, topic)) subscriptions.push(subscription);
  return subscriptions;
}

/** Remembers what a transaction that has been committed has read. */
export function rememberSubscriptions(
  store: Store,
  { id, revision, ...name }: TopicRecord,
  subscriptions: readonly SubscriptionRecord[],
): void {
  const topics = byStore.get(store) ?? new Map<string, Known>();
  byStore.set(store, topics);
  const [oldest] = topics.keys();
  if (topics.size >= MOST_TOPICS && oldest !== undefined) topics.delete(oldest);
  topics.set(topicArn(name), { id, revision, subscriptions });
}
