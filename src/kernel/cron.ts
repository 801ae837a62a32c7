/** A parsed `cron(minutes hours day-of-month month day-of-week year)`, its lists in ascending order. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: DayRule;
  readonly months: readonly number[];
  readonly years: readonly number[];
}

/** Which days of a month; weekdays count from 0 for Sunday. */
type DayRule =
  | { readonly kind: "days"; readonly days: readonly number[] }
  | { readonly kind: "last" }
  | { readonly kind: "lastWorkday" }
  | { readonly kind: "nearestWorkday"; readonly day: number }
  | { readonly kind: "weekdays"; readonly weekdays: ReadonlySet<number> }
  | { readonly kind: "lastOfWeekday"; readonly weekday: number }
  | { readonly kind: "nthOfWeekday"; readonly weekday: number; readonly nth: number };

interface Field {
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
  /** Ranges may run over the end: FRI-MON, 22-2. */
  readonly wraps: boolean;
  /** The longest increment; absent where increments are not known. */
  readonly longestStep?: number;
}

const MONTH_NAMES = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAY_NAMES = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const MINUTE: Field = { least: 0, most: 59, wraps: true, longestStep: 59 };
const HOUR: Field = { least: 0, most: 23, wraps: true, longestStep: 23 };
const DAY: Field = { least: 1, most: 31, wraps: true, longestStep: 31 };
const MONTH: Field = { least: 1, most: 12, names: MONTH_NAMES, wraps: true, longestStep: 12 };
const WEEKDAY: Field = { least: 1, most: 7, names: WEEKDAY_NAMES, wraps: true };
const YEAR: Field = { least: 1970, most: 2199, wraps: false, longestStep: 229 };

/**
 * Reads the six fields; undefined for what AWS refuses.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html
 */
export function parseCron(text: string): Cron | undefined {
  const parts = text.trim().toUpperCase().split(/\s+/);
  const [minute = "", hour = "", day = "", month = "", weekday = "", year = ""] = parts;
  if (parts.length !== 6) return undefined;
  // One of the two fields for days says something, the other one leaves it open.
  if ((day === "?") === (weekday === "?")) return undefined;
  const minutes = valuesOf(minute, MINUTE);
  const hours = valuesOf(hour, HOUR);
  const days = weekday === "?" ? dayRuleOf(day) : weekdayRuleOf(weekday);
  const months = valuesOf(month, MONTH);
  const years = valuesOf(year, YEAR);
  return minutes && hours && days && months && years && { minutes, hours, days, months, years };
}

function dayRuleOf(text: string): DayRule | undefined {
  if (text === "L") return { kind: "last" };
  if (text === "LW" || text === "WL") return { kind: "lastWorkday" };
  const [, nearest] = /^(\d{1,2})W$/.exec(text) ?? [];
  if (nearest !== undefined) {
    const day = numberOf(nearest, DAY);
    return day === undefined ? undefined : { kind: "nearestWorkday", day };
  }
  const days = valuesOf(text, DAY);
  return days && { kind: "days", days };
}

function weekdayRuleOf(text: string): DayRule | undefined {
  if (text === "L") return { kind: "weekdays", weekdays: new Set([6]) };
  const [, name = "", mark, count] = /^(\w+?)(?:(L)|#(\d+))$/.exec(text) ?? [];
  if (mark !== undefined || count !== undefined) {
    const weekday = numberOf(name, WEEKDAY);
    if (weekday === undefined) return undefined;
    if (mark !== undefined) return { kind: "lastOfWeekday", weekday: weekday - 1 };
    const nth = Number(count);
    return nth >= 1 && nth <= 5 ? { kind: "nthOfWeekday", weekday: weekday - 1, nth } : undefined;
  }
  const values = valuesOf(text, WEEKDAY);
  return values && { kind: "weekdays", weekdays: new Set(values.map((value) => value - 1)) };
}

/** The values of a list of numbers, names, ranges and increments, in order. */
function valuesOf(text: string, field: Field): readonly number[] | undefined {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const more = partOf(part, field);
    if (!more) return undefined;
    for (const value of more) values.add(value);
  }
  return [...values].sort((one, other) => one - other);
}

function partOf(text: string, field: Field): number[] | undefined {
  const { least, most, wraps, longestStep } = field;
  const [, range = "", step] = /^([^/]+)(?:\/(\d{1,4}))?$/.exec(text) ?? [];
  const by = step === undefined ? 1 : Number(step);
  if (by < 1 || (step !== undefined && by > (longestStep ?? 0))) return undefined;
  const bounds = boundsOf(range, field, step !== undefined);
  if (!bounds) return undefined;
  const [from, to] = bounds;
  if (from > to && !wraps) return undefined;
  const size = most - least + 1;
  const values: number[] = [];
  for (let value = from; value <= (from > to ? to + size : to); value += by) {
    values.push(value > most ? value - size : value);
  }
  return values;
}

function boundsOf(range: string, field: Field, stepped: boolean): readonly [number, number] | undefined {
  if (range === "*") return [field.least, field.most];
  const [first = "", last, ...rest] = range.split("-");
  const from = numberOf(first, field);
  const to = last !== undefined ? numberOf(last, field) : stepped ? field.most : from;
  return from === undefined || to === undefined || rest.length > 0 ? undefined : [from, to];
}

function numberOf(text: string, { least, most, names = [] }: Field): number | undefined {
  const named = names.indexOf(text);
  const value = named >= 0 ? named + least : /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}

/**
 * The times that an expression names, in order, as epoch milliseconds of a clock that shows them in UTC;
 * from `fromMs` on. At most the months of all years are looked at, whatever never comes.
 */
export function* timesOf(cron: Cron, fromMs: number): Generator<number> {
  const from = new Date(fromMs);
  const firstMonth = from.getUTCFullYear() * 12 + from.getUTCMonth();
  for (const year of cron.years) {
    for (const month of cron.months) {
      if (year * 12 + month - 1 < firstMonth) continue;
      for (const day of daysOf(cron.days, year, month)) yield* timesOfDay(cron, year, month, day, fromMs);
    }
  }
}

const DAY_MS = 86_400_000;

function* timesOfDay(
  { hours, minutes }: Cron,
  year: number,
  month: number,
  day: number,
  fromMs: number,
): Generator<number> {
  const startMs = Date.UTC(year, month - 1, day);
  if (startMs + DAY_MS <= fromMs) return;
  for (const hour of hours) {
    for (const minute of minutes) {
      const atMs = startMs + (hour * 60 + minute) * 60_000;
      if (atMs >= fromMs) yield atMs;
    }
  }
}

/** The days of one month that a rule chooses, in order. */
function daysOf(rule: DayRule, year: number, month: number): readonly number[] {
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const weekdayOf = (day: number) => new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  const nearestWorkday = (day: number): number => {
    const weekday = weekdayOf(day);
    // It stays within its month.
    if (weekday === 6) return day === 1 ? 3 : day - 1;
    if (weekday === 0) return day === length ? day - 2 : day + 1;
    return day;
  };
  /** Of a weekday in this month. */
  const first = (weekday: number) => 1 + ((weekday - weekdayOf(1) + 7) % 7);
  switch (rule.kind) {
    case "days":
      return rule.days.filter((day) => day <= length);
    case "last":
      return [length];
    case "lastWorkday":
      return [length - Math.max(0, ((weekdayOf(length) + 6) % 7) - 4)];
    case "nearestWorkday":
      return rule.day <= length ? [nearestWorkday(rule.day)] : [];
    case "weekdays":
      return Array.from({ length }, (_, index) => index + 1).filter((day) =>
        rule.weekdays.has(weekdayOf(day)),
      );
    case "lastOfWeekday":
      return [length - ((weekdayOf(length) - rule.weekday + 7) % 7)];
    case "nthOfWeekday": {
      const day = first(rule.weekday) + (rule.nth - 1) * 7;
      return day <= length ? [day] : [];
    }
  }
}
