/** One step of a path: a member, an element, or `*` for all of them. */
type Step = string | number | typeof ALL;

const ALL = Symbol("all");

/**
 * The steps of a path in the part of JSONPath that EventBridge knows: `$.detail.items[0].name`, `$.a[*].b`.
 * Undefined for what is none.
 */
export function parsePath(text: string): readonly Step[] | undefined {
  if (!/^\$(?:\.[^.[\]\s]+|\[(?:\d{1,9}|\*)\])*$/.test(text)) return undefined;
  return [...text.matchAll(/\.([^.[\]\s]+)|\[(\d+|\*)\]/g)].map(([, member, element]) => {
    if (member === "*" || element === "*") return ALL;
    return member ?? Number(element);
  });
}

/** What lies at a path: undefined where nothing does, a list for a path with a star in it. */
export function valueAt(value: unknown, path: readonly Step[]): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (typeof value !== "object" || value === null) return undefined;
  if (step === ALL) {
    const found = Object.values(value).map((item) => valueAt(item, rest));
    return found.filter((item) => item !== undefined).flatMap((item) => (rest.includes(ALL) ? item : [item]));
  }
  if (typeof step === "number" && !Array.isArray(value)) return undefined;
  return Object.hasOwn(value, step) ? valueAt((value as Record<string, unknown>)[step], rest) : undefined;
}
