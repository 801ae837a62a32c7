import type { Fault } from "../../../kernel/faults.ts";
import type { Path } from "./ast.ts";

const FEW_PATHS = 12;

/**
 * Faults: ValidationException where one path is another or leads to it (an overlap), or where one takes for
 * a map what another takes for a list (a conflict).
 */
export function checkOverlaps(paths: readonly Path[], fault: (message: string) => Fault): void {
  if (haveOwnRoots(paths)) return;
  let conflict: string | undefined;
  const byRoot = new Map<string | number | undefined, Path[]>();
  for (const path of paths) {
    const others = byRoot.get(path[0]);
    if (!others) {
      byRoot.set(path[0], [path]);
      continue;
    }
    for (const other of others) {
      const relation = relate(other, path);
      if (!relation) continue;
      const message =
        `Two document paths ${relation} with each other; must remove or rewrite one of these paths; ` +
        `path one: ${pathText(other)}, path two: ${pathText(path)}`;
      if (relation === "overlap") throw fault(message);
      conflict ??= message;
    }
    others.push(path);
  }
  if (conflict !== undefined) throw fault(conflict);
}

/** Whether a few paths begin with different names, as nearly all do: then nothing needs to be kept. */
function haveOwnRoots(paths: readonly Path[]): boolean {
  if (paths.length > FEW_PATHS) return false;
  for (let at = 1; at < paths.length; at++) {
    for (let before = 0; before < at; before++) if (paths[at]?.[0] === paths[before]?.[0]) return false;
  }
  return true;
}

function relate(one: Path, other: Path): "overlap" | "conflict" | undefined {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) {
    if (typeof one[at] !== typeof other[at]) return "conflict";
    if (one[at] !== other[at]) return undefined;
  }
  return "overlap";
}

/** A path as AWS writes it in messages: `[a, [1], b]`. */
export function pathText(path: Path): string {
  return `[${path.map((step) => (typeof step === "number" ? `[${step}]` : step)).join(", ")}]`;
}
