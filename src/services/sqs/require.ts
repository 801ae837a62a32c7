import type { Transaction } from "../../store/store.ts";
import { noSuchQueue } from "./faults.ts";
import type { QueueName } from "./names.ts";
import { type QueueRecord, readQueue } from "./records.ts";

/** The queue, or AWS's answer for one that is not there. */
export async function requireQueue(tx: Transaction, name: QueueName): Promise<QueueRecord> {
  const queue = await readQueue(tx, name);
  if (!queue) throw noSuchQueue();
  return queue;
}
