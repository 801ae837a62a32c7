// Orders that the backend refused as often as the queue lets it.
import type { QueueEvent } from "./events.ts";
import { note } from "./orders.ts";

export async function handler({ Records }: QueueEvent): Promise<void> {
  for (const { body } of Records) {
    const { id, item } = JSON.parse(body) as { id: string; item: string };
    await note({ id, item, state: "given up" });
    console.error(`${item} is given up`);
  }
}
