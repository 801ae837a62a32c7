import { isMap, type Json, type JsonMap } from "./parse.ts";
import { TemplateError } from "./template-error.ts";

const LOOP = /^Fn::ForEach::([A-Za-z0-9]+)$/;

/**
 * A template with its loops written out, as AWS::LanguageExtensions does: `Fn::ForEach::Name` with an
 * identifier, a list and what is repeated. Lists may be parameters' defaults.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html
 */
export function expandLoops(root: JsonMap): JsonMap {
  return expand(root, {}, root) as JsonMap;
}

type Bound = Readonly<Record<string, string>>;

function expand(value: Json, bound: Bound, root: JsonMap): Json {
  if (typeof value === "string") return filled(value, bound);
  if (Array.isArray(value)) return value.map((item) => expand(item as Json, bound, root));
  if (!isMap(value)) return value;
  const { Ref: name, ...others } = value;
  if (typeof name === "string" && Object.keys(others).length === 0 && Object.hasOwn(bound, name))
    return bound[name] ?? "";
  const members: [string, Json][] = [];
  for (const [key, member] of Object.entries(value)) {
    if (LOOP.test(key)) members.push(...Object.entries(repeated(key, member, bound, root)));
    else members.push([filled(key, bound), expand(member, bound, root)]);
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

function repeated(key: string, value: Json, bound: Bound, root: JsonMap): JsonMap {
  const [identifier, list, body] = Array.isArray(value) ? (value as readonly Json[]) : [];
  if (typeof identifier !== "string" || !isMap(body)) {
    throw new TemplateError(
      `${key} layout is incorrect: it takes an identifier, a list and what is repeated`,
    );
  }
  const all: Record<string, Json> = {};
  for (const item of itemsOf(key, list ?? [], bound, root)) {
    Object.assign(all, expand(body, { ...bound, [identifier]: item }, root));
  }
  return all;
}

function itemsOf(key: string, list: Json, bound: Bound, root: JsonMap): readonly string[] {
  if (Array.isArray(list)) return list.map((item) => String(expand(item as Json, bound, root)));
  const name = isMap(list) ? list.Ref : undefined;
  const parameters = root.Parameters;
  const parameter = typeof name === "string" && isMap(parameters) ? parameters[name] : undefined;
  const fallback = isMap(parameter) ? parameter.Default : undefined;
  if (typeof fallback !== "string")
    throw new TemplateError(`${key} could not be resolved: its list must be known before the stack is made`);
  return fallback.split(",").map((item) => item.trim());
}
