import { parseArn } from "../../kernel/arn.ts";
import { parseTraceHeader } from "../../kernel/trace.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, InvokeSource } from "../define.ts";
import { textFor } from "./contents.ts";
import { count } from "./counting.ts";
import { addressed, lambdaEvent, type Sealed, write } from "./envelope.ts";
import { DeliveryFailure } from "./failures.ts";
import type { Message } from "./messages.ts";
import { isFifo, type TopicName, topicArn } from "./names.ts";
import type { StoredAttribute, SubscriptionRecord } from "./records.ts";

/** What is left to be written when the delivery is taken off the books. */
export type Rest = (tx: Transaction) => void;

export interface Parcel {
  readonly message: Message;
  readonly subscription: SubscriptionRecord;
  readonly sealed: Sealed;
}

/** A topic, as resource policies name it. */
export function senderOf(topic: TopicName): InvokeSource {
  return { service: "sns.amazonaws.com", sourceArn: topicArn(topic), sourceAccount: topic.account };
}

export function isRaw({ attributes }: SubscriptionRecord): boolean {
  return attributes.RawMessageDelivery === "true";
}

/** Sends a message to a queue or a function, once; throws why it could not. */
export async function sendManaged(context: Context, parcel: Parcel): Promise<Rest | undefined> {
  const { protocol, endpoint, topic } = parcel.subscription;
  const rest = protocol === "lambda" ? await sendToFunction(context, parcel) : undefined;
  if (protocol !== "lambda") await sendToQueue(context, parcel, endpoint);
  count(context, topic, "NumberOfNotificationsDelivered");
  return rest;
}

/** Sends what a subscription's queue, or its dead-letter queue, is given of a message. */
export async function sendToQueue(context: Context, parcel: Parcel, queueArn: string): Promise<void> {
  await context.call("sqs", "SendMessage", await messageFor(context, parcel, queueArn));
}

/** What a queue is given of a message. */
export async function messageFor(context: Context, parcel: Parcel, queueArn: string) {
  const { message, subscription, sealed } = parcel;
  const arn = parseArn(queueArn);
  if (arn?.service !== "sqs") {
    throw new DeliveryFailure({
      code: "InvalidEndpoint",
      message: `${queueArn} is no queue`,
      retryable: false,
    });
  }
  const content = isRaw(subscription)
    ? rawContent(message)
    : { MessageBody: write(addressed(await sealed("sqs"), context, subscription)) };
  return { QueueUrl: queueUrl(context, queueArn), ...content, ...orderOf(message, arn.resource) };
}

/** A URL that names the queue's region too, wherever it is asked from. */
export function queueUrl({ endpoint }: Context, queueArn: string): string {
  const { region, account, resource } = parseArn(queueArn) ?? {};
  return `${endpoint}/queue/${region}/${account}/${resource}`;
}

function rawContent(message: Message) {
  const attributes = Object.entries(message.attributes ?? {});
  const MessageBody = textFor(message, "sqs");
  if (attributes.length === 0) return { MessageBody };
  return {
    MessageBody,
    MessageAttributes: Object.fromEntries(attributes.map(([name, one]) => [name, queueAttribute(one)])),
  };
}

function queueAttribute({ type, text, bytes }: StoredAttribute) {
  return bytes ? { DataType: type, BinaryValue: bytes } : { DataType: type, StringValue: text ?? "" };
}

/** FIFO queues keep a FIFO topic's order; standard ones are told the group that a standard topic is. */
function orderOf({ topic, group, deduplicationId }: Message, queue: string) {
  if (queue.endsWith(".fifo")) {
    return { MessageGroupId: group ?? "", MessageDeduplicationId: deduplicationId ?? "" };
  }
  return isFifo(topic) || group === undefined ? {} : { MessageGroupId: group };
}

async function sendToFunction(context: Context, { message, subscription, sealed }: Parcel): Promise<Rest> {
  const { functions, ids } = context;
  const { endpoint } = subscription;
  const source = senderOf(message.topic);
  const permitted = await functions.permits(endpoint, source);
  if (permitted !== "allowed") {
    const [code, text] =
      permitted === "missing"
        ? ["ResourceNotFoundException", `Function not found: ${endpoint}`]
        : ["AccessDeniedException", `sns.amazonaws.com is not allowed to invoke ${endpoint}`];
    throw new DeliveryFailure({ code, message: text, retryable: false });
  }
  const event = lambdaEvent(addressed(await sealed("lambda"), context, subscription), subscription);
  const asynchronous = {
    requestId: ids.uuid(),
    functionArn: endpoint,
    payload: new TextEncoder().encode(event),
    trace: parseTraceHeader(message.trace) ?? context.trace,
    source: "sns",
    sourceArn: source.sourceArn,
  };
  return (tx) => functions.enqueue(tx, asynchronous);
}
