import type { Context, ResourceTypes } from "../define.ts";
import {
  droppedTags,
  flag,
  given,
  gone,
  list,
  type Properties,
  type Property,
  type ResourceInput,
  tagList,
  tagsOf,
  text,
  unlessGone,
} from "../resource-types.ts";

/** Attributes of a queue that are properties of the same name. */
const ATTRIBUTES = [
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "DelaySeconds",
  "FifoThroughputLimit",
  "KmsDataKeyReusePeriodSeconds",
  "KmsMasterKeyId",
  "MaximumMessageSize",
  "MessageRetentionPeriod",
  "ReceiveMessageWaitTimeSeconds",
  "RedriveAllowPolicy",
  "RedrivePolicy",
  "SqsManagedSseEnabled",
  "VisibilityTimeout",
] as const;

const attributesOf = (properties: Properties) =>
  given(Object.fromEntries(ATTRIBUTES.map((name) => [name, text(properties[name])]))) as Record<
    string,
    string
  >;

async function queueAt(context: Context, url: string) {
  const { Attributes = {} } = await context.call("sqs", "GetQueueAttributes", {
    QueueUrl: url,
    AttributeNames: ["QueueArn"],
  });
  const { QueueArn = "" } = Attributes;
  return {
    id: url,
    attributes: { Arn: QueueArn, QueueName: QueueArn.split(":").at(-1) ?? "", QueueUrl: url },
  };
}

const nameOf = ({ properties, name }: ResourceInput) =>
  text(properties.QueueName) ?? (flag(properties.FifoQueue) ? `${name(75)}.fifo` : name(80));

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_SQS.html */
export const resources: ResourceTypes = {
  "AWS::SQS::Queue": {
    attributes: ["Arn", "QueueName", "QueueUrl"],
    properties: {
      ...Object.fromEntries(ATTRIBUTES.map((name) => [name, "update" as const])),
      FifoQueue: "replace",
      QueueName: "replace",
      Tags: "update",
    },
    async create(context, resource) {
      const fifo = flag(resource.properties.FifoQueue) ? { FifoQueue: "true" } : {};
      const { QueueUrl = "" } = await context.call("sqs", "CreateQueue", {
        QueueName: nameOf(resource),
        Attributes: { ...attributesOf(resource.properties), ...fifo },
        tags: tagsOf(resource),
      });
      return queueAt(context, QueueUrl);
    },
    async update(context, resource, { id }, before) {
      const Attributes = changesOf(attributesOf(before), attributesOf(resource.properties));
      if (Object.keys(Attributes).length > 0)
        await context.call("sqs", "SetQueueAttributes", { QueueUrl: id, Attributes });
      const dropped = droppedTags(resource, before);
      if (dropped.length > 0) await context.call("sqs", "UntagQueue", { QueueUrl: id, TagKeys: dropped });
      if (Object.keys(tagsOf(resource)).length > 0)
        await context.call("sqs", "TagQueue", { QueueUrl: id, Tags: tagsOf(resource) });
      return queueAt(context, id);
    },
    delete: (context, { id }) =>
      gone(context.call("sqs", "DeleteQueue", { QueueUrl: id }), "QueueDoesNotExist"),
    read: (context, { id: QueueUrl }) =>
      unlessGone(async () => {
        const { Attributes = {} } = await context.call("sqs", "GetQueueAttributes", {
          QueueUrl,
          AttributeNames: ["All"],
        });
        const { Tags } = await context.call("sqs", "ListQueueTags", { QueueUrl });
        const all: Partial<Record<string, string>> = Attributes;
        return {
          ...Object.fromEntries(ATTRIBUTES.map((name) => [name, parsed(all[name])])),
          FifoQueue: all.FifoQueue,
          QueueName: all.QueueArn?.split(":").at(-1),
          Tags: tagList(Tags),
        };
      }, "QueueDoesNotExist"),
  },
  "AWS::SQS::QueuePolicy": {
    attributes: [],
    properties: { PolicyDocument: "update", Queues: "update" },
    required: ["PolicyDocument", "Queues"],
    async create(context, resource) {
      await setPolicies(context, resource.properties, text(resource.properties.PolicyDocument) ?? "");
      return { id: resource.name(128), attributes: {} };
    },
    async update(context, { properties }, made, before) {
      await setPolicies(context, before, "");
      await setPolicies(context, properties, text(properties.PolicyDocument) ?? "");
      return made;
    },
    delete: (context, _made, properties) => setPolicies(context, properties, ""),
  },
  "AWS::SQS::QueueInlinePolicy": {
    attributes: [],
    properties: { PolicyDocument: "update", Queue: "replace" },
    required: ["PolicyDocument", "Queue"],
    async create(context, { properties }) {
      const queue = text(properties.Queue) ?? "";
      await setPolicy(context, queue, text(properties.PolicyDocument) ?? "");
      return { id: queue, attributes: {} };
    },
    async update(context, { properties }, made) {
      await setPolicy(context, made.id, text(properties.PolicyDocument) ?? "");
      return made;
    },
    delete: (context, { id }) => setPolicy(context, id, ""),
  },
};

/** Policies are documents in templates, and text in queues. */
const parsed = (value: string | undefined) =>
  value?.startsWith("{") ? (JSON.parse(value) as Property) : value;

/** What a queue has again when a template no longer says anything of it. */
const DEFAULTS: Readonly<Record<string, string>> = {
  ContentBasedDeduplication: "false",
  DeduplicationScope: "queue",
  DelaySeconds: "0",
  FifoThroughputLimit: "perQueue",
  KmsDataKeyReusePeriodSeconds: "300",
  MaximumMessageSize: "1048576",
  MessageRetentionPeriod: "345600",
  ReceiveMessageWaitTimeSeconds: "0",
  SqsManagedSseEnabled: "true",
  VisibilityTimeout: "30",
};

type Attributes = Readonly<Record<string, string>>;

/** What is set, and what is as usual again. A key of its own ends SQS's encryption without a word. */
function changesOf(before: Attributes, after: Attributes): Record<string, string> {
  const left = Object.keys(before).filter(
    (name) => !(name in after) && !(name === "SqsManagedSseEnabled" && after.KmsMasterKeyId),
  );
  return { ...Object.fromEntries(left.map((name) => [name, DEFAULTS[name] ?? ""])), ...after };
}

async function setPolicies(context: Context, properties: Properties, Policy: string): Promise<void> {
  for (const queue of list(properties.Queues)) await setPolicy(context, text(queue) ?? "", Policy);
}

async function setPolicy(context: Context, QueueUrl: string, Policy: string): Promise<void> {
  const work = context.call("sqs", "SetQueueAttributes", { QueueUrl, Attributes: { Policy } });
  await (Policy === "" ? gone(work, "QueueDoesNotExist") : work);
}
