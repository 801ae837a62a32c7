import { TemplateError } from "./template-error.ts";

const DEEPEST = 200;
const WIDEST_INDENT = 1000;

/**
 * Refuses a text that is nested deeper than any template, before anything recurses into it: a parser that
 * runs out of stack can take the whole process with it. Brackets in text count too; they come in pairs there.
 */
export function checkNesting(text: string): void {
  let depth = 0;
  for (const character of text) {
    if (character === "[" || character === "{") depth++;
    else if (depth > 0 && (character === "]" || character === "}")) depth--;
    if (depth > DEEPEST) throw tooDeep();
  }
  // In blocks each level takes a column of the line, or an indicator before its text.
  for (const [, indent = "", indicators = ""] of text.matchAll(/^( *)((?:[-?:][ \t]+)*)/gm)) {
    if (indent.length > WIDEST_INDENT || indicators.length > 2 * DEEPEST) throw tooDeep();
  }
}

function tooDeep(): TemplateError {
  return new TemplateError(`Template format error: It is nested deeper than ${DEEPEST} levels.`);
}
