// The JSON paths that pipes know: dots, names, indexes, wildcards. Pure.

const STEPS = /\.([A-Za-z0-9_-]+|\*)|\[(\d+|\*)\]|\["([^"]+)"\]|\['([^']+)'\]/y;

/** The steps of `$.a.b[0]`; undefined for what is no path. */
export function parsePath(text: string): readonly string[] | undefined {
  if (!text.startsWith("$")) return undefined;
  const steps: string[] = [];
  STEPS.lastIndex = 1;
  while (STEPS.lastIndex < text.length) {
    const [, name, index, quoted, other] = STEPS.exec(text) ?? [];
    const step = name ?? index ?? quoted ?? other;
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return steps;
}

/** What a path leads to; a wildcard gathers a list. Undefined where it leads nowhere. */
export function follow(value: unknown, steps: readonly string[]): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  if (typeof value !== "object" || value === null) return undefined;
  if (step === "*") {
    return Object.values(value)
      .map((each) => follow(each, rest))
      .filter((found) => found !== undefined);
  }
  return Object.hasOwn(value, step) ? follow((value as Record<string, unknown>)[step], rest) : undefined;
}
