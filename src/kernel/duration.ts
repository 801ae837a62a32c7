const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  millisecond: 1,
  s: 1_000,
  second: 1_000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  w: 604_800_000,
  week: 604_800_000,
};

/** Milliseconds of `90s`, `5m`, `7 hours` or `1 day`; undefined for a text that is no duration. */
export function parseDuration(text: string): number | undefined {
  const [, amount, word = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text.trim()) ?? [];
  const unit = word.toLowerCase();
  const unitMs = UNITS_MS[unit] ?? UNITS_MS[unit.replace(/s$/, "")];
  return amount === undefined || unitMs === undefined ? undefined : Number(amount) * unitMs;
}
