import { type Tally, valuesOf } from "../../../kernel/tally.ts";

/** How a tally becomes a number; undefined where it holds too little for that. */
export type Statistic = (tally: Tally) => number | undefined;

const PLAIN: Readonly<Record<string, Statistic>> = {
  SampleCount: ({ count }) => count,
  Average: ({ sum, count }) => sum / count,
  Sum: ({ sum }) => sum,
  Minimum: ({ minimum }) => minimum,
  Maximum: ({ maximum }) => maximum,
};

const NUMBER = "(\\d{1,3}(?:\\.\\d{1,10})?)";
const SHORT = new RegExp(`^(p|tm|wm|tc|ts)${NUMBER}$`, "i");
const FULL = /^(TM|WM|TC|TS|PR)\(([^:()]*):([^:()]*)\)$/i;

export const isPlainStatistic = (text: string): boolean => Object.hasOwn(PLAIN, text);

/**
 * A statistic by its name: `Average`, `p99.9`, `tm90`, `TM(10%:90%)`, `PR(:100)`, `IQM`; undefined for none.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
 */
export function statisticOf(text: string): Statistic | undefined {
  if (isPlainStatistic(text)) return PLAIN[text];
  if (/^iqm$/i.test(text)) return trimmed("tm", bound("25%", 0), bound("75%", 100));
  const [, short = "", upTo = ""] = SHORT.exec(text) ?? [];
  if (short !== "") {
    const percent = Number(upTo);
    if (percent > 100) return undefined;
    return short.toLowerCase() === "p"
      ? (tally) => percentile(tally, percent)
      : trimmed(short.toLowerCase(), bound("", 0), { percent });
  }
  const [, kind = "", from = "", to = ""] = FULL.exec(text) ?? [];
  if (kind === "" || (from === "" && to === "")) return undefined;
  const [low, high] = [bound(from, 0), bound(to, 100)];
  if (!low || !high) return undefined;
  if (kind.toUpperCase() === "PR") return isValue(from) && isValue(to) ? rank(from, to) : undefined;
  return trimmed(kind.toLowerCase(), low, high);
}

/** An edge of what is looked at: a share of the values, or a value. */
type Bound = { readonly percent: number } | { readonly value: number };

function bound(text: string, open: number): Bound | undefined {
  if (text === "") return { percent: open };
  const percent = /^(\d{1,3}(?:\.\d{1,10})?)%$/.exec(text)?.[1];
  if (percent !== undefined) return Number(percent) <= 100 ? { percent: Number(percent) } : undefined;
  return isValue(text) ? { value: Number(text) } : undefined;
}

const isValue = (text: string): boolean => text === "" || /^-?\d+(\.\d+)?$/.test(text);

/** With a straight line between neighbours. */
function percentile(tally: Tally, percent: number): number | undefined {
  if (tally.blind) return undefined;
  const values = valuesOf(tally);
  const rankAt = (percent / 100) * (tally.count - 1);
  let passed = 0;
  for (const [at, [value, times]] of values.entries()) {
    if (rankAt <= passed + times - 1) return value;
    const next = values[at + 1]?.[0];
    if (next !== undefined && rankAt < passed + times) {
      return value + (next - value) * (rankAt - (passed + times - 1));
    }
    passed += times;
  }
  return tally.maximum;
}

/** The share of values in (from, to], in percent. */
function rank(from: string, to: string): Statistic {
  const low = from === "" ? Number.NEGATIVE_INFINITY : Number(from);
  const high = to === "" ? Number.POSITIVE_INFINITY : Number(to);
  return (tally) => {
    if (tally.blind) return undefined;
    let within = 0;
    for (const [value, times] of valuesOf(tally)) if (value > low && value <= high) within += times;
    return (within / tally.count) * 100;
  };
}

/** Of the values between two edges: their mean, count or sum; wm draws those outside to the edges. */
function trimmed(kind: string, low: Bound | undefined, high: Bound | undefined): Statistic {
  return (tally) => {
    if (tally.blind || !low || !high) return undefined;
    const within = between(tally, low, high);
    let count = 0;
    let sum = 0;
    for (const [value, times] of within) {
      count += times;
      sum += value * times;
    }
    if (kind === "tc") return count;
    if (kind === "ts") return sum;
    if (count === 0) return undefined;
    if (kind === "tm") return sum / count;
    const [least = 0] = within[0] ?? [];
    const [most = 0] = within.at(-1) ?? [];
    for (const [value, times] of outside(tally, within)) sum += times * (value < least ? least : most);
    return sum / tally.count;
  };
}

function between(tally: Tally, low: Bound, high: Bound): [number, number][] {
  const firstRank = "percent" in low ? (low.percent / 100) * tally.count : 0;
  const lastRank = "percent" in high ? (high.percent / 100) * tally.count : tally.count;
  const within: [number, number][] = [];
  let passed = 0;
  for (const [value, times] of valuesOf(tally)) {
    const taken = Math.min(passed + times, lastRank) - Math.max(passed, firstRank);
    passed += times;
    const isIn = ("percent" in low || value > low.value) && ("percent" in high || value <= high.value);
    // Values are whole: one that an edge goes through is in when half of it is.
    const whole = Number.isInteger(times) ? Math.round(taken) : taken;
    if (isIn && whole > 0) within.push([value, whole]);
  }
  return within;
}

function outside(tally: Tally, within: readonly [number, number][]): [number, number][] {
  const inside = new Map(within);
  return valuesOf(tally).map(([value, times]) => [value, times - (inside.get(value) ?? 0)]);
}
