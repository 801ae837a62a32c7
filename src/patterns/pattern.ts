import { type Branch, compile } from "./compile.ts";
import type { Dialect } from "./dialect.ts";
import { fieldsOf, type Wanted } from "./fields.ts";
import { matchesBranch } from "./match.ts";

export { PatternError } from "./pattern-error.ts";

/** An event pattern, compiled. */
export interface Pattern {
  /** Whether an event matches; anything but an object does not. */
  matches(event: unknown): boolean;
  /** The ways to match it, for an index of many patterns. */
  readonly branches: readonly Branch[];
}

/** Compiles a pattern that is parsed JSON. Messages of a PatternError show it as compact text. */
export function parsePattern(pattern: unknown, dialect: Dialect): Pattern {
  return parsePatternText(JSON.stringify(pattern) ?? "", dialect);
}

/**
 * Compiles a pattern from its text, which the messages of a PatternError then show, with the place of the
 * fault, as AWS's do.
 */
export function parsePatternText(text: string, dialect: Dialect): Pattern {
  const branches = compile(text, dialect);
  const wanted = wantedOf(branches);
  return {
    branches,
    matches(event) {
      const fields = fieldsOf(event, wanted);
      return branches.some((branch) => matchesBranch(branch, fields));
    },
  };
}

function wantedOf(branches: readonly Branch[]): Wanted {
  const paths = new Set(branches.flatMap((branch) => branch.map(({ path }) => path)));
  return { paths, prefixes: new Set([...paths].flatMap(prefixesOf)) };
}

/** `a.b.c` is found through `a` and `a.b`. */
export function prefixesOf(path: string): string[] {
  const prefixes: string[] = [];
  for (let dot = path.indexOf("."); dot >= 0; dot = path.indexOf(".", dot + 1))
    prefixes.push(path.slice(0, dot));
  return prefixes;
}
