/**
 * Decimals as bytes that sort by value: a sign, the exponent, then two digits a byte. Bytes are held as
 * strings of code units 0 to 255, which compare as bytes do and cost no buffer.
 */

const NEGATIVE = "\x01";
const ZERO = "\x02";
const POSITIVE = "\x03";
const END = "\x00";
const EXPONENT_BIAS = 0x8000;
const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

interface Scientific {
  readonly negative: boolean;
  /** Significant digits d of 0.d x 10^exponent, without zeros at either end; empty for zero. */
  readonly digits: string;
  readonly exponent: number;
}

/** Thrown for text that is no decimal, or one whose exponent is beyond 16 bits. */
class InvalidDecimal extends Error {
  override readonly name = "InvalidDecimal";
}

export function encodeDecimal(text: string): string {
  const { negative, digits, exponent } = parse(text);
  if (digits === "") return ZERO;
  const biased = exponent + EXPONENT_BIAS;
  if (biased < 0 || biased > 0xffff) throw new InvalidDecimal(`The exponent of ${text} is out of range`);
  let body = String.fromCharCode(biased >> 8, biased & 0xff);
  for (let at = 0; at < digits.length; at += 2) {
    body += String.fromCharCode(Number(digits.slice(at, at + 2).padEnd(2, "0")) + 1);
  }
  return negative ? NEGATIVE + complement(body + END) : POSITIVE + body + END;
}

/** The decimal that `bytes` holds from `at` on, in plain notation, and where it ends. */
export function decodeDecimal(bytes: string, at: number): { decimal: string; end: number } {
  const sign = bytes[at];
  if (sign === ZERO) return { decimal: "0", end: at + 1 };
  const flip = sign === NEGATIVE ? 0xff : 0;
  const byte = (index: number) => bytes.charCodeAt(index) ^ flip;
  const exponent = ((byte(at + 1) << 8) | byte(at + 2)) - EXPONENT_BIAS;
  let digits = "";
  let end = at + 3;
  for (; byte(end) !== 0; end++) digits += String(byte(end) - 1).padStart(2, "0");
  const decimal = (sign === NEGATIVE ? "-" : "") + plain(digits.replace(/0+$/, ""), exponent);
  return { decimal, end: end + 1 };
}

function parse(text: string): Scientific {
  const [matched, sign, whole = "", fraction = "", power = "0"] = PATTERN.exec(text) ?? [];
  if (matched === undefined || whole + fraction === "") {
    throw new InvalidDecimal(`${JSON.stringify(text)} is not a decimal number`);
  }
  const all = whole + fraction;
  const digits = all.replace(/^0+/, "");
  const leadingZeros = all.length - digits.length;
  return {
    negative: sign === "-",
    digits: digits.replace(/0+$/, ""),
    exponent: whole.length - leadingZeros + Number(power),
  };
}

function plain(digits: string, exponent: number): string {
  if (exponent <= 0) return `0.${"0".repeat(-exponent)}${digits}`;
  if (exponent >= digits.length) return digits.padEnd(exponent, "0");
  return `${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
}

function complement(bytes: string): string {
  let flipped = "";
  for (let at = 0; at < bytes.length; at++) flipped += String.fromCharCode(bytes.charCodeAt(at) ^ 0xff);
  return flipped;
}
