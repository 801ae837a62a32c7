import { type Content, textFor } from "./contents.ts";
import { wants } from "./filters.ts";
import type { TopicName } from "./names.ts";
import type { SubscriptionRecord } from "./records.ts";

/** A message that was published. */
export interface Message extends Content {
  readonly id: string;
  readonly topic: TopicName;
  readonly publishedMs: number;
  /** SHA1withRSA or SHA256withRSA. */
  readonly signatureVersion: string;
  readonly group?: string;
  /** Of FIFO topics. */
  readonly deduplicationId?: string;
  readonly sequenceNumber?: string;
  /** The trace header of the request that published it. */
  readonly trace: string;
}

/** Whether a subscription gets a message. */
export function reaches(message: Message, { pending, protocol, attributes }: SubscriptionRecord): boolean {
  if (pending) return false;
  return wants(attributes, { attributes: message.attributes ?? {}, body: textFor(message, protocol) });
}
