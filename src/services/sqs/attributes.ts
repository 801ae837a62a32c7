import type { Fault } from "../../kernel/faults.ts";
import { fault } from "./faults.ts";

/** What a queue is set to, as it was given; absent attributes have their defaults. */
export type QueueAttributes = Readonly<Record<string, string>>;

interface AttributeRule {
  /** What GetQueueAttributes says of a queue that was not told; undefined when it says nothing. */
  readonly initial?: string;
  readonly fifoOnly?: true;
  /** [least, most] of a whole number. */
  readonly range?: readonly [number, number];
  readonly values?: readonly string[];
  /** An empty value takes the attribute away. */
  readonly removable?: true;
}

const YES_OR_NO = ["true", "false"];

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const RULES: Readonly<Record<string, AttributeRule>> = {
  VisibilityTimeout: { initial: "30", range: [0, 43_200] },
  MaximumMessageSize: { initial: "1048576", range: [1024, 1_048_576] },
  MessageRetentionPeriod: { initial: "345600", range: [60, 1_209_600] },
  DelaySeconds: { initial: "0", range: [0, 900] },
  ReceiveMessageWaitTimeSeconds: { initial: "0", range: [0, 20] },
  Policy: { removable: true },
  RedrivePolicy: { removable: true },
  RedriveAllowPolicy: { removable: true },
  KmsMasterKeyId: { removable: true },
  KmsDataKeyReusePeriodSeconds: { range: [60, 86_400] },
  SqsManagedSseEnabled: { values: YES_OR_NO },
  FifoQueue: { fifoOnly: true, values: ["true"] },
  ContentBasedDeduplication: { initial: "false", fifoOnly: true, values: YES_OR_NO },
  DeduplicationScope: { initial: "queue", fifoOnly: true, values: ["messageGroup", "queue"] },
  FifoThroughputLimit: { initial: "perQueue", fifoOnly: true, values: ["perQueue", "perMessageGroupId"] },
};

/** Known of a queue that has a key of its own. */
const KEY_REUSE_SECONDS = "300";

/** Those AWS tells apart in its wording when a standard queue is given them. */
const FIFO_SETTINGS = new Set(["DeduplicationScope", "FifoThroughputLimit"]);

/** Attributes that are known of every queue and set by nobody. */
export const COMPUTED = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesDelayed",
  "ApproximateNumberOfMessagesNotVisible",
  "CreatedTimestamp",
  "LastModifiedTimestamp",
  "QueueArn",
] as const;

const unknown = (name: string): Fault => fault("InvalidAttributeName", `Unknown Attribute ${name}.`);

/** Checks what a request sets one by one; policies are looked into by those who understand them. */
export function checkAttributes(given: QueueAttributes, fifo: boolean): void {
  for (const [name, value] of Object.entries(given)) {
    const rule = RULES[name];
    if (!rule) throw unknown(name);
    if (rule.fifoOnly && !fifo) {
      if (!FIFO_SETTINGS.has(name)) throw unknown(name);
      throw fault("InvalidAttributeName", `You can specify the ${name} only when FifoQueue is set to true.`);
    }
    if (!isAllowed(rule, value)) {
      throw fault("InvalidAttributeValue", `Invalid value for the parameter ${name}.`);
    }
  }
  if (given.SqsManagedSseEnabled === "true" && given.KmsMasterKeyId) {
    throw fault(
      "InvalidAttributeName",
      "You can use one type of server-side encryption (SSE) at one time. " +
        "You can either enable KMS SSE or SQS SSE.",
    );
  }
}

function isAllowed({ range, values }: AttributeRule, value: string): boolean {
  if (values) return values.includes(value);
  if (!range) return true;
  return /^\d{1,9}$/.test(value) && Number(value) >= range[0] && Number(value) <= range[1];
}

/** The attributes after a change: what is removed is gone, one kind of encryption ends the other. */
export function withChanges(attributes: QueueAttributes, changes: QueueAttributes): QueueAttributes {
  const next: Record<string, string> = { ...attributes };
  for (const [name, value] of Object.entries(changes)) {
    if (value === "" && RULES[name]?.removable) delete next[name];
    else next[name] = value;
  }
  if (changes.KmsMasterKeyId === "") delete next.KmsDataKeyReusePeriodSeconds;
  if (changes.KmsMasterKeyId) delete next.SqsManagedSseEnabled;
  if (changes.SqsManagedSseEnabled === "true") {
    delete next.KmsMasterKeyId;
    delete next.KmsDataKeyReusePeriodSeconds;
  }
  return next;
}

/** Refuses attributes that do not go together, given or left as they were. */
export function checkTogether({ FifoThroughputLimit, DeduplicationScope }: QueueAttributes): void {
  if (FifoThroughputLimit !== "perMessageGroupId" || DeduplicationScope === "messageGroup") return;
  throw fault(
    "InvalidAttributeValue",
    "Invalid value for the parameter FifoThroughputLimit. Reason: To set FifoThroughputLimit to " +
      "perMessageGroupId, the DeduplicationScope must be messageGroup.",
  );
}

/** Everything that is set, by hand or by default, as GetQueueAttributes answers it. */
export function shownAttributes(attributes: QueueAttributes, fifo: boolean): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [name, { initial, fifoOnly }] of Object.entries(RULES)) {
    const value = attributes[name] ?? (fifoOnly && !fifo ? undefined : initial);
    if (value !== undefined) shown[name] = value;
  }
  shown.SqsManagedSseEnabled ??= attributes.KmsMasterKeyId ? "false" : "true";
  if (attributes.KmsMasterKeyId) shown.KmsDataKeyReusePeriodSeconds ??= KEY_REUSE_SECONDS;
  return shown;
}

export function isAttributeName(name: string): boolean {
  return name === "All" || name in RULES || (COMPUTED as readonly string[]).includes(name);
}

/** The first attribute in which a queue that is there differs from the one that is asked for. */
export function differingAttribute(
  existing: QueueAttributes,
  asked: QueueAttributes,
  fifo: boolean,
): string | undefined {
  const shown = shownAttributes(existing, fifo);
  return Object.keys(asked).find((name) => (shown[name] ?? "") !== asked[name]);
}

/** A whole number an attribute holds, in its own unit (seconds or bytes). */
export function numberOf(attributes: QueueAttributes, name: string): number {
  return Number(attributes[name] ?? RULES[name]?.initial);
}
