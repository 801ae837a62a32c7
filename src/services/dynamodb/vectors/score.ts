import { canonicalNumber } from "../values/decimal.ts";
import type { Distance } from "./record.ts";

/** The largest 32-bit float: no score is beyond it. */
const MOST = 3.4028234663852886e38;

/** A number's text as the 32-bit float that an index keeps of it; undefined for what is none. */
export function floatOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const float = Math.fround(Number(text));
  return Number.isFinite(float) ? float : undefined;
}

/** The shortest decimal that names a 32-bit float. */
export function floatText(float: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = float.toPrecision(digits);
    if (Math.fround(Number(text)) === float) return canonicalNumber(text);
  }
  return canonicalNumber(float.toPrecision(9));
}

/**
 * How a stored vector stands to the one that is searched for: for COSINE and EUCLIDEAN a distance, for
 * DOT_PRODUCT a likeness. The vectors are 32-bit floats; sums are 64-bit, as Amazon DynamoDB's are.
 */
export function scoreOf(distance: Distance, searched: Float32Array, stored: Float32Array): number {
  const score =
    distance === "EUCLIDEAN"
      ? Math.sqrt(squareOfDifference(searched, stored))
      : distance === "DOT_PRODUCT"
        ? product(searched, stored)
        : angle(searched, stored);
  return Math.max(-MOST, Math.min(MOST, score));
}

/** Below zero where the first score is of the vector that is more alike. */
export function compareScores(distance: Distance, one: number, other: number): number {
  return distance === "DOT_PRODUCT" ? other - one : one - other;
}

/** 0 for the same direction, 2 for the opposite one, 1 where one vector has none. */
function angle(one: Float32Array, other: Float32Array): number {
  const lengths = Math.sqrt(product(one, one)) * Math.sqrt(product(other, other));
  if (lengths === 0) return 1;
  if (one.every((element, at) => element === other[at])) return 0;
  return Math.max(0, Math.min(2, 1 - product(one, other) / lengths));
}

function product(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += (one[at] ?? 0) * (other[at] ?? 0);
  return sum;
}

function squareOfDifference(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    sum += difference * difference;
  }
  return sum;
}
