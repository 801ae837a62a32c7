import type { AsyncEvent } from "../../kernel/functions.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { busEntry } from "./bus-events.ts";
import { bucketArn, type Cause, eventDocument, isWanted, type ObjectEvent } from "./events.ts";
import { post } from "./outbox.ts";
import type { BucketRecord } from "./records.ts";

/** Puts an event on its way to all that ask for it, in the transaction of its cause. */
export function notify(
  tx: Transaction,
  context: Context,
  bucketName: string,
  bucket: BucketRecord,
  event: ObjectEvent,
): void {
  const wanting = bucket.notifications.filter((one) => isWanted(one, event.name, event.key));
  if (wanting.length === 0 && !bucket.eventBridge) return;
  const cause: Cause = {
    region: bucket.region,
    timeMs: context.clock.now(),
    requestId: context.requestId,
    userId: context.principal.userId,
    account: context.principal.account,
    bucket: bucketName,
    bucketAccount: bucket.account,
  };
  if (bucket.eventBridge)
    post(tx, context, { to: "bus", region: bucket.region, entry: busEntry(cause, event) });
  for (const notification of wanting) {
    const payload = JSON.stringify(eventDocument(cause, event, notification.id));
    const { functionArn, queueArn, topicArn } = notification;
    if (queueArn !== undefined) post(tx, context, { to: "queue", arn: queueArn, body: payload });
    if (topicArn !== undefined) post(tx, context, { to: "topic", arn: topicArn, body: payload });
    if (functionArn === undefined) continue;
    const queued: AsyncEvent = {
      requestId: context.ids.uuid(),
      functionArn,
      payload: Buffer.from(payload),
      trace: context.trace,
      source: "s3",
      sourceArn: bucketArn(bucketName),
    };
    context.functions.enqueue(tx, queued);
  }
}
