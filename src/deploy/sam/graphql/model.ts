import { type Dict, isDict, isList, isNothing, type Value } from "../dict.ts";

/** What a property may be: anything, one kind, one of some words, or what is made of other properties. */
export type Shape =
  | "any"
  | "string"
  | "boolean"
  | "map"
  | "string or map"
  | { readonly words: readonly string[] }
  | { readonly members: Members }
  | { readonly orBoolean: Members }
  | { readonly list: Shape }
  | { readonly map: Shape };

/** Names of properties, with `!` behind those that must be there. */
export type Members = Readonly<Record<string, Shape>>;

/** Where the first property lies that is not as it should be. */
export function firstInvalid(
  value: Dict,
  members: Members,
  path: readonly string[] = [],
): string | undefined {
  const known = new Set<string>();
  for (const [written, shape] of Object.entries(members)) {
    const name = written.replace("!", "");
    known.add(name);
    const member = value.get(name);
    const here = [...path, name];
    if (isNothing(member)) {
      if (written.endsWith("!")) return here.join(".");
      continue;
    }
    const found = invalidIn(member, shape, here);
    if (found !== undefined) return found;
  }
  const extra = value.keys().find((name) => !known.has(name));
  return extra === undefined ? undefined : [...path, extra].join(".");
}

function invalidIn(value: Value, shape: Shape, path: readonly string[]): string | undefined {
  const here = path.join(".");
  if (typeof shape === "string") return isOfKind(value, shape) ? undefined : here;
  if ("words" in shape) return typeof value === "string" && shape.words.includes(value) ? undefined : here;
  if ("orBoolean" in shape) {
    if (isDict(value)) return firstInvalid(value, shape.orBoolean, path);
    return isBoolean(value) ? undefined : here;
  }
  if ("members" in shape) return isDict(value) ? firstInvalid(value, shape.members, path) : here;
  if ("list" in shape) {
    if (!isList(value)) return here;
    for (const [index, item] of value.entries()) {
      const found = invalidIn(item, shape.list, [...path, String(index)]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isDict(value)) return here;
  for (const [key, member] of value.entries()) {
    const found = invalidIn(member, shape.map, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isOfKind(value: Value, kind: Extract<Shape, string>): boolean {
  if (kind === "any") return true;
  if (kind === "string") return typeof value === "string" || typeof value === "number";
  if (kind === "boolean") return isBoolean(value);
  if (kind === "map") return isDict(value);
  return isDict(value) || typeof value === "string";
}

const isBoolean = (value: Value) =>
  typeof value === "boolean" || ["true", "false", "yes", "no", "on", "off", 0, 1].includes(value as string);
