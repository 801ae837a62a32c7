/** A moment, which is shown as one. */
export class Moment {
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }
}

/** What an expression comes to. Undefined: nothing is there. */
export type Value = string | number | boolean | Moment | object | null | undefined;

/** A number, also one that is written as text; undefined for all else. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === "number") return value;
  if (value instanceof Moment) return value.ms;
  if (typeof value !== "string" || value === "" || !NUMBER.test(value)) return undefined;
  return Number(value);
}

const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

/** Four places, as AWS shows what it has computed. */
const PLACES = 10_000;

export function textOf(value: Value): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "number") return formatNumber(value);
  if (value instanceof Moment) return formatMoment(value.ms);
  return JSON.stringify(value);
}

function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value)) return String(value);
  const rounded = Math.round(value * PLACES) / PLACES;
  return String(rounded === 0 ? value : rounded);
}

/** `2026-11-27 05:00:00.000` */
function formatMoment(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString().replace("T", " ").replace("Z", "");
}

export const isPresent = (value: Value): boolean => value !== undefined && value !== null;

/** A map or a list. */
export const isStructure = (value: Value): value is object =>
  typeof value === "object" && value !== null && !(value instanceof Moment);

export function isTrue(value: Value): boolean {
  if (typeof value === "string") return value !== "" && value !== "0" && value !== "false";
  return Boolean(value);
}

/** Numbers by their size, all else by its text; what is not there comes first. */
export function compareValues(one: Value, other: Value): number {
  const [left, right] = [numberOf(one), numberOf(other)];
  if (left !== undefined && right !== undefined) return left - right;
  const [first, second] = [textOf(one), textOf(other)];
  if (first === second) return 0;
  if (first === undefined || second === undefined) return first === undefined ? -1 : 1;
  return first < second ? -1 : 1;
}

export function equalValues(one: Value, other: Value): boolean {
  const [left, right] = [numberOf(one), numberOf(other)];
  if (left !== undefined && right !== undefined) return left === right;
  const text = textOf(one);
  return text !== undefined && text === textOf(other);
}
