import type * as sdk from "@aws-sdk/client-sqs";
import { formatTraceHeader } from "../../kernel/trace.ts";
import type { Context, Handlers } from "../define.ts";
import { checkSender } from "../sender-policy.ts";
import { numberOf } from "./attributes.ts";
import { batchAnswer, checkBatch, eachEntry } from "./batches.ts";
import { Box } from "./box.ts";
import { type Checked, checkContent, checkSize, type Sendable } from "./contents.ts";
import { countRepeated } from "./counting.ts";
import { contentDeduplicationId, sequenceNumber } from "./delivery.ts";
import { fault, invalidParameter, invalidValue, missingParameter } from "./faults.ts";
import { lateByMs } from "./mishaps.ts";
import { parseQueueUrl, queueArn } from "./names.ts";
import type { QueueRecord, StoredMessage } from "./records.ts";
import { requireQueue } from "./require.ts";
import { forgetOld, sendFifo, sendStandard } from "./sending.ts";

const MOST_BATCH_BYTES = 1_048_576;
const MOST_DELAY_SECONDS = 900;
/** Letters, digits and punctuation. */
const TOKEN = /^[\x21-\x7e]{1,128}$/;

interface Outgoing {
  readonly given: Sendable;
  readonly checked: Checked;
  readonly id: string;
  /** How much later than asked it arrives. */
  readonly lateMs: number;
}

export const messages = {
  async SendMessage(input, context) {
    const name = parseQueueUrl(input.QueueUrl ?? "", context.scope);
    const [id, lateMs] = [context.ids.uuid(), lateByMs(context, name)];
    const outgoing = { given: input, checked: checkContent(input), id, lateMs };
    const sent = await context.store.transact(async (tx) => {
      const queue = await requireQueue(tx, name);
      checkPolicy(context, queue);
      checkSize(outgoing.checked.sizeBytes, numberOf(queue.attributes, "MaximumMessageSize"), false);
      const box = new Box(tx, queue);
      const answer = await send(box, outgoing, context);
      box.close();
      return answer;
    });
    countRepeated(context, name, sent.MessageId === id ? 0 : 1);
    return sent;
  },

  async SendMessageBatch(input, context) {
    const name = parseQueueUrl(input.QueueUrl ?? "", context.scope);
    const entries = input.Entries ?? [];
    checkBatch("SendMessageBatch", entries);
    checkBatchSize(entries);
    const decided = new Map(
      entries.map(({ Id }) => [Id, { id: context.ids.uuid(), lateMs: lateByMs(context, name) }]),
    );
    const result = await context.store.transact(async (tx) => {
      const queue = await requireQueue(tx, name);
      checkPolicy(context, queue);
      checkGroups(queue, entries);
      const box = new Box(tx, queue);
      const most = numberOf(queue.attributes, "MaximumMessageSize");
      const sent = await eachEntry(entries, async (given) => {
        const checked = checkContent(given);
        checkSize(checked.sizeBytes, most, true);
        return send(box, { given, checked, id: "", lateMs: 0, ...decided.get(given.Id) }, context);
      });
      box.close();
      return sent;
    });
    const repeated = result.Successful?.filter(({ Id, MessageId }) => decided.get(Id)?.id !== MessageId);
    countRepeated(context, name, repeated?.length ?? 0);
    return batchAnswer(result) as { Successful: typeof result.Successful; Failed: typeof result.Failed };
  },
} satisfies Handlers<typeof sdk>;

/** Services send for topics and rules only as far as the queue's policy lets them. */
function checkPolicy(context: Context, queue: QueueRecord): void {
  if (!context.principal.sender) return;
  checkSender(context, {
    arn: queueArn(queue),
    policy: queue.attributes.Policy,
    action: "sqs:SendMessage",
  });
}

/** An entry without a group is the whole batch's affair, so that nothing behind it overtakes it. */
function checkGroups(queue: QueueRecord, entries: readonly Sendable[]): void {
  if (!queue.fifo || entries.every(({ MessageGroupId }) => MessageGroupId !== undefined)) return;
  throw invalidParameter("The request must contain the parameter MessageGroupId.");
}

function checkBatchSize(entries: readonly Sendable[]): void {
  let size = 0;
  for (const { MessageBody = "", MessageAttributes = {} } of entries) {
    size += Buffer.byteLength(MessageBody);
    for (const [name, { DataType = "", StringValue = "", BinaryValue }] of Object.entries(
      MessageAttributes,
    )) {
      size += Buffer.byteLength(name + DataType + StringValue) + (BinaryValue?.length ?? 0);
    }
  }
  if (size <= MOST_BATCH_BYTES) return;
  throw fault(
    "BatchRequestTooLong",
    `Batch requests cannot be longer than ${MOST_BATCH_BYTES} bytes. You have sent ${size} bytes.`,
  );
}

/** Puts a message into its queue. All that can be refused is refused before anything is written. */
async function send(box: Box, outgoing: Outgoing, context: Context) {
  const { queue } = box;
  const { checked, id } = outgoing;
  const nowMs = Math.floor(context.clock.now());
  const message = messageOf(queue, outgoing, nowMs, context);
  const answer = {
    MessageId: id,
    MD5OfMessageBody: checked.bodyMd5,
    MD5OfMessageAttributes: checked.attributesMd5,
    MD5OfMessageSystemAttributes: checked.systemMd5,
  };
  if (!queue.fifo) {
    await sendStandard(box, message, nowMs);
    return answer;
  }
  await forgetOld(box, nowMs);
  const sent = await sendFifo(box, message, nowMs);
  return { ...answer, MessageId: sent.id, SequenceNumber: sequenceNumber(sent.ordinal) };
}

function messageOf(
  queue: QueueRecord,
  { given, checked, id, lateMs }: Outgoing,
  nowMs: number,
  context: Context,
): StoredMessage {
  const delayMs = delaySecondsOf(queue, given.DelaySeconds) * 1000 + lateMs;
  const { traceHeader } = checked;
  // A function's chain of events goes on through the message, and AWS shows what its SDK sent along.
  const fromFunction = context.trace.lineage.length > 0;
  return {
    v: 1,
    id,
    content: checked.content,
    bodyMd5: checked.bodyMd5,
    sender: context.principal.userId,
    trace: traceHeader ?? formatTraceHeader(context.trace),
    ...(traceHeader !== undefined || fromFunction ? { ownTrace: true } : {}),
    sentMs: nowMs,
    visibleMs: nowMs + delayMs,
    state: delayMs > 0 ? "delayed" : "visible",
    receives: 0,
    ...groupOf(queue, given),
  };
}

function groupOf(
  queue: QueueRecord,
  { MessageGroupId: group, MessageDeduplicationId: id, MessageBody }: Sendable,
) {
  checkToken("MessageGroupId", group);
  if (!queue.fifo) {
    if (id !== undefined) {
      const reason = "The request includes a parameter that is not valid for this queue type.";
      throw invalidValue(id, "MessageDeduplicationId", reason);
    }
    // A fair queue's tenant: kept and shown.
    return group === undefined ? {} : { group };
  }
  if (group === undefined) throw missingParameter("MessageGroupId");
  checkToken("MessageDeduplicationId", id);
  if (id !== undefined) return { group, deduplicationId: id };
  if (queue.attributes.ContentBasedDeduplication !== "true") {
    throw invalidParameter(
      "The queue should either have ContentBasedDeduplication enabled or " +
        "MessageDeduplicationId provided explicitly",
    );
  }
  return { group, deduplicationId: contentDeduplicationId(MessageBody ?? "") };
}

function checkToken(parameter: string, value: string | undefined): void {
  if (value === undefined || TOKEN.test(value)) return;
  throw invalidValue(
    value,
    parameter,
    `${parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}

function delaySecondsOf(queue: QueueRecord, seconds: number | undefined): number {
  const usual = numberOf(queue.attributes, "DelaySeconds");
  if (seconds === undefined) return usual;
  if (seconds < 0 || seconds > MOST_DELAY_SECONDS) {
    throw invalidValue(seconds, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.");
  }
  if (!queue.fifo) return seconds;
  // A FIFO queue delays all of its messages alike.
  if (seconds === 0) return usual;
  const reason = "The request include parameter that is not valid for this queue type.";
  throw invalidValue(seconds, "DelaySeconds", reason);
}
