// What a stack that is under way needs next, by its status.
import type { Output } from "@aws-sdk/client-cloudformation";
import { TemplateError } from "../../deploy/template-error.ts";
import { Fault } from "../../kernel/faults.ts";
import type { Transaction } from "../../store/store.ts";
import { type Failed, lookedOf, resourcesOf, type StackWorld } from "./application.ts";
import { apply } from "./apply.ts";
import { note } from "./bring-about.ts";
import { publish, withdrawExports, withdrawImports } from "./exports.ts";
import { reasonOf } from "./failures.ts";
import { checkStackPolicy } from "./policy.ts";
import { outputsOf, type Prepared, prepare } from "./prepare.ts";
import { nameKey, type ResourceRecord, read, type StackRecord, type Wanted } from "./records.ts";
import { remarksOn } from "./remarks.ts";
import { removeSuperfluous } from "./remove.ts";
import { afterFailure } from "./standing.ts";
import { moveOn } from "./transition.ts";

type Step = (world: StackWorld, stack: StackRecord) => Promise<void>;

export const STEPS: Readonly<Partial<Record<StackRecord["status"], Step>>> = {
  CREATE_IN_PROGRESS: create,
  ROLLBACK_IN_PROGRESS: rollBackCreation,
  UPDATE_IN_PROGRESS: update,
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: (world, stack) => cleanUp(world, stack, "UPDATE_COMPLETE"),
  UPDATE_ROLLBACK_IN_PROGRESS: rollBackUpdate,
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: (world, stack) =>
    cleanUp(world, stack, "UPDATE_ROLLBACK_COMPLETE"),
  DELETE_IN_PROGRESS: remove,
};

const NO_ONE: ReadonlySet<string> = new Set();

const namesOf = (failed: readonly Failed[]) => failed.map(({ logicalId }) => logicalId).join(", ");
const failedTo = (what: string, failed: readonly Failed[]) =>
  failed.length === 0 ? "" : `The following resource(s) failed to ${what}: [${namesOf(failed)}]. `;

/** What could not be made, and what could not be changed. */
async function failedToBecome({ store }: StackWorld, { stackId }: StackRecord, failed: readonly Failed[]) {
  const records = await resourcesOf(store, stackId);
  const unmade = new Set(
    records.filter(({ status }) => status === "CREATE_FAILED").map(({ logicalId }) => logicalId),
  );
  const made = failed.filter(({ logicalId }) => !unmade.has(logicalId));
  return (
    failedTo(
      "create",
      failed.filter((each) => !made.includes(each)),
    ) + failedTo("update", made)
  );
}

interface Become {
  readonly wanted: Wanted;
  readonly isRollback: boolean;
  /** What follows when all has gone well. */
  readonly next: StackRecord["status"];
}

/** Has a stack be what it is to be. Gives why that is not possible. */
async function become(
  world: StackWorld,
  stack: StackRecord,
  { wanted, isRollback, next }: Become,
): Promise<string | undefined> {
  const aim = { ...stack, wanted };
  try {
    const prepared = await prepare(world, stack, wanted);
    const denied = isRollback ? [] : await deniedRemovals(world, stack, prepared);
    const failed = denied.length > 0 ? denied : await apply({ world, stack: aim, prepared, isRollback });
    if (world.signal.aborted) return undefined;
    return failed.length > 0
      ? await failedToBecome(world, stack, failed)
      : await conclude(world, stack, prepared, wanted, next);
  } catch (error) {
    // A template that can no longer be read, because an import is gone, fails as a resource does.
    if (!(error instanceof Fault) && !(error instanceof TemplateError))
      world.log.error("a stack failed for a reason that nobody foresaw", { stack: stack.name, error });
    return error instanceof Error ? error.message : String(error);
  }
}

/** Resources that an update would take away although the stack's policy forbids it. */
async function deniedRemovals(
  world: StackWorld,
  stack: StackRecord,
  { resources }: Prepared,
): Promise<Failed[]> {
  const denied: Failed[] = [];
  for (const record of await resourcesOf(world.store, stack.stackId)) {
    const { logicalId, physical } = record;
    if (!physical || Object.hasOwn(resources, logicalId)) continue;
    try {
      checkStackPolicy(stack, record, "Update:Delete");
    } catch (error) {
      const reason = reasonOf(world, error);
      await note({ world, stack }, record, "UPDATE_FAILED", { reason });
      denied.push({ logicalId, reason });
    }
  }
  return denied;
}

async function create(world: StackWorld, stack: StackRecord): Promise<void> {
  const { wanted } = stack;
  const why = await become(world, stack, {
    wanted,
    isRollback: false,
    next: "CREATE_COMPLETE",
  });
  if (why !== undefined && !world.signal.aborted)
    await moveOn(world, stack, ...afterFailure(stack, sentence(why)));
}

const sentence = (text: string) => (/[.] ?$/.test(text) ? `${text.trimEnd()} ` : `${text}. `);

async function rollBackCreation(world: StackWorld, stack: StackRecord): Promise<void> {
  const failed = await removeSuperfluous({ world, stack, wanted: NO_ONE, isWayBack: true, isWhole: true });
  if (world.signal.aborted) return;
  if (failed.length > 0) {
    await moveOn(world, stack, "ROLLBACK_FAILED", { reason: failedTo("delete", failed) });
  } else {
    await moveOn(world, stack, "ROLLBACK_COMPLETE", { outputs: [] }, (tx) => withdrawImports(tx, stack));
  }
}

async function update(world: StackWorld, stack: StackRecord): Promise<void> {
  const why = await become(world, stack, {
    wanted: stack.wanted,
    isRollback: false,
    next: "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
  });
  if (why === undefined || world.signal.aborted) return;
  const status = stack.onFailure === "DO_NOTHING" ? "UPDATE_FAILED" : "UPDATE_ROLLBACK_IN_PROGRESS";
  await moveOn(world, stack, status, { reason: why, failure: why });
}

async function rollBackUpdate(world: StackWorld, stack: StackRecord): Promise<void> {
  const why = await become(world, stack, {
    wanted: stack.before ?? stack.wanted,
    isRollback: true,
    next: "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
  });
  if (why !== undefined && !world.signal.aborted)
    await moveOn(world, stack, "UPDATE_ROLLBACK_FAILED", { reason: why });
}

/** What the stack no longer has is removed; what cannot be is left, as on AWS. */
async function cleanUp(
  world: StackWorld,
  stack: StackRecord,
  status: "UPDATE_COMPLETE" | "UPDATE_ROLLBACK_COMPLETE",
): Promise<void> {
  const prepared = await prepare(world, stack, stack.wanted);
  await removeSuperfluous({
    world,
    stack,
    wanted: new Set(Object.keys(prepared.resources)),
    isWayBack: status === "UPDATE_ROLLBACK_COMPLETE",
  });
  if (!world.signal.aborted)
    await moveOn(world, stack, status, { before: undefined, ...remarksOn(prepared) });
}

async function remove(world: StackWorld, stack: StackRecord): Promise<void> {
  const retained = new Set(stack.retained);
  const failed = await removeSuperfluous({ world, stack, wanted: NO_ONE, retained, isWhole: true });
  if (world.signal.aborted) return;
  if (failed.length > 0) {
    await moveOn(world, stack, "DELETE_FAILED", { reason: failedTo("delete", failed) });
    return;
  }
  await moveOn(world, stack, "DELETE_COMPLETE", { deletedMs: world.clock.now() }, (tx) => forget(tx, stack));
}

async function forget(tx: Transaction, stack: StackRecord): Promise<void> {
  await withdrawExports(tx, stack);
  await withdrawImports(tx, stack);
  const current = await read<{ readonly stackId: string }>(tx, nameKey(stack, stack.name));
  if (current?.stackId === stack.stackId) tx.delete(nameKey(stack, stack.name));
}

/** Works out the outputs and publishes exports. Throws a TemplateError where that cannot be. */
async function conclude(
  world: StackWorld,
  stack: StackRecord,
  prepared: Prepared,
  wanted: Wanted,
  status: StackRecord["status"],
): Promise<undefined> {
  const records = new Map(
    (await resourcesOf(world.store, stack.stackId)).map((each): [string, ResourceRecord] => [
      each.logicalId,
      each,
    ]),
  );
  const looked = await lookedOf({ world, stack, prepared }, records);
  const outputs: Output[] = outputsOf(prepared, looked);
  await moveOn(world, stack, status, { outputs, wanted, ...remarksOn(prepared) }, async (tx) => {
    const why = await publish(tx, stack, outputs);
    if (why !== undefined) throw new TemplateError(why);
    await withdrawImports(tx, stack, prepared);
  });
  return undefined;
}
