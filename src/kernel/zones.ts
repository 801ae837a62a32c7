const DAY_MS = 86_400_000;

/** A format is costly to make and cheap to use. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** How far a time zone's clocks are ahead of UTC's, in milliseconds. */
export function offsetMs(atMs: number, timezone: string): number {
  if (timezone === "UTC") return 0;
  let format = formats.get(timezone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: timezone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(timezone, format);
  }
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(atMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1000) * 1000;
}

/**
 * The moment at which clocks in a time zone show what UTC's show at `wallMs`: the first one where clocks are
 * turned back and show it twice, undefined where they are turned forward and never show it.
 */
export function momentOf(wallMs: number, timezone: string): number | undefined {
  if (timezone === "UTC") return wallMs;
  const before = offsetMs(wallMs - DAY_MS, timezone);
  const after = offsetMs(wallMs + DAY_MS, timezone);
  const moments = [wallMs - Math.max(before, after), wallMs - Math.min(before, after)];
  return moments.find((atMs) => atMs + offsetMs(atMs, timezone) === wallMs);
}

/** The same, but a time that clocks leave out is taken as if they had not been turned yet. */
export function nearestMomentOf(wallMs: number, timezone: string): number {
  return momentOf(wallMs, timezone) ?? wallMs - offsetMs(wallMs - DAY_MS, timezone);
}

/** Whether there is such a time zone. */
export function isTimezone(timezone: string): boolean {
  try {
    return Number.isFinite(offsetMs(0, timezone));
  } catch {
    return false;
  }
}
