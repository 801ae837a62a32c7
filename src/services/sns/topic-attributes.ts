import { effectiveTopicPolicy, PolicyProblem, readTopicPolicy } from "./delivery-policy.ts";
import { fault, invalidAttribute } from "./faults.ts";
import { topicArn } from "./names.ts";
import { checkPolicy, defaultPolicy } from "./policy.ts";
import type { Attributes, TopicRecord } from "./records.ts";

interface AttributeRule {
  readonly fifoOnly?: true;
  readonly standardOnly?: true;
  readonly values?: readonly string[];
  /** Throws a PolicyProblem for a text that is no such policy. */
  readonly check?: (value: string) => unknown;
}

const YES_OR_NO = ["true", "false"];
const MOST_DISPLAY_NAME = 100;
const ROLE = /^arn:[\w-]+:iam::\d{12}:role\/.+$/;

/** https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html */
const RULES: Readonly<Record<string, AttributeRule>> = {
  DeliveryPolicy: { check: (value) => value === "" || readTopicPolicy(value) },
  DisplayName: { check: checkDisplayName },
  Policy: {},
  TracingConfig: { values: ["PassThrough", "Active"], standardOnly: true },
  KmsMasterKeyId: {},
  SignatureVersion: { values: ["1", "2"] },
  FifoTopic: { values: YES_OR_NO },
  ContentBasedDeduplication: { values: YES_OR_NO, fifoOnly: true },
  FifoThroughputScope: { values: ["Topic", "MessageGroup"], fifoOnly: true },
  ArchivePolicy: { fifoOnly: true },
  ...Object.fromEntries(
    ["Application", "Firehose", "HTTP", "Lambda", "SQS"].flatMap((endpoint): [string, AttributeRule][] => [
      [`${endpoint}SuccessFeedbackRoleArn`, { check: checkRole }],
      [`${endpoint}FailureFeedbackRoleArn`, { check: checkRole }],
      [`${endpoint}SuccessFeedbackSampleRate`, { check: checkRate }],
    ]),
  ),
};

function checkDisplayName(value: string): void {
  if (value.length > MOST_DISPLAY_NAME || /\p{Cc}/u.test(value)) {
    throw new PolicyProblem(`must be at most ${MOST_DISPLAY_NAME} characters long, without line breaks`);
  }
}

function checkRole(value: string): void {
  if (value !== "" && !ROLE.test(value)) throw new PolicyProblem("must be the ARN of a role");
}

function checkRate(value: string): void {
  if (value !== "" && (!/^\d{1,3}$/.test(value) || Number(value) > 100)) {
    throw new PolicyProblem("must be an integer between 0 and 100");
  }
}

/** Checks attributes that are given. `among`: with others, when a topic is made. */
export function checkTopicAttributes(given: Attributes, fifo: boolean, among: boolean): void {
  for (const [name, value] of Object.entries(given)) {
    const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
    if (!rule || (name === "FifoTopic" && !among)) throw invalidAttribute("AttributeName", among);
    if ((rule.fifoOnly && !fifo) || (rule.standardOnly && fifo)) {
      throw invalidAttribute(`${name} is not supported for ${fifo ? "FIFO" : "standard"} topics`, among);
    }
    if (rule.values && !rule.values.includes(value)) {
      throw invalidAttribute(
        `${name}: Invalid value [${value}]. Must be ${rule.values.join(" or ")}.`,
        among,
      );
    }
    try {
      rule.check?.(value);
    } catch (problem) {
      if (!(problem instanceof PolicyProblem)) throw problem;
      throw invalidAttribute(`${name}: ${problem.message}`, among);
    }
    if (name === "Policy" && value !== "") checkPolicy(value, among);
    if (name === "ArchivePolicy" && value !== "" && value !== "{}") {
      throw fault(
        "InvalidParameterException",
        "Invalid parameter: ArchivePolicy: this platform does not archive messages of topics.",
      );
    }
  }
}

/** The attributes after a change; an empty value takes its attribute away. */
export function withChanges(attributes: Attributes, changes: Attributes): Attributes {
  const next: Record<string, string> = { ...attributes };
  for (const [name, value] of Object.entries(changes)) {
    if (value === "" || (name === "FifoTopic" && value === "false")) delete next[name];
    else next[name] = name === "DeliveryPolicy" ? JSON.stringify(readTopicPolicy(value)) : value;
  }
  return next;
}

/** Everything that GetTopicAttributes answers but the counts of subscriptions. */
export function shownAttributes(topic: TopicRecord, fifo: boolean): Record<string, string> {
  const { attributes, account } = topic;
  return {
    TopicArn: topicArn(topic),
    Owner: account,
    DisplayName: "",
    Policy: defaultPolicy(topic),
    ...(fifo ? { FifoTopic: "true", ContentBasedDeduplication: "false" } : {}),
    ...attributes,
    EffectiveDeliveryPolicy: JSON.stringify(effectiveTopicPolicy(attributes.DeliveryPolicy)),
  };
}

/** Whether a topic that is there is set to what is asked for. */
export function hasAttributes(topic: TopicRecord, asked: Attributes, fifo: boolean): boolean {
  const shown = shownAttributes(topic, fifo);
  return Object.entries(withChanges({}, asked)).every(([name, value]) => shown[name] === value);
}
