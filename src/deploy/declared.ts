import { isMap, type Json, type JsonMap } from "./parse.ts";

/** The names of the transforms that a template asks for, anywhere in it. */
export function declaredTransforms(root: JsonMap): readonly string[] {
  return [...new Set([...namesIn(root.Transform), ...within(root)])];
}

const namesIn = (value: Json | undefined): string[] =>
  (value === undefined ? [] : Array.isArray(value) ? (value as readonly Json[]) : [value]).map((each) =>
    isMap(each) ? String(each.Name) : String(each),
  );

function within(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(within);
  if (!isMap(value)) return [];
  return [...namesIn(value["Fn::Transform"]), ...Object.values(value).flatMap(within)];
}
