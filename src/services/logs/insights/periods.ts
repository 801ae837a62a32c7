import type { Period, PeriodUnit } from "./reading/ast.ts";

const FIXED_MS: Readonly<Partial<Record<PeriodUnit, number>>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const MONTH_MS = (365.2425 / 12) * 86_400_000;
const MONTHS: Readonly<Partial<Record<PeriodUnit, number>>> = { mo: 1, q: 3, y: 12 };

/** Larger amounts of these are taken as this one, as on AWS: `bin(300s)` is `bin(60s)`. */
const MOST: Readonly<Partial<Record<PeriodUnit, number>>> = { ms: 1_000, s: 60, m: 60, h: 24 };

export const capped = ({ amount, unit }: Period): Period => ({
  amount: Math.min(amount, MOST[unit] ?? amount),
  unit,
});

/** A moment so much later. */
export function later(ms: number, { amount, unit }: Period): number {
  const fixedMs = FIXED_MS[unit];
  if (fixedMs !== undefined) return ms + fixedMs * amount;
  const date = new Date(ms);
  return date.setUTCMonth(date.getUTCMonth() + (MONTHS[unit] ?? 1) * amount);
}

/** How long it is; of months and years, how long they are on average. */
export function lengthMs({ amount, unit }: Period): number {
  return amount * (FIXED_MS[unit] ?? (MONTHS[unit] ?? 1) * MONTH_MS);
}

/** The beginning, in UTC, of the period that a moment lies in. Weeks are counted from the epoch. */
export function floorTo({ amount, unit }: Period, ms: number): number {
  const fixedMs = FIXED_MS[unit];
  if (fixedMs !== undefined) return Math.floor(ms / (fixedMs * amount)) * fixedMs * amount;
  const span = (MONTHS[unit] ?? 1) * amount;
  const date = new Date(ms);
  const months = date.getUTCFullYear() * 12 + date.getUTCMonth();
  return monthStart(Math.floor(months / span) * span);
}

export function ceilTo(period: Period, ms: number): number {
  const floor = floorTo(period, ms);
  if (floor === ms) return ms;
  const { amount, unit } = period;
  const fixedMs = FIXED_MS[unit];
  if (fixedMs !== undefined) return floor + fixedMs * amount;
  const date = new Date(floor);
  return monthStart(date.getUTCFullYear() * 12 + date.getUTCMonth() + (MONTHS[unit] ?? 1) * amount);
}

/** When the period that follows begins, of one that need not begin where periods do. */
export function following(period: Period, ms: number): number {
  const floor = floorTo(period, ms);
  return ceilTo(period, floor + 1) + (ms - floor);
}

const monthStart = (months: number): number => Date.UTC(Math.floor(months / 12), months % 12);
