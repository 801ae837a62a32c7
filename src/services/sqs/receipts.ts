import type * as sdk from "@aws-sdk/client-sqs";
import type { Context, Handlers } from "../define.ts";
import { batchAnswer, checkBatch, eachEntry } from "./batches.ts";
import { Box } from "./box.ts";
import { handleState, hidden, isBeyondLimit, MOST_VISIBILITY_SECONDS } from "./delivery.ts";
import { invalidValue, missingParameter } from "./faults.ts";
import { parseHandle } from "./handles.ts";
import { comesAgain } from "./mishaps.ts";
import { parseQueueUrl } from "./names.ts";
import { requireQueue } from "./require.ts";

export const receipts = {
  async DeleteMessage(input, context) {
    const again = comesAgain(context, parseQueueUrl(input.QueueUrl ?? "", context.scope));
    await withBox(context, input.QueueUrl, (box, nowMs) => remove(box, input.ReceiptHandle, nowMs, again));
    return {};
  },

  async DeleteMessageBatch(input, context) {
    const entries = input.Entries ?? [];
    checkBatch("DeleteMessageBatch", entries);
    const name = parseQueueUrl(input.QueueUrl ?? "", context.scope);
    const again = new Set(entries.filter(() => comesAgain(context, name)).map(({ Id }) => Id));
    const result = await withBox(context, input.QueueUrl, (box, nowMs) =>
      eachEntry(entries, async ({ Id, ReceiptHandle }) => {
        await remove(box, ReceiptHandle, nowMs, again.has(Id));
        return {};
      }),
    );
    return batchAnswer(result) as typeof result;
  },

  async ChangeMessageVisibility(input, context) {
    await withBox(context, input.QueueUrl, (box, nowMs) => change(box, input, nowMs));
    return {};
  },

  async ChangeMessageVisibilityBatch(input, context) {
    const entries = input.Entries ?? [];
    checkBatch("ChangeMessageVisibilityBatch", entries);
    const result = await withBox(context, input.QueueUrl, (box, nowMs) =>
      eachEntry(entries, async (entry) => {
        await change(box, entry, nowMs);
        return {};
      }),
    );
    return batchAnswer(result) as typeof result;
  },
} satisfies Handlers<typeof sdk>;

async function withBox<Result>(
  context: Context,
  url: string | undefined,
  act: (box: Box, nowMs: number) => Promise<Result>,
): Promise<Result> {
  const name = parseQueueUrl(url ?? "", context.scope);
  return context.store.transact(async (tx) => {
    const box = new Box(tx, await requireQueue(tx, name));
    const result = await act(box, Math.floor(context.clock.now()));
    box.close();
    return result;
  });
}

const EXPIRED = "The receipt handle has expired.";

/**
 * What is gone already is gone, and a standard queue passes over the handle of an earlier receive. A FIFO
 * queue refuses one whose time is over, since the message may be somebody else's by now.
 */
async function remove(box: Box, handle: string | undefined, nowMs: number, again: boolean): Promise<void> {
  if (!handle) throw missingParameter("ReceiptHandle");
  const { key, token } = parseHandle(box.queue, handle);
  const message = await box.message(key);
  if (!message) return;
  const state = handleState(message, token, nowMs);
  if (box.queue.fifo && state !== "current") throw invalidValue(handle, "ReceiptHandle", EXPIRED);
  if (state === "stale") return;
  const kept = again && !box.queue.fifo;
  await box.replace(key, message, kept ? hidden(message, nowMs, 0) : undefined);
  if (kept) box.ring();
}

interface Change {
  readonly ReceiptHandle?: string | undefined;
  readonly VisibilityTimeout?: number | undefined;
}

async function change(
  box: Box,
  { ReceiptHandle: handle, VisibilityTimeout: seconds }: Change,
  nowMs: number,
) {
  if (!handle) throw missingParameter("ReceiptHandle");
  if (seconds === undefined) throw missingParameter("VisibilityTimeout");
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > MOST_VISIBILITY_SECONDS) {
    throw invalidValue(seconds, "VisibilityTimeout", "Must be an integer between 0 and 43200.");
  }
  const { key, token } = parseHandle(box.queue, handle);
  const message = await box.message(key);
  if (!message) {
    const reason = "Message does not exist or is not available for visibility timeout change.";
    throw invalidValue(handle, "ReceiptHandle", reason);
  }
  const state = handleState(message, token, nowMs);
  if (state !== "current") {
    if (box.queue.fifo) throw invalidValue(handle, "ReceiptHandle", EXPIRED);
    // Its time is over: AWS answers as if it had done something.
    return;
  }
  if (isBeyondLimit(message, nowMs, seconds * 1000)) {
    throw invalidValue(
      seconds,
      "VisibilityTimeout",
      "Total VisibilityTimeout for the message is beyond the limit [43200 seconds].",
    );
  }
  await box.replace(key, message, hidden(message, nowMs, seconds * 1000));
  box.ring();
}
