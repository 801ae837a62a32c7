import { forgetOwner } from "../stack-tags.ts";
import { type Application, contextOf, type Failed, resourcesOf, type StackWorld } from "./application.ts";
import { note } from "./bring-about.ts";
import { Counted } from "./counted.ts";
import { resolveReferences } from "./dynamic-references.ts";
import { tellOf } from "./events.ts";
import { reasonOf } from "./failures.ts";
import { tokenOf } from "./names.ts";
import { type Physical, type ResourceRecord, resourceKey } from "./records.ts";

export interface Removal extends Pick<Application, "world" | "stack"> {
  /** Those that the stack still has; of them only what was replaced is removed. */
  readonly wanted: ReadonlySet<string>;
  /** Those that are left behind. */
  readonly retained?: ReadonlySet<string>;
  /** The stack goes back: policies that keep what it has had for long do not keep what is new. */
  readonly isWayBack?: boolean;
  /** What needs others and cannot be removed keeps them. */
  readonly isWhole?: boolean;
}

/**
 * Removes what was replaced, and resources the stack no longer has: at once those that nothing needs, and
 * what they need after them.
 */
export async function removeSuperfluous(removal: Removal): Promise<readonly Failed[]> {
  const { world, stack } = removal;
  const left = new Map(
    (await resourcesOf(world.store, stack.stackId)).map((record) => [record.logicalId, record]),
  );
  const failed: Failed[] = [];
  const running = new Map<string, Promise<void>>();
  const needed = () => new Set([...left.values()].flatMap(({ needs }) => needs));
  const begin = (record: ResourceRecord) => {
    const { logicalId } = record;
    const work = removeOne(removal, record).then(
      () => {
        left.delete(logicalId);
        running.delete(logicalId);
      },
      (error: unknown) => {
        failed.push({ logicalId, reason: reasonOf(world, error) });
        if (!removal.isWhole) left.delete(logicalId);
        running.delete(logicalId);
      },
    );
    running.set(logicalId, work);
  };
  const isFailed = (logicalId: string) => failed.some((each) => each.logicalId === logicalId);
  for (;;) {
    const others = [...left.values()].filter(({ logicalId: id }) => !running.has(id) && !isFailed(id));
    const names = needed();
    const free = others.filter(({ logicalId }) => !names.has(logicalId));
    // A template that was changed may have turned who needs whom around.
    const isRound = free.length === 0 && running.size === 0 && failed.length === 0;
    if (!world.signal.aborted) for (const record of isRound ? others : free) begin(record);
    if (running.size === 0) return failed;
    const goOn = world.counted.rest();
    await Promise.race(running.values());
    goOn();
  }
}

async function removeOne(removal: Removal, record: ResourceRecord): Promise<void> {
  const counted = new Counted(removal.world);
  const own = { ...removal, world: { ...removal.world, counted } };
  try {
    const current = await removeReplaced(own, record);
    if (!removal.wanted.has(record.logicalId)) await removeWhole(own, current);
  } finally {
    counted.done();
  }
}

async function removeReplaced(removal: Removal, record: ResourceRecord): Promise<ResourceRecord> {
  const { world, stack } = removal;
  let current = record;
  for (const old of record.replaced) {
    const isKept = isRetained(record.updateReplacePolicy, removal) && old.type === record.type;
    const told = (status: "DELETE_IN_PROGRESS" | "DELETE_COMPLETE" | "DELETE_FAILED" | "DELETE_SKIPPED") =>
      world.store.transact(async (tx) =>
        tellOf(
          tx,
          world,
          stack,
          record.logicalId,
          { type: old.type, physical: old },
          { status, reason: undefined },
        ),
      );
    if (isKept) await told("DELETE_SKIPPED");
    else {
      await told("DELETE_IN_PROGRESS");
      try {
        await removePhysical(removal, record.logicalId, old);
      } catch (error) {
        if (!world.signal.aborted) await told("DELETE_FAILED");
        throw error;
      }
      await told("DELETE_COMPLETE");
    }
    current = { ...current, replaced: current.replaced.filter((each) => each !== old) };
    const next = current;
    await world.store.transact(async (tx) => {
      tx.set(resourceKey(stack.stackId, next.logicalId), next as never);
      if (old.id !== next.physical?.id) forgetOwner(tx, stack, old);
    });
  }
  return current;
}

const isRetained = (policy: string, { isWayBack, stack }: Removal): boolean =>
  (policy === "Retain" && !(isWayBack && stack.removesNew)) ||
  (policy === "RetainExceptOnCreate" && !isWayBack);

async function removeWhole(removal: Removal, record: ResourceRecord): Promise<void> {
  const { world, stack, retained } = removal;
  const { physical, deletionPolicy } = record;
  const isKept = retained?.has(record.logicalId) || isRetained(deletionPolicy, removal);
  if (!physical || isKept) {
    if (physical) await note(removal, record, "DELETE_SKIPPED");
  } else {
    const begun =
      record.status === "DELETE_IN_PROGRESS" ? record : await note(removal, record, "DELETE_IN_PROGRESS");
    try {
      await removePhysical(removal, record.logicalId, physical);
      await note(removal, begun, "DELETE_COMPLETE");
    } catch (error) {
      if (world.signal.aborted) throw error;
      const reason = reasonOf(world, error);
      const isLeft = stack.operation?.isForced === true;
      await note(removal, begun, isLeft ? "DELETE_SKIPPED" : "DELETE_FAILED", { reason });
      if (!isLeft) throw error;
    }
  }
  await world.store.transact(async (tx) => {
    tx.delete(resourceKey(stack.stackId, record.logicalId));
    if (physical) forgetOwner(tx, stack, physical);
  });
}

async function removePhysical(
  { world, stack }: { readonly world: StackWorld; readonly stack: Application["stack"] },
  logicalId: string,
  physical: Physical,
): Promise<void> {
  const type = await world.resourceTypes.find(physical.type);
  const context = contextOf(world, stack, world.counted);
  const token = tokenOf(stack, logicalId, "Delete", physical.id);
  const owner = { stackId: stack.stackId, logicalId, type: physical.type, token };
  const properties = await resolveReferences(context, physical.properties).catch(() => physical.properties);
  await type?.delete(context, { id: physical.id, attributes: physical.attributes }, properties, owner);
}
