import { parseAddress, parseBlock, sameAddress } from "./addresses.ts";
import { parseWildcard } from "./wildcard.ts";

/** A value of an event that patterns see: what is left when objects and arrays are taken apart. */
export type Leaf = string | number | boolean | null;

/** What one member of a pattern's list asks of a value. */
export type Test = (value: Leaf) => boolean;

type TextTest = (text: string) => boolean;

const onText =
  (test: TextTest): Test =>
  (value) =>
    typeof value === "string" && test(value);

/** Holds for all that a text does not. */
const notText =
  (test: TextTest): Test =>
  (value) =>
    typeof value !== "string" || !test(value);

const anyOf =
  (tests: readonly TextTest[]): TextTest =>
  (text) =>
    tests.some((test) => test(text));

/** How texts are compared, by the operator's name. */
const TEXTS = {
  prefix:
    (operand: string): TextTest =>
    (text) =>
      text.startsWith(operand),
  suffix:
    (operand: string): TextTest =>
    (text) =>
      text.endsWith(operand),
  wildcard: (operand: string): TextTest => parseWildcard(operand).matches,
  "equals-ignore-case": (operand: string): TextTest => ignoringCase(operand, "^", "$"),
  "prefix/equals-ignore-case": (operand: string): TextTest => ignoringCase(operand, "^", ""),
  "suffix/equals-ignore-case": (operand: string): TextTest => ignoringCase(operand, "", "$"),
} as const;

export type TextOperator = keyof typeof TEXTS;

export function textTest(operator: TextOperator, operand: string): Test {
  return onText(TEXTS[operator](operand));
}

export function notTextTest(operator: TextOperator, operands: readonly string[]): Test {
  return notText(anyOf(operands.map(TEXTS[operator])));
}

/** Anything but these; the values are all texts or all numbers. */
export function notOneOf(values: readonly (string | number)[]): Test {
  const refused = new Set<Leaf>(values);
  return (value) => !refused.has(value);
}

export function cidrTest(operand: string): Test {
  return onText(parseBlock(operand).contains);
}

/** A text that is an IP address equals other spellings of it; undefined for any other text. */
export function addressTest(operand: string): Test | undefined {
  const address = parseAddress(operand);
  return address && onText((text) => sameAddress(address, parseAddress(text)));
}

export interface Bounds {
  readonly above?: number;
  readonly least?: number;
  readonly below?: number;
  readonly most?: number;
}

export function rangeTest({ above, least, below, most }: Bounds): Test {
  return (value) =>
    typeof value === "number" &&
    (above === undefined || value > above) &&
    (least === undefined || value >= least) &&
    (below === undefined || value < below) &&
    (most === undefined || value <= most);
}

/** Each character stands for its two cases, as AWS's matcher has it: `ß` for `SS` too, not the other way. */
function ignoringCase(operand: string, begin: string, end: string): TextTest {
  const letters = operand.split("").map((letter) => {
    const cases = [letter.toLowerCase(), letter.toUpperCase()].map(escapeForRegExp);
    return cases[0] === cases[1] ? cases[0] : `(?:${cases.join("|")})`;
  });
  const pattern = new RegExp(begin + letters.join("") + end);
  return (text) => pattern.test(text);
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
