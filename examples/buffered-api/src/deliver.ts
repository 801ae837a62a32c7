// Hands buffered orders to the backend, one after another. What the backend does not take goes back into the
// queue, and only that.
import type { QueueEvent } from "./events.ts";
import { note } from "./orders.ts";

interface Failures {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

export async function handler({ Records }: QueueEvent): Promise<Failures> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of Records) {
    try {
      await deliver(body);
    } catch (error) {
      console.warn(`not delivered: ${error instanceof Error ? error.message : error}`);
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
}

async function deliver(body: string): Promise<void> {
  const { id, item } = JSON.parse(body) as { id: string; item: string };
  const response = await fetch(process.env.BACKEND ?? "", { method: "POST", body });
  if (!response.ok) throw new Error(`the backend answered ${response.status} to ${item}`);
  const { receipt } = (await response.json()) as { receipt: string };
  await note({ id, item, state: "delivered", receipt });
  console.log(`${item} is delivered: ${receipt}`);
}
