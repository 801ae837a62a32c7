import type { Key, Transaction, Value } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { readPlatformEndpoint } from "./application-records.ts";
import { type Content, textFor } from "./contents.ts";
import { addressed, unsubscribeUrl, write } from "./envelope.ts";
import type { Message } from "./messages.ts";
import { subscriptionArn, topicArn } from "./names.ts";
import { readOptOut, readSettings } from "./phone-records.ts";
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
  readonly protocol: "email" | "email-json" | "sms" | "application";
  /** An address, a phone number, or the ARN of a platform endpoint. */
  readonly recipient: string;
  readonly subject?: string;
  /** Whom a text message names as its sender. */
  readonly sender?: string;
  readonly body: string;
  readonly topicArn?: string;
  readonly messageId?: string;
  readonly subscriptionArn?: string;
  /** Of a request to confirm a subscription. */
  readonly token?: string;
}

export const LETTERS: Key = ["snsLetters", "all"];
/** Letters that are kept: older ones make room. */
const MOST_LETTERS = 10_000;
const COUNT: Key = ["snsLetters", "count"];
const PLAIN_SUBJECT = "AWS Notification Message";

export function postLetter(tx: Transaction, letter: Letter): void {
  tx.append(LETTERS, letter as unknown as Value);
  tx.add(COUNT, 1n);
}

/** All letters, the latest first. */
export async function* allLetters(tx: Transaction) {
  for await (const [, value] of tx.range({ prefix: LETTERS }, { reverse: true })) {
    yield value as unknown as Letter;
  }
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

/** What a subscriber outside is told of a message; undefined for one who wants none. */
export async function letterOf(
  context: Context,
  { message, subscription, sealed }: Parcel,
): Promise<Letter | undefined> {
  const { topic, endpoint } = subscription;
  const protocol = subscription.protocol as Letter["protocol"];
  const facts = {
    v: 1,
    id: context.ids.uuid(),
    account: topic.account,
    region: topic.region,
    timeMs: Math.floor(context.clock.now()),
    protocol,
    recipient: endpoint,
    topicArn: topicArn(topic),
    messageId: message.id,
    subscriptionArn: subscriptionArn(subscription),
  } as const;
  if (protocol === "sms") return textMessageOf(context, facts, message);
  if (protocol === "application") return pushOf(context, facts, message);
  const subject = message.subject ?? PLAIN_SUBJECT;
  if (protocol === "email-json") {
    const envelope = addressed(await sealed(protocol), context, subscription);
    return { ...facts, subject, body: write(envelope) };
  }
  const url = unsubscribeUrl(context.endpoint, subscription);
  const end = `To stop getting messages from this topic, visit\n${url}\n`;
  return { ...facts, subject, body: `${textFor(message, protocol)}\n\n--\n${end}` };
}

type Facts = Omit<Letter, "body">;

/** Nothing for a number that is opted out. */
async function textMessageOf(
  { store }: Context,
  facts: Facts,
  message: Message,
): Promise<Letter | undefined> {
  const text = textFor(message, "sms");
  return store.transact(async (tx) => {
    if ((await readOptOut(tx, message.topic, facts.recipient))?.out) return undefined;
    const { DefaultSenderID } = await readSettings(tx, message.topic);
    const sender = senderOf(message) ?? DefaultSenderID;
    const name = (await readTopic(tx, message.topic))?.attributes.DisplayName;
    const body = name ? `${name}> ${text}` : text;
    return { ...facts, body, ...(sender === undefined ? {} : { sender }) };
  });
}

/** The name that a message asks to be sent under. */
export function senderOf({ attributes }: Content): string | undefined {
  return attributes?.["AWS.SNS.SMS.SenderID"]?.text;
}

/** Nothing for an app that is not there any more, or has been switched off. */
async function pushOf({ store }: Context, facts: Facts, message: Message): Promise<Letter | undefined> {
  const found = await store.transact((tx) => readPlatformEndpoint(tx, facts.recipient));
  if (found?.attributes.Enabled !== "true") return undefined;
  return { ...facts, body: textFor(message, platformOf(facts.recipient)) };
}

/** `GCM` of `arn:…:endpoint/GCM/<app>/<id>`: what a structured message names. */
export function platformOf(endpointArn: string): string {
  return endpointArn.split("/")[1] ?? "";
}
