import type { ParsedPath } from "./ast.ts";
import { Cursor } from "./cursor.ts";

/*
 * Projections; paths are those of conditions, without parentheses.
 *
 *   projection = path { "," path }
 */

/** Parses. Faults: ValidationException for what is wrong whatever the placeholders hold. */
export function parseProjection(text: string): readonly ParsedPath[] {
  const cursor = new Cursor("ProjectionExpression", text, []);
  const paths: ParsedPath[] = [];
  do paths.push(cursor.path());
  while (cursor.take(","));
  cursor.finish(["reserved", "path"]);
  return paths;
}
