import { DONE, type Job, type Outcome } from "../../store/outbox.ts";
import type { Background, Context } from "../define.ts";
import type { Notice } from "./confirmations.ts";
import { contextOf } from "./deliver.ts";
import { effectivePolicy, retriesFor, retryDelay } from "./delivery-policy.ts";
import { type Envelope, signatureMembers, write } from "./envelope.ts";
import { failureOf } from "./failures.ts";
import { type Letter, postLetter } from "./letters.ts";
import { subscriptionArn, topicArn } from "./names.ts";
import { post } from "./post.ts";
import { readTopic } from "./records.ts";
import { queueUrl } from "./send.ts";

/** Asks an endpoint to confirm its subscription, or tells it of the end: by whatever it is reached. */
export async function sendNotice(world: Background, { work }: Job<Notice>): Promise<Outcome<Notice>> {
  const { topic, protocol } = work.subscription;
  const context = contextOf(world, topic, work.trace);
  const envelope = await envelopeOf(context, work);
  if (protocol !== "sqs" && protocol !== "http" && protocol !== "https") {
    const letter = letterOf(context, work, envelope);
    return { kind: "done", write: (tx) => postLetter(tx, letter) };
  }
  try {
    await send(context, work, write(envelope));
    return DONE;
  } catch (error) {
    return later(context, work, error);
  }
}

async function send(context: Context, { subscription, id, kind }: Notice, body: string): Promise<void> {
  const { protocol, endpoint, topic } = subscription;
  if (protocol === "sqs") {
    const QueueUrl = queueUrl(context, endpoint);
    await context.call("sqs", "SendMessage", { QueueUrl, MessageBody: body });
    return;
  }
  await post(endpoint, body, {
    "Message-Type": kind,
    "Message-Id": id,
    "Topic-Arn": topicArn(topic),
    ...(kind === "UnsubscribeConfirmation" ? { "Subscription-Arn": subscriptionArn(subscription) } : {}),
  });
}

async function later(context: Context, work: Notice, error: unknown): Promise<Outcome<Notice>> {
  const failure = failureOf(error);
  const { topic, endpoint, attributes } = work.subscription;
  const record = await context.store.transact((tx) => readTopic(tx, topic));
  const policy = effectivePolicy(record?.attributes.DeliveryPolicy, attributes.DeliveryPolicy);
  const delay = failure.retryable ? retryDelay(retriesFor(policy), work.retries + 1) : undefined;
  if (delay !== undefined) {
    const again = { ...work, retries: work.retries + 1 };
    return { kind: "later", dueMs: context.clock.now() + delay * 1000, work: again };
  }
  const { code, message } = failure;
  context.log.warn("an endpoint could not be told of its subscription", { endpoint, error: code, message });
  return DONE;
}

function textOf({ kind, subscription }: Notice): string {
  if (kind === "SubscriptionConfirmation") {
    return (
      `You have chosen to subscribe to the topic ${topicArn(subscription.topic)}.\n` +
      "To confirm the subscription, visit the SubscribeURL included in this message."
    );
  }
  return (
    `You have chosen to deactivate subscription ${subscriptionArn(subscription)}.\n` +
    "To cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
  );
}

async function envelopeOf(context: Context, notice: Notice): Promise<Envelope> {
  const { kind, id, token, subscription, postedMs, signatureVersion } = notice;
  const arn = topicArn(subscription.topic);
  const signed = {
    Type: kind,
    MessageId: id,
    Token: token,
    TopicArn: arn,
    Message: textOf(notice),
    SubscribeURL: `${context.endpoint}/?Action=ConfirmSubscription&TopicArn=${arn}&Token=${token}`,
    Timestamp: new Date(postedMs).toISOString(),
  };
  return { ...signed, ...(await signatureMembers(context, signatureVersion, signed)) };
}

function letterOf(context: Context, notice: Notice, envelope: Envelope): Letter {
  const { subscription, kind, token } = notice;
  const { topic, protocol, endpoint } = subscription;
  const arn = topicArn(topic);
  const plain =
    kind === "SubscriptionConfirmation"
      ? `You have chosen to subscribe to the topic:\n${arn}\n\nTo confirm this subscription, visit\n`
      : `Your subscription to the topic below has been deleted:\n${arn}\n\nTo get it back, visit\n`;
  const what = kind === "SubscriptionConfirmation" ? "Subscription" : "Unsubscribe";
  return {
    v: 1,
    id: context.ids.uuid(),
    messageId: notice.id,
    topicArn: arn,
    account: topic.account,
    region: topic.region,
    timeMs: Math.floor(context.clock.now()),
    protocol: protocol as Letter["protocol"],
    recipient: endpoint,
    subject: `AWS Notification - ${what} Confirmation`,
    body: protocol === "email-json" ? write(envelope) : `${plain}${envelope.SubscribeURL}\n`,
    subscriptionArn: subscriptionArn(subscription),
    token,
  };
}
