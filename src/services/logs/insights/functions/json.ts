import { textOf, type Value } from "../values.ts";
import { plainText, type ScalarFunction, taking } from "./kinds.ts";

/** A map or a list, also one that is written as text; undefined for all else. */
export function structureOf(value: Value): object | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null ? found : undefined;
  } catch {
    return undefined;
  }
}

export function listOf(value: Value): readonly Value[] | undefined {
  const found = structureOf(value);
  return Array.isArray(found) ? found : undefined;
}

export const STRUCTURES: Readonly<Record<string, ScalarFunction>> = {
  jsonparse: taking(1, 1, structureOf),
  jsonstringify: taking(1, 1, (value) => (value === undefined ? undefined : JSON.stringify(value))),
  jsonarraysize: taking(1, 1, (value) => listOf(value)?.length),
  jsonarraycontains: taking(2, 2, (value, wanted) => {
    const text = plainText(wanted);
    return listOf(value)?.some((item) => text !== undefined && textOf(item) === text) ? 1 : 0;
  }),
};
