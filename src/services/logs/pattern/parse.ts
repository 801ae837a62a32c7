import { parseFields } from "./fields.ts";
import { parseJsonPattern } from "./json.ts";
import type { FilterPattern } from "./pattern.ts";
import { parseTerms } from "./terms.ts";

/** Throws PatternProblem. */
export function parsePattern(text: string): FilterPattern {
  const trimmed = text.trim();
  if (trimmed.startsWith("{")) return parseJsonPattern(trimmed);
  if (trimmed.startsWith("[")) return parseFields(trimmed);
  return parseTerms(trimmed);
}
