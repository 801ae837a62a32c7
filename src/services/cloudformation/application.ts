import type { Store } from "../../store/store.ts";
import type { Background, Context } from "../define.ts";
import type { Counted } from "./counted.ts";
import type { Looked, Prepared } from "./prepare.ts";
import {
  type ExportRecord,
  exportKey,
  prefixOf,
  type ResourceRecord,
  readAll,
  resourceKey,
  type StackRecord,
} from "./records.ts";

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

export async function resourcesOf(store: Store, stackId: string): Promise<ResourceRecord[]> {
  return store.transact((tx) => readAll<ResourceRecord>(tx, prefixOf(resourceKey(stackId, ""))));
}

/** What templates see of the resources, as they are by then. */
export async function lookedOf(
  { world, stack, prepared: { left } }: Pick<Application, "world" | "stack" | "prepared">,
  records: ReadonlyMap<string, ResourceRecord>,
): Promise<Looked> {
  const exported = await world.store.transact((tx) =>
    readAll<ExportRecord>(tx, prefixOf(exportKey(stack, ""))),
  );
  const exports = new Map(exported.map(({ name, value }) => [name, value]));
  return {
    // What was left out is named, so that what names it can be made.
    refOf: (name) => records.get(name)?.physical?.id ?? (Object.hasOwn(left, name) ? name : undefined),
    attributeOf: (name, attribute) =>
      records.get(name)?.physical?.attributes[attribute] ??
      (Object.hasOwn(left, name) ? `${name}.${attribute}` : undefined),
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
  return world.as(stack, undefined, sender, { rest, signal: world.signal });
}
