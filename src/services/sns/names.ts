import { type Arn, formatArn, parseArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";
import { invalid } from "./faults.ts";

/** Where a topic is, and what it is called: enough to find its record. */
export interface TopicName extends Scope {
  readonly name: string;
}

/** A subscription by its topic and the id that ends its ARN. */
export interface SubscriptionName {
  readonly topic: TopicName;
  readonly id: string;
}

const NAME = /^[A-Za-z0-9_-]{1,256}$/;
const FIFO_NAME = /^[A-Za-z0-9_-]{1,251}\.fifo$/;

/** https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html */
export function checkTopicName(name: string, fifo: boolean): void {
  if (fifo && !FIFO_NAME.test(name)) {
    throw invalid(
      "Topic Name Reason: Fifo Topic names must end with .fifo and must be made up of only uppercase and " +
        "lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 " +
        "characters long.",
    );
  }
  if (!fifo && !NAME.test(name)) throw invalid("Topic Name");
}

export function isFifo({ name }: TopicName): boolean {
  return name.endsWith(".fifo");
}

export function topicArn(topic: TopicName): string {
  return formatArn("sns", topic, topic.name);
}

export function subscriptionArn({ topic, id }: SubscriptionName): string {
  return `${topicArn(topic)}:${id}`;
}

/** The parts of an ARN of the service, or AWS's refusal of what is none; `parameter` is what held it. */
export function requireArn(text: string | undefined, parameter: string): Arn {
  const parts = (text ?? "").split(":").length;
  const arn = parseArn(text ?? "");
  if (parts < 6 || !arn) {
    throw invalid(`${parameter} Reason: An ARN must have at least 6 elements, not ${Math.min(parts, 5)}`);
  }
  if (arn.service !== "sns") throw invalid(parameter);
  return arn;
}

/** A topic that a request names: it is in the request's region, whoever owns it. */
export function requireTopicName(text: string | undefined, scope: Scope, parameter = "TopicArn"): TopicName {
  const { account, region, resource } = requireArn(text, parameter);
  if (region !== scope.region || resource.includes(":")) throw invalid(parameter);
  return { account, region, name: resource };
}

/** Undefined for an ARN that is not a subscription's. */
export function parseSubscriptionArn(text: string | undefined): SubscriptionName | undefined {
  const arn = parseArn(text ?? "");
  const parts = arn?.service === "sns" ? arn.resource.split(":") : [];
  const [name = "", id = ""] = parts;
  if (!arn || parts.length !== 2 || name === "" || id === "") return undefined;
  return { topic: { account: arn.account, region: arn.region, name }, id };
}
