import { type ClockParts, clockParts } from "./zones.ts";

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
export const MONTHS = [
  ...["January", "February", "March", "April", "May", "June"],
  ...["July", "August", "September", "October", "November", "December"],
];

const two = (value: number) => String(value).padStart(2, "0");
const twelve = (hour: number) => (hour % 12 === 0 ? 12 : hour % 12);

function dayOfYear({ year, month, day }: ClockParts): number {
  return (Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 1)) / 86_400_000 + 1;
}

function offset({ offsetMs }: ClockParts): string {
  const minutes = Math.abs(offsetMs) / 60_000;
  return `${offsetMs < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}

/**
 * What stands for each letter after a percent sign.
 * https://pubs.opengroup.org/onlinepubs/9699919799/functions/strftime.html
 */
const LETTERS: Readonly<Record<string, (at: ClockParts, ms: number, zone: string) => string>> = {
  Y: ({ year }) => String(year).padStart(4, "0"),
  y: ({ year }) => two(year % 100),
  C: ({ year }) => two(Math.floor(year / 100)),
  m: ({ month }) => two(month),
  d: ({ day }) => two(day),
  e: ({ day }) => String(day).padStart(2, " "),
  j: (at) => String(dayOfYear(at)).padStart(3, "0"),
  H: ({ hour }) => two(hour),
  I: ({ hour }) => two(twelve(hour)),
  k: ({ hour }) => String(hour).padStart(2, " "),
  l: ({ hour }) => String(twelve(hour)).padStart(2, " "),
  M: ({ minute }) => two(minute),
  S: ({ second }) => two(second),
  L: (at) => String(at.ms).padStart(3, "0"),
  f: (at) => String(at.ms * 1000).padStart(6, "0"),
  p: ({ hour }) => (hour < 12 ? "AM" : "PM"),
  P: ({ hour }) => (hour < 12 ? "am" : "pm"),
  A: ({ weekday }) => DAYS[weekday] ?? "",
  a: ({ weekday }) => (DAYS[weekday] ?? "").slice(0, 3),
  B: ({ month }) => MONTHS[month - 1] ?? "",
  b: ({ month }) => (MONTHS[month - 1] ?? "").slice(0, 3),
  h: ({ month }) => (MONTHS[month - 1] ?? "").slice(0, 3),
  u: ({ weekday }) => String(weekday === 0 ? 7 : weekday),
  w: ({ weekday }) => String(weekday),
  z: offset,
  Z: (_at, _ms, zone) => zone,
  s: (_at, ms) => String(Math.floor(ms / 1000)),
  n: () => "\n",
  t: () => "\t",
  "%": () => "%",
};

/** Letters that stand for several others. */
const WHOLES: Readonly<Record<string, string>> = {
  F: "%Y-%m-%d",
  T: "%H:%M:%S",
  R: "%H:%M",
  D: "%m/%d/%y",
  r: "%I:%M:%S %p",
  c: "%a %b %e %H:%M:%S %Y",
  x: "%m/%d/%y",
  X: "%H:%M:%S",
};

/** A moment as `strftime` writes it; undefined where there is no such zone. What is no letter stays. */
export function formatDate(ms: number, pattern: string, zone: string): string | undefined {
  const at = clockParts(ms, zone);
  if (!at) return undefined;
  const spelled = pattern.replaceAll(/%([FTRDrcxX])/g, (_, letter: string) => WHOLES[letter] ?? "");
  return spelled.replaceAll(/%(.)/g, (whole, letter: string) => LETTERS[letter]?.(at, ms, zone) ?? whole);
}
