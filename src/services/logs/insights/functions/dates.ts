import { Moment, numberOf, type Value } from "../values.ts";
import { formatDate } from "./date-format.ts";
import { parseDate } from "./date-patterns.ts";
import { plainText, type ScalarFunction, taking } from "./kinds.ts";

function format(value: Value, pattern: Value, zone: Value): Value {
  const [ms, shape] = [numberOf(value), plainText(pattern)];
  return ms === undefined || shape === undefined
    ? undefined
    : formatDate(ms, shape, plainText(zone) ?? "UTC");
}

function parse(value: Value, pattern: Value, zone: Value): Value {
  const [text, shape] = [plainText(value), plainText(pattern)];
  if (text === undefined || shape === undefined) return undefined;
  return parseDate(text, shape, plainText(zone) ?? "UTC");
}

export const DATES: Readonly<Record<string, ScalarFunction>> = {
  frommillis: taking(1, 1, (value) => {
    const ms = numberOf(value);
    return ms === undefined ? undefined : new Moment(ms);
  }),
  tomillis: taking(1, 1, (value) => (value instanceof Moment ? value.ms : undefined)),
  formatdate: taking(2, 3, format),
  strftime: taking(2, 3, format),
  parsedate: taking(2, 3, parse),
};
