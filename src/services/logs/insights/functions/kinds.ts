import { isStructure, numberOf, textOf, type Value } from "../values.ts";

/** A function of values: how many it takes, and what it comes to. */
export interface ScalarFunction {
  readonly least: number;
  readonly most: number;
  readonly apply: (...given: Value[]) => Value;
}

export const taking = (least: number, most: number, apply: (...given: Value[]) => Value): ScalarFunction => ({
  least,
  most,
  apply,
});

/** To functions of texts, maps and lists are nothing. */
export const plainText = (value: Value): string | undefined =>
  isStructure(value) ? undefined : textOf(value);

export const numeric = (of: (value: number) => Value): ScalarFunction =>
  taking(1, 1, (value) => {
    const number = numberOf(value);
    return number === undefined ? undefined : of(number);
  });

export const textual = (of: (value: string) => Value): ScalarFunction =>
  taking(1, 1, (value) => {
    const text = plainText(value);
    return text === undefined ? undefined : of(text);
  });

/** Of two texts, whether something holds, as 1 or 0. */
export const comparing = (holds: (one: string, other: string) => boolean): ScalarFunction =>
  taking(2, 2, (one, other) => {
    const [text, wanted] = [plainText(one), plainText(other)];
    return text !== undefined && wanted !== undefined && holds(text, wanted) ? 1 : 0;
  });
