import { parseArn } from "../../kernel/arn.ts";
import { effectivePolicy, PolicyProblem, readDeliveryPolicy } from "./delivery-policy.ts";
import { invalidAttribute } from "./faults.ts";
import { checkFilter, SCOPES } from "./filters.ts";
import { parseJson } from "./json-text.ts";
import { isFifo, subscriptionArn, type TopicName, topicArn } from "./names.ts";
import type { Attributes, SubscriptionRecord, TopicRecord } from "./records.ts";

const NAMES = new Set([
  ...["DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy"],
  ...["SubscriptionRoleArn", "ReplayPolicy", "ReplayStatus"],
]);
const RAW_PROTOCOLS = ["sqs", "http", "https", "firehose"];

/** What a subscription is or is about to be. */
export interface Subject {
  readonly topic: TopicName;
  readonly protocol: string;
  readonly endpoint: string;
}

/** Checks attributes that are given; `old` are those that are there. `among`: at Subscribe. */
export function checkSubscriptionAttributes(
  subject: Subject,
  given: Attributes,
  old: Attributes,
  among: boolean,
): void {
  const refuse = (reason: string) => invalidAttribute(reason, among);
  for (const name of Object.keys(given)) if (!NAMES.has(name)) throw refuse("AttributeName");
  const { RawMessageDelivery, FilterPolicyScope, RedrivePolicy, DeliveryPolicy, ReplayPolicy } = given;
  if (RawMessageDelivery !== undefined) checkRaw(subject, RawMessageDelivery, among);
  if (FilterPolicyScope !== undefined && !SCOPES.includes(FilterPolicyScope)) {
    const reason = `Invalid value [${FilterPolicyScope}]. Please use either MessageBody or MessageAttributes`;
    throw refuse(`FilterPolicyScope: ${reason}`);
  }
  // A policy that is there must fit a new scope, too.
  const filter = given.FilterPolicy ?? (FilterPolicyScope === undefined ? "" : (old.FilterPolicy ?? ""));
  const scope = FilterPolicyScope ?? old.FilterPolicyScope ?? "MessageAttributes";
  if (filter !== "") checkFilter(filter, scope, among);
  if (RedrivePolicy) checkRedrive(subject, RedrivePolicy, among);
  if (DeliveryPolicy) checkDelivery(subject, DeliveryPolicy, among);
  if (ReplayPolicy) throw refuse("ReplayPolicy: this platform does not archive messages of topics.");
}

function checkRaw({ protocol }: Subject, value: string, among: boolean): void {
  if (!/^(true|false)$/i.test(value)) {
    throw invalidAttribute(`RawMessageDelivery: Invalid value [${value}]. Must be true or false.`, among);
  }
  if (/^true$/i.test(value) && !RAW_PROTOCOLS.includes(protocol)) {
    throw invalidAttribute(`Delivery protocol [${protocol}] does not support raw message delivery.`, among);
  }
}

function checkRedrive({ topic, endpoint }: Subject, text: string, among: boolean): void {
  const refuse = (reason: string) => invalidAttribute(`RedrivePolicy: ${reason}`, among);
  const parsed = parseJson(text);
  if ("problem" in parsed) throw refuse(parsed.problem);
  const target = (parsed.value as { deadLetterTargetArn?: unknown } | null)?.deadLetterTargetArn;
  const arn = typeof target === "string" ? parseArn(target) : undefined;
  if (arn?.service !== "sqs") throw refuse("deadLetterTargetArn is an invalid arn");
  if (arn.region !== topic.region) throw refuse("deadLetterTargetArn must be in the topic's Region");
  const ordered = isFifo(topic) && endpoint.endsWith(".fifo");
  if (ordered && !arn.resource.endsWith(".fifo")) {
    throw refuse("must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.");
  }
  if (!ordered && arn.resource.endsWith(".fifo")) {
    throw refuse("must use a standard queue as DLQ for a standard subscription.");
  }
}

function checkDelivery({ protocol }: Subject, text: string, among: boolean): void {
  if (protocol !== "http" && protocol !== "https") {
    throw invalidAttribute("DeliveryPolicy: only HTTP/S subscriptions support delivery policies", among);
  }
  try {
    readDeliveryPolicy(text);
  } catch (problem) {
    if (!(problem instanceof PolicyProblem)) throw problem;
    throw invalidAttribute(`DeliveryPolicy: ${problem.message}`, among);
  }
}

/** The attributes after a change; an empty value takes its attribute away. */
export function withChanges(attributes: Attributes, changes: Attributes): Attributes {
  const next: Record<string, string> = { ...attributes };
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") delete next[name];
    else next[name] = normal(name, value);
  }
  return next;
}

function normal(name: string, value: string): string {
  if (name === "RawMessageDelivery") return value.toLowerCase();
  return name === "DeliveryPolicy" ? JSON.stringify(readDeliveryPolicy(value)) : value;
}

/** Whether a subscription that is there is set to what is asked for. */
export function hasAttributes({ attributes }: SubscriptionRecord, asked: Attributes): boolean {
  const shown = { RawMessageDelivery: "false", FilterPolicyScope: "MessageAttributes", ...attributes };
  return Object.entries(withChanges({}, asked)).every(
    ([name, value]) => (shown as Attributes)[name] === value,
  );
}

/** Everything that GetSubscriptionAttributes answers. */
export function shownAttributes(
  topic: TopicRecord,
  subscription: SubscriptionRecord,
): Record<string, string> {
  const { attributes, protocol } = subscription;
  const { FilterPolicyScope = "MessageAttributes", FilterPolicy, ...rest } = attributes;
  const isHttp = protocol === "http" || protocol === "https";
  return {
    SubscriptionArn: subscriptionArn(subscription),
    TopicArn: topicArn(topic),
    Owner: subscription.owner,
    Protocol: protocol,
    Endpoint: subscription.endpoint,
    PendingConfirmation: String(subscription.pending),
    ConfirmationWasAuthenticated: String(subscription.authenticated),
    SubscriptionPrincipal: subscription.principal,
    RawMessageDelivery: "false",
    ...rest,
    ...(FilterPolicy === undefined ? {} : { FilterPolicy, FilterPolicyScope }),
    ...(isHttp
      ? {
          EffectiveDeliveryPolicy: JSON.stringify(
            effectivePolicy(topic.attributes.DeliveryPolicy, attributes.DeliveryPolicy),
          ),
        }
      : {}),
  };
}
