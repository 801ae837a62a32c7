import type { Context } from "../define.ts";
import { count } from "./counting.ts";
import { type Failure, failureOf } from "./failures.ts";
import { subscriptionArn } from "./names.ts";
import { type Parcel, sendToQueue } from "./send.ts";

/**
 * No attempt will follow: the subscription's dead-letter queue gets what the endpoint would have. False
 * when the queue has to be asked again.
 */
export async function giveUp(context: Context, parcel: Parcel, failure: Failure): Promise<boolean> {
  const { subscription } = parcel;
  const told = { subscription: subscriptionArn(subscription), error: failure.code, message: failure.message };
  count(context, subscription.topic, "NumberOfNotificationsFailed");
  const queueArn = deadLetterQueueOf(subscription.attributes.RedrivePolicy);
  if (queueArn === undefined) {
    context.log.warn("a topic's message could not be delivered, and is dropped", told);
    return true;
  }
  try {
    await sendToQueue(context, parcel, queueArn);
    count(context, subscription.topic, "NumberOfNotificationsRedrivenToDlq");
  } catch (error) {
    const problem = failureOf(error);
    if (problem.retryable) return false;
    count(context, subscription.topic, "NumberOfNotificationsFailedToRedriveToDlq");
    context.log.warn("a topic's message could not be delivered, nor sent to its dead-letter queue", {
      ...told,
      queueArn,
      problem: `${problem.code}: ${problem.message}`,
    });
  }
  return true;
}

function deadLetterQueueOf(policy: string | undefined): string | undefined {
  if (!policy) return undefined;
  return (JSON.parse(policy) as { deadLetterTargetArn?: string }).deadLetterTargetArn;
}

/** Says in the trace that an attempt failed. */
export function report(context: Context, { subscription }: Parcel, failure: Failure, startMs: number): void {
  const { trace, ids, clock, recorder, requestId } = context;
  const { topic, endpoint, protocol } = subscription;
  recorder.span({
    traceId: trace.root,
    spanId: ids.hex(16),
    ...(trace.parent ? { parentId: trace.parent } : {}),
    kind: "queue",
    name: `sns.${topic.name}`,
    resource: endpoint,
    startMs,
    durationMs: Math.max(0, clock.now() - startMs),
    status: "fault",
    errorType: failure.code,
    errorMessage: failure.message,
    requestId,
    account: topic.account,
    region: topic.region,
    attributes: { source: "sns", subscription: subscriptionArn(subscription), protocol },
  });
}
