import type { Job, Outcome } from "../../store/outbox.ts";
import type { Key } from "../../store/store.ts";
import type { Background, Context } from "../define.ts";
import { textFor } from "./contents.ts";
import { count } from "./counting.ts";
import { attempt, Postponed } from "./deliver.ts";
import type { Delivery } from "./deliveries.ts";
import { type DeliveryPolicy, retriesFor } from "./delivery-policy.ts";
import { addressed, write } from "./envelope.ts";
import { subscriptionArn, topicArn } from "./names.ts";
import { type Labels, post } from "./post.ts";
import { read } from "./records.ts";
import { isRaw, type Parcel } from "./send.ts";

/** Tries to post a message to an HTTP endpoint, when its rate has room for it. */
export function deliverByHttp(world: Background, job: Job<Delivery>): Promise<Outcome<Delivery>> {
  return attempt(world, job, send, retriesFor);
}

async function send(context: Context, parcel: Parcel, policy: DeliveryPolicy, { slotMs }: Delivery) {
  const { message, subscription, sealed } = parcel;
  const { maxReceivesPerSecond: rate } = policy.throttlePolicy ?? {};
  if (rate !== undefined && slotMs === undefined) await takeSlot(context, subscription.id, rate);
  const raw = isRaw(subscription);
  const body = raw
    ? textFor(message, subscription.protocol)
    : write(addressed(await sealed(subscription.protocol), context, subscription));
  const labels: Labels = {
    "Message-Type": "Notification",
    "Message-Id": message.id,
    "Topic-Arn": topicArn(message.topic),
    "Subscription-Arn": subscriptionArn(subscription),
    ...(raw ? { Rawdelivery: "true" } : {}),
  };
  await post(subscription.endpoint, body, labels, policy.requestPolicy?.headerContentType);
  count(context, message.topic, "NumberOfNotificationsDelivered");
  return undefined;
}

const slotKey = (subscriptionId: string): Key => ["snsSlot", subscriptionId];

/** Takes the next free place in an endpoint's rate; throws when that is not now. */
async function takeSlot({ store, clock }: Context, id: string, perSecond: number): Promise<void> {
  const nowMs = clock.now();
  const slotMs = await store.transact(async (tx) => {
    const nextMs = (await read<number>(tx, slotKey(id))) ?? 0;
    const slotMs = Math.max(nowMs, nextMs);
    tx.set(slotKey(id), slotMs + 1000 / perSecond);
    return slotMs;
  });
  if (slotMs > nowMs) throw new Postponed(slotMs);
}
