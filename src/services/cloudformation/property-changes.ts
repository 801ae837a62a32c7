// What another value of a property comes to.
import { isDeepStrictEqual } from "node:util";
import type { ResourceType } from "../define.ts";
import { type Change, members, type Properties, type Property } from "../resource-types.ts";

/** Names of the properties that are others than before. */
export function changedNames(before: Properties, after: Properties): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !isDeepStrictEqual(before[name], after[name]));
}

/** Whether a property that has changed can only be had in another resource. */
export function replaces(type: ResourceType, name: string, before: Properties, after: Properties): boolean {
  const change: Change = type.properties[name] ?? type.others ?? "accepted";
  if (change === "replace" || (change === "update" && !type.update)) return true;
  return (type.replacing ?? []).some(
    (path) => path[0] === name && !isDeepStrictEqual(valueAt(before, path), valueAt(after, path)),
  );
}

const valueAt = (properties: Properties, path: readonly string[]): Property | undefined =>
  path.reduce<Property | undefined>((value, name) => members(value)[name], properties);
