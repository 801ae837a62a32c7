import { numberOf, type Value } from "../values.ts";
import { numeric, type ScalarFunction, taking, textual } from "./kinds.ts";

const EARTH_RADIUS_KM = 6371;
const SMALLEST_INT = -(2 ** 31);
const LARGEST_INT = 2 ** 31 - 1;

const outermost = (choose: (...values: number[]) => number): ScalarFunction =>
  taking(1, Number.POSITIVE_INFINITY, (...given) => {
    const numbers = given.map(numberOf).filter((number) => number !== undefined);
    return numbers.length === 0 ? undefined : choose(...numbers);
  });

function rounded(value: Value, places: Value): Value {
  const number = numberOf(value);
  if (number === undefined) return undefined;
  const factor = 10 ** Math.trunc(numberOf(places) ?? 0);
  // Halves go away from zero.
  return (Math.sign(number) * Math.round(Math.abs(number) * factor)) / factor;
}

/** The distance of two places on a great circle. */
function haversine(...given: Value[]): Value {
  const degrees = given.map(numberOf);
  if (degrees.some((one) => one === undefined)) return undefined;
  const [lat1 = 0, lon1 = 0, lat2 = 0, lon2 = 0] = degrees.map((one = 0) => (one * Math.PI) / 180);
  const square =
    Math.sin((lat2 - lat1) / 2) ** 2 + Math.cos(lat1) * Math.cos(lat2) * Math.sin((lon2 - lon1) / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(square));
}

/** A decimal number as a hexadecimal one: `255` is `0xff`, `-255` is `-0xff`. */
function decToHex(value: number): Value {
  const whole = Math.trunc(value);
  return `${whole < 0 ? "-" : ""}0x${Math.abs(whole).toString(16)}`;
}

function hexToDec(text: string): Value {
  const [, sign, digits] = /^\s*(-?)(?:0x)?([0-9a-f]+)\s*$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const value = Number.parseInt(digits, 16);
  return sign ? -value : value;
}

export const NUMERIC: Readonly<Record<string, ScalarFunction>> = {
  abs: numeric(Math.abs),
  ceil: numeric(Math.ceil),
  floor: numeric(Math.floor),
  log: numeric(Math.log),
  sqrt: numeric(Math.sqrt),
  greatest: outermost(Math.max),
  least: outermost(Math.min),
  round: taking(1, 2, rounded),
  haversine: taking(4, 4, haversine),
  tonumber: numeric((value) => value),
  todouble: numeric((value) => value),
  tolong: numeric(Math.trunc),
  toint: numeric((value) => {
    const whole = Math.trunc(value);
    return whole < SMALLEST_INT || whole > LARGEST_INT ? undefined : whole;
  }),
  // Of a range, where it begins: `stats count(*) by histogram(ms, 50)`.
  histogram: taking(2, 2, (value, width) => {
    const [number, step] = [numberOf(value), numberOf(width)];
    return number === undefined || step === undefined || step <= 0
      ? undefined
      : Math.floor(number / step) * step;
  }),
  hextodec: textual(hexToDec),
  dectohex: numeric(decToHex),
};
