import type { Context } from "../define.ts";
import { textFor } from "./contents.ts";
import type { Message } from "./messages.ts";
import { isFifo, type SubscriptionName, subscriptionArn, topicArn } from "./names.ts";
import type { StoredAttribute } from "./records.ts";
import { certificatePath, signatureOf, signerOf } from "./signing.ts";

/** What a message is wrapped in, under the names that most endpoints are given. */
export interface Envelope {
  readonly Type: string;
  readonly MessageId: string;
  readonly Token?: string;
  readonly SequenceNumber?: string;
  readonly TopicArn: string;
  readonly Subject?: string;
  readonly Message: string;
  readonly SubscribeURL?: string;
  readonly Timestamp: string;
  readonly SignatureVersion?: string;
  readonly Signature?: string;
  readonly SigningCertURL?: string;
  readonly UnsubscribeURL?: string;
  readonly MessageAttributes?: Readonly<Record<string, { Type: string; Value: string }>>;
}

/** What subscriptions of one topic are told alike: signed once for all of them, and for each text. */
export type Sealed = (protocol: string) => Promise<Omit<Envelope, "UnsubscribeURL">>;

/** Wraps a message. Those of FIFO topics go to queues only, and AWS signs none of them. */
export function seal(context: Context, message: Message): Sealed {
  const byText = new Map<string, Promise<Omit<Envelope, "UnsubscribeURL">>>();
  return (protocol) => {
    const text = textFor(message, protocol);
    const made = byText.get(text) ?? envelopeOf(context, message, text);
    byText.set(text, made);
    return made;
  };
}

async function envelopeOf(
  context: Context,
  message: Message,
  text: string,
): Promise<Omit<Envelope, "UnsubscribeURL">> {
  const { topic, sequenceNumber, subject, attributes, signatureVersion } = message;
  const signed = {
    Type: "Notification",
    MessageId: message.id,
    ...(sequenceNumber === undefined ? {} : { SequenceNumber: sequenceNumber }),
    TopicArn: topicArn(topic),
    ...(subject === undefined ? {} : { Subject: subject }),
    Message: text,
    Timestamp: new Date(message.publishedMs).toISOString(),
  };
  return {
    ...signed,
    ...(isFifo(topic) ? {} : await signatureMembers(context, signatureVersion, signed)),
    ...(attributes ? { MessageAttributes: shownAttributes(attributes) } : {}),
  };
}

/** The members by which an endpoint verifies that a message is from here. */
export async function signatureMembers(
  context: Context,
  version: string,
  signed: Readonly<Record<string, string>>,
): Promise<Pick<Envelope, "SignatureVersion" | "Signature" | "SigningCertURL">> {
  const signer = await signerOf(context);
  return {
    SignatureVersion: version,
    Signature: await signatureOf(signer, version, signed),
    SigningCertURL: context.endpoint + certificatePath(signer),
  };
}

/** An envelope for one subscription, which can be ended from it. */
export function addressed(
  { MessageAttributes, ...rest }: Omit<Envelope, "UnsubscribeURL">,
  { endpoint }: Context,
  name: SubscriptionName,
): Envelope {
  return {
    ...rest,
    UnsubscribeURL: unsubscribeUrl(endpoint, name),
    ...(MessageAttributes ? { MessageAttributes } : {}),
  };
}

export function unsubscribeUrl(endpoint: string, name: SubscriptionName): string {
  return `${endpoint}/?Action=Unsubscribe&SubscriptionArn=${subscriptionArn(name)}`;
}

/** JSON as AWS lays it out. */
export function write(envelope: Envelope): string {
  const members = Object.entries(envelope).map(([name, value]) =>
    typeof value === "object" ? writeAttributes(value) : `  "${name}" : ${JSON.stringify(value)}`,
  );
  return `{\n${members.join(",\n")}\n}`;
}

function writeAttributes(attributes: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(attributes).map(
    ([name, value]) => `    ${JSON.stringify(name)} : ${JSON.stringify(value)}`,
  );
  return `  "MessageAttributes" : {\n${lines.join(",\n")}\n  }`;
}

/** Bytes are given in base64. */
function shownAttributes(
  attributes: Readonly<Record<string, StoredAttribute>>,
): Record<string, { Type: string; Value: string }> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { type, text, bytes }]) => [
      name,
      { Type: type, Value: bytes ? Buffer.from(bytes).toString("base64") : (text ?? "") },
    ]),
  );
}

/** The event that a function is given: it spells two members in its own way, and lacks none. */
export function lambdaEvent(envelope: Envelope, name: SubscriptionName): string {
  const { SigningCertURL, UnsubscribeURL, Subject, MessageAttributes = {}, ...rest } = envelope;
  const Sns = {
    ...rest,
    Subject: Subject ?? null,
    SigningCertUrl: SigningCertURL,
    UnsubscribeUrl: UnsubscribeURL,
    MessageAttributes,
  };
  const record = {
    EventSource: "aws:sns",
    EventVersion: "1.0",
    EventSubscriptionArn: subscriptionArn(name),
    Sns,
  };
  return JSON.stringify({ Records: [record] });
}
