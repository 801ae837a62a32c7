import type * as sdk from "@aws-sdk/client-sns";
import type { Context, Handlers } from "../define.ts";
import { invalid, invalidAttribute } from "./faults.ts";
import { checkTopicName, isFifo, requireTopicName, type TopicName, topicArn } from "./names.ts";
import { pageOf } from "./paging.ts";
import {
  deleteTopic,
  readTopic,
  subscriptionsOf,
  type TopicRecord,
  topicsOf,
  writeTopic,
} from "./records.ts";
import { requireTopic } from "./require.ts";
import { hasTags, readTags } from "./tags.ts";
import { checkTopicAttributes, hasAttributes, shownAttributes, withChanges } from "./topic-attributes.ts";

export const topics = {
  async CreateTopic(input, context) {
    const given = (input.Attributes ?? {}) as Record<string, string>;
    const name: TopicName = { ...context.scope, name: input.Name ?? "" };
    const fifo = given.FifoTopic?.toLowerCase() === "true";
    const attributes = given.FifoTopic === undefined ? given : { ...given, FifoTopic: String(fifo) };
    checkTopicName(name.name, fifo);
    checkTopicAttributes(attributes, fifo, true);
    const tags = readTags(input.Tags);
    const { DataProtectionPolicy } = input;
    if (DataProtectionPolicy) checkDataProtection(DataProtectionPolicy, fifo);
    const id = context.ids.hex(16);
    const createdMs = Math.floor(context.clock.now());
    await context.store.transact(async (tx) => {
      const existing = await readTopic(tx, name);
      if (existing) return refuseDifference(existing, attributes, tags);
      writeTopic(tx, {
        v: 1,
        ...name,
        id,
        createdMs,
        revision: 0,
        attributes: withChanges({}, attributes),
        tags,
        subscriptions: 0,
        subscriptionsDeleted: 0,
        ...(DataProtectionPolicy ? { dataProtectionPolicy: DataProtectionPolicy } : {}),
      });
    });
    return { TopicArn: topicArn(name) };
  },

  async DeleteTopic(input, context) {
    const name = requireTopicName(input.TopicArn, context.scope);
    await context.store.transact(async (tx) => {
      const topic = await readTopic(tx, name);
      // One that is gone is gone: https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html
      if (topic) await deleteTopic(tx, topic);
    });
    return {};
  },

  async ListTopics(input, { store, scope }) {
    const page = await store.transact((tx) =>
      pageOf(
        (after) => topicsOf(tx, scope, after),
        input.NextToken,
        ({ name }) => name,
      ),
    );
    const Topics = page.items.map((topic) => ({ TopicArn: topicArn(topic) }));
    return page.token === undefined ? { Topics } : { Topics, NextToken: page.token };
  },

  async GetTopicAttributes(input, context) {
    const name = requireTopicName(input.TopicArn, context.scope);
    const Attributes = await context.store.transact(async (tx) => {
      const topic = await requireTopic(tx, name);
      let [pending, confirmed] = [0, 0];
      for await (const subscription of subscriptionsOf(tx, topic)) {
        if (subscription.pending) pending++;
        else confirmed++;
      }
      return {
        ...shownAttributes(topic, isFifo(topic)),
        SubscriptionsPending: String(pending),
        SubscriptionsConfirmed: String(confirmed),
        SubscriptionsDeleted: String(topic.subscriptionsDeleted),
      };
    });
    return { Attributes };
  },

  async SetTopicAttributes(input, context) {
    const { AttributeName = "", AttributeValue = "" } = input;
    await changeTopic(context, input.TopicArn, (topic) => {
      const given = { [AttributeName]: AttributeValue };
      checkTopicAttributes(given, isFifo(topic), false);
      return { ...topic, attributes: withChanges(topic.attributes, given) };
    });
    return {};
  },

  async PutDataProtectionPolicy(input, context) {
    const { DataProtectionPolicy = "" } = input;
    await changeTopic(
      context,
      input.ResourceArn,
      (topic) => {
        if (DataProtectionPolicy === "") {
          const { dataProtectionPolicy: _, ...rest } = topic;
          return rest;
        }
        checkDataProtection(DataProtectionPolicy, isFifo(topic));
        return { ...topic, dataProtectionPolicy: DataProtectionPolicy };
      },
      "ResourceArn",
    );
    return {};
  },

  async GetDataProtectionPolicy(input, context) {
    const name = requireTopicName(input.ResourceArn, context.scope, "ResourceArn");
    const topic = await context.store.transact((tx) => requireTopic(tx, name));
    return { DataProtectionPolicy: topic.dataProtectionPolicy ?? "" };
  },
} satisfies Handlers<typeof sdk>;

/** The same topic asked for again is no mistake. */
function refuseDifference(
  topic: TopicRecord,
  attributes: Readonly<Record<string, string>>,
  tags: Readonly<Record<string, string>>,
): void {
  if (!hasTags(topic, tags)) throw invalid("Tags Reason: Topic already exists with different tags");
  if (hasAttributes(topic, attributes, isFifo(topic))) return;
  throw invalidAttribute("Topic already exists with different attributes", true);
}

/** Changes a topic's record; the topics of others are not changed by it. */
export async function changeTopic(
  context: Context,
  arn: string | undefined,
  change: (topic: TopicRecord) => TopicRecord,
  parameter = "TopicArn",
): Promise<void> {
  const name = requireTopicName(arn, context.scope, parameter);
  await context.store.transact(async (tx) => {
    const topic = await requireTopic(tx, name);
    writeTopic(tx, { ...change(topic), revision: topic.revision + 1 });
  });
}

const MOST_POLICY = 30_720;

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-data-protection-policies.html */
function checkDataProtection(text: string, fifo: boolean): void {
  const refuse = (reason: string) => invalid(`DataProtectionPolicy Reason: ${reason}`);
  if (fifo) throw refuse("Data protection policies are not supported for FIFO topics");
  if (text.length > MOST_POLICY) throw refuse(`must be at most ${MOST_POLICY} characters long`);
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw refuse("failed to parse JSON.");
  }
  const { Name, Version, Statement } = (policy ?? {}) as Record<string, unknown>;
  if (typeof Name !== "string" || Name === "") throw refuse("Name must be specified");
  if (Version !== "2021-06-01") throw refuse("Version must be 2021-06-01");
  if (!Array.isArray(Statement) || Statement.length === 0) throw refuse("Statement must be specified");
}
