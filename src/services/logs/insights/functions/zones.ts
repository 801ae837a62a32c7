/** Parts of a moment as a clock in some place shows them; months from 1, Sunday is 0. */
export interface ClockParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
  readonly weekday: number;
  /** How far the clock there is ahead of UTC. */
  readonly offsetMs: number;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Undefined where there is no such zone. */
function clockOf(zone: string): Intl.DateTimeFormat | undefined {
  const known = clocks.get(zone);
  if (known) return known;
  try {
    const fields = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric" } as const;
    const options = { ...fields, minute: "numeric", second: "numeric", era: "short" } as const;
    const clock = new Intl.DateTimeFormat("en-US", { ...options, timeZone: zone, hourCycle: "h23" });
    clocks.set(zone, clock);
    return clock;
  } catch {
    return undefined;
  }
}

/** What a clock in a zone shows; undefined where there is no such zone, or no such moment. */
export function clockParts(ms: number, zone: string): ClockParts | undefined {
  const clock = clockOf(zone);
  if (!clock || Number.isNaN(new Date(ms).getTime())) return undefined;
  const shown = Object.fromEntries(clock.formatToParts(ms).map(({ type, value }) => [type, value]));
  const read = (name: string) => Number(shown[name]);
  const year = shown.era === "BC" ? 1 - read("year") : read("year");
  const there = new Date(0);
  there.setUTCFullYear(year, read("month") - 1, read("day"));
  there.setUTCHours(read("hour"), read("minute"), read("second"));
  const milliseconds = ((ms % 1000) + 1000) % 1000;
  return {
    year,
    month: read("month"),
    day: read("day"),
    hour: read("hour"),
    minute: read("minute"),
    second: read("second"),
    ms: Math.floor(milliseconds),
    weekday: there.getUTCDay(),
    offsetMs: there.getTime() - (ms - milliseconds),
  };
}

/** When a clock in a zone shows what one in UTC shows at `ms`. */
export function fromClock(ms: number, zone: string): number | undefined {
  const first = clockParts(ms, zone);
  if (!first) return undefined;
  // The zone's offset then may be another than the one that was guessed with.
  const second = clockParts(ms - first.offsetMs, zone);
  return second && ms - second.offsetMs;
}
