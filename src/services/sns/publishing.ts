import { formatTraceHeader } from "../../kernel/trace.ts";
import { defineOutbox } from "../../store/outbox.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { checkSender } from "../sender-policy.ts";
import { knownSubscriptions, readSubscriptions, rememberSubscriptions } from "./cache.ts";
import type { Content } from "./contents.ts";
import { countMismatch } from "./counting.ts";
import { deliveries } from "./deliveries.ts";
import type { Mismatch } from "./filters.ts";
import { type Message, reached } from "./messages.ts";
import { isFifo, type TopicName, topicArn } from "./names.ts";
import { defaultPolicy } from "./policy.ts";
import type { SubscriptionRecord, TopicRecord } from "./records.ts";
import { requireTopic } from "./require.ts";
import { takeTurn } from "./turns.ts";

/** A message of a standard topic on its way to the topic's subscriptions. */
export interface Publication {
  readonly v: 1;
  readonly message: Message;
  /** The topic as it was when the message came. */
  readonly topic: Pick<TopicRecord, "id" | "revision">;
  /** Ids of those that it reaches; undefined where there are too many to be told at once. */
  readonly to?: readonly string[];
  /** Of those untold, the last that had its turn. */
  readonly after?: string;
}

export const publications = defineOutbox<Publication>("snsPublications");

/** A topic with more subscriptions than this has them looked up piece by piece after the publish. */
const MOST_TOLD = 1000;

/** A topic, with its subscriptions unless there are too many of them. */
export interface Open {
  readonly topic: TopicRecord;
  readonly subscriptions: readonly SubscriptionRecord[] | undefined;
  /** Why filters keep what is published from subscriptions: counted once it is. */
  readonly mismatches: Mismatch[];
}

/**
 * Runs `body` with a topic to which the caller may publish, in a transaction. It refuses before it writes:
 * publishes to a FIFO topic, which its sequence numbers set in a row, share their transactions.
 */
export async function withTopic<Result>(
  context: Context,
  name: TopicName,
  body: (tx: Transaction, open: Open) => Promise<Result>,
): Promise<Result> {
  const { store } = context;
  const known = knownSubscriptions(store, name);
  const open = (tx: Transaction) => openTopic(tx, name, known);
  const turn = async (tx: Transaction, shared: Open) => {
    const opened = { ...shared, mismatches: [] };
    checkPolicy(context, opened.topic);
    return { opened, result: await body(tx, opened) };
  };
  const { opened, result } = isFifo(name)
    ? await takeTurn(store, topicArn(name), open, turn)
    : await store.transact(async (tx) => turn(tx, await open(tx)));
  const { topic, subscriptions, mismatches } = opened;
  for (const mismatch of mismatches) countMismatch(context, topic, mismatch);
  if (subscriptions && known?.subscriptions !== subscriptions) {
    rememberSubscriptions(store, topic, subscriptions);
  }
  return result;
}

async function openTopic(
  tx: Transaction,
  name: TopicName,
  known: ReturnType<typeof knownSubscriptions>,
): Promise<Open> {
  const topic = await requireTopic(tx, name);
  const few = isFifo(name) || topic.subscriptions <= MOST_TOLD;
  const subscriptions = few ? await readSubscriptions(tx, topic, known) : undefined;
  return { topic, subscriptions, mismatches: [] };
}

/** A service that publishes for somebody must be let in by the topic's policy. */
function checkPolicy(context: Context, topic: TopicRecord): void {
  if (!context.principal.sender) return;
  const policy = topic.attributes.Policy ?? defaultPolicy(topic);
  checkSender(context, { arn: topicArn(topic), policy, action: "sns:Publish" });
}

/** Notes that a message is to reach the subscriptions of a standard topic. */
export function postPublication(
  tx: Transaction,
  { topic: { id, revision }, subscriptions, mismatches }: Open,
  message: Message,
): void {
  const found = subscriptions && reached(message, subscriptions);
  if (found) mismatches.push(...found.mismatches);
  const to = found?.those.map(({ id }) => id);
  if (to?.length === 0) return;
  publications.post(tx, message.publishedMs, {
    v: 1,
    topic: { id, revision },
    message,
    ...(to ? { to } : {}),
  });
}

/** Notes that a message is to reach the subscriptions of a FIFO topic: each of its groups in order. */
export function postInOrder(
  tx: Transaction,
  { subscriptions = [], mismatches }: Open,
  message: Message,
): void {
  const found = reached(message, subscriptions);
  mismatches.push(...found.mismatches);
  for (const { topic, id } of found.those) {
    const work = { v: 1, message, subscription: { topic, id }, retries: 0 } as const;
    deliveries.post(tx, message.publishedMs, work, { lane: `${id} ${message.group}` });
  }
}

/** The message that is published to a topic at a moment. */
export function messageOf(
  { trace }: Context,
  topic: TopicRecord,
  content: Content,
  facts: Pick<Message, "id" | "publishedMs"> & Partial<Message>,
): Message {
  const { account, region, name } = topic;
  return {
    ...content,
    topic: { account, region, name },
    signatureVersion: topic.attributes.SignatureVersion ?? "1",
    trace: formatTraceHeader(trace),
    ...facts,
  };
}
