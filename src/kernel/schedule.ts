/** When a scheduled action runs. */
export type Schedule =
  | { readonly kind: "at"; readonly atMs: number }
  | { readonly kind: "rate"; readonly everyMs: number }
  | { readonly kind: "cron"; readonly fields: CronFields; readonly timezone: string };

/** The values each field allows; undefined: any. */
interface CronFields {
  readonly minutes: ReadonlySet<number> | undefined;
  readonly hours: ReadonlySet<number> | undefined;
  readonly days: ReadonlySet<number> | undefined;
  readonly months: ReadonlySet<number> | undefined;
  readonly weekdays: ReadonlySet<number> | undefined;
  readonly years: ReadonlySet<number> | undefined;
}

const UNITS_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
const DAY_MS = UNITS_MS.day;
const MOST_DAYS = 366 * 5;
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/**
 * Reads `at(yyyy-mm-ddThh:mm:ss)`, `rate(5 minutes)` or `cron(minutes hours day month weekday year)`;
 * undefined for anything else, the marks L, W and # of cron among it.
 */
export function parseSchedule(text: string, timezone: string): Schedule | undefined {
  const [, kind, inner = ""] = /^(at|rate|cron)\((.*)\)$/.exec(text.trim()) ?? [];
  if (kind === "at") {
    const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/.exec(inner);
    if (!match) return undefined;
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match
      .slice(1)
      .map((part) => Number(part ?? 0));
    const atMs = inZone(Date.UTC(year, month - 1, day, hour, minute, second), timezone);
    return Number.isFinite(atMs) ? { kind: "at", atMs } : undefined;
  }
  if (kind === "rate") {
    const [, count, unit] = /^(\d+) (minute|hour|day)s?$/.exec(inner) ?? [];
    const everyMs = Number(count) * (UNITS_MS[unit as keyof typeof UNITS_MS] ?? 0);
    return everyMs > 0 ? { kind: "rate", everyMs } : undefined;
  }
  const fields = kind === "cron" ? parseCron(inner) : undefined;
  return fields && { kind: "cron", fields, timezone };
}

/** The first run after a moment; `sinceMs` is when the action was made, from which rates count. */
export function nextRunMs(schedule: Schedule, sinceMs: number, afterMs: number): number | undefined {
  if (schedule.kind === "at") return schedule.atMs > afterMs ? schedule.atMs : undefined;
  if (schedule.kind === "rate") {
    const passed = Math.max(0, Math.floor((afterMs - sinceMs) / schedule.everyMs));
    return sinceMs + (passed + 1) * schedule.everyMs;
  }
  return nextCronMs(schedule.fields, schedule.timezone, afterMs);
}

function parseCron(text: string): CronFields | undefined {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== 6) return undefined;
  const [minutes, hours, days, months, weekdays, years] = [
    fieldOf(parts[0] ?? "", 0, 59),
    fieldOf(parts[1] ?? "", 0, 23),
    fieldOf(parts[2] ?? "", 1, 31),
    fieldOf(parts[3] ?? "", 1, 12, MONTHS),
    fieldOf(parts[4] ?? "", 1, 7, WEEKDAYS),
    fieldOf(parts[5] ?? "", 1970, 2199),
  ];
  const all = [minutes, hours, days, months, weekdays, years];
  if (all.includes("wrong")) return undefined;
  // One of the days must be left open.
  if (days !== undefined && weekdays !== undefined) return undefined;
  return { minutes, hours, days, months, weekdays, years } as CronFields;
}

function fieldOf(
  text: string,
  least: number,
  most: number,
  names: readonly string[] = [],
): ReadonlySet<number> | undefined | "wrong" {
  if (text === "*" || text === "?") return undefined;
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const [range = "", step = "1"] = part.split("/");
    const [from, to] = boundsOf(range, least, most, names, part.includes("/"));
    const by = Number(step);
    if (!Number.isInteger(from) || !Number.isInteger(to) || !Number.isInteger(by) || by < 1) return "wrong";
    if (from < least || to > most || from > to) return "wrong";
    for (let value = from; value <= to; value += by) values.add(value);
  }
  return values;
}

function boundsOf(range: string, least: number, most: number, names: readonly string[], stepped: boolean) {
  const numberOf = (name: string) => {
    const at = names.indexOf(name.toUpperCase());
    return at >= 0 ? at + 1 : /^\d+$/.test(name) ? Number(name) : Number.NaN;
  };
  if (range === "*") return [least, most] as const;
  const [from = "", to] = range.split("-");
  if (to !== undefined) return [numberOf(from), numberOf(to)] as const;
  return [numberOf(from), stepped ? most : numberOf(from)] as const;
}

function nextCronMs(fields: CronFields, timezone: string, afterMs: number): number | undefined {
  const local = afterMs + offsetMs(afterMs, timezone);
  const firstDay = Math.floor(local / DAY_MS) * DAY_MS;
  for (let day = 0; day < MOST_DAYS; day++) {
    const dayMs = firstDay + day * DAY_MS;
    if (!matchesDay(fields, new Date(dayMs))) continue;
    for (let hour = 0; hour < 24; hour++) {
      if (fields.hours && !fields.hours.has(hour)) continue;
      for (let minute = 0; minute < 60; minute++) {
        if (fields.minutes && !fields.minutes.has(minute)) continue;
        const atMs = inZone(dayMs + hour * UNITS_MS.hour + minute * UNITS_MS.minute, timezone);
        if (atMs > afterMs) return atMs;
      }
    }
  }
  return undefined;
}

function matchesDay({ days, months, weekdays, years }: CronFields, date: Date): boolean {
  return (
    (days?.has(date.getUTCDate()) ?? true) &&
    (months?.has(date.getUTCMonth() + 1) ?? true) &&
    (weekdays?.has(date.getUTCDay() + 1) ?? true) &&
    (years?.has(date.getUTCFullYear()) ?? true)
  );
}

/** The moment at which clocks in a time zone show what UTC's show at `wallMs`. */
function inZone(wallMs: number, timezone: string): number {
  const guess = wallMs - offsetMs(wallMs, timezone);
  return wallMs - offsetMs(guess, timezone);
}

/** How far a time zone's clocks are ahead of UTC's. */
function offsetMs(atMs: number, timezone: string): number {
  if (timezone === "UTC") return 0;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const parts = Object.fromEntries(
    format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1000) * 1000;
}

/** Whether there is such a time zone. */
export function isTimezone(timezone: string): boolean {
  try {
    offsetMs(0, timezone);
    return true;
  } catch {
    return false;
  }
}
