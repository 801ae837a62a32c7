import type { Context, ResourceTypes } from "../define.ts";
import {
  droppedTags,
  flag,
  given,
  gone,
  list,
  members,
  type Properties,
  type Property,
  type ResourceInput,
  tagList,
  tagsOf,
  text,
  unlessGone,
} from "../resource-types.ts";

const TOPIC_ATTRIBUTES = [
  "ArchivePolicy",
  "ContentBasedDeduplication",
  "DisplayName",
  "FifoThroughputScope",
  "KmsMasterKeyId",
  "SignatureVersion",
  "TracingConfig",
] as const;

/** What an attribute is that nothing is said of any more, where it cannot be empty. */
const USUAL: Readonly<Record<string, string>> = {
  ContentBasedDeduplication: "false",
  FifoThroughputScope: "Topic",
  FilterPolicyScope: "MessageAttributes",
  RawMessageDelivery: "false",
  SignatureVersion: "1",
  TracingConfig: "PassThrough",
};

const SUBSCRIPTION_ATTRIBUTES = [
  "DeliveryPolicy",
  "FilterPolicy",
  "FilterPolicyScope",
  "RawMessageDelivery",
  "RedrivePolicy",
  "SubscriptionRoleArn",
] as const;

/** What topics call the protocols of whose deliveries they are to write logs. */
const LOGGED: Readonly<Record<string, string>> = {
  application: "Application",
  firehose: "Firehose",
  "http/s": "HTTP",
  lambda: "Lambda",
  sqs: "SQS",
};
const LOGGINGS = ["FailureFeedbackRoleArn", "SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate"] as const;

const attributesOf = (properties: Properties, names: readonly string[]) =>
  given(Object.fromEntries(names.map((name) => [name, text(properties[name])]))) as Record<string, string>;

const topicAttributesOf = (properties: Properties): Record<string, string> => {
  const logged = list(properties.DeliveryStatusLogging).flatMap((each) => {
    const { Protocol, ...rest } = members(each);
    const prefix = LOGGED[text(Protocol) ?? ""] ?? text(Protocol);
    return LOGGINGS.map((name) => [`${prefix}${name}`, text(rest[name])] as const);
  });
  return {
    ...attributesOf(properties, TOPIC_ATTRIBUTES),
    ...(given(Object.fromEntries(logged)) as Record<string, string>),
  };
};

const nameOf = ({ properties, name }: ResourceInput) =>
  text(properties.TopicName) ?? (flag(properties.FifoTopic) ? `${name(250)}.fifo` : name(256));

const topic = (arn: string) => ({
  id: arn,
  attributes: { TopicArn: arn, TopicName: arn.split(":").at(-1) ?? "" },
});

async function subscriptionsOf(context: Context, TopicArn: string): Promise<Properties[]> {
  const found: Properties[] = [];
  for (let NextToken: string | undefined; ; ) {
    const page = await context.call("sns", "ListSubscriptionsByTopic", {
      TopicArn,
      ...(NextToken && { NextToken }),
    });
    for (const { Endpoint = "", Protocol = "" } of page.Subscriptions ?? [])
      found.push({ Endpoint, Protocol });
    if (!page.NextToken) return found;
    NextToken = page.NextToken;
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_SNS.html */
export const resources: ResourceTypes = {
  "AWS::SNS::Topic": {
    attributes: ["TopicArn", "TopicName"],
    properties: {
      ...Object.fromEntries(TOPIC_ATTRIBUTES.map((name) => [name, "update" as const])),
      DataProtectionPolicy: "accepted",
      DeliveryStatusLogging: "accepted",
      FifoTopic: "replace",
      Subscription: "update",
      Tags: "update",
      TopicName: "replace",
    },
    async create(context, resource) {
      const { properties } = resource;
      const Attributes = {
        ...topicAttributesOf(properties),
        ...(flag(properties.FifoTopic) ? { FifoTopic: "true" } : {}),
      };
      const Tags = Object.entries(tagsOf(resource)).map(([Key, Value]) => ({ Key, Value }));
      const { TopicArn = "" } = await context.call("sns", "CreateTopic", {
        Name: nameOf(resource),
        Attributes,
        Tags,
      });
      await protect(context, TopicArn, properties, {});
      await subscribeAll(context, TopicArn, properties);
      return topic(TopicArn);
    },
    async update(context, resource, { id }, before) {
      const after = topicAttributesOf(resource.properties);
      const names = Object.keys({ ...topicAttributesOf(before), ...after });
      for (const AttributeName of names) {
        const AttributeValue = after[AttributeName] ?? USUAL[AttributeName] ?? "";
        await context.call("sns", "SetTopicAttributes", { TopicArn: id, AttributeName, AttributeValue });
      }
      const Tags = Object.entries(tagsOf(resource)).map(([Key, Value]) => ({ Key, Value }));
      const dropped = droppedTags(resource, before);
      if (dropped.length > 0)
        await context.call("sns", "UntagResource", { ResourceArn: id, TagKeys: dropped });
      if (Object.keys(tagsOf(resource)).length > 0)
        await context.call("sns", "TagResource", { ResourceArn: id, Tags });
      await protect(context, id, resource.properties, before);
      await unsubscribeOthers(context, id, resource.properties, before);
      await subscribeAll(context, id, resource.properties);
      return topic(id);
    },
    delete: (context, { id }) =>
      gone(context.call("sns", "DeleteTopic", { TopicArn: id }), "NotFoundException"),
    read: (context, { id: TopicArn }, { Subscription }) =>
      unlessGone(
        async () => {
          const { Attributes: all = {} } = await context.call("sns", "GetTopicAttributes", { TopicArn });
          const { Tags } = await context.call("sns", "ListTagsForResource", { ResourceArn: TopicArn });
          return {
            ...Object.fromEntries(TOPIC_ATTRIBUTES.map((name) => [name, all[name]])),
            Tags: tagList(Object.fromEntries((Tags ?? []).map(({ Key = "", Value }) => [Key, Value]))),
            TopicName: TopicArn.split(":").at(-1),
            ...(Subscription ? { Subscription: await subscriptionsOf(context, TopicArn) } : {}),
          };
        },
        "NotFoundException",
        "NotFound",
      ),
  },
  "AWS::SNS::Subscription": {
    attributes: ["Arn"],
    properties: {
      ...Object.fromEntries(SUBSCRIPTION_ATTRIBUTES.map((name) => [name, "update" as const])),
      Endpoint: "replace",
      Protocol: "replace",
      Region: "replace",
      ReplayPolicy: "accepted",
      TopicArn: "replace",
    },
    required: ["Protocol", "TopicArn"],
    async create(context, { properties }) {
      const { SubscriptionArn = "" } = await context.call("sns", "Subscribe", {
        TopicArn: text(properties.TopicArn),
        Protocol: text(properties.Protocol),
        Endpoint: text(properties.Endpoint),
        Attributes: attributesOf(properties, SUBSCRIPTION_ATTRIBUTES),
        ReturnSubscriptionArn: true,
      });
      return { id: SubscriptionArn, attributes: { Arn: SubscriptionArn } };
    },
    async update(context, { properties }, made, before) {
      const had = attributesOf(before, SUBSCRIPTION_ATTRIBUTES);
      for (const [AttributeName, AttributeValue] of changesOf(had, properties)) {
        const SubscriptionArn = made.id;
        await context.call("sns", "SetSubscriptionAttributes", {
          SubscriptionArn,
          AttributeName,
          AttributeValue,
        });
      }
      return made;
    },
    delete: (context, { id }) =>
      gone(context.call("sns", "Unsubscribe", { SubscriptionArn: id }), "NotFoundException"),
  },
  "AWS::SNS::TopicPolicy": {
    attributes: [],
    properties: { PolicyDocument: "update", Topics: "update" },
    required: ["PolicyDocument", "Topics"],
    async create(context, resource) {
      await setPolicies(context, resource.properties);
      return { id: resource.name(128), attributes: {} };
    },
    async update(context, { properties }, made, before) {
      const kept = list(properties.Topics).map(text);
      const left = list(before.Topics).filter((arn) => !kept.includes(text(arn)));
      await forgetPolicies(context, left);
      await setPolicies(context, properties);
      return made;
    },
    delete: (context, _made, { Topics }) => forgetPolicies(context, list(Topics)),
  },
  "AWS::SNS::TopicInlinePolicy": {
    attributes: [],
    properties: { PolicyDocument: "update", TopicArn: "replace" },
    required: ["PolicyDocument", "TopicArn"],
    async create(context, { properties }) {
      const arn = text(properties.TopicArn) ?? "";
      await setPolicy(context, arn, text(properties.PolicyDocument));
      return { id: arn, attributes: {} };
    },
    async update(context, { properties }, made) {
      await setPolicy(context, made.id, text(properties.PolicyDocument));
      return made;
    },
    delete: (context, { id }) => forgetPolicies(context, [id]),
  },
};

/**
 * A subscription's attributes in an order in which each fits what is there: a policy may be nested for as
 * long as the scope is the message's body.
 */
function changesOf(
  had: Readonly<Record<string, string>>,
  properties: Properties,
): (readonly [string, string])[] {
  const after = attributesOf(properties, SUBSCRIPTION_ATTRIBUTES);
  const names = SUBSCRIPTION_ATTRIBUTES.filter((name) => had[name] !== after[name]);
  const changes = names.map((name) => [name, after[name] ?? USUAL[name] ?? ""] as const);
  const isFirst = ([name]: readonly [string, string]) =>
    (name === "FilterPolicyScope") === (after.FilterPolicyScope === "MessageBody");
  return [...changes.filter(isFirst), ...changes.filter((change) => !isFirst(change))];
}

async function subscribeAll(
  context: Context,
  TopicArn: string,
  { Subscription: all }: Properties,
): Promise<void> {
  for (const each of list(all)) {
    const { Endpoint, Protocol } = members(each);
    await context.call("sns", "Subscribe", { TopicArn, Protocol: text(Protocol), Endpoint: text(Endpoint) });
  }
}

/** Takes away those that the template had and no longer has; others' stay. */
async function unsubscribeOthers(
  context: Context,
  TopicArn: string,
  after: Properties,
  before: Properties,
): Promise<void> {
  const nameOf = (Protocol: unknown, Endpoint: unknown) => `${Protocol} ${Endpoint}`;
  const named = ({ Subscription }: Properties) =>
    list(Subscription).map((each) => nameOf(members(each).Protocol, members(each).Endpoint));
  const gone = named(before).filter((each) => !named(after).includes(each));
  if (gone.length === 0) return;
  for (let NextToken: string | undefined; ; ) {
    const page = await context.call("sns", "ListSubscriptionsByTopic", { TopicArn, NextToken });
    for (const { Endpoint, Protocol, SubscriptionArn = "" } of page.Subscriptions ?? [])
      if (gone.includes(nameOf(Protocol, Endpoint)) && SubscriptionArn.startsWith("arn:"))
        await context.call("sns", "Unsubscribe", { SubscriptionArn });
    NextToken = page.NextToken;
    if (!NextToken) return;
  }
}

async function protect(
  context: Context,
  ResourceArn: string,
  { DataProtectionPolicy: after }: Properties,
  { DataProtectionPolicy: before }: Properties,
): Promise<void> {
  if (text(after) === text(before)) return;
  const DataProtectionPolicy = text(after) ?? "";
  await context.call("sns", "PutDataProtectionPolicy", { ResourceArn, DataProtectionPolicy });
}

async function setPolicies(context: Context, properties: Properties): Promise<void> {
  const policy = text(properties.PolicyDocument);
  for (const arn of list(properties.Topics)) await setPolicy(context, text(arn) ?? "", policy);
}

/** A topic without a policy is as it was: its owner's. */
async function forgetPolicies(context: Context, arns: readonly Property[]): Promise<void> {
  for (const arn of arns) await gone(setPolicy(context, text(arn) ?? "", ""), "NotFoundException");
}

async function setPolicy(context: Context, TopicArn: string, AttributeValue: string | undefined) {
  await context.call("sns", "SetTopicAttributes", { TopicArn, AttributeName: "Policy", AttributeValue });
}
