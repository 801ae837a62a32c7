import { type AttributeValue, attributeOf, type Item, setAttribute } from "../values/value.ts";
import type { Path } from "./ast.ts";

/** What an item holds at a path, if anything. */
export function valueAt(item: Item, path: Path): AttributeValue | undefined {
  const [root] = path;
  let value = typeof root === "string" ? attributeOf(item, root) : undefined;
  for (let at = 1; at < path.length && value !== undefined; at++) value = stepInto(value, path[at]);
  return value;
}

function stepInto(value: AttributeValue, step: string | number | undefined): AttributeValue | undefined {
  if (typeof step === "number") return value.L?.[step];
  return step !== undefined && value.M ? attributeOf(value.M, step) : undefined;
}

/** The paths of a projection as a tree; no path ends inside another. */
interface Branch {
  readonly names: Map<string, Branch>;
  readonly indexes: Map<number, Branch>;
}

/**
 * What an item holds at some paths, in the maps and lists that lead there. List elements move together, in
 * the order of their indexes. The paths do not overlap.
 */
export function projectPaths(item: Item, paths: readonly Path[]): Item {
  if (paths.every((path) => path.length === 1)) return pickRoots(item, paths);
  const picked = pickFromMap(item, plant(paths));
  return picked ?? {};
}

function pickRoots(item: Item, paths: readonly Path[]): Item {
  const picked: Record<string, AttributeValue> = {};
  for (const [root] of paths) {
    if (typeof root !== "string") continue;
    const value = attributeOf(item, root);
    if (value !== undefined) setAttribute(picked, root, value);
  }
  return picked;
}

function plant(paths: readonly Path[]): Branch {
  const trunk: Branch = { names: new Map(), indexes: new Map() };
  for (const path of paths) {
    let branch = trunk;
    for (const step of path) branch = grow(branch, step);
  }
  return trunk;
}

function grow(branch: Branch, step: string | number): Branch {
  const known = typeof step === "number" ? branch.indexes.get(step) : branch.names.get(step);
  if (known) return known;
  const fresh: Branch = { names: new Map(), indexes: new Map() };
  if (typeof step === "number") branch.indexes.set(step, fresh);
  else branch.names.set(step, fresh);
  return fresh;
}

function pick(value: AttributeValue, branch: Branch): AttributeValue | undefined {
  if (branch.names.size > 0) {
    const map = value.M && pickFromMap(value.M, branch);
    return map && { M: map };
  }
  if (branch.indexes.size > 0) {
    const list = value.L && pickFromList(value.L, branch);
    return list && { L: list };
  }
  return value;
}

function pickFromMap(map: Item, branch: Branch): Record<string, AttributeValue> | undefined {
  let picked: Record<string, AttributeValue> | undefined;
  for (const [name, inner] of branch.names) {
    const value = attributeOf(map, name);
    const found = value && pick(value, inner);
    if (!found) continue;
    picked ??= {};
    setAttribute(picked, name, found);
  }
  return picked;
}

function pickFromList(list: readonly AttributeValue[], branch: Branch): AttributeValue[] | undefined {
  const picked = [...branch.indexes]
    .sort(([one], [other]) => one - other)
    .flatMap(([index, inner]) => {
      const value = list[index];
      const found = value && pick(value, inner);
      return found ? [found] : [];
    });
  return picked.length > 0 ? picked : undefined;
}
