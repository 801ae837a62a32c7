type AttributeValue = string | number | boolean | readonly string[];

/** By name; what is undefined is left out. */
export type Attributes = Readonly<Record<string, AttributeValue | undefined>>;

interface Pair {
  readonly key: string;
  readonly value: object;
}

/** Attributes as OTLP has them. */
export function pairsOf(attributes: Attributes): Pair[] {
  const pairs: Pair[] = [];
  for (const [key, value] of Object.entries(attributes))
    if (value !== undefined) pairs.push({ key, value: valueAs(value) });
  return pairs;
}

function valueAs(value: AttributeValue): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value !== "number") return { arrayValue: { values: value.map(valueAs) } };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** A moment in nanoseconds, to the microsecond: more digits a millisecond with a fraction does not have. */
export function nanosOf(timeMs: number): string {
  return `${Math.max(0, Math.round(timeMs * 1_000))}000`;
}

/** X-Ray's root, as W3C and OpenTelemetry write it. */
export function traceIdOf(root: string): string | undefined {
  const id = root.slice(2).replace("-", "");
  return /^[0-9a-f]{32}$/.test(id) ? id : undefined;
}
