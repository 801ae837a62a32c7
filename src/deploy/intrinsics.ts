import type { ParameterValue } from "./parameters.ts";
import { isMap, type Json, type JsonMap } from "./parse.ts";
import type { Template } from "./template.ts";
import { TemplateError } from "./template-error.ts";

/** What intrinsic functions look at. */
export interface Scope {
  readonly template: Template;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** `AWS::Region` and the like; AWS::NoValue is no value at all. */
  readonly pseudo: Readonly<Record<string, Json>>;
  /** By condition. */
  readonly conditions: ReadonlyMap<string, boolean>;
  /** What `Ref` gives of a resource: its physical id. */
  refOf(resource: string): string | undefined;
  attributeOf(resource: string, attribute: string): Json | undefined;
  /** A value that another stack exports. */
  importOf(name: string): string | undefined;
}

/** Stands for a property that is left out. */
const NO_VALUE = Symbol("AWS::NoValue");
type Value = Json | typeof NO_VALUE;

/** A value with all its functions evaluated; undefined where it is AWS::NoValue. Throws a TemplateError. */
export function evaluate(value: Json, scope: Scope, place: string): Json | undefined {
  const found = evaluated(value, scope, place);
  return found === NO_VALUE ? undefined : found;
}

function evaluated(value: Json, scope: Scope, place: string): Value {
  if (Array.isArray(value)) {
    return value
      .map((item, index) => evaluated(item, scope, `${place}/${index}`))
      .filter((item) => item !== NO_VALUE) as Json[];
  }
  if (!isMap(value)) return value;
  const [only, ...others] = Object.keys(value);
  if (only !== undefined && others.length === 0) {
    const call = Object.hasOwn(FUNCTIONS, only) ? FUNCTIONS[only] : undefined;
    if (call) return call(value[only] as Json, scope, place);
  }
  const members: [string, Json][] = [];
  for (const [name, member] of Object.entries(value)) {
    const found = evaluated(member, scope, `${place}/${name}`);
    if (found !== NO_VALUE) members.push([name, found]);
  }
  return Object.fromEntries(members);
}

type Intrinsic = (argument: Json, scope: Scope, place: string) => Value;

const FUNCTIONS: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, scope, place) => reference(String(name), scope, place),
  Condition: (name, scope) => conditionOf(String(name), scope),
  "Fn::GetAtt": (argument, scope, place) => attribute(argument, scope, place),
  "Fn::Sub": (argument, scope, place) => substitute(argument, scope, place),
  "Fn::Join": (argument, scope, place) => {
    const [separator, list] = listArgument("Fn::Join", argument, scope, place);
    if (!Array.isArray(list)) throw wrong("Fn::Join", place, "a list of values to join");
    return list.map((item) => textOf(item as Json)).join(textOf(separator ?? ""));
  },
  "Fn::Split": (argument, scope, place) => {
    const [separator, text] = listArgument("Fn::Split", argument, scope, place);
    return textOf(text ?? "").split(textOf(separator ?? ""));
  },
  "Fn::Select": (argument, scope, place) => {
    const [index, list] = listArgument("Fn::Select", argument, scope, place);
    const found = Array.isArray(list) ? (list[Number(index)] as Json | undefined) : undefined;
    if (found === undefined || found === null) {
      throw new TemplateError(
        `Template error: Fn::Select cannot select nonexistent value at index ${textOf(index ?? "")}`,
      );
    }
    return found;
  },
  "Fn::Base64": (argument, scope, place) =>
    Buffer.from(textOf(plain(evaluated(argument, scope, place)))).toString("base64"),
  "Fn::FindInMap": (argument, scope, place) => findInMap(argument, scope, place),
  "Fn::ImportValue": (argument, scope, place) => {
    const name = textOf(plain(evaluated(argument, scope, place)));
    const found = scope.importOf(name);
    if (found === undefined) throw new TemplateError(`No export named ${name} found.`);
    return found;
  },
  "Fn::If": (argument, scope, place) => {
    if (!Array.isArray(argument) || argument.length !== 3) throw wrong("Fn::If", place, "three arguments");
    const [condition, yes, no] = argument as readonly Json[];
    return evaluated((conditionOf(String(condition), scope) ? yes : no) ?? null, scope, place);
  },
  "Fn::Equals": (argument, scope, place) => {
    const [one, other] = listArgument("Fn::Equals", argument, scope, place);
    return textOf(one ?? "") === textOf(other ?? "");
  },
  "Fn::And": (argument, scope, place) => conditions(argument, scope, place).every(Boolean),
  "Fn::Or": (argument, scope, place) => conditions(argument, scope, place).some(Boolean),
  "Fn::Not": (argument, scope, place) => !conditions(argument, scope, place)[0],
  "Fn::GetAZs": (argument, scope, place) => {
    const region = textOf(plain(evaluated(argument, scope, place))) || String(scope.pseudo["AWS::Region"]);
    return ["a", "b", "c"].map((zone) => `${region}${zone}`);
  },
  "Fn::Cidr": (argument, scope, place) => {
    const [block, count, bits = 8] = listArgument("Fn::Cidr", argument, scope, place);
    return cidrs(textOf(block ?? ""), Number(count), Number(bits));
  },
  "Fn::Length": (argument, scope, place) => {
    const list = plain(evaluated(argument, scope, place));
    if (!Array.isArray(list)) throw wrong("Fn::Length", place, "a list");
    return list.length;
  },
  "Fn::ToJsonString": (argument, scope, place) => JSON.stringify(plain(evaluated(argument, scope, place))),
};

function wrong(name: string, place: string, what: string): TemplateError {
  return new TemplateError(`Template error: every ${name} object requires ${what}.`, place);
}

function plain(value: Value): Json {
  return value === NO_VALUE ? "" : value;
}

function textOf(value: Json): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");
}

function listArgument(name: string, argument: Json, scope: Scope, place: string): Json[] {
  const list = evaluated(argument, scope, place);
  if (!Array.isArray(list)) throw wrong(name, place, "a list argument");
  return list as Json[];
}

function conditions(argument: Json, scope: Scope, place: string): boolean[] {
  const list = Array.isArray(argument) ? (argument as readonly Json[]) : [argument];
  return list.map((each) => evaluated(each, scope, place) === true);
}

function conditionOf(name: string, { conditions: known }: Scope): boolean {
  const found = known.get(name);
  if (found === undefined) {
    throw new TemplateError(
      `Template error: unresolved condition dependency ${name} in the Conditions block of the template`,
    );
  }
  return found;
}

function reference(name: string, scope: Scope, place: string): Value {
  if (name === "AWS::NoValue") return NO_VALUE;
  const pseudo = scope.pseudo[name];
  if (pseudo !== undefined) return pseudo;
  if (Object.hasOwn(scope.parameters, name)) return scope.parameters[name] as Json;
  const id = scope.refOf(name);
  if (id !== undefined) return id;
  const block = place.split("/")[1] ?? "Resources";
  throw new TemplateError(
    `Template format error: Unresolved resource dependencies [${name}] in the ${block} block of the template`,
    place,
  );
}

/** The name of an attribute may be made of functions; that of the resource may not. */
function attribute(argument: Json, scope: Scope, place: string): Json {
  const [resource = "", name] = namesOf(argument);
  const attributeName = textOf(plain(evaluated(name ?? "", scope, place)));
  const found = scope.attributeOf(resource, attributeName);
  if (found !== undefined) return found;
  throw new TemplateError(
    `Template error: instance of Fn::GetAtt references undefined resource ${resource} or attribute ` +
      attributeName,
    place,
  );
}

export function namesOf(argument: Json): readonly [string, (Json | undefined)?] {
  if (Array.isArray(argument))
    return [
      String(argument[0] ?? ""),
      argument.length > 2 ? argument.slice(1).join(".") : (argument[1] as Json | undefined),
    ];
  const text = String(argument);
  const dot = text.indexOf(".");
  return dot < 0 ? [text] : [text.slice(0, dot), text.slice(dot + 1)];
}

/** `${name}`, `${resource.attribute}` and `${!literal}`. */
export const SUBSTITUTION = /\$\{(!?)([^}]*)\}/g;

export function subParts(argument: Json): { readonly text: string; readonly variables: JsonMap } {
  if (typeof argument === "string") return { text: argument, variables: {} };
  const [text, variables = {}] = Array.isArray(argument) ? (argument as readonly Json[]) : [];
  if (typeof text !== "string" || !isMap(variables)) {
    throw new TemplateError(
      "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a " +
        "string as first argument, and an optional second argument to specify a mapping of values to " +
        "replace in the string",
    );
  }
  return { text, variables };
}

function substitute(argument: Json, scope: Scope, place: string): string {
  const { text, variables } = subParts(argument);
  return text.replace(SUBSTITUTION, (_whole, literal: string, given: string) => {
    const name = given.trim();
    if (literal) return `\${${given}}`;
    if (Object.hasOwn(variables, name)) return textOf(plain(evaluated(variables[name] ?? "", scope, place)));
    const found = name.includes(".") ? attribute(name, scope, place) : reference(name, scope, place);
    return Array.isArray(found) ? found.map((each) => textOf(each as Json)).join(",") : textOf(plain(found));
  });
}

function findInMap(argument: Json, scope: Scope, place: string): Value {
  if (!Array.isArray(argument) || argument.length < 3) throw wrong("Fn::FindInMap", place, "three arguments");
  const list = argument as readonly Json[];
  const [name, top, second] = list.slice(0, 3).map((each) => textOf(plain(evaluated(each, scope, place))));
  const map = scope.template.mappings[name ?? ""];
  const row = isMap(map) ? map[top ?? ""] : undefined;
  const found = isMap(row) ? row[second ?? ""] : undefined;
  if (found !== undefined) return found;
  const options = list[3];
  if (isMap(options) && options.DefaultValue !== undefined)
    return evaluated(options.DefaultValue, scope, place);
  throw new TemplateError(`Template error: Unable to get mapping for ${name}::${top}::${second}`, place);
}

/** Blocks of addresses, one after another. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-cidr.html */
function cidrs(block: string, count: number, bits: number): string[] {
  const [address = "", length = "0"] = block.split("/");
  const parts = address.split(".").map(Number);
  if (
    parts.length !== 4 ||
    parts.some((part) => !(part >= 0 && part <= 255)) ||
    !(count >= 1 && count <= 256)
  ) {
    throw new TemplateError(`Template error: Fn::Cidr cannot make ${count} blocks of ${block}`);
  }
  const base = parts.reduce((sum, part) => sum * 256 + part, 0);
  const size = 2 ** bits;
  if (count * size > 2 ** (32 - Number(length)))
    throw new TemplateError(`Template error: Fn::Cidr has no room for ${count} blocks in ${block}`);
  return Array.from({ length: count }, (_, index) => {
    const at = base + index * size;
    return `${[24, 16, 8, 0].map((shift) => Math.floor(at / 2 ** shift) % 256).join(".")}/${32 - bits}`;
  });
}
