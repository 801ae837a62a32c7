import type { Job, Outcome } from "../../store/outbox.ts";
import type { Store, Transaction } from "../../store/store.ts";
import type { Background, Context } from "../define.ts";
import { knownSubscriptions } from "./cache.ts";
import { count, countMismatch } from "./counting.ts";
import { contextOf } from "./deliver.ts";
import { type Delivery, deliveries, posts } from "./deliveries.ts";
import { MANAGED_RETRIES, retryDelay } from "./delivery-policy.ts";
import { seal } from "./envelope.ts";
import { failureOf, isFailure } from "./failures.ts";
import { giveUp, report } from "./giving-up.ts";
import { letterOf, postLetter } from "./letters.ts";
import { reached } from "./messages.ts";
import type { TopicName } from "./names.ts";
import { type Publication, publications } from "./publishing.ts";
import { readSubscription, type SubscriptionRecord, subscriptionsOf } from "./records.ts";
import { messageFor, type Parcel, type Rest, sendManaged } from "./send.ts";

/** Subscriptions that have their turn in one attempt. */
const TURN = 200;

/**
 * Brings a message to the subscriptions of a standard topic. Queues get it in the transaction in which the
 * publication is done with, functions are tried at once: what fails is a delivery of its own from then on,
 * as is whatever goes to somebody outside.
 */
export async function fanOut(
  world: Background,
  { work, attempts }: Job<Publication>,
): Promise<Outcome<Publication>> {
  const { message } = work;
  const context = contextOf(world, message.topic, message.trace);
  const { subscriptions, rest } = await turnOf(world, work);
  const sealed = seal(context, message);
  const parcels = subscriptions.map((subscription) => ({ message, subscription, sealed }));
  // Mishaps take time, which a transaction has not; what failed for no known reason is tried piece by piece.
  const together = !context.chaos.active && attempts === 0;
  const [forQueues, others] = partition(parcels, (one) => together && one.subscription.protocol === "sqs");
  const sends = await Promise.all(forQueues.map((parcel) => prepare(context, parcel)));
  const writes = await Promise.all(others.map((parcel) => begin(context, parcel)));
  const after: (() => void)[] = [];
  return {
    kind: "done",
    async write(tx) {
      after.length = 0;
      for (const write of writes) write?.(tx);
      const inside = context.within(tx, after);
      for (const send of sends) await send(tx, inside);
      if (rest) publications.post(tx, world.clock.now(), rest);
    },
    after() {
      for (const tell of after) tell();
    },
  };
}

/** Makes ready what a queue is given; what it refuses in the transaction is a delivery of its own. */
async function prepare(context: Context, parcel: Parcel) {
  const input = await messageFor(context, parcel, parcel.subscription.endpoint);
  return async (tx: Transaction, inside: Context) => {
    try {
      await inside.call("sqs", "SendMessage", input);
      count(context, parcel.message.topic, "NumberOfNotificationsDelivered");
    } catch (error) {
      if (!isFailure(error)) throw error;
      deliveries.post(tx, context.clock.now(), firstDelivery(parcel));
    }
  };
}

function firstDelivery({ message, subscription: { topic, id } }: Parcel): Delivery {
  return { v: 1, message, subscription: { topic, id }, retries: 0 };
}

function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}

/** Those whose turn it is, and the publication for those that are left. */
async function turnOf(
  { store, metrics, clock }: Background,
  work: Publication,
): Promise<{ subscriptions: SubscriptionRecord[]; rest?: Publication }> {
  const { message, to } = work;
  if (!to) {
    const { mismatches, ...turn } = await store.transact((tx) => turnOfMany(tx, work));
    for (const mismatch of mismatches) countMismatch({ metrics, clock }, message.topic, mismatch);
    return turn;
  }
  const ids = to.slice(0, TURN);
  const subscriptions = remembered(store, work, ids) ?? (await readAll(store, message.topic, ids));
  return to.length > TURN ? { subscriptions, rest: { ...work, to: to.slice(TURN) } } : { subscriptions };
}

/** The subscriptions as they were when the message came, when they are still known. */
function remembered(
  store: Store,
  { message, topic }: Publication,
  ids: readonly string[],
): SubscriptionRecord[] | undefined {
  const known = knownSubscriptions(store, message.topic);
  if (known?.id !== topic.id || known.revision !== topic.revision) return undefined;
  const wanted = new Set(ids);
  return known.subscriptions.filter(({ id }) => wanted.has(id));
}

function readAll(store: Store, topic: TopicName, ids: readonly string[]): Promise<SubscriptionRecord[]> {
  return store.transact(async (tx) => {
    const found = await Promise.all(ids.map((id) => readSubscription(tx, { topic, id })));
    return found.filter((one) => one !== undefined);
  });
}

async function turnOfMany(tx: Transaction, work: Publication) {
  const { message, after } = work;
  const heard: SubscriptionRecord[] = [];
  let seen = 0;
  let last: string | undefined;
  for await (const subscription of subscriptionsOf(tx, message.topic, after)) {
    // Who came later did not hear it.
    if (subscription.createdMs <= message.publishedMs) heard.push(subscription);
    if (++seen < TURN) continue;
    last = subscription.id;
    break;
  }
  const { those: subscriptions, mismatches } = reached(message, heard);
  return { subscriptions, mismatches, ...(last === undefined ? {} : { rest: { ...work, after: last } }) };
}

/** Tries the first delivery to a subscription, or prepares it; gives what is to be written then. */
async function begin(context: Context, parcel: Parcel): Promise<Rest | undefined> {
  const { subscription } = parcel;
  const { protocol } = subscription;
  const delivery = firstDelivery(parcel);
  const nowMs = context.clock.now();
  if (protocol === "http" || protocol === "https") {
    return (tx) => posts.post(tx, nowMs, delivery, { target: subscription.endpoint });
  }
  if (protocol !== "sqs" && protocol !== "lambda") {
    const letter = await letterOf(context, parcel);
    if (letter) count(context, parcel.message.topic, "NumberOfNotificationsDelivered");
    return letter && ((tx) => postLetter(tx, letter));
  }
  try {
    return await sendManaged(context, parcel);
  } catch (error) {
    if (!isFailure(error)) {
      // A bug is tried again alone: the others have the message already.
      context.log.error("a delivery of a topic failed, and is tried again", {
        endpoint: subscription.endpoint,
        error,
      });
      return (tx) => deliveries.post(tx, nowMs, delivery, { dueMs: nowMs + 1000 });
    }
    const failure = failureOf(error);
    report(context, parcel, failure, nowMs);
    if (!failure.retryable && (await giveUp(context, parcel, failure))) return undefined;
    const next = failure.retryable ? { ...delivery, retries: 1 } : { ...delivery, dead: failure };
    const delaySeconds = failure.retryable ? (retryDelay(MANAGED_RETRIES, 1) ?? 0) : 1;
    return (tx) => deliveries.post(tx, nowMs, next, { dueMs: nowMs + delaySeconds * 1000 });
  }
}
