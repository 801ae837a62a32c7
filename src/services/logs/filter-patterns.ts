import { createContext, Script } from "node:vm";
import { invalid } from "./faults.ts";
import { parsePattern } from "./pattern/parse.ts";
import type { FilterPattern } from "./pattern/pattern.ts";
import { PatternProblem } from "./pattern/problem.ts";

const MOST_EXPRESSIONS = 2;
const MOST_KNOWN = 1_000;

const known = new Map<string, FilterPattern>();

/** A filter pattern, read once; throws InvalidParameterException for what is none. */
export function patternOf(text: string): FilterPattern {
  let pattern = known.get(text);
  if (!pattern) {
    pattern = read(text);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(text, pattern);
  }
  return pattern;
}

function read(text: string): FilterPattern {
  try {
    const pattern = parsePattern(text);
    if (pattern.kind !== "terms" && pattern.expressions > MOST_EXPRESSIONS) {
      throw new PatternProblem(`more than ${MOST_EXPRESSIONS} regular expressions`);
    }
    return pattern;
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error;
    // AWS says this much of a term, and of all else only that it is invalid.
    if (error.message.startsWith("Invalid character(s) in term")) throw invalid(error.message);
    throw invalid(`Invalid filter pattern: ${error.message}`);
  }
}

const call = new Script("work()");

/**
 * Runs work that holds expressions of users; undefined when it takes longer than `mostMs`. Some expressions
 * take for ever on some texts, and nothing else ends them.
 */
export function withinTime<Result>(mostMs: number, work: () => Result): Result | undefined {
  try {
    return call.runInContext(createContext({ work }), { timeout: mostMs });
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    return undefined;
  }
}

/** The same for a request: throws InvalidParameterException when it takes longer. */
export function bounded<Result extends object>(mostMs: number, work: () => Result): Result {
  const result = withinTime(mostMs, work);
  if (!result) throw invalid(`The regular expressions took longer than ${mostMs} ms.`);
  return result;
}
