import { badReceiptHandle } from "./faults.ts";
import type { MessageKey, QueueRecord } from "./records.ts";

const MARK = "AQEB";

/** What a receipt handle stands for: one receive of one message. */
interface Receipt {
  readonly key: MessageKey;
  readonly token: string;
}

/** Opaque to clients: the queue, the message's place and the receive. */
export function formatHandle(queue: QueueRecord, { key, token }: Receipt): string {
  return MARK + Buffer.from(JSON.stringify([queue.id, token, ...key])).toString("base64");
}

/** Reads a handle of this queue. ReceiptHandleIsInvalid for anything else. */
export function parseHandle(queue: QueueRecord, handle: string): Receipt {
  const [queueId, token, first, second] = partsOf(handle);
  const key = typeof second === "number" ? ([String(first), second] as const) : ([String(first)] as const);
  const expected = queue.fifo ? 2 : 1;
  if (queueId !== queue.id || typeof token !== "string" || key.length !== expected) {
    throw badReceiptHandle(handle);
  }
  return { key, token };
}

function partsOf(handle: string): readonly unknown[] {
  if (!handle.startsWith(MARK)) return [];
  try {
    const parts: unknown = JSON.parse(Buffer.from(handle.slice(MARK.length), "base64").toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
