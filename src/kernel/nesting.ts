const DEEPEST = 200;
const WIDEST_INDENT = 1000;

/**
 * Whether a YAML text is nested deeper than any that is meant, found without recursion: a parser that runs
 * out of stack can take the whole process with it. Brackets in text count too; they come in pairs there.
 */
export function isNestedTooDeep(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === "[" || character === "{") depth++;
    else if (depth > 0 && (character === "]" || character === "}")) depth--;
    if (depth > DEEPEST) return true;
  }
  // In blocks each level takes a column of the line, or an indicator before its text.
  for (const [, indent = "", indicators = ""] of text.matchAll(/^( *)((?:[-?:][ \t]+)*)/gm)) {
    if (indent.length > WIDEST_INDENT || indicators.length > 2 * DEEPEST) return true;
  }
  return false;
}
