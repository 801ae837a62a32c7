import { whenever } from "../../store/whenever.ts";
import type { Background } from "../define.ts";
import { authorizations, authorize } from "./authorize.ts";
import { deliver } from "./deliver.ts";
import { calls, deliveries } from "./outbox.ts";
import { DRAINS, REPLAYS, RETENTIONS, SCHEDULES } from "./records.ts";
import { replay } from "./replaying.ts";
import { drain, expireArchives } from "./retention.ts";
import { runSchedules } from "./schedules.ts";

/** What goes on between calls: deliveries, schedules, replays, and what archives forget. */
export async function background(world: Background): Promise<void> {
  await Promise.all([
    deliveries.run(world, (job) => deliver(world, job)),
    calls.run(world, (job) => deliver(world, job)),
    authorizations.run(world, (job) => authorize(world, job)),
    whenever(world, SCHEDULES, () => runSchedules(world)),
    whenever(world, REPLAYS, () => replay(world)),
    whenever(world, RETENTIONS, () => expireArchives(world)),
    whenever(world, DRAINS, () => drain(world)),
  ]);
}
