import { formatTraceHeader } from "../../kernel/trace.ts";
import { defineOutbox } from "../../store/outbox.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { type SubscriptionRecord, type TopicRecord, writeToken } from "./records.ts";

/** Of a request to confirm a subscription: what it is known by. */
export interface Confirmation {
  readonly token: string;
  /** The message's id. */
  readonly id: string;
}

/** A message that asks an endpoint to confirm a subscription, or tells it that it ended. */
export interface Notice extends Confirmation {
  readonly v: 1;
  readonly kind: "SubscriptionConfirmation" | "UnsubscribeConfirmation";
  readonly subscription: SubscriptionRecord;
  readonly signatureVersion: string;
  readonly postedMs: number;
  readonly trace: string;
  readonly retries: number;
}

/** Tokens are good for two days: https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html */
const TOKEN_MS = 2 * 86_400_000;

export const notices = defineOutbox<Notice>("snsNotices");
/** Tokens, at the end of their time. */
export const expiries = defineOutbox<{ readonly v: 1; readonly token: string }>("snsExpiries");

/** Has an endpoint asked to confirm a subscription. */
export function postConfirmation(
  tx: Transaction,
  context: Context,
  topic: TopicRecord,
  subscription: SubscriptionRecord,
  confirmation: Confirmation,
): void {
  postNotice(tx, context, topic, "SubscriptionConfirmation", subscription, confirmation);
}

/** Has an endpoint told that its subscription ended, and how to get it back. */
export function postUnsubscribed(
  tx: Transaction,
  context: Context,
  topic: TopicRecord,
  subscription: SubscriptionRecord,
  confirmation: Confirmation,
): void {
  postNotice(tx, context, topic, "UnsubscribeConfirmation", subscription, confirmation);
}

function postNotice(
  tx: Transaction,
  { clock, trace }: Context,
  topic: TopicRecord,
  kind: Notice["kind"],
  subscription: SubscriptionRecord,
  confirmation: Confirmation,
): void {
  const nowMs = Math.floor(clock.now());
  const expiresMs = nowMs + TOKEN_MS;
  writeToken(tx, confirmation.token, { v: 1, subscription, expiresMs });
  expiries.post(tx, nowMs, { v: 1, token: confirmation.token }, { dueMs: expiresMs });
  notices.post(tx, nowMs, {
    v: 1,
    kind,
    subscription,
    ...confirmation,
    signatureVersion: topic.attributes.SignatureVersion ?? "1",
    postedMs: nowMs,
    trace: formatTraceHeader(trace),
    retries: 0,
  });
}
