// One resource of a stack: made, changed in place, or replaced.
import { isDeepStrictEqual } from "node:util";
import type { Context, ResourceType } from "../define.ts";
import { HalfMade, type Made, type Properties, type ResourceInput } from "../resource-types.ts";
import type { Application } from "./application.ts";
import { resolveReferences } from "./dynamic-references.ts";
import { setResource, tellOf } from "./events.ts";
import { CANCELLED, reasonOf } from "./failures.ts";
import { unstable } from "./faults.ts";
import { shiftTraffic } from "./gradual.ts";
import { physicalName, tokenOf } from "./names.ts";
import { checkStackPolicy } from "./policy.ts";
import { type Looked, policyOf, propertiesOf } from "./prepare.ts";
import { changedNames, replaces } from "./property-changes.ts";
import { type Physical, type ResourceRecord, read, resourceKey, type StackRecord } from "./records.ts";

/** A resource with the stack that is to have it. */
export interface One extends Application {
  /** Acts in the stack's name. */
  readonly context: Context;
  readonly looked: Looked;
}

/** Has a resource be what the template says. */
export async function bringAbout(
  one: One,
  logicalId: string,
  old: ResourceRecord | undefined,
): Promise<ResourceRecord> {
  const { world, prepared, stack } = one;
  const wanted = prepared.resources[logicalId];
  const type = wanted && (await world.resourceTypes.find(wanted.Type));
  if (!wanted || !type) throw unstable(`Unrecognized resource type: ${wanted?.Type}`);
  const record: ResourceRecord = {
    replaced: [],
    generation: 0,
    status: "CREATE_IN_PROGRESS",
    ...old,
    v: 1,
    logicalId,
    type: wanted.Type,
    needs: [...(prepared.dependencies.get(logicalId) ?? [])],
    deletionPolicy: String(wanted.DeletionPolicy ?? "Delete"),
    updateReplacePolicy: String(wanted.UpdateReplacePolicy ?? "Delete"),
    metadata: wanted.Metadata && JSON.stringify(wanted.Metadata),
    updatedMs: world.clock.now(),
  };
  const { physical } = record;
  if (one.isRollback && stack.operation?.skipped?.includes(logicalId))
    return note(one, record, "UPDATE_COMPLETE");
  const properties = await propertiesFor(one, record);
  if (!physical) return create(one, type, record, properties);
  const isUnfinished = UNFINISHED.has(record.status);
  const isSame = isDeepStrictEqual(physical.properties, properties) && !hasOtherTags(type, physical, stack);
  if (physical.type === wanted.Type && !isUnfinished && isSame) return keep(one, record, old);
  const isOther = physical.type !== wanted.Type || record.status === "CREATE_FAILED";
  const { properties: before } = physical;
  const changed = changedNames(before, properties);
  const isReplaced = isOther || changed.some((name) => replaces(type, name, before, properties));
  if (!one.isRollback) await checkPolicy(one, record, isReplaced ? "Update:Replace" : "Update:Modify");
  return isReplaced
    ? replace(one, type, record, physical, properties)
    : update(one, type, record, physical, properties);
}

/** The stack's tags are handed on to what can be tagged. */
const hasOtherTags = (type: ResourceType, { tags = {} }: Physical, { wanted }: StackRecord): boolean =>
  type.properties.Tags === "update" && !isDeepStrictEqual(tags, wanted.tags);

/** Of what was done with these last is not known what became of it. */
const UNFINISHED: ReadonlySet<string> = new Set(["CREATE_FAILED", "UPDATE_IN_PROGRESS", "UPDATE_FAILED"]);

/** What is already as it is to be; who needs whom, and policies, may be said otherwise now. */
async function keep(
  { world, stack }: One,
  record: ResourceRecord,
  old: ResourceRecord | undefined,
): Promise<ResourceRecord> {
  const isSame = isDeepStrictEqual({ ...record, updatedMs: 0 }, { ...old, updatedMs: 0 });
  if (!isSame) {
    const kept = { ...record, updatedMs: old?.updatedMs ?? record.updatedMs };
    await world.store.transact(async (tx) =>
      tx.set(resourceKey(stack.stackId, record.logicalId), kept as never),
    );
  }
  return record;
}

/** What cannot be worked out fails as the resource does, so that its events say why. */
async function propertiesFor(one: One, record: ResourceRecord): Promise<Properties> {
  try {
    return propertiesOf(one.prepared, record.logicalId, one.looked);
  } catch (error) {
    throw await failed(one, record, error);
  }
}

async function checkPolicy(one: One, record: ResourceRecord, action: string): Promise<void> {
  try {
    checkStackPolicy(one.stack, record, action);
  } catch (error) {
    throw await failed(one, record, error);
  }
}

async function create(
  one: One,
  type: ResourceType,
  record: ResourceRecord,
  properties: Properties,
): Promise<ResourceRecord> {
  // One that was begun and of which nothing is known is begun anew, under another name.
  const isGoingOn = type.resumes && record.generation > 0 && record.status === "CREATE_IN_PROGRESS";
  const begun = isGoingOn
    ? record
    : await note(one, { ...record, generation: record.generation + 1 }, "CREATE_IN_PROGRESS");
  try {
    const made = await type.create(one.context, await inputFor(one, begun, properties, "Create"));
    const physical = physicalOf(one, begun, made, properties);
    return await note(one, begun, "CREATE_COMPLETE", { physical }, "Resource creation Initiated");
  } catch (error) {
    const physical = error instanceof HalfMade ? physicalOf(one, begun, error.made, properties) : undefined;
    throw await failed(one, begun, error, { physical });
  }
}

async function update(
  one: One,
  type: ResourceType,
  record: ResourceRecord,
  physical: Physical,
  properties: Properties,
): Promise<ResourceRecord> {
  const isGoingOn = type.resumes && record.status === "UPDATE_IN_PROGRESS";
  const begun = isGoingOn ? record : await note(one, record, "UPDATE_IN_PROGRESS");
  try {
    const made: Made = { id: physical.id, attributes: physical.attributes };
    const input = await inputFor(one, begun, properties, "Update");
    const before = await resolveReferences(one.context, physical.properties).catch(() => physical.properties);
    if (!one.stack.wanted.isAtOnce) await shiftTraffic(one.context, input, physical);
    const changed = (await type.update?.(one.context, input, made, before)) ?? made;
    // Whoever gives another id has replaced it by himself; on the way back it is the one of before again.
    const isOther = type.others !== undefined && changed.id !== physical.id;
    const replaced = isOther
      ? [...begun.replaced, physical].filter(({ id }) => id !== changed.id)
      : begun.replaced;
    const now = physicalOf(one, begun, changed, properties);
    return await note(one, begun, "UPDATE_COMPLETE", { physical: now, replaced });
  } catch (error) {
    // What of it was changed and what not is not known: whoever goes back sets all of it.
    throw await failed(one, begun, error);
  }
}

/** The new one first: the old one is removed when all has gone well. */
async function replace(
  one: One,
  type: ResourceType,
  record: ResourceRecord,
  physical: Physical,
  properties: Properties,
): Promise<ResourceRecord> {
  const kept = record.replaced.find(
    (old) => old.type === record.type && isDeepStrictEqual(old.properties, properties),
  );
  if (kept) {
    // On the way back the one that was replaced is still there.
    const others = record.replaced.filter((old) => old !== kept);
    return note(one, record, "UPDATE_COMPLETE", { physical: kept, replaced: [...others, physical] });
  }
  const reason = "Requested update requires the creation of a new physical resource; hence creating one.";
  const generation = record.generation + 1;
  const begun = await note(one, { ...record, generation }, "UPDATE_IN_PROGRESS", { reason });
  try {
    const made = await type.create(one.context, await inputFor(one, begun, properties, "Create"));
    const now = physicalOf(one, begun, made, properties);
    const replaced = [...record.replaced, physical];
    return await note(
      one,
      begun,
      "UPDATE_COMPLETE",
      { physical: now, replaced },
      "Resource creation Initiated",
    );
  } catch (error) {
    const half = error instanceof HalfMade ? [physicalOf(one, begun, error.made, properties)] : [];
    throw await failed(one, begun, error, { replaced: [...record.replaced, ...half] });
  }
}

const physicalOf = (
  { stack }: One,
  { type }: ResourceRecord,
  { id, attributes }: Made,
  properties: Properties,
): Physical => ({ type, id, attributes, properties, tags: stack.wanted.tags });

/** Kept of a resource are its references to secrets; made of it are the secrets themselves. */
async function inputFor(
  { stack, context, prepared, looked }: One,
  { logicalId, generation, type, physical }: ResourceRecord,
  properties: Properties,
  action: "Create" | "Update",
): Promise<ResourceInput> {
  const owner = { stackName: stack.name, stackId: stack.stackId, logicalId };
  return {
    ...owner,
    type,
    token: tokenOf(stack, logicalId, action, `${generation} ${physical?.id}`),
    properties: await resolveReferences(context, properties),
    creationPolicy: policyOf(prepared, logicalId, looked, "CreationPolicy"),
    updatePolicy: policyOf(prepared, logicalId, looked, "UpdatePolicy"),
    tags: stack.wanted.tags,
    tagsBefore: physical?.tags ?? {},
    name: (longest) => physicalName(owner, generation, longest),
  };
}

/**
 * Notes why a resource failed, and gives that. What the end of the platform or another wish broke off is no
 * failure: it goes on, or back.
 */
async function failed(
  one: One,
  record: ResourceRecord,
  error: unknown,
  change: Partial<ResourceRecord> = {},
): Promise<unknown> {
  const { signal } = one.world;
  if (signal.aborted && signal.reason !== CANCELLED) return error;
  const status = record.physical ? "UPDATE_FAILED" : "CREATE_FAILED";
  const reason = reasonOf(one.world, error);
  await note(one, record, status, { ...change, reason });
  return error;
}

/** Writes what has become of a resource, and tells; `first`: what is told of it before. */
export function note(
  { world, stack }: Pick<Application, "world" | "stack">,
  record: ResourceRecord,
  status: ResourceRecord["status"],
  change: Partial<ResourceRecord> = {},
  first?: string,
): Promise<ResourceRecord> {
  return world.store.transact(async (tx) => {
    // Others may have changed it meanwhile only before it was begun.
    const current = await read<ResourceRecord>(tx, resourceKey(stack.stackId, record.logicalId));
    const generation = Math.max(record.generation, current?.generation ?? 0);
    const now = { ...record, generation };
    if (first !== undefined) {
      const begun = { type: record.type, physical: change.physical };
      tellOf(tx, world, stack, record.logicalId, begun, { status: record.status, reason: first });
    }
    return setResource(tx, world, stack, now, status, change);
  });
}
