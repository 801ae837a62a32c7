import { isPresent, isTrue, numberOf, type Value } from "../values.ts";
import { ADDRESSES } from "./addresses.ts";
import { DATES } from "./dates.ts";
import { STRUCTURES } from "./json.ts";
import { type ScalarFunction, taking } from "./kinds.ts";
import { NUMERIC } from "./numbers.ts";
import { TEXTUAL } from "./texts.ts";

/** Ten conditions with their values, and what holds otherwise. */
const MOST_OF_CASE = 21;

function choose(...given: Value[]): Value {
  for (let at = 0; at + 1 < given.length; at += 2) if (isTrue(given[at])) return given[at + 1];
  return given.length % 2 === 1 ? given.at(-1) : undefined;
}

/** By their names in lower case. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html */
export const FUNCTIONS: Readonly<Record<string, ScalarFunction>> = {
  ...NUMERIC,
  ...DATES,
  ...STRUCTURES,
  ...ADDRESSES,
  ...TEXTUAL,
  ispresent: taking(1, 1, isPresent),
  coalesce: taking(1, Number.POSITIVE_INFINITY, (...given) => given.find(isPresent)),
  if: taking(3, 3, (condition, one, other) => (isTrue(condition) ? one : other)),
  case: taking(2, MOST_OF_CASE, choose),
  isnumeric: taking(1, 1, (value) => numberOf(value) !== undefined),
  // Nothing is masked here.
  unmask: taking(1, 1, (value) => value),
};
