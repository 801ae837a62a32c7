import { invalid, ValueFault } from "./value.ts";

/**
 * DynamoDB's numbers: up to 38 significant digits, magnitudes from 1E-130 to just below 1E+126. Here they
 * are decimal text, and never a JavaScript number except where that is known to be exact.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */

const MOST_DIGITS = 38;
const HIGHEST_EXPONENT = 125;
const LOWEST_EXPONENT = -130;
const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,10}))?$/;
const ANY_EXPONENT = /^[+-]?(?:\d+\.?\d*|\.\d+)[eE]([+-]?)\d+$/;
/** Java's BigDecimal, which reads AWS's numbers, has a 32-bit scale. */
const MOST_SCALE = 2 ** 31;

/** Plain decimals of this many characters or fewer, at most 15 digits, are exact as JavaScript numbers. */
const EXACT_LENGTH = 15;

const ZERO_CODE = 48;
const NINE_CODE = 57;

const OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range";
const UNDERFLOW =
  "Number underflow. Attempting to store a number with magnitude smaller than supported range";
const TOO_MANY_DIGITS = "Attempting to store more than 38 significant digits in a Number";
const NOT_NUMERIC = "The parameter cannot be converted to a numeric value";

/** A number taken apart. */
interface Parts {
  readonly negative: boolean;
  /** Significant digits d of 0.d x 10^point, without zeros at either end; empty for zero. */
  readonly digits: string;
  readonly point: number;
}

const ZERO: Parts = { negative: false, digits: "", point: 0 };

/**
 * The number as AWS stores and returns it: plain notation without an exponent, needless zeros or a plus.
 * Faults: ValidationException for text that is no number, or one out of range.
 */
export function canonicalNumber(text: string): string {
  if (isShortInteger(text)) return text;
  const parts = parse(text);
  if (!parts) throw notNumeric(text);
  const exponent = parts.point - 1;
  if (parts.digits !== "") {
    // A precision beyond 32 bits wraps around in the older words.
    if (exponent > HIGHEST_EXPONENT) {
      throw new ValueFault(parts.point >= MOST_SCALE ? UNDERFLOW : OVERFLOW, OVERFLOW);
    }
    if (exponent < LOWEST_EXPONENT) throw new ValueFault(UNDERFLOW, UNDERFLOW);
    if (parts.digits.length > MOST_DIGITS) throw new ValueFault(TOO_MANY_DIGITS, TOO_MANY_DIGITS);
  }
  return write(parts);
}

/** Exponents of any length are numbers in the current words, and too large ones. */
function notNumeric(text: string): ValueFault {
  const older = text === "" ? NOT_NUMERIC : `${NOT_NUMERIC}: ${text}`;
  const sign = ANY_EXPONENT.exec(text)?.[1];
  if (sign === undefined) return new ValueFault(older, `${NOT_NUMERIC}: ${text}`);
  return new ValueFault(older, sign === "-" ? UNDERFLOW : OVERFLOW);
}

/** Below, at or above zero as `left` is less than, equal to or greater than `right`, both valid numbers. */
export function compareNumbers(left: string, right: string): number {
  if (left === right) return 0;
  if (isShortInteger(left) && isShortInteger(right)) return Number(left) - Number(right);
  const one = parse(left) ?? ZERO;
  const other = parse(right) ?? ZERO;
  const sign = signOf(one);
  if (sign !== signOf(other)) return sign - signOf(other);
  return sign * compareMagnitudes(one, other);
}

/** The exact sum, in canonical form. Faults: ValidationException when it is out of range. */
export function addNumbers(left: string, right: string): string {
  if (isShortInteger(left) && isShortInteger(right)) return String(Number(left) + Number(right));
  return sum(parse(left) ?? ZERO, parse(right) ?? ZERO);
}

/** The exact difference, in canonical form. Faults: ValidationException when it is out of range. */
export function subtractNumbers(left: string, right: string): string {
  if (isShortInteger(left) && isShortInteger(right)) return String(Number(left) - Number(right));
  const subtrahend = parse(right) ?? ZERO;
  return sum(parse(left) ?? ZERO, { ...subtrahend, negative: !subtrahend.negative });
}

/**
 * The bytes a number counts for: one, one for every two digits on either side of the point, and one for a
 * minus sign. The developer guide's rule is looser; this is what the 400 KB limit shows of AWS.
 */
export function numberSize(text: string): number {
  if (isShortInteger(text)) return shortIntegerSize(text);
  const { negative, digits, point } = parse(text) ?? ZERO;
  if (digits === "") return 1;
  const whole = Math.max(0, Math.min(point, digits.length));
  const afterPoint = digits.length - whole;
  return 1 + Math.ceil(whole / 2) + Math.ceil(afterPoint / 2) + (negative ? 1 : 0);
}

function shortIntegerSize(text: string): number {
  if (text === "0") return 1;
  const minus = text.charCodeAt(0) === 45 ? 1 : 0;
  let end = text.length;
  while (text.charCodeAt(end - 1) === ZERO_CODE) end--;
  return 1 + ((end - minus + 1) >> 1) + minus;
}

/** Whether `text` is a canonical integer of few digits, the commonest number by far. */
function isShortInteger(text: string): boolean {
  const length = text.length;
  if (length === 0 || length > EXACT_LENGTH) return false;
  const first = text.charCodeAt(0);
  if (first === ZERO_CODE) return length === 1;
  let at = 0;
  if (first === 45) {
    if (length === 1 || text.charCodeAt(1) === ZERO_CODE) return false;
    at = 1;
  }
  for (; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code < ZERO_CODE || code > NINE_CODE) return false;
  }
  return true;
}

function parse(text: string): Parts | undefined {
  const match = PATTERN.exec(text);
  if (!match) return undefined;
  const [, sign, whole = "", fraction = "", power = "0"] = match;
  const all = whole + fraction;
  if (all === "" || Math.abs(fraction.length - Number(power)) >= MOST_SCALE) return undefined;
  let start = 0;
  while (all.charCodeAt(start) === ZERO_CODE) start++;
  if (start === all.length) return ZERO;
  let end = all.length;
  while (all.charCodeAt(end - 1) === ZERO_CODE) end--;
  return {
    negative: sign === "-",
    digits: all.slice(start, end),
    point: whole.length - start + Number(power),
  };
}

function write({ negative, digits, point }: Parts): string {
  if (digits === "") return "0";
  const sign = negative ? "-" : "";
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, "0");
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

function signOf(parts: Parts): number {
  if (parts.digits === "") return 0;
  return parts.negative ? -1 : 1;
}

function compareMagnitudes(one: Parts, other: Parts): number {
  if (one.point !== other.point) return one.point - other.point;
  if (one.digits === other.digits) return 0;
  return one.digits < other.digits ? -1 : 1;
}

function sum(one: Parts, other: Parts): string {
  const scale = Math.max(scaleOf(one), scaleOf(other));
  const total = coefficient(one, scale) + coefficient(other, scale);
  const parts = parse(`${total}e${-scale}`) ?? ZERO;
  const exponent = parts.point - 1;
  if (parts.digits !== "") {
    // AWS calls a result of more than 38 digits an overflow, not one of too many digits.
    if (exponent > HIGHEST_EXPONENT || parts.digits.length > MOST_DIGITS) throw invalid(OVERFLOW);
    if (exponent < LOWEST_EXPONENT) throw invalid(UNDERFLOW);
  }
  return write(parts);
}

/** Digits after the point; negative where the last digits before it are zeros. */
function scaleOf({ digits, point }: Parts): number {
  return digits.length - point;
}

function coefficient(parts: Parts, scale: number): bigint {
  if (parts.digits === "") return 0n;
  const magnitude = BigInt(parts.digits) * 10n ** BigInt(scale - scaleOf(parts));
  return parts.negative ? -magnitude : magnitude;
}
