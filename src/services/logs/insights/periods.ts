import type { PeriodUnit } from "./ast.ts";

export interface Period {
  readonly amount: number;
  readonly unit: PeriodUnit;
}

const FIXED_MS: Readonly<Partial<Record<PeriodUnit, number>>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const MONTHS: Readonly<Partial<Record<PeriodUnit, number>>> = { mo: 1, q: 3, y: 12 };

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

const monthStart = (months: number): number => Date.UTC(Math.floor(months / 12), months % 12);
