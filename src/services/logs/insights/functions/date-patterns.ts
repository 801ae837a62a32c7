import { MONTHS } from "./date-format.ts";
import { fromClock } from "./zones.ts";

/** What has been read of a text. */
interface Found {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  ms: number;
  afternoon?: boolean;
  offsetMs?: number;
}

interface Letter {
  /** What stands there, by how often the letter does. */
  readonly matches: (count: number) => string;
  readonly read: (found: Found, text: string, count: number) => void;
}

const number = (set: (found: Found, value: number) => void): Letter => ({
  matches: (count) => (count === 1 ? "\\d+" : `\\d{${count}}`),
  read: (found, text) => set(found, Number(text)),
});

const year: Letter = {
  matches: (count) => (count === 2 ? "\\d{2}" : "\\d{4}"),
  read: (found, text, count) => {
    found.year = Number(text) + (count === 2 ? 2000 : 0);
  },
};

const offset: Letter = {
  matches: () => "Z|[+-]\\d{2}(?::?\\d{2})?",
  read: (found, text) => {
    const [, sign, hours = "0", minutes = "0"] = /^([+-])(\d{2}):?(\d{2})?$/.exec(text) ?? [];
    found.offsetMs = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  },
};

const words: Letter = { matches: () => "[A-Za-z]+", read: () => {} };

/** Letters of a pattern. https://docs.oracle.com/javase/8/docs/api/java/time/format/DateTimeFormatter.html */
const LETTERS: Readonly<Record<string, Letter>> = {
  y: year,
  u: year,
  M: {
    matches: (count) => (count > 2 ? "[A-Za-z]+" : count === 2 ? "\\d{2}" : "\\d{1,2}"),
    read: (found, text) => {
      const named = MONTHS.findIndex((name) => name.toLowerCase().startsWith(text.toLowerCase()));
      found.month = /^\d/.test(text) ? Number(text) : named + 1;
    },
  },
  d: number((found, value) => Object.assign(found, { day: value })),
  H: number((found, value) => Object.assign(found, { hour: value })),
  h: number((found, value) =>
    Object.assign(found, { hour: value % 12, afternoon: found.afternoon ?? false }),
  ),
  m: number((found, value) => Object.assign(found, { minute: value })),
  s: number((found, value) => Object.assign(found, { second: value })),
  S: {
    matches: (count) => `\\d{${count}}`,
    read: (found, text) => {
      found.ms = Math.floor(Number(`0.${text}`) * 1000);
    },
  },
  a: {
    matches: () => "[AaPp][Mm]",
    read: (found, text) => {
      found.afternoon = text.toLowerCase() === "pm";
    },
  },
  E: words,
  X: offset,
  x: offset,
  Z: offset,
};

/** Quoted text, letters that repeat, or any other character. */
const PART = /'((?:[^']|'')*)'|([A-Za-z])\2*|[\s\S]/g;

/**
 * When it is that a text says, in milliseconds; undefined where it does not say so in the pattern's shape, or
 * the pattern has a letter that is none of a date.
 */
export function parseDate(text: string, pattern: string, zone: string): number | undefined {
  const letters: (readonly [Letter, number])[] = [];
  let source = "";
  for (const [whole, quoted, letter] of pattern.matchAll(PART)) {
    const known = letter === undefined ? undefined : LETTERS[letter];
    if (letter !== undefined && !known) return undefined;
    if (known) {
      letters.push([known, whole.length]);
      source += `(${known.matches(whole.length)})`;
    } else source += (quoted ?? whole).replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  }
  const groups = new RegExp(`^${source}$`).exec(text);
  if (!groups) return undefined;
  const found: Found = { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, ms: 0 };
  for (const [at, [letter, count]] of letters.entries()) letter.read(found, groups[at + 1] ?? "", count);
  return momentOf(found, zone);
}

function momentOf(found: Found, zone: string): number | undefined {
  const { month, day, minute, second, ms, offsetMs } = found;
  const hour = found.hour + (found.afternoon ? 12 : 0);
  const utcMs = Date.UTC(found.year, month - 1, day, hour, minute, second, ms);
  const at = new Date(utcMs);
  const isDate = at.getUTCMonth() === month - 1 && at.getUTCDate() === day && at.getUTCHours() === hour;
  if (!isDate || minute > 59 || second > 59) return undefined;
  return offsetMs === undefined ? fromClock(utcMs, zone) : utcMs - offsetMs;
}
