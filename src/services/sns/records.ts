import { createHash } from "node:crypto";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";
import { type SubscriptionName, subscriptionArn, type TopicName } from "./names.ts";

export type Attributes = Readonly<Record<string, string>>;

export interface StoredAttribute {
  readonly type: string;
  readonly text?: string;
  readonly bytes?: Uint8Array;
}

export interface TopicRecord extends TopicName {
  readonly v: 1;
  /** Lives as long as the topic: deduplication is bound to it. */
  readonly id: string;
  readonly createdMs: number;
  /** Changes with its subscriptions and what they are set to. */
  readonly revision: number;
  /** As they were given; those that are absent have their defaults. */
  readonly attributes: Attributes;
  readonly tags: Readonly<Record<string, string>>;
  readonly dataProtectionPolicy?: string;
  readonly subscriptions: number;
  /** Subscriptions it once had. */
  readonly subscriptionsDeleted: number;
}

export interface SubscriptionRecord extends SubscriptionName {
  readonly v: 1;
  /** The account that subscribed. */
  readonly owner: string;
  /** ARN of who subscribed. */
  readonly principal: string;
  readonly protocol: string;
  readonly endpoint: string;
  /** Gets no messages until somebody proves with the token that the endpoint wants them. */
  readonly pending: boolean;
  /** Whether it was confirmed by a signed request: by its owner, when nobody else had to. */
  readonly authenticated: boolean;
  readonly authenticateOnUnsubscribe?: true;
  readonly createdMs: number;
  readonly attributes: Attributes;
}

/** What a token that was sent to an endpoint stands for. */
export interface TokenRecord {
  readonly v: 1;
  /** As it is made again when it was removed meanwhile. */
  readonly subscription: SubscriptionRecord;
  /** Epoch milliseconds. */
  readonly expiresMs: number;
}

const at = ({ account, region }: Scope, ...rest: Key): Key => ["sns", account, region, ...rest];
const topicKey = (topic: TopicName) => at(topic, "topic", topic.name);
const subscriptionsKey = (topic: TopicName) => at(topic, "subscription", topic.name);
const subscriptionKey = ({ topic, id }: SubscriptionName): Key => [...subscriptionsKey(topic), id];
/** Endpoints are longer than keys may be. */
const endpointKey = (topic: TopicName, protocol: string, endpoint: string) =>
  at(topic, "endpoint", topic.name, createHash("sha256").update(`${protocol} ${endpoint}`).digest("hex"));
/** By who subscribed. */
const ownedKey = ({ owner, topic, id }: SubscriptionRecord) =>
  at({ account: owner, region: topic.region }, "owned", subscriptionArn({ topic, id }));
const tokenKey = (token: string): Key => ["snsToken", token];
const idKey = (topicId: string, ...rest: Key): Key => ["snsTopic", topicId, ...rest];
/** What is kept of a FIFO topic's messages: sequence numbers and deduplication. */
export const sequenceKey = (topicId: string): Key => idKey(topicId, "sequence");
export const sentKey = (topicId: string, group: string, deduplicationId: string): Key =>
  idKey(topicId, "sent", group, deduplicationId);
export const forgetKey = (topicId: string): Key => idKey(topicId, "forget");

export const read = async <Shape>(tx: Transaction, key: Key) => (await tx.get(key)) as Shape | undefined;
export const write = (tx: Transaction, key: Key, record: unknown) => tx.set(key, record as Value);

export const readTopic = (tx: Transaction, name: TopicName) => read<TopicRecord>(tx, topicKey(name));
export const writeTopic = (tx: Transaction, topic: TopicRecord) => write(tx, topicKey(topic), topic);

/** Topics of an account and region in order of name, from behind `after`. */
export async function* topicsOf(tx: Transaction, scope: Scope, after?: string) {
  const prefix = at(scope, "topic");
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as TopicRecord;
}

export const readSubscription = (tx: Transaction, name: SubscriptionName) =>
  read<SubscriptionRecord>(tx, subscriptionKey(name));

/** Adds a subscription to its topic, with all by which it is found. */
export function addSubscription(tx: Transaction, topic: TopicRecord, subscription: SubscriptionRecord): void {
  const { id, protocol, endpoint } = subscription;
  write(tx, subscriptionKey(subscription), subscription);
  tx.set(endpointKey(topic, protocol, endpoint), id);
  tx.set(ownedKey(subscription), null);
  const { revision, subscriptions } = topic;
  writeTopic(tx, { ...topic, revision: revision + 1, subscriptions: subscriptions + 1 });
}

/** Writes a subscription that is there anew; its topic is told. */
export function changeSubscription(
  tx: Transaction,
  topic: TopicRecord,
  subscription: SubscriptionRecord,
): void {
  write(tx, subscriptionKey(subscription), subscription);
  writeTopic(tx, { ...topic, revision: topic.revision + 1 });
}

export function removeSubscription(
  tx: Transaction,
  topic: TopicRecord,
  subscription: SubscriptionRecord,
): void {
  forgetSubscription(tx, subscription);
  writeTopic(tx, {
    ...topic,
    revision: topic.revision + 1,
    subscriptions: topic.subscriptions - 1,
    subscriptionsDeleted: topic.subscriptionsDeleted + 1,
  });
}

function forgetSubscription(tx: Transaction, subscription: SubscriptionRecord): void {
  const { topic, protocol, endpoint } = subscription;
  tx.delete(subscriptionKey(subscription));
  tx.delete(endpointKey(topic, protocol, endpoint));
  tx.delete(ownedKey(subscription));
}

export const readToken = (tx: Transaction, token: string) => read<TokenRecord>(tx, tokenKey(token));
export const writeToken = (tx: Transaction, token: string, record: TokenRecord) =>
  write(tx, tokenKey(token), record);
export const removeToken = (tx: Transaction, token: string) => tx.delete(tokenKey(token));

/** The subscription that an endpoint has with a topic. */
export async function readByEndpoint(
  tx: Transaction,
  topic: TopicName,
  protocol: string,
  endpoint: string,
): Promise<SubscriptionRecord | undefined> {
  const id = await read<string>(tx, endpointKey(topic, protocol, endpoint));
  return id === undefined ? undefined : readSubscription(tx, { topic, id });
}

/** Subscriptions of a topic in order of id, from behind `after`. */
export async function* subscriptionsOf(tx: Transaction, topic: TopicName, after?: string) {
  const prefix = subscriptionsKey(topic);
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as SubscriptionRecord;
}

/** ARNs of the subscriptions that an account made, in order, from behind `after`. */
export async function* ownedBy(tx: Transaction, scope: Scope, after?: string) {
  const prefix = at(scope, "owned");
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [key] of tx.range(range)) yield String(key.at(-1));
}

export async function deleteTopic(tx: Transaction, topic: TopicRecord): Promise<void> {
  for await (const subscription of subscriptionsOf(tx, topic)) forgetSubscription(tx, subscription);
  tx.delete(topicKey(topic));
  tx.clear({ prefix: idKey(topic.id) });
}
