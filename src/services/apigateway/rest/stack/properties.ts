// What the resources of REST APIs have in common.
import { members, type Properties, type Property, text } from "../../../resource-types.ts";

export const MISSING = "NotFoundException";

const lower = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

/** Templates write members with a capital that the API writes without; names of a map stay as they are. */
export function lowered(value: Property | undefined, maps: ReadonlySet<string> = MAPS): unknown {
  if (Array.isArray(value)) return value.map((item) => lowered(item as Property, maps));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      lower(name),
      maps.has(name) ? member : lowered(member, maps),
    ]),
  );
}

const MAPS = new Set([
  "RequestParameters",
  "RequestTemplates",
  "RequestModels",
  "ResponseParameters",
  "ResponseTemplates",
  "ResponseModels",
  "Variables",
  "StageVariableOverrides",
]);

export const words = (value: Property | undefined) =>
  Object.fromEntries(Object.entries(members(value)).map(([name, each]) => [name, text(each) ?? ""]));
export const replaceAll = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, "replace" as const]));
export const updateAll = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, "update" as const]));

export const apiIn = (properties: Properties) => ({ restApiId: text(properties.RestApiId) });
