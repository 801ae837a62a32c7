import { isMap, type Json, type JsonMap } from "./parse.ts";
import { TemplateError } from "./template-error.ts";

const LOOP = /^Fn::ForEach::([A-Za-z0-9]+)$/;

/**
 * A template with its loops written out, as AWS::LanguageExtensions does: `Fn::ForEach::Name` with an
 * identifier, a list and what is repeated. Lists may be parameters: their values as given, or their defaults.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html
 */
export function expandLoops(root: JsonMap, given: JsonMap = {}): JsonMap {
  const declared = isMap(root.Parameters) ? Object.entries(root.Parameters) : [];
  const defaults = declared.flatMap(([name, parameter]) =>
    isMap(parameter) && parameter.Default !== undefined ? [[name, parameter.Default] as const] : [],
  );
  return expand(root, {}, { ...Object.fromEntries(defaults), ...given }) as JsonMap;
}

type Bound = Readonly<Record<string, string>>;

function expand(value: Json, bound: Bound, values: JsonMap): Json {
  if (typeof value === "string") return filled(value, bound);
  if (Array.isArray(value)) return value.map((item) => expand(item as Json, bound, values));
  if (!isMap(value)) return value;
  const { Ref: name, ...others } = value;
  if (typeof name === "string" && Object.keys(others).length === 0 && Object.hasOwn(bound, name))
    return bound[name] ?? "";
  const members: [string, Json][] = [];
  for (const [key, member] of Object.entries(value)) {
    if (LOOP.test(key)) members.push(...Object.entries(repeated(key, member, bound, values)));
    else members.push([filled(key, bound), expand(member, bound, values)]);
  }
  return Object.fromEntries(members);
}

/** `${Name}` of a loop, and `&{Name}` without what is no letter or digit. */
function filled(text: string, bound: Bound): string {
  return text.replace(/(\$|&)\{([A-Za-z0-9]+)\}/g, (whole, sign: string, name: string) => {
    if (!Object.hasOwn(bound, name)) return whole;
    const value = bound[name] ?? "";
    return sign === "&" ? value.replace(/[^A-Za-z0-9]/g, "") : value;
  });
}

function repeated(key: string, value: Json, bound: Bound, values: JsonMap): JsonMap {
  const [identifier, list, body] = Array.isArray(value) ? (value as readonly Json[]) : [];
  if (typeof identifier !== "string" || !isMap(body)) {
    throw new TemplateError(
      `${key} layout is incorrect: it takes an identifier, a list and what is repeated`,
    );
  }
  const all: Record<string, Json> = {};
  for (const item of itemsOf(key, list ?? [], bound, values)) {
    Object.assign(all, expand(body, { ...bound, [identifier]: item }, values));
  }
  return all;
}

function itemsOf(key: string, list: Json, bound: Bound, values: JsonMap): readonly string[] {
  if (Array.isArray(list)) return list.map((item) => String(expand(item as Json, bound, values)));
  const name = isMap(list) ? list.Ref : undefined;
  const value = typeof name === "string" ? values[name] : undefined;
  if (value === undefined || typeof value === "object")
    throw new TemplateError(`${key} could not be resolved: its list must be known before the stack is made`);
  return String(value)
    .split(",")
    .map((item) => item.trim());
}
