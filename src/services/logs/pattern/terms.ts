import type { Extract, FilterPattern } from "./pattern.ts";
import { PatternProblem } from "./problem.ts";
import { Reader } from "./reader.ts";

interface Term {
  readonly kind: "needed" | "excluded" | "optional";
  readonly expression?: RegExp;
  readonly text?: string;
}

const NOTHING: Extract = { value: () => undefined, all: () => ({}) };

/** Words, phrases and expressions that a message holds, `-` for those it does not, `?` for one of several. */
export function parseTerms(text: string): FilterPattern {
  const reader = new Reader(text);
  const terms: Term[] = [];
  for (reader.space(); !reader.isAtEnd; reader.space()) terms.push(readTerm(reader));
  const testsOf = (kind: Term["kind"]) => terms.filter((term) => term.kind === kind).map(testOf);
  const [needed, excluded, optional] = [testsOf("needed"), testsOf("excluded"), testsOf("optional")];
  // Beside other terms, optional ones say nothing.
  const isOptional = needed.length + excluded.length === 0 && optional.length > 0;
  const matches = (message: string) =>
    isOptional
      ? optional.some((test) => test(message))
      : needed.every((test) => test(message)) && !excluded.some((test) => test(message));
  return {
    kind: "terms",
    knows: () => false,
    expressions: terms.filter(({ expression }) => expression).length,
    match: (message) => (matches(message) ? NOTHING : undefined),
  };
}

function readTerm(reader: Reader): Term {
  const kind = reader.takes("-") ? "excluded" : reader.takes("?") ? "optional" : "needed";
  const expression = reader.expression();
  if (expression) return { kind, expression };
  const quoted = reader.quoted();
  if (quoted !== undefined) return { kind, text: quoted };
  const word = reader.match(/[^\s"]+/y)?.[0] ?? "";
  if (!/^\w+$/.test(word)) throw new PatternProblem(`Invalid character(s) in term '${word}'`);
  return { kind, text: word };
}

function testOf({ expression, text = "" }: Term): (message: string) => boolean {
  if (expression) return (message) => expression.test(message);
  // Blanks alone match everything.
  if (text.trim() === "") return () => true;
  return (message) => message.includes(text);
}
