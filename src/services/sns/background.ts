import type { Background } from "../define.ts";
import { deliver } from "./deliver.ts";
import { deliveries } from "./deliveries.ts";
import { fanOut } from "./fan-out.ts";
import { publications } from "./publishing.ts";

/** What goes on between calls: messages reach their subscriptions. */
export async function background(world: Background): Promise<void> {
  await Promise.all([
    publications.run(world, (job) => fanOut(world, job)),
    deliveries.run(world, (job) => deliver(world, job)),
  ]);
}
