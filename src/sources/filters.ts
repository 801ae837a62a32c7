import { parsePatternText } from "../patterns/pattern.ts";

/** Whether a record is wanted, as filters see it; without filters every one is. */
export function createFilter(texts: readonly string[]): (view: () => unknown) => boolean {
  const patterns = texts.map((text) => parsePatternText(text, "filter"));
  if (patterns.length === 0) return () => true;
  return (view) => {
    const seen = view();
    return patterns.some((pattern) => pattern.matches(seen));
  };
}
