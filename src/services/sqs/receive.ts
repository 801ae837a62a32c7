import type * as sdk from "@aws-sdk/client-sqs";
import { newTrace, parseTraceHeader } from "../../kernel/trace.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { rememberAttempt, replayAttempt } from "./attempts.ts";
import { numberOf } from "./attributes.ts";
import { Box } from "./box.ts";
import { redriveOf } from "./dead-letters.ts";
import { MOST_RECEIVED, MOST_VISIBILITY_SECONDS } from "./delivery.ts";
import { fault, invalidValue } from "./faults.ts";
import { formatHandle } from "./handles.ts";
import { lookInTurn } from "./line.ts";
import { parseQueueUrl, type QueueName, queueArn } from "./names.ts";
import { type Received, receiveFifo, receiveStandard, roomInFlight, type Wanted } from "./receiving.ts";
import type { QueueRecord, StoredMessage } from "./records.ts";
import { requireQueue } from "./require.ts";
import { checkSystemNames, showMessage } from "./showing.ts";

type Request = sdk.ReceiveMessageCommandInput;

/** What one look into a queue found. */
interface Look {
  readonly queue: QueueRecord;
  readonly messages: sdk.Message[];
  /** When a hidden message shows itself, if none was found. */
  readonly nextMs?: number | undefined;
  /** As many messages are in flight as may be. */
  readonly full: boolean;
  /** Messages that were received too often: they are in the dead-letter queue now. */
  readonly dead: readonly StoredMessage[];
}

const MOST_WAIT_SECONDS = 20;

export const receive = {
  async ReceiveMessage(input, context) {
    const name = parseQueueUrl(input.QueueUrl ?? "", context.scope);
    checkRequest(input);
    const startedMs = Math.floor(context.clock.now());
    const first = await look(input, context, name);
    const waitSeconds =
      input.WaitTimeSeconds ?? numberOf(first.queue.attributes, "ReceiveMessageWaitTimeSeconds");
    const { messages, full, queue } =
      first.messages.length > 0 || waitSeconds === 0
        ? first
        : await lookUntil(input, context, name, first, startedMs + waitSeconds * 1000);
    if (messages.length > 0) return { Messages: messages };
    // Long polls and FIFO queues get nothing instead.
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
    if (full && waitSeconds === 0 && !queue.fifo) throw overLimit();
    return {};
  },
} satisfies Handlers<typeof sdk>;

/** Looks whenever something may have become visible, until there is a message or the time is over. */
async function lookUntil(
  input: Request,
  context: Context,
  name: QueueName,
  first: Look,
  deadlineMs: number,
): Promise<Look> {
  for (let last = first; ; ) {
    const { box } = last.queue;
    const found = await lookInTurn(context.store, box, context, deadlineMs, async () => {
      const found = await look(input, context, name);
      // A purge has given the queue another box: those behind are to see that too.
      const isOver = found.messages.length > 0 || found.queue.box !== box;
      return isOver ? { found } : { found, nothing: { untilMs: found.nextMs } };
    });
    // Nobody takes a message for a client that is gone.
    if (!found) return context.signal.aborted ? last : look(input, context, name);
    if (found.messages.length > 0) return found;
    last = found;
  }
}

async function look(input: Request, context: Context, name: QueueName): Promise<Look> {
  const found = await context.store.transact(async (tx) => {
    const queue = await requireQueue(tx, name);
    if (!queue.fifo && input.ReceiveRequestAttemptId !== undefined) {
      const reason = "The request include parameter that is not valid for this queue type.";
      throw invalidValue(input.ReceiveRequestAttemptId, "ReceiveRequestAttemptId", reason);
    }
    return take(tx, queue, input, context);
  });
  for (const message of found.dead) tellDead(context, found.queue, message);
  return found;
}

/** Says in the message's trace that nobody will try it again. */
function tellDead(
  { clock, ids, recorder }: Context,
  queue: QueueRecord,
  { id, trace, receives }: StoredMessage,
) {
  const { account, region, name } = queue;
  const { root, parent } = parseTraceHeader(trace) ?? newTrace(clock, ids);
  recorder.span({
    traceId: root,
    spanId: ids.hex(16),
    ...(parent ? { parentId: parent } : {}),
    kind: "queue",
    name,
    resource: queueArn(queue),
    startMs: clock.now(),
    durationMs: 0,
    status: "fault",
    errorType: "DeadLettered",
    errorMessage: `Message ${id} was received ${receives} times, and is now in the dead-letter queue.`,
    requestId: id,
    account,
    region,
    attributes: { source: "sqs", sourceArn: queueArn(queue), outcome: "DeadLettered", items: id },
  });
}

async function take(tx: Transaction, queue: QueueRecord, input: Request, context: Context): Promise<Look> {
  const box = new Box(tx, queue);
  const nowMs = Math.floor(context.clock.now());
  const asked = input.MaxNumberOfMessages ?? 1;
  const room = await roomInFlight(box, nowMs, asked);
  const wanted: Wanted = {
    nowMs,
    count: Math.min(asked, room),
    visibilityMs: (input.VisibilityTimeout ?? numberOf(queue.attributes, "VisibilityTimeout")) * 1000,
    retentionMs: numberOf(queue.attributes, "MessageRetentionPeriod") * 1000,
    redrive: redriveOf(queue.attributes),
    dead: [],
    token: () => context.ids.hex(16),
  };
  const { taken, cleared } = await takeOrReplay(box, wanted, input.ReceiveRequestAttemptId);
  const messages: sdk.Message[] = [];
  for (const [key, message] of taken) {
    const handle = formatHandle(queue, { key, token: message.token ?? "" });
    messages.push(showMessage(message, await box.content(message), handle, input));
  }
  box.close();
  const { dead } = wanted;
  if (messages.length > 0) return { queue, messages, dead, full: false };
  const nextMs = cleared > 0 ? nowMs : await box.nextDueMs(nowMs);
  return { queue, messages, dead, nextMs, full: room <= 0 };
}

async function takeOrReplay(
  box: Box,
  wanted: Wanted,
  attemptId: string | undefined,
): Promise<{ taken: Received[]; cleared: number }> {
  if (!box.queue.fifo) return receiveStandard(box, wanted);
  if (attemptId === undefined) return receiveFifo(box, wanted);
  const again = await replayAttempt(box, attemptId, wanted);
  if (again) return { taken: again, cleared: 0 };
  const received = await receiveFifo(box, wanted);
  if (received.taken.length > 0) rememberAttempt(box, attemptId, received.taken, wanted.nowMs);
  return received;
}

function checkRequest(input: Request): void {
  const {
    MaxNumberOfMessages: count,
    WaitTimeSeconds: wait,
    VisibilityTimeout: visibility,
    ReceiveRequestAttemptId: attempt,
  } = input;
  if (count !== undefined && (count < 1 || count > MOST_RECEIVED)) {
    throw invalidValue(count, "MaxNumberOfMessages", "Must be between 1 and 10, if provided.");
  }
  if (wait !== undefined && (wait < 0 || wait > MOST_WAIT_SECONDS)) {
    throw invalidValue(wait, "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.");
  }
  if (visibility !== undefined && (visibility < 0 || visibility > MOST_VISIBILITY_SECONDS)) {
    throw invalidValue(visibility, "VisibilityTimeout", "Must be >= 0 and <= 43200, if provided.");
  }
  if (attempt !== undefined && !/^[\x21-\x7e]{1,128}$/.test(attempt)) {
    const reason =
      "ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to 128 in length.";
    throw invalidValue(attempt, "ReceiveRequestAttemptId", reason);
  }
  checkSystemNames([...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])]);
}

const overLimit = () =>
  fault("OverLimit", "Too many messages in flight: the queue has reached its limit of 120000.");
