import type { Output } from "@aws-sdk/client-cloudformation";
import { Fault } from "../../kernel/faults.ts";
import { whenever } from "../../store/whenever.ts";
import type { Background } from "../define.ts";
import { apply, type Failed, lookedOf, resourcesOf, type StackWorld } from "./apply.ts";
import { Counted } from "./counted.ts";
import { setStack } from "./events.ts";
import { publish, withdrawExports, withdrawImports } from "./exports.ts";
import { outputsOf, type Prepared, prepare } from "./prepare.ts";
import {
  nameKey,
  type ResourceRecord,
  read,
  type StackRecord,
  stackKey,
  type Wanted,
  WORK,
  workKey,
} from "./records.ts";
import { removeSuperfluous } from "./remove.ts";

/** Works on stacks whenever there is something to be done with one; what was broken off goes on. */
export async function workOnStacks(world: Background): Promise<void> {
  const busy = new Map<string, Promise<void>>();
  await whenever(world, WORK, async () => {
    const keys = await world.store.transact(async (tx) => {
      const found: (readonly [string, string, string])[] = [];
      for await (const [key] of tx.range({ prefix: WORK })) {
        found.push([String(key[1]), String(key[2]), String(key[3])]);
      }
      return found;
    });
    for (const [account, region, stackId] of keys) {
      if (busy.has(stackId)) continue;
      const counted = new Counted(world);
      // Each by itself: a stack may wait for one within it.
      const work = workOn({ ...world, counted }, { account, region }, stackId)
        .catch((error: unknown) => world.log.error("work on a stack ended", { stackId, error }))
        .finally(() => {
          busy.delete(stackId);
          counted.done();
        });
      busy.set(stackId, work);
    }
    return undefined;
  });
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
    await step(world, stack);
  }
}

type Step = (world: StackWorld, stack: StackRecord) => Promise<unknown>;

/** What a stack that is under way needs next. */
const STEPS: Readonly<Partial<Record<StackRecord["status"], Step>>> = {
  CREATE_IN_PROGRESS: create,
  ROLLBACK_IN_PROGRESS: (world, stack) => rollBackCreation(world, stack),
  UPDATE_IN_PROGRESS: update,
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: (world, stack) => cleanUp(world, stack, "UPDATE_COMPLETE"),
  UPDATE_ROLLBACK_IN_PROGRESS: rollBackUpdate,
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: (world, stack) =>
    cleanUp(world, stack, "UPDATE_ROLLBACK_COMPLETE"),
  DELETE_IN_PROGRESS: remove,
};

async function become(world: StackWorld, stack: StackRecord, wanted: Wanted, isRollback: boolean) {
  const prepared = await prepare(world, stack, wanted);
  const failed = await apply({ world, stack: { ...stack, wanted }, prepared, isRollback });
  return { prepared, failed };
}

function reasonsOf(failed: readonly Failed[]): string {
  const names = failed.map(({ logicalId }) => logicalId).join(", ");
  return `The following resource(s) failed to create or update: [${names}]. `;
}

async function create(world: StackWorld, stack: StackRecord): Promise<void> {
  const { prepared, failed } = await attempt(world, stack, () => become(world, stack, stack.wanted, false));
  if (world.signal.aborted) return;
  if (failed.length === 0 && prepared) {
    const concluded = await conclude(world, stack, prepared, "CREATE_COMPLETE");
    if (concluded === undefined) return;
    failed.push({ logicalId: stack.name, reason: concluded });
  }
  const reason = reasonsOf(failed).replace("create or update", "create");
  await world.store.transact(async (tx) => {
    if (stack.onFailure === "DO_NOTHING") setStack(tx, world, stack, "CREATE_FAILED", { reason });
    else if (stack.onFailure === "DELETE") setStack(tx, world, stack, "DELETE_IN_PROGRESS", { reason });
    else
      setStack(tx, world, stack, "ROLLBACK_IN_PROGRESS", { reason: `${reason}Rollback requested by user.` });
  });
}

/** A template that can no longer be read, because an import is gone, fails as a resource does. */
async function attempt(
  world: StackWorld,
  stack: StackRecord,
  work: () => Promise<{ prepared: Prepared; failed: readonly Failed[] }>,
): Promise<{ prepared: Prepared | undefined; failed: Failed[] }> {
  try {
    const { prepared, failed } = await work();
    return { prepared, failed: [...failed] };
  } catch (error) {
    if (!(error instanceof Fault))
      world.log.error("a stack failed for a reason that nobody foresaw", { stack: stack.name, error });
    const reason = error instanceof Error ? error.message : String(error);
    return { prepared: undefined, failed: [{ logicalId: stack.name, reason }] };
  }
}

async function rollBackCreation(world: StackWorld, stack: StackRecord): Promise<void> {
  const failed = await removeSuperfluous({ world, stack }, new Set());
  if (world.signal.aborted) return;
  await world.store.transact(async (tx) => {
    if (failed.length > 0) setStack(tx, world, stack, "ROLLBACK_FAILED", { reason: deletionReason(failed) });
    else {
      await withdrawImports(tx, stack);
      setStack(tx, world, stack, "ROLLBACK_COMPLETE", { outputs: [] });
    }
  });
}

const deletionReason = (failed: readonly Failed[]) =>
  `The following resource(s) failed to delete: [${failed.map(({ logicalId }) => logicalId).join(", ")}]. `;

async function update(world: StackWorld, stack: StackRecord): Promise<void> {
  const { prepared, failed } = await attempt(world, stack, () => become(world, stack, stack.wanted, false));
  if (world.signal.aborted) return;
  if (failed.length === 0 && prepared) {
    const concluded = await conclude(world, stack, prepared, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    if (concluded === undefined) return;
    failed.push({ logicalId: stack.name, reason: concluded });
  }
  const reason = reasonsOf(failed).replace("create or update", "update");
  await world.store.transact(async (tx) => {
    if (stack.onFailure === "DO_NOTHING") setStack(tx, world, stack, "UPDATE_FAILED", { reason });
    else setStack(tx, world, stack, "UPDATE_ROLLBACK_IN_PROGRESS", { reason });
  });
}

async function rollBackUpdate(world: StackWorld, stack: StackRecord): Promise<void> {
  const before = stack.before ?? stack.wanted;
  const { prepared, failed } = await attempt(world, stack, () => become(world, stack, before, true));
  if (world.signal.aborted) return;
  if (failed.length === 0 && prepared) {
    const back = { ...stack, wanted: before };
    const concluded = await conclude(world, back, prepared, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS");
    if (concluded === undefined) return;
    failed.push({ logicalId: stack.name, reason: concluded });
  }
  const reason = reasonsOf(failed).replace("create or update", "update");
  await world.store.transact(async (tx) => setStack(tx, world, stack, "UPDATE_ROLLBACK_FAILED", { reason }));
}

/** What the stack no longer has is removed; what cannot be is left, as on AWS. */
async function cleanUp(
  world: StackWorld,
  stack: StackRecord,
  status: "UPDATE_COMPLETE" | "UPDATE_ROLLBACK_COMPLETE",
): Promise<void> {
  const { resources } = await prepare(world, stack, stack.wanted);
  await removeSuperfluous({ world, stack }, new Set(Object.keys(resources)));
  if (world.signal.aborted) return;
  await world.store.transact(async (tx) => setStack(tx, world, stack, status, { before: undefined }));
}

async function remove(world: StackWorld, stack: StackRecord): Promise<void> {
  const failed = await removeSuperfluous({ world, stack }, new Set(), new Set(stack.retained));
  if (world.signal.aborted) return;
  await world.store.transact(async (tx) => {
    if (failed.length > 0) {
      setStack(tx, world, stack, "DELETE_FAILED", { reason: deletionReason(failed) });
      return;
    }
    await withdrawExports(tx, stack);
    await withdrawImports(tx, stack);
    const current = await read<{ readonly stackId: string }>(tx, nameKey(stack, stack.name));
    if (current?.stackId === stack.stackId) tx.delete(nameKey(stack, stack.name));
    setStack(tx, world, stack, "DELETE_COMPLETE", { deletedMs: world.clock.now() });
  });
}

/** Works out the outputs and publishes exports. Gives why that cannot be. */
async function conclude(
  world: StackWorld,
  stack: StackRecord,
  prepared: Prepared,
  status: StackRecord["status"],
): Promise<string | undefined> {
  const records = new Map(
    (await resourcesOf(world.store, stack.stackId)).map((each): [string, ResourceRecord] => [
      each.logicalId,
      each,
    ]),
  );
  const looked = await lookedOf({ world, stack }, records);
  let outputs: Output[];
  try {
    outputs = outputsOf(prepared, looked);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return world.store.transact(async (tx) => {
    const why = await publish(tx, stack, outputs);
    if (why !== undefined) return why;
    await withdrawImports(tx, stack, prepared);
    setStack(tx, world, stack, status, { outputs });
    return undefined;
  });
}
