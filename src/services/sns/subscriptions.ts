import type * as sdk from "@aws-sdk/client-sns";
import type { Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { type Confirmation, postConfirmation } from "./confirmations.ts";
import { needsConfirmation, readEndpoint } from "./endpoints.ts";
import { fault, invalidAttribute } from "./faults.ts";
import { isFifo, parseSubscriptionArn, requireTopicName, subscriptionArn, topicArn } from "./names.ts";
import { pageOf } from "./paging.ts";
import {
  type Attributes,
  addSubscription,
  changeSubscription,
  ownedBy,
  readByEndpoint,
  readSubscription,
  type SubscriptionRecord,
  subscriptionsOf,
  type TopicRecord,
} from "./records.ts";
import { requireSubscription, requireTopic } from "./require.ts";
import {
  checkSubscriptionAttributes,
  hasAttributes,
  shownAttributes,
  withChanges,
} from "./subscription-attributes.ts";

/** https://docs.aws.amazon.com/general/latest/gr/sns.html#limits_sns */
const MOST_FIFO_SUBSCRIPTIONS = 100;
const MOST_FILTERS = 200;

export const subscriptions = {
  async Subscribe(input, context) {
    const name = requireTopicName(input.TopicArn, context.scope);
    const { Protocol = "", ReturnSubscriptionArn } = input;
    const given = (input.Attributes ?? {}) as Attributes;
    const endpoint = readEndpoint(name, Protocol, input.Endpoint ?? "");
    const subject = { topic: name, protocol: Protocol, endpoint };
    checkSubscriptionAttributes(subject, given, {}, true);
    const pending = needsConfirmation(Protocol, endpoint, context.principal.account);
    const made: SubscriptionRecord = {
      v: 1,
      ...subject,
      id: context.ids.uuid(),
      owner: context.principal.account,
      principal: context.principal.arn,
      pending,
      authenticated: !pending,
      createdMs: Math.floor(context.clock.now()),
      attributes: withChanges({}, given),
    };
    const confirmation: Confirmation = { token: context.ids.hex(288), id: context.ids.uuid() };
    const subscription = await context.store.transact(async (tx) => {
      const topic = await requireTopic(tx, name);
      const existing = await readByEndpoint(tx, name, Protocol, endpoint);
      if (existing && !hasAttributes(existing, given)) {
        throw invalidAttribute("Subscription already exists with different attributes", true);
      }
      if (!existing) {
        await checkLimits(tx, topic, given);
        addSubscription(tx, topic, made);
      }
      const subscription = existing ?? made;
      if (subscription.pending) postConfirmation(tx, context, topic, subscription, confirmation);
      return subscription;
    });
    const hidden = subscription.pending && !ReturnSubscriptionArn;
    return { SubscriptionArn: hidden ? "pending confirmation" : subscriptionArn(subscription) };
  },

  async GetSubscriptionAttributes(input, context) {
    const Attributes = await context.store.transact(async (tx) => {
      const subscription = await requireSubscription(tx, input.SubscriptionArn, context.scope);
      return shownAttributes(await requireTopic(tx, subscription.topic), subscription);
    });
    return { Attributes };
  },

  async SetSubscriptionAttributes(input, context) {
    const { AttributeName = "", AttributeValue = "" } = input;
    const given = { [AttributeName]: AttributeValue };
    await context.store.transact(async (tx) => {
      const subscription = await requireSubscription(tx, input.SubscriptionArn, context.scope);
      checkValue(AttributeName, AttributeValue);
      checkSubscriptionAttributes(subscription, given, subscription.attributes, false);
      const topic = await requireTopic(tx, subscription.topic);
      if (subscription.attributes.FilterPolicy === undefined) await checkLimits(tx, topic, given);
      const attributes = withChanges(subscription.attributes, given);
      changeSubscription(tx, topic, { ...subscription, attributes });
    });
    return {};
  },

  async ListSubscriptions(input, context) {
    const { store, scope, principal } = context;
    const own = { account: principal.account, region: scope.region };
    const { items, token } = await store.transact(async (tx) => {
      const page = await pageOf((after) => ownedBy(tx, own, after), input.NextToken, String);
      const found = await Promise.all(page.items.map((arn) => byArn(tx, arn)));
      return { ...page, items: found.filter((one) => one !== undefined) };
    });
    const Subscriptions = items.map(listed);
    return token === undefined ? { Subscriptions } : { Subscriptions, NextToken: token };
  },

  async ListSubscriptionsByTopic(input, context) {
    const name = requireTopicName(input.TopicArn, context.scope);
    const { items, token } = await context.store.transact(async (tx) => {
      const topic = await requireTopic(tx, name);
      return pageOf(
        (after) => subscriptionsOf(tx, topic, after),
        input.NextToken,
        ({ id }) => id,
      );
    });
    const Subscriptions = items.map(listed);
    return token === undefined ? { Subscriptions } : { Subscriptions, NextToken: token };
  },
} satisfies Handlers<typeof sdk>;

async function byArn(tx: Transaction, arn: string): Promise<SubscriptionRecord | undefined> {
  const name = parseSubscriptionArn(arn);
  return name && readSubscription(tx, name);
}

function listed(subscription: SubscriptionRecord): sdk.Subscription {
  const { owner, protocol, endpoint, topic, pending } = subscription;
  return {
    SubscriptionArn: pending ? "PendingConfirmation" : subscriptionArn(subscription),
    Owner: owner,
    Protocol: protocol,
    Endpoint: endpoint,
    TopicArn: topicArn(topic),
  };
}

/** What may be removed by an empty value, and what must have one. */
function checkValue(name: string, value: string): void {
  if (value !== "" || name !== "FilterPolicyScope") return;
  throw invalidAttribute(
    "FilterPolicyScope: Invalid value []. Please use either MessageBody or MessageAttributes",
    false,
  );
}

async function checkLimits(tx: Transaction, topic: TopicRecord, given: Attributes): Promise<void> {
  if (isFifo(topic) && topic.subscriptions >= MOST_FIFO_SUBSCRIPTIONS) {
    throw fault("SubscriptionLimitExceededException", "Subscription limit exceeded for topic.");
  }
  if (!given.FilterPolicy || topic.subscriptions < MOST_FILTERS) return;
  let filters = 0;
  for await (const { attributes } of subscriptionsOf(tx, topic)) if (attributes.FilterPolicy) filters++;
  if (filters < MOST_FILTERS) return;
  throw fault(
    "FilterPolicyLimitExceededException",
    `Filter policy limit exceeded for topic ${topicArn(topic)}`,
  );
}
