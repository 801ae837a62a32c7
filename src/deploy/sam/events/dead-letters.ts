import { Dict, isDict, isNothing, type Value } from "../dict.ts";
import { badEvent } from "../problems.ts";
import { Resource } from "../resource.ts";
import { queuePolicy } from "../roles/policies.ts";
import type { Macro } from "../schema.ts";

/** Where a rule's or a schedule's events go that could not be delivered, and what is made for it. */
export interface DeadLetters {
  readonly arn: Value | undefined;
  readonly resources: Resource[];
}

export function deadLetters(event: Macro, attributes: Dict, rule?: Resource): DeadLetters {
  const config = event.properties.get("DeadLetterConfig");
  if (!isDict(config)) return { arn: undefined, resources: [] };
  check(event.id, config);
  const given = config.get("Arn");
  if (!isNothing(given)) return { arn: given, resources: [] };
  const name = config.get("QueueLogicalId");
  if (!isNothing(name) && typeof name !== "string")
    throw badEvent(event.id, "QueueLogicalId must be a string");
  const queue = new Resource("AWS::SQS::Queue", name || `${event.id}Queue`, { attributes });
  if (!rule) return { arn: queue.arn, resources: [queue] };
  const policy = new Resource("AWS::SQS::QueuePolicy", `${event.id}QueuePolicy`, { attributes }).set({
    PolicyDocument: queuePolicy(new Dict().set("Service", "events.amazonaws.com"), rule.arn, queue.arn),
    Queues: [queue.ref],
  });
  return { arn: queue.arn, resources: [queue, policy] };
}

function check(id: string, config: Dict): void {
  if (config.has("Arn") && config.has("Type"))
    throw badEvent(id, "You can either define 'Arn' or 'Type' property of DeadLetterConfig.");
  if (config.has("Type") && config.get("Type") !== "SQS")
    throw badEvent(id, "The only valid value for 'Type' property of DeadLetterConfig is 'SQS'.");
  if (!config.has("Arn") && !config.has("Type"))
    throw badEvent(id, "No 'Arn' or 'Type' property provided for DeadLetterConfig.");
}
