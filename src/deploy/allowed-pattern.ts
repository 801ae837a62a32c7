import { createContext, Script } from "node:vm";
import { TemplateError } from "./template-error.ts";

const MOST_MS = 1000;
const test = new Script("new RegExp(pattern).test(text)");

/**
 * Whether all of a text matches a template's pattern. Throws a TemplateError for what is no pattern, and for
 * one that takes too long: some take for ever on some texts, and nothing else ends them.
 */
export function matchesAll(pattern: string, text: string): boolean {
  const context = createContext({ pattern: `^(?:${pattern})$`, text });
  try {
    return test.runInContext(context, { timeout: MOST_MS });
  } catch {
    throw new TemplateError(`Template format error: ${pattern} is not a valid pattern`);
  }
}
