// What the resources of REST APIs have in common.
import type { Context } from "../../../define.ts";
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

interface Patch {
  readonly op: "replace" | "remove" | "add";
  readonly path: string;
  readonly value?: string;
}

/** What is to be done about properties that lie at a path each: changed, or no longer there. */
export function patchesOf(
  paths: Readonly<Record<string, string>>,
  after: Properties,
  before: Properties = {},
): Patch[] {
  return Object.entries(paths).flatMap(([name, path]): Patch[] => {
    const value = text(after[name]);
    if (value === text(before[name])) return [];
    return value === undefined ? [{ op: "remove", path }] : [{ op: "replace", path, value }];
  });
}

/** The same of lists whose members are parts of paths. */
export function setPatches(path: string, after: readonly string[], before: readonly string[]): Patch[] {
  const escaped = (each: string) => `${path}/${each.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  return [
    ...before
      .filter((each) => !after.includes(each))
      .map((each) => ({ op: "remove", path: escaped(each) }) as const),
    ...after
      .filter((each) => !before.includes(each))
      .map((each) => ({ op: "add", path: escaped(each) }) as const),
  ];
}

/** Has something bear the tags it is to have now. `path`: `restapis/a1b2c3`. */
export async function retag(
  context: Context,
  path: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  const resourceArn = `arn:aws:apigateway:${context.scope.region}::/${path}`;
  const { tags: old = {} } = await context.call("apigateway", "GetTags", { resourceArn });
  const tagKeys = Object.keys(old).filter((name) => !name.startsWith("aws:") && !(name in tags));
  if (tagKeys.length > 0) await context.call("apigateway", "UntagResource", { resourceArn, tagKeys });
  if (Object.keys(tags).length > 0)
    await context.call("apigateway", "TagResource", { resourceArn, tags: { ...tags } });
}
