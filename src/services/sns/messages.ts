import { type Content, textFor } from "./contents.ts";
import { type Mismatch, mismatchOf } from "./filters.ts";
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

/** Those of the subscriptions that get a message, and why their filters keep it from others. */
export function reached(
  message: Message,
  subscriptions: readonly SubscriptionRecord[],
): { readonly those: SubscriptionRecord[]; readonly mismatches: Mismatch[] } {
  const those: SubscriptionRecord[] = [];
  const mismatches: Mismatch[] = [];
  for (const one of subscriptions) {
    if (one.pending) continue;
    const filterable = { attributes: message.attributes ?? {}, body: textFor(message, one.protocol) };
    const mismatch = mismatchOf(one.attributes, filterable);
    if (mismatch) mismatches.push(mismatch);
    else those.push(one);
  }
  return { those, mismatches };
}
