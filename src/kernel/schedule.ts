import { type Cron, parseCron, timesOf } from "./cron.ts";
import { momentOf, nearestMomentOf, offsetMs } from "./zones.ts";

export { isTimezone } from "./zones.ts";

/** When a scheduled action runs. */
export type Schedule =
  | { readonly kind: "at"; readonly atMs: number }
  | { readonly kind: "rate"; readonly everyMs: number }
  | { readonly kind: "cron"; readonly cron: Cron; readonly timezone: string };

const UNITS_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
const MINUTE_MS = UNITS_MS.minute;

/**
 * Reads `at(yyyy-mm-ddThh:mm:ss)`, `rate(5 minutes)` or `cron(minutes hours day month weekday year)`;
 * undefined for anything else. Times are of the time zone given; a rate counts real time in every zone.
 */
export function parseSchedule(text: string, timezone: string): Schedule | undefined {
  const [, kind, inner = ""] = /^(at|rate|cron)\((.*)\)$/.exec(text.trim()) ?? [];
  if (kind === "at") return parseAt(inner, timezone);
  if (kind === "rate") return parseRate(inner);
  const cron = kind === "cron" ? parseCron(inner) : undefined;
  return cron && { kind: "cron", cron, timezone };
}

function parseAt(text: string, timezone: string): Schedule | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?$/.exec(text);
  const wall = `${match?.[1]}${match?.[2] ?? ":00"}`;
  const wallMs = Date.parse(`${wall}Z`);
  // No thirtieth of February.
  if (!Number.isFinite(wallMs) || new Date(wallMs).toISOString().slice(0, 19) !== wall) return undefined;
  return { kind: "at", atMs: nearestMomentOf(wallMs, timezone) };
}

function parseRate(text: string): Schedule | undefined {
  const [, count, unit] = /^(\d{1,9}) +(minute|hour|day)s?$/.exec(text) ?? [];
  const everyMs = Number(count) * (UNITS_MS[unit as keyof typeof UNITS_MS] ?? 0);
  return everyMs > 0 ? { kind: "rate", everyMs } : undefined;
}

/**
 * The first run after a moment; `sinceMs` is when the action was made, from which rates count. A time that
 * clocks leave out when they are turned forward is not run; one that they show twice is run once.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
 */
export function nextRunMs(schedule: Schedule, sinceMs: number, afterMs: number): number | undefined {
  if (schedule.kind === "at") return schedule.atMs > afterMs ? schedule.atMs : undefined;
  if (schedule.kind === "rate") {
    const passed = Math.max(0, Math.floor((afterMs - sinceMs) / schedule.everyMs));
    return sinceMs + (passed + 1) * schedule.everyMs;
  }
  const { cron, timezone } = schedule;
  const wallMs = afterMs + offsetMs(afterMs, timezone);
  for (const timeMs of timesOf(cron, Math.floor(wallMs / MINUTE_MS) * MINUTE_MS)) {
    const atMs = momentOf(timeMs, timezone);
    if (atMs !== undefined && atMs > afterMs) return atMs;
  }
  return undefined;
}
