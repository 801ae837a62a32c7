import { type Application, contextOf, type Failed, note, resourcesOf } from "./apply.ts";
import { resolveReferences } from "./dynamic-references.ts";
import { type Physical, type ResourceRecord, resourceKey } from "./records.ts";

type Removal = Pick<Application, "world" | "stack">;

/** Removes what was replaced, and resources the stack no longer has: those that others need come last. */
export async function removeSuperfluous(
  removal: Removal,
  wanted: ReadonlySet<string>,
  retained: ReadonlySet<string> = new Set(),
): Promise<readonly Failed[]> {
  const { world, stack } = removal;
  const records = await resourcesOf(world.store, stack.stackId);
  const failed: Failed[] = [];
  for (const record of inReverse(records)) {
    if (world.signal.aborted) return failed;
    const isWanted = wanted.has(record.logicalId);
    try {
      const current = await removeReplaced(removal, record);
      if (!isWanted) await removeWhole(removal, current, retained.has(record.logicalId));
    } catch (error) {
      failed.push({
        logicalId: record.logicalId,
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }
  return failed;
}

/** Those that others need come after them. */
function inReverse(records: readonly ResourceRecord[]): ResourceRecord[] {
  const left = new Map(records.map((record) => [record.logicalId, record]));
  const ordered: ResourceRecord[] = [];
  while (left.size > 0) {
    const needed = new Set([...left.values()].flatMap(({ needs }) => needs));
    const free = [...left.values()].filter(({ logicalId }) => !needed.has(logicalId));
    // A template that was changed may have turned who needs whom around.
    for (const record of free.length > 0 ? free : [...left.values()]) {
      ordered.push(record);
      left.delete(record.logicalId);
    }
  }
  return ordered;
}

async function removeReplaced(removal: Removal, record: ResourceRecord): Promise<ResourceRecord> {
  const { world, stack } = removal;
  let current = record;
  for (const old of record.replaced) {
    if (record.updateReplacePolicy !== "Retain") await removePhysical(removal, record.logicalId, old);
    const replaced = current.replaced.filter((each) => each !== old);
    current = { ...current, replaced };
    const { store } = world;
    const left = current;
    await store.transact(async (tx) => tx.set(resourceKey(stack.stackId, left.logicalId), left as never));
  }
  return current;
}

async function removeWhole(removal: Removal, record: ResourceRecord, isRetained: boolean): Promise<void> {
  const { world, stack } = removal;
  const { physical, deletionPolicy } = record;
  const isKept =
    isRetained ||
    deletionPolicy === "Retain" ||
    (deletionPolicy === "RetainExceptOnCreate" && stack.status !== "ROLLBACK_IN_PROGRESS");
  if (!physical || isKept) {
    if (physical) await note(removal, record, "DELETE_SKIPPED");
  } else {
    const begun = await note(removal, record, "DELETE_IN_PROGRESS");
    try {
      await removePhysical(removal, record.logicalId, physical);
    } catch (error) {
      await note(removal, begun, "DELETE_FAILED", {
        reason: error instanceof Error ? error.message : String(error),
      });
      throw error;
    }
    await note(removal, begun, "DELETE_COMPLETE");
  }
  await world.store.transact(async (tx) => tx.delete(resourceKey(stack.stackId, record.logicalId)));
}

async function removePhysical(
  { world, stack }: Removal,
  logicalId: string,
  physical: Physical,
): Promise<void> {
  const type = await world.resourceTypes.find(physical.type);
  const context = contextOf(world, stack, world.counted);
  const owner = { stackId: stack.stackId, logicalId, type: physical.type };
  const properties = await resolveReferences(context, physical.properties).catch(() => physical.properties);
  await type?.delete(context, { id: physical.id, attributes: physical.attributes }, properties, owner);
}
