import type { Key, Transaction, Value } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { textFor } from "./contents.ts";
import { addressed, unsubscribeUrl, write } from "./envelope.ts";
import { subscriptionArn } from "./names.ts";
import { read, readTopic } from "./records.ts";
import type { Parcel } from "./send.ts";

/** What would have been sent to somebody outside: kept to be read instead. */
export interface Letter {
  readonly v: 1;
  readonly id: string;
  readonly account: string;
  readonly region: string;
  /** Epoch milliseconds. */
  readonly timeMs: number;
  /** email, email-json, sms or application. */
  readonly protocol: string;
  /** An address, a phone number, or the ARN of a platform endpoint. */
  readonly recipient: string;
  readonly subject?: string;
  readonly body: string;
  readonly subscriptionArn?: string;
  /** Of a request to confirm a subscription. */
  readonly confirm?: { readonly topicArn: string; readonly token: string };
}

const LETTERS: Key = ["snsLetters", "all"];
/** Letters that are kept: older ones make room. */
const MOST_LETTERS = 10_000;
const COUNT: Key = ["snsLetters", "count"];
const PLAIN_SUBJECT = "AWS Notification Message";

export function postLetter(tx: Transaction, letter: Letter): void {
  tx.append(LETTERS, letter as unknown as Value);
  tx.add(COUNT, 1n);
}

/** The latest letters, the oldest of them first. */
export async function readLetters(tx: Transaction, limit: number): Promise<Letter[]> {
  const letters: Letter[] = [];
  for await (const [, value] of tx.range({ prefix: LETTERS }, { reverse: true, limit })) {
    letters.push(value as unknown as Letter);
  }
  return letters.reverse();
}

export async function clearLetters(tx: Transaction): Promise<number> {
  const count = Number((await read<bigint>(tx, COUNT)) ?? 0n);
  tx.clear({ prefix: LETTERS });
  tx.delete(COUNT);
  return count;
}

/** Removes the oldest letters when there are too many. */
export async function thinLetters(tx: Transaction): Promise<void> {
  const excess = Number((await read<bigint>(tx, COUNT)) ?? 0n) - MOST_LETTERS;
  if (excess <= 0) return;
  let removed = 0n;
  for await (const [key] of tx.range({ prefix: LETTERS }, { limit: excess })) {
    tx.delete(key);
    removed++;
  }
  tx.add(COUNT, -removed);
}

/** What a subscriber outside is told of a message. */
export async function letterOf(context: Context, { message, subscription, sealed }: Parcel): Promise<Letter> {
  const { topic, protocol, endpoint } = subscription;
  const facts = {
    v: 1,
    id: context.ids.uuid(),
    account: topic.account,
    region: topic.region,
    timeMs: Math.floor(context.clock.now()),
    protocol,
    recipient: endpoint,
    subscriptionArn: subscriptionArn(subscription),
  } as const;
  const text = textFor(message, protocol);
  if (protocol === "email-json") {
    const envelope = addressed(await sealed(protocol), context, subscription);
    return { ...facts, subject: message.subject ?? PLAIN_SUBJECT, body: write(envelope) };
  }
  if (protocol === "email") {
    const end = `To stop getting messages from this topic, visit\n${unsubscribeUrl(context.endpoint, subscription)}`;
    return { ...facts, subject: message.subject ?? PLAIN_SUBJECT, body: `${text}\n\n--\n${end}\n` };
  }
  if (protocol === "sms") {
    const record = await context.store.transact((tx) => readTopic(tx, topic));
    const name = record?.attributes.DisplayName;
    return { ...facts, body: name ? `${name}> ${text}` : text };
  }
  return { ...facts, body: text };
}
