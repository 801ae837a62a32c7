import { QueryProblem } from "./problem.ts";

/** A regular expression of a query, which is written as Hyperscan takes it, as one of JavaScript. */
export function compileRegex(source: string, start: number, end: number): RegExp {
  let flags = "";
  let text = source.replaceAll("(?P<", "(?<");
  for (let found = /^\(\?([ims]+)\)/.exec(text); found; found = /^\(\?([ims]+)\)/.exec(text)) {
    flags += found[1];
    text = text.slice(found[0].length);
  }
  // What stands for a whole later on is folded as a whole.
  if (/\(\?i\)/.test(text)) {
    flags += "i";
    text = text.replaceAll("(?i)", "");
  }
  try {
    return new RegExp(text, [...new Set(flags)].join(""));
  } catch {
    throw new QueryProblem(`invalid regular expression /${source}/`, start, end);
  }
}

/** A text in which each asterisk stands for what a `parse` takes out. */
export function compileGlob(glob: string): { readonly expression: RegExp; readonly stars: number } {
  const parts = glob.split("*").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  const stars = parts.length - 1;
  let source = parts[0] ?? "";
  for (const [index, part] of parts.slice(1).entries()) {
    // The last takes all that is left, where nothing follows it.
    const isLast = index === stars - 1 && part === "";
    source += `${isLast ? "([\\s\\S]*)" : "([\\s\\S]*?)"}${part}`;
  }
  return { expression: new RegExp(source), stars };
}
