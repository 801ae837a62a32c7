import { type Dict, isDict, isList, isNothing, type Value } from "./dict.ts";
import { badEvent, badResource, type Problem } from "./problems.ts";

/** Whose property it is: a resource's, an event's, or an attribute beside a resource's properties. */
export type Owner =
  | { readonly resource: string }
  | { readonly event: string }
  | { readonly attribute: string };

function problemOf(owner: Owner, path: string, kind: string, message: string | undefined): Problem {
  if ("event" in owner) return badEvent(owner.event, message ?? `Property '${path}' should be a ${kind}.`);
  if ("resource" in owner)
    return badResource(owner.resource, message ?? `Property '${path}' should be a ${kind}.`);
  return badResource(owner.attribute, message ?? `Attribute '${path}' should be a ${kind}.`);
}

export function expectMap(value: Value | undefined, owner: Owner, path: string, message?: string): Dict {
  if (isDict(value)) return value;
  throw problemOf(owner, path, "map", message);
}

export function expectList(value: Value | undefined, owner: Owner, path: string): Value[] {
  if (isList(value)) return value;
  throw problemOf(owner, path, "list", undefined);
}

export function expectStrings(value: Value | undefined, owner: Owner, path: string): string[] {
  return expectList(value, owner, path).map((item, index) => expectString(item, owner, `${path}[${index}]`));
}

export function expectString(value: Value | undefined, owner: Owner, path: string): string {
  if (typeof value === "string") return value;
  throw problemOf(owner, path, "string", undefined);
}

export function expectBoolean(value: Value | undefined, owner: Owner, path: string): boolean {
  if (typeof value === "boolean") return value;
  throw problemOf(owner, path, "boolean", undefined);
}

export function expectSomething(
  value: Value | undefined,
  owner: Owner,
  path: string,
  message = `Property '${path}' is required.`,
): Value {
  if (!isNothing(value)) return value;
  throw "event" in owner
    ? badEvent(owner.event, message)
    : badResource("resource" in owner ? owner.resource : owner.attribute, message);
}
