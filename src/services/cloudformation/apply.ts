import { isDeepStrictEqual } from "node:util";
import { TemplateError } from "../../deploy/template-error.ts";
import type { Store } from "../../store/store.ts";
import type { Background, Context, ResourceType } from "../define.ts";
import type { Made, Properties, ResourceInput } from "../resource-types.ts";
import { Counted } from "./counted.ts";
import { resolveReferences } from "./dynamic-references.ts";
import { setResource } from "./events.ts";
import { shiftTraffic } from "./gradual.ts";
import { physicalName } from "./names.ts";
import { type Looked, type Prepared, propertiesOf, updatePolicyOf } from "./prepare.ts";
import {
  type ExportRecord,
  exportKey,
  type Physical,
  prefixOf,
  type ResourceRecord,
  read,
  readAll,
  resourceKey,
  type StackRecord,
} from "./records.ts";

/** Those that are worked on at once. */
const AT_ONCE = 10;

/** What works on a stack, which is counted while it does not wait. */
export interface StackWorld extends Background {
  readonly counted: Counted;
}

/** A stack that is being made what it is to be. */
export interface Application {
  readonly world: StackWorld;
  readonly stack: StackRecord;
  readonly prepared: Prepared;
  /** Back to what it was: a failure is no reason to go back further. */
  readonly isRollback: boolean;
}

/** Why a stack could not be made what it is to be. */
export interface Failed {
  readonly logicalId: string;
  readonly reason: string;
}

/**
 * Makes and changes a stack's resources, those that need nothing of each other at once. What is already as it
 * is to be is left alone, so that it can go on where it was broken off. Gives what failed.
 */
export async function apply(application: Application): Promise<readonly Failed[]> {
  const { prepared, stack, world } = application;
  const records = new Map(
    (await resourcesOf(world.store, stack.stackId)).map((each) => [each.logicalId, each]),
  );
  const looked = await lookedOf(application, records);
  const failed: Failed[] = [];
  const done = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const waiting = new Set(Object.keys(prepared.resources));
  const isReady = (name: string) =>
    [...(prepared.dependencies.get(name) ?? [])].every((other) => done.has(other));
  while (waiting.size > 0 || running.size > 0) {
    const ready = failed.length > 0 || world.signal.aborted ? [] : [...waiting].filter(isReady);
    for (const name of ready.slice(0, AT_ONCE - running.size)) {
      waiting.delete(name);
      const work = applyOne(application, name, records.get(name), looked).then(
        (record) => {
          records.set(name, record);
          done.add(name);
          running.delete(name);
        },
        (error: unknown) => {
          failed.push({ logicalId: name, reason: reasonOf(world, error) });
          running.delete(name);
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

export async function resourcesOf(store: Store, stackId: string): Promise<ResourceRecord[]> {
  return store.transact((tx) => readAll<ResourceRecord>(tx, prefixOf(resourceKey(stackId, ""))));
}

function reasonOf({ log, signal }: Background, error: unknown): string {
  if (signal.aborted) return "The platform has ended.";
  if (error instanceof TemplateError) return error.message;
  if (error instanceof Error && "code" in error && "status" in error) {
    return `Resource handler returned message: "${error.message}" (${error.name})`;
  }
  log.error("a resource of a stack failed for a reason that nobody foresaw", { error });
  return "Internal Failure";
}

/** What templates see of the resources, as they are by then. */
export async function lookedOf(
  { world, stack }: Pick<Application, "world" | "stack">,
  records: ReadonlyMap<string, ResourceRecord>,
): Promise<Looked> {
  const exported = await world.store.transact((tx) =>
    readAll<ExportRecord>(tx, prefixOf(exportKey(stack, ""))),
  );
  const exports = new Map(exported.map(({ name, value }) => [name, value]));
  return {
    refOf: (name) => records.get(name)?.physical?.id,
    attributeOf: (name, attribute) => records.get(name)?.physical?.attributes[attribute],
    importOf: (name) => exports.get(name),
  };
}

/** Acts in a stack's name; `counted`: what of it is done now. */
export function contextOf(world: Background, stack: StackRecord, { rest }: Counted): Context {
  const sender = {
    service: "cloudformation.amazonaws.com",
    sourceArn: stack.stackId,
    sourceAccount: stack.account,
  };
  return world.as(stack, undefined, sender, rest);
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

/** One resource of it. */
interface One extends Application {
  readonly context: Context;
  readonly looked: Looked;
}

async function bringAbout(
  application: One,
  logicalId: string,
  old: ResourceRecord | undefined,
): Promise<ResourceRecord> {
  const { world, prepared } = application;
  const wanted = prepared.resources[logicalId];
  if (!wanted) throw new TypeError(`There is no resource ${logicalId}.`);
  const type = await world.resourceTypes.find(wanted.Type);
  if (!type) throw new TemplateError(`Unrecognized resource type: ${wanted.Type}`);
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
  const properties = await propertiesFor(application, record);
  if (!physical) return create(application, type, record, properties);
  const isUnfinished = record.status === "UPDATE_IN_PROGRESS" || record.status === "UPDATE_FAILED";
  if (physical.type === wanted.Type && !isUnfinished && isDeepStrictEqual(physical.properties, properties))
    return record;
  if (physical.type !== wanted.Type || needsReplacement(type, physical.properties, properties)) {
    return replace(application, type, record, physical, properties);
  }
  return update(application, type, record, physical, properties);
}

/** What cannot be worked out fails as the resource does, so that its events say why. */
async function propertiesFor(application: One, record: ResourceRecord): Promise<Properties> {
  try {
    return propertiesOf(application.prepared, record.logicalId, application.looked);
  } catch (error) {
    const status = record.physical ? "UPDATE_FAILED" : "CREATE_FAILED";
    await note(application, record, status, { reason: reasonOf(application.world, error) });
    throw error;
  }
}

/** What a change of properties demands. */
export function needsReplacement(type: ResourceType, before: Properties, after: Properties): boolean {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = [...names].filter((name) => !isDeepStrictEqual(before[name], after[name]));
  const demands = changed.map((name) => type.properties[name] ?? type.others ?? "accepted");
  return demands.includes("replace") || (!type.update && demands.includes("update"));
}

async function create(
  application: One,
  type: ResourceType,
  record: ResourceRecord,
  properties: Properties,
): Promise<ResourceRecord> {
  const { world } = application;
  // One that was begun and of which nothing is known is begun anew, under another name.
  const generation = record.generation + 1;
  const begun = await note(application, { ...record, generation }, "CREATE_IN_PROGRESS");
  try {
    const made = await type.create(application.context, await inputFor(application, begun, properties));
    const physical = { type: begun.type, id: made.id, attributes: made.attributes, properties };
    return await note(application, begun, "CREATE_COMPLETE", { physical });
  } catch (error) {
    // What the end of the platform broke off goes on at its next start.
    if (!world.signal.aborted)
      await note(application, begun, "CREATE_FAILED", { reason: reasonOf(world, error) });
    throw error;
  }
}

async function update(
  application: One,
  type: ResourceType,
  record: ResourceRecord,
  physical: Physical,
  properties: Properties,
): Promise<ResourceRecord> {
  const { world } = application;
  const begun = await note(application, record, "UPDATE_IN_PROGRESS");
  try {
    const made: Made = { id: physical.id, attributes: physical.attributes };
    const input = await inputFor(application, begun, properties);
    await shiftTraffic(application.context, input, physical);
    const changed = (await type.update?.(application.context, input, made, physical.properties)) ?? made;
    const now = { ...physical, id: changed.id, attributes: changed.attributes, properties };
    // Whoever gives another id has replaced it by himself.
    const isOther = type.others !== undefined && changed.id !== physical.id;
    const replaced = isOther ? [...begun.replaced, physical] : begun.replaced;
    return await note(application, begun, "UPDATE_COMPLETE", { physical: now, replaced });
  } catch (error) {
    // What of it was changed and what not is not known: whoever goes back sets all of it.
    if (!world.signal.aborted)
      await note(application, begun, "UPDATE_FAILED", { reason: reasonOf(world, error) });
    throw error;
  }
}

/** The new one first: the old one is removed when all has gone well. */
async function replace(
  application: One,
  type: ResourceType,
  record: ResourceRecord,
  physical: Physical,
  properties: Properties,
): Promise<ResourceRecord> {
  const { world } = application;
  const kept = record.replaced.find(
    (old) => old.type === record.type && isDeepStrictEqual(old.properties, properties),
  );
  if (kept) {
    // On the way back the one that was replaced is still there.
    const others = record.replaced.filter((old) => old !== kept);
    return note(application, record, "UPDATE_COMPLETE", { physical: kept, replaced: [...others, physical] });
  }
  const reason = "Requested update requires the creation of a new physical resource; hence creating one.";
  const generation = record.generation + 1;
  const begun = await note(application, { ...record, generation }, "UPDATE_IN_PROGRESS", { reason });
  try {
    const made = await type.create(application.context, await inputFor(application, begun, properties));
    const now = { type: record.type, id: made.id, attributes: made.attributes, properties };
    return await note(application, begun, "UPDATE_COMPLETE", {
      physical: now,
      replaced: [...record.replaced, physical],
    });
  } catch (error) {
    if (!world.signal.aborted)
      await note(application, begun, "UPDATE_FAILED", { reason: reasonOf(world, error) });
    throw error;
  }
}

/** What is kept of a resource are its references to secrets; what is made of it are the secrets themselves. */
async function inputFor(
  { stack, context, prepared, looked }: One,
  { logicalId, generation, type }: ResourceRecord,
  properties: Properties,
): Promise<ResourceInput> {
  const owner = { stackName: stack.name, stackId: stack.stackId, logicalId };
  return {
    ...owner,
    type,
    properties: await resolveReferences(context, properties),
    updatePolicy: updatePolicyOf(prepared, logicalId, looked),
    tags: stack.wanted.tags,
    name: (longest) => physicalName(owner, generation, longest),
  };
}

/** Writes what has become of a resource, and tells. */
export function note(
  { world, stack }: Pick<Application, "world" | "stack">,
  record: ResourceRecord,
  status: ResourceRecord["status"],
  change: Partial<ResourceRecord> = {},
): Promise<ResourceRecord> {
  return world.store.transact(async (tx) => {
    // Others may have changed it meanwhile only before it was begun.
    const current = await read<ResourceRecord>(tx, resourceKey(stack.stackId, record.logicalId));
    const generation = Math.max(record.generation, current?.generation ?? 0);
    return setResource(tx, world, stack.stackId, { ...record, generation }, status, change);
  });
}
