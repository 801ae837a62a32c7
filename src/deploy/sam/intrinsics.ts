import { type Dict, dictOf, isDict, isList, type Literal, textOf, type Value } from "./dict.ts";

export const ref = (id: string) => dictOf({ Ref: id });
export const getAtt = (id: string, attribute: string) => dictOf({ "Fn::GetAtt": [id, attribute] });

export function sub(text: string, variables?: { readonly [name: string]: Literal }): Dict {
  return dictOf({ "Fn::Sub": variables ? [text, variables] : text });
}

export const NO_VALUE = "AWS::NoValue";

/** `Fn::If`; without a second value, nothing when the condition is false. */
export function ifElse(condition: Literal, whenTrue: Literal, whenFalse?: Literal): Dict {
  return dictOf({ "Fn::If": [condition, whenTrue, whenFalse ?? ref(NO_VALUE)] });
}

export function not(condition: string): Dict {
  return dictOf({ "Fn::Not": [{ Condition: condition }] });
}

export function anyOf(conditions: readonly string[]): Dict {
  return dictOf({ "Fn::Or": conditions.map((condition) => ({ Condition: condition })) });
}

/** The name of the function that a map is. */
function functionOf(value: Value | undefined): string | undefined {
  if (!isDict(value) || value.size !== 1) return undefined;
  const [name = ""] = value.keys();
  return name === "Ref" || name === "Condition" || name.startsWith("Fn::") ? name : undefined;
}

export function isIntrinsic(value: Value | undefined): boolean {
  return functionOf(value) !== undefined;
}

export function isIf(value: Value | undefined): boolean {
  return functionOf(value) === "Fn::If";
}

export function isNoValue(value: Value | undefined): boolean {
  if (!isDict(value) || functionOf(value) !== "Ref") return false;
  const id = value.get("Ref");
  return typeof id === "string" && textOf(id) === NO_VALUE;
}

/** The three arguments of an `Fn::If`; undefined where they are not three. */
export function ifArguments(value: Value | undefined): [Value, Value, Value] | undefined {
  const items = isDict(value) ? value.get("Fn::If") : undefined;
  return isList(items) && items.length === 3 ? (items as [Value, Value, Value]) : undefined;
}

export const IF_NEEDS_THREE = "Fn::If requires 3 arguments";

/** The resource that a Ref or a GetAtt speaks of. */
export function referredId(value: Value | undefined): string | undefined {
  if (!isDict(value) || !isIntrinsic(value)) return undefined;
  const id = value.get("Ref");
  if (typeof id === "string") return textOf(id);
  const path = value.get("Fn::GetAtt");
  if (isList(path) && path.length === 2 && typeof path[0] === "string") return textOf(path[0]);
  if (typeof path === "string" && path.split(".").length === 2) return path.split(".")[0];
  return undefined;
}

const MOST_IN_OR = 10;

/** One condition for any number: `Fn::Or` takes ten, so there are several where they are more. */
export function combined(conditions: readonly string[], name: string): Dict {
  const made = dictOf();
  if (conditions.length < 2) return made;
  let rest = [...conditions];
  let number = Math.floor((rest.length - 2) / (MOST_IN_OR - 1));
  while (rest.length > 1) {
    const next = number > 0 ? `${name}${number}` : name;
    if (number > 0) number -= 1;
    made.set(next, anyOf(rest.slice(0, MOST_IN_OR)));
    rest = [...rest.slice(MOST_IN_OR), next];
  }
  return made;
}
