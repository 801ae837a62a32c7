import { type Application, contextOf, type Failed, lookedOf, resourcesOf } from "./application.ts";
import { bringAbout } from "./bring-about.ts";
import { Counted } from "./counted.ts";
import { CANCELLED, reasonOf } from "./failures.ts";
import type { Looked, Prepared } from "./prepare.ts";
import type { ResourceRecord } from "./records.ts";

/**
 * Makes and changes a stack's resources, those that need nothing of each other at once. What is already as it
 * is to be is left alone, so that it can go on where it was broken off. Gives what failed.
 */
export async function apply(application: Application): Promise<readonly Failed[]> {
  const { prepared, stack, isRollback } = application;
  // Where one fails, the others are not waited for.
  const cancel = new AbortController();
  const signal = AbortSignal.any([application.world.signal, cancel.signal]);
  const world = { ...application.world, signal };
  const records = new Map(
    (await resourcesOf(world.store, stack.stackId)).map((each) => [each.logicalId, each]),
  );
  const looked = await lookedOf(application, records);
  const failed: Failed[] = [];
  const running = new Map<string, Promise<void>>();
  const { waiting, done, isReady } = orderOf(prepared);
  while (waiting.size > 0 || running.size > 0) {
    for (const name of signal.aborted ? [] : [...waiting].filter(isReady)) {
      waiting.delete(name);
      const work = applyOne({ ...application, world }, name, records.get(name), looked).then(
        (record) => {
          records.set(name, record);
          done.add(name);
          running.delete(name);
        },
        (error: unknown) => {
          failed.push({ logicalId: name, reason: reasonOf(world, error) });
          running.delete(name);
          if (!isRollback) cancel.abort(CANCELLED);
        },
      );
      running.set(name, work);
    }
    if (running.size === 0) break;
    // Each of them is counted by itself.
    const goOn = world.counted.rest();
    await Promise.race(running.values());
    goOn();
  }
  return failed;
}

function orderOf({ resources, dependencies }: Prepared) {
  const done = new Set<string>();
  return {
    done,
    waiting: new Set(Object.keys(resources)),
    isReady: (name: string) => [...(dependencies.get(name) ?? [])].every((other) => done.has(other)),
  };
}

async function applyOne(
  application: Application,
  logicalId: string,
  old: ResourceRecord | undefined,
  looked: Looked,
): Promise<ResourceRecord> {
  const counted = new Counted(application.world);
  const context = contextOf(application.world, application.stack, counted);
  try {
    return await bringAbout({ ...application, context, looked }, logicalId, old);
  } finally {
    counted.done();
  }
}
