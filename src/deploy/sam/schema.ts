import { Dict, isDict, isList, isNothing, type Value } from "./dict.ts";
import { badResource } from "./problems.ts";
import { shown } from "./python-text.ts";
import { checkId, keptAttributes } from "./resource.ts";

/**
 * The properties of a kind of resource or event: `any`, `string`, `map`, `list`, `boolean`, `integer`, what a
 * map or list holds in angle brackets, alternatives with a bar, `enum(A,B)`. `!` in front: required; `~`
 * behind: no function may stand for it.
 */
export type Schema = Readonly<Record<string, string>>;

type Check = (value: Value) => boolean;

const KINDS: Readonly<Record<string, Check>> = {
  any: () => true,
  string: (value) => typeof value === "string",
  map: (value) => isDict(value),
  list: (value) => isList(value),
  boolean: (value) => typeof value === "boolean",
  integer: (value) => typeof value === "boolean" || Number.isInteger(value),
};

function checkOf(kind: string): Check {
  const alternatives = topLevel(kind).map((one): Check => {
    const [, outer, inner] = /^(map|list)<(.*)>$/.exec(one) ?? [];
    const [, names] = /^enum\((.*)\)$/.exec(one) ?? [];
    if (names !== undefined) return (value) => typeof value === "string" && names.split(",").includes(value);
    if (inner === undefined) return KINDS[one] ?? (() => true);
    const check = checkOf(inner);
    if (outer === "list") return (value) => isList(value) && value.every(check);
    return (value) => isDict(value) && value.values().every(check);
  });
  return (value) => alternatives.some((check) => check(value));
}

/** Alternatives, but not those within brackets. */
function topLevel(kind: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const character of kind) {
    if (character === "<") depth += 1;
    if (character === ">") depth -= 1;
    if (character === "|" && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}

function complaint(name: string, kind: string): string {
  if (kind === "map" || kind === "string") return `Property '${name}' should be a ${kind}.`;
  const [, names] = /^enum\((.*)\)$/.exec(kind) ?? [];
  if (names === undefined) return `Type of property '${name}' is invalid.`;
  const quoted = names.split(",").map((one) => `'${one}'`);
  return `Property '${name}' should be a one of the strings: ${quoted.join(" or ")}.`;
}

/** A SAM resource, or an event of one. */
export interface Macro {
  readonly type: string;
  readonly id: string;
  /** The event's own name; the resource's id for a resource. */
  readonly name: string;
  readonly properties: Dict;
  readonly attributes: Dict;
  readonly dependsOn: Value | undefined;
}

/** Reads a resource, or an event, and refuses what its schema does not have. */
export function readMacro(
  schema: Schema,
  type: string,
  id: string,
  resource: Dict,
  options: { readonly name?: string; readonly before?: (properties: Dict) => void } = {},
): Macro {
  checkId(id);
  const actual = resource.get("Type");
  if (actual === undefined) throw badResource(id, "Resource dict missing key 'Type'.");
  if (actual !== type)
    throw badResource(id, `Resource has incorrect Type; expected '${type}', got '${shown(actual)}'`);
  const given = resource.get("Properties") ?? (resource.has("Properties") ? null : new Dict());
  if (!isDict(given)) throw badResource(id, "Properties of a resource must be an object.");
  options.before?.(given);
  for (const name of given.keys()) {
    if (!Object.hasOwn(schema, name))
      throw badResource(id, `property ${name} not defined for resource of type ${type}`);
  }
  const properties = given.shallowCopy();
  checkProperties(schema, id, properties);
  return {
    type,
    id,
    name: options.name ?? id,
    properties,
    attributes: keptAttributes(resource),
    dependsOn: resource.get("DependsOn"),
  };
}

function checkProperties(schema: Schema, id: string, properties: Dict): void {
  for (const [name, written] of Object.entries(schema)) {
    const [, required, kind = "", strict] = /^(!?)(.*?)(~?)$/.exec(written) ?? [];
    const value = properties.get(name);
    if (!strict && kind !== "any" && isDict(value) && value.size === 1) continue;
    if (isNothing(value)) {
      if (required) throw badResource(id, `Missing required property '${name}'.`);
    } else if (!checkOf(kind)(value)) throw badResource(id, complaint(name, kind));
  }
}
