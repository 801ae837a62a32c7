import { createHash } from "node:crypto";
import type * as sdk from "@aws-sdk/client-sns";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { type Content, checkToken, type Publishable, readContent } from "./contents.ts";
import { publishToEndpoint, publishToPhone } from "./direct.ts";
import { invalid, notForThisTopic } from "./faults.ts";
import { accept } from "./fifo.ts";
import type { Message } from "./messages.ts";
import { isFifo, requireTopicName, type TopicName } from "./names.ts";
import { messageOf, type Open, postInOrder, postPublication, withTopic } from "./publishing.ts";
import type { TopicRecord } from "./records.ts";

export const publish = {
  async Publish(input, context) {
    const { TopicArn, TargetArn, PhoneNumber } = input;
    checkTarget([TopicArn, TargetArn, PhoneNumber]);
    if (PhoneNumber !== undefined) return publishToPhone(context, PhoneNumber, input);
    if (TargetArn?.includes(":endpoint/")) return publishToEndpoint(context, TargetArn, input);
    const parameter = TopicArn === undefined ? "TargetArn" : "TopicArn";
    const name = requireTopicName(TopicArn ?? TargetArn, context.scope, parameter);
    const content = readContent(input, false);
    const ids = idsOf(name, input);
    const id = context.ids.uuid();
    return withTopic(context, name, (tx, open) => {
      const outgoing = { content, ids: completeIds(open.topic, content, ids), id };
      return publishOne(tx, context, open, outgoing);
    });
  },
} satisfies Handlers<typeof sdk>;

function checkTarget(given: readonly (string | undefined)[]): void {
  const count = given.filter((one) => one !== undefined).length;
  if (count === 0) throw invalid("TopicArn or TargetArn Reason: no value for required parameter");
  if (count > 1)
    throw invalid("TopicArn Reason: only one of TopicArn, TargetArn and PhoneNumber may be given");
}

/** What a client calls a message's group, and by what it knows it again. */
export type Ids = Pick<Message, "group" | "deduplicationId">;

export interface Outgoing {
  readonly content: Content;
  readonly ids: Ids;
  readonly id: string;
}

/** Checks the ids that a message comes with against the kind of its topic. */
export function idsOf(topic: TopicName, given: Publishable): Ids {
  const { MessageGroupId: group, MessageDeduplicationId: deduplicationId } = given;
  checkToken("MessageGroupId", group);
  if (!isFifo(topic)) {
    if (deduplicationId !== undefined) throw notForThisTopic("MessageDeduplicationId");
    return group === undefined ? {} : { group };
  }
  if (group === undefined) throw invalid("The MessageGroupId parameter is required for FIFO topics");
  checkToken("MessageDeduplicationId", deduplicationId);
  return { group, ...(deduplicationId === undefined ? {} : { deduplicationId }) };
}

/** The ids of a message to a FIFO topic, which may take the body's hash for one. */
export function completeIds(topic: TopicRecord, { text }: Content, ids: Ids): Ids {
  if (!isFifo(topic) || ids.deduplicationId !== undefined) return ids;
  if (topic.attributes.ContentBasedDeduplication === "true") {
    return { ...ids, deduplicationId: createHash("sha256").update(text).digest("hex") };
  }
  throw invalid(
    "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided " +
      "explicitly",
  );
}

/** Puts one message on its way, in a transaction: it is known, and known to reach whom it must. */
export async function publishOne(
  tx: Transaction,
  context: Context,
  open: Open,
  { content, ids, id }: Outgoing,
): Promise<{ MessageId: string; SequenceNumber?: string }> {
  const { topic } = open;
  const publishedMs = Math.floor(context.clock.now());
  if (!isFifo(topic)) {
    postPublication(tx, open, messageOf(context, topic, content, { id, publishedMs, ...ids }));
    return { MessageId: id };
  }
  const { group = "", deduplicationId = "" } = ids;
  const accepted = await accept(tx, topic, { group, deduplicationId, id }, publishedMs);
  if (accepted.fresh) {
    const { sequenceNumber } = accepted;
    const facts = { id, publishedMs, group, deduplicationId, sequenceNumber };
    postInOrder(tx, open, messageOf(context, topic, content, facts));
  }
  return { MessageId: accepted.id, SequenceNumber: accepted.sequenceNumber };
}
