import { expect, test } from "vitest";
import { createMemoryStore } from "../../store/drivers/memory.ts";
import { directSqs } from "./direct.fixture.ts";
import { counterKey, readQueue } from "./records.ts";

const scope = { account: "000000000000", region: "us-east-1" };

/** A queue with one message waiting and, as its counters have it, so many others in flight. */
async function crowded(name: string, inFlight: number) {
  const store = createMemoryStore();
  const { call } = directSqs(store);
  const fifo = name.endsWith(".fifo");
  const { QueueUrl } = await call.CreateQueue({
    QueueName: name,
    Attributes: fifo ? { FifoQueue: "true" } : {},
  });
  const own = fifo ? { MessageGroupId: "g", MessageDeduplicationId: "d" } : {};
  await call.SendMessage({ QueueUrl, MessageBody: "one more", ...own });
  await store.transact(async (tx) => {
    const queue = await readQueue(tx, { ...scope, name });
    for (const counter of ["total", "flight"] as const) {
      tx.add(counterKey(queue?.box ?? "", counter), BigInt(inFlight));
    }
  });
  return { call, QueueUrl };
}

test("a short poll of a standard queue with 120,000 messages in flight is over the limit", async () => {
  const { call, QueueUrl } = await crowded("full", 120_000);
  await expect(call.ReceiveMessage({ QueueUrl })).rejects.toMatchObject({ code: "OverLimit" });
});

test("below the limit there is room for what is missing to it", async () => {
  const { call, QueueUrl } = await crowded("nearly", 119_999);
  await call.SendMessage({ QueueUrl, MessageBody: "two more" });
  const { Messages } = await call.ReceiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
  expect(Messages).toHaveLength(1);
});

test("a FIFO queue over the limit just gives nothing", async () => {
  const { call, QueueUrl } = await crowded("full.fifo", 120_000);
  expect(await call.ReceiveMessage({ QueueUrl })).toEqual({});
});

test("notes for deduplication do not pile up", async () => {
  const store = createMemoryStore();
  const direct = directSqs(store);
  const Attributes = { FifoQueue: "true", ContentBasedDeduplication: "true" };
  const { QueueUrl } = await direct.call.CreateQueue({ QueueName: "many.fifo", Attributes });
  for (let count = 0; count < 500; count++) {
    direct.nowMs += 3000;
    const MessageBody = `${count}`;
    await direct.call.SendMessage({ QueueUrl, MessageBody, MessageGroupId: "g" });
  }
  const kept = await store.transact(async (tx) => {
    let notes = 0;
    for await (const _ of tx.range({ prefix: ["sqsQueue"] })) notes++;
    return notes;
  });
  // Those of the last five minutes, each with its entry by time, and the counter.
  expect(kept).toBeLessThanOrEqual(2 * 101 + 1);
});
