import { whenever } from "../../store/whenever.ts";
import type { Background } from "../define.ts";
import type { StackWorld } from "./application.ts";
import { Counted } from "./counted.ts";
import { read, type StackRecord, stackKey, WORK, workKey } from "./records.ts";
import { Standing } from "./standing.ts";
import { STEPS } from "./steps.ts";

/** Works on stacks whenever there is something to be done with one; what was broken off goes on. */
export async function workOnStacks(world: Background): Promise<void> {
  const busy = new Map<string, Promise<void>>();
  let tellFreed = () => {};
  const nextFreed = () =>
    new Promise<void>((resolve) => {
      tellFreed = resolve;
    });
  let freed = nextFreed();
  const begin = (place: Place, stackId: string) => {
    const counted = new Counted(world);
    // Each by itself: a stack may wait for one within it.
    const work = workOn({ ...world, counted }, place, stackId)
      .catch((error: unknown) => world.log.error("work on a stack ended", { stackId, error }))
      .finally(() => {
        busy.delete(stackId);
        // Something may have been asked of it after it was last looked at.
        tellFreed();
        freed = nextFreed();
        counted.done();
      });
    busy.set(stackId, work);
  };
  const look = async () => {
    const keys = await world.store.transact(async (tx) => {
      const found: (readonly [string, string, string])[] = [];
      for await (const [key] of tx.range({ prefix: WORK })) {
        found.push([String(key[1]), String(key[2]), String(key[3])]);
      }
      return found;
    });
    for (const [account, region, stackId] of keys) {
      if (!busy.has(stackId)) begin({ account, region }, stackId);
    }
    return undefined;
  };
  await whenever(world, WORK, look, () => freed);
  await Promise.all(busy.values());
}

type Place = Pick<StackRecord, "account" | "region">;

async function workOn(world: StackWorld, place: Place, stackId: string): Promise<void> {
  while (!world.signal.aborted) {
    const stack = await world.store.transact(async (tx) => {
      const found = await read<StackRecord>(tx, stackKey(place, stackId));
      if (!found || !STEPS[found.status]) tx.delete(workKey(place, stackId));
      return found;
    });
    const step = stack && STEPS[stack.status];
    if (!stack || !step) return;
    const standing = new Standing(world, stack);
    try {
      await step({ ...world, signal: standing.signal }, stack);
    } finally {
      standing.end();
    }
  }
}
