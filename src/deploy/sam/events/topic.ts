import { isList, isNothing, truthy, type Value } from "../dict.ts";
import { expectMap } from "../expect.ts";
import { referredId } from "../intrinsics.ts";
import { badEvent } from "../problems.ts";
import { Resource } from "../resource.ts";
import { queuePolicy } from "../roles/policies.ts";
import type { Macro } from "../schema.ts";
import { sourceResources } from "../translation.ts";
import type { EventContext, EventKind } from "./kind.ts";
import { permission } from "./permission.ts";
import { sourceMapping } from "./pull.ts";

/** `SNS`: a topic calls the function, or fills a queue that the function reads. */
export const topicEvent: EventKind = {
  schema: {
    Topic: "!string",
    Region: "string",
    FilterPolicy: "any",
    FilterPolicyScope: "any",
    SqsSubscription: "boolean|map",
    RedrivePolicy: "map",
  },
  make(event, context) {
    const { properties } = event;
    const through = properties.get("SqsSubscription");
    const topic = properties.get("Topic");
    if (!truthy(through)) {
      const principal = "sns.amazonaws.com";
      const allowed = permission(event.id, context.target, { principal, sourceArn: topic });
      return [allowed, subscription(event, context, "lambda", context.target.arn)];
    }
    return typeof through === "boolean" ? throughOwnQueue(event, context) : throughQueue(event, context);
  },
};

function throughOwnQueue(event: Macro, context: EventContext): Resource[] {
  const topic = event.properties.get("Topic");
  const queue = new Resource("AWS::SQS::Queue", `${event.id}Queue`, { attributes: context.target.handedOn });
  const fifo = isFifo(topic, context);
  if (truthy(fifo)) queue.set({ FifoQueue: fifo });
  return [
    ...mapping(event, context, queue.arn, undefined),
    queue,
    policyOf(event, context, queue.arn, queue.ref, undefined),
    subscription(event, context, "sqs", queue.arn),
  ];
}

function throughQueue(event: Macro, context: EventContext): Resource[] {
  const owner = { event: event.name };
  const given = expectMap(event.properties.get("SqsSubscription"), owner, "SqsSubscription");
  const arn = given.get("QueueArn");
  const url = given.get("QueueUrl");
  if (!truthy(arn) || !truthy(url)) throw badEvent(event.name, "No QueueARN or QueueURL provided.");
  const id = given.get("QueuePolicyLogicalId");
  return [
    ...mapping(event, context, arn ?? "", given.get("BatchSize")),
    policyOf(event, context, arn ?? "", url ?? "", typeof id === "string" && id ? id : undefined),
    subscription(event, context, "sqs", arn ?? ""),
  ];
}

function isFifo(topic: Value | undefined, { translation }: EventContext): Value | undefined {
  const id = referredId(topic);
  const properties = id ? sourceResources(translation).dict(id)?.dict("Properties") : undefined;
  return translation.parameters.resolve(properties?.get("FifoTopic"));
}

function subscription(event: Macro, context: EventContext, protocol: string, endpoint: Value): Resource {
  const { properties } = event;
  const attributes = context.target.handedOn;
  return new Resource("AWS::SNS::Subscription", event.id, { attributes }).set({
    Protocol: protocol,
    Endpoint: endpoint,
    TopicArn: properties.get("Topic"),
    Region: properties.get("Region"),
    FilterPolicy: properties.get("FilterPolicy"),
    FilterPolicyScope: properties.get("FilterPolicyScope"),
    RedrivePolicy: properties.get("RedrivePolicy"),
  });
}

function policyOf(event: Macro, context: EventContext, arn: Value, url: Value, id: string | undefined) {
  const attributes = context.target.handedOn;
  return new Resource("AWS::SQS::QueuePolicy", id ?? `${event.id}QueuePolicy`, { attributes }).set({
    PolicyDocument: queuePolicy("*", event.properties.get("Topic") ?? "", arn),
    Queues: [url],
  });
}

function mapping(event: Macro, context: EventContext, queue: Value, size: Value | undefined): Resource[] {
  const batchSize = isNothing(size) || isList(size) || !truthy(size) ? 10 : size;
  return sourceMapping(`${event.id}EventSourceMapping`, context, queue, batchSize);
}
