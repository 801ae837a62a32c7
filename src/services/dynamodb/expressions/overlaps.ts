import type { Fault } from "../../../kernel/faults.ts";
import type { Path } from "./ast.ts";

/**
 * Faults: ValidationException where one path is another or leads to it (an overlap), or where one takes for
 * a map what another takes for a list (a conflict).
 */
export function checkOverlaps(paths: readonly Path[], fault: (message: string) => Fault): void {
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
