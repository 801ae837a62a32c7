import type * as sdk from "@aws-sdk/client-sqs";
import { isAttributeName } from "./attributes.ts";
import { attributesMd5, selectAttributes } from "./contents.ts";
import { sequenceNumber } from "./delivery.ts";
import { fault } from "./faults.ts";
import type { Content, StoredAttribute, StoredMessage } from "./records.ts";

/** What a receive asks to see of a message besides its body. */
interface Wished {
  readonly AttributeNames?: readonly string[] | undefined;
  readonly MessageSystemAttributeNames?: readonly string[] | undefined;
  readonly MessageAttributeNames?: readonly string[] | undefined;
}

/** Each system attribute, or undefined for a message that has none. */
const SYSTEM: Readonly<Record<string, (message: StoredMessage) => string | undefined>> = {
  SenderId: (message) => message.sender,
  SentTimestamp: (message) => String(message.sentMs),
  ApproximateReceiveCount: (message) => String(message.receives),
  ApproximateFirstReceiveTimestamp: (message) => String(message.firstMs),
  SequenceNumber: ({ ordinal }) => (ordinal === undefined ? undefined : sequenceNumber(ordinal)),
  MessageDeduplicationId: (message) => message.deduplicationId,
  MessageGroupId: (message) => message.group,
  AWSTraceHeader: (message) => message.trace,
  DeadLetterQueueSourceArn: (message) => message.source,
};

/** `AttributeNames` is the older member, and may name a queue's attributes, which no message has. */
export function checkSystemNames(names: readonly string[]): void {
  const unknown = names.find((name) => !(name in SYSTEM) && !isAttributeName(name));
  if (unknown !== undefined) throw fault("InvalidAttributeName", `Unknown Attribute ${unknown}.`);
}

/**
 * A received message as its receiver sees it. `Trace` is for event sources: the wire's schema does not know
 * the member, so that no client ever sees it.
 */
export function showMessage(
  message: StoredMessage,
  content: Content,
  handle: string,
  wished: Wished,
): sdk.Message & { readonly Trace: string } {
  const attributes = systemAttributes(message, wished);
  const selected = selectAttributes(content.attributes, wished.MessageAttributeNames ?? []);
  return {
    MessageId: message.id,
    ReceiptHandle: handle,
    MD5OfBody: message.bodyMd5,
    Body: content.body,
    ...(attributes ? { Attributes: attributes } : {}),
    ...(selected
      ? { MD5OfMessageAttributes: attributesMd5(selected), MessageAttributes: shownAttributes(selected) }
      : {}),
    Trace: message.trace,
  };
}

function systemAttributes(
  message: StoredMessage,
  { AttributeNames = [], MessageSystemAttributeNames = [] }: Wished,
): Record<string, string> | undefined {
  const names = new Set([...AttributeNames, ...MessageSystemAttributeNames]);
  const all = names.has("All");
  const shown: Record<string, string> = {};
  for (const [name, of] of Object.entries(SYSTEM)) {
    if (!all && !names.has(name)) continue;
    // Every message has a trace here; among all it is shown where its sender gave one, as on AWS.
    if (name === "AWSTraceHeader" && !names.has(name) && !message.ownTrace) continue;
    const value = of(message);
    if (value !== undefined) shown[name] = value;
  }
  return Object.keys(shown).length > 0 ? shown : undefined;
}

function shownAttributes(attributes: Readonly<Record<string, StoredAttribute>>) {
  const shown: Record<string, sdk.MessageAttributeValue> = {};
  for (const [name, { type, text, bytes }] of Object.entries(attributes)) {
    shown[name] = { DataType: type, ...(bytes ? { BinaryValue: bytes } : { StringValue: text }) };
  }
  return shown;
}
