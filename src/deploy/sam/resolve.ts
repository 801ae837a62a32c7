import { type Dict, isDict, isList, textOf, type Value } from "./dict.ts";
import { badDocument } from "./problems.ts";
import { shown } from "./python-text.ts";

/** What one function comes to; the map itself where it stays. */
type Resolution = (call: Dict, argument: Value) => Value;
type Functions = Readonly<Record<string, Resolution>>;

/**
 * A value with some functions resolved. Maps and lists are changed where they are: what the template says
 * after SAM has looked at it is what the stack gets.
 */
function resolved<T extends Value | undefined>(value: T, functions: Functions): T | Value {
  if (value === undefined) return value;
  let result: Value = value;
  if (isDict(result) && result.size === 1) {
    const [name = ""] = result.keys();
    const resolve = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (resolve) result = resolve(result, result.get(name) ?? null);
  }
  if (isDict(result)) {
    for (const [key, member] of result.entries()) result.set(key, resolved(member, functions) ?? null);
  } else if (isList(result)) {
    for (const [index, item] of result.entries()) result[index] = resolved(item, functions) ?? null;
  }
  return result;
}

const PLACEHOLDER = /\$\{([A-Za-z0-9.]+|AWS::[A-Z][A-Za-z]*)\}/g;

/** `Fn::Sub` with its placeholders replaced; undefined keeps one. */
function substituted(
  call: Dict,
  argument: Value,
  replace: (name: string, whole: string) => Value | undefined,
) {
  const fill = (marked: string) => {
    const text = textOf(marked);
    let filled = text;
    for (const [whole, name = ""] of text.matchAll(PLACEHOLDER)) {
      const value = replace(name, whole);
      if (value === undefined) continue;
      if (typeof value !== "string") {
        throw badDocument(
          `Invalid Fn::Sub variable value ${shown(value)}. Fn::Sub expects all variables to be strings.`,
        );
      }
      filled = filled.replace(whole, () => textOf(value));
    }
    return filled === text ? marked : filled;
  };
  if (typeof argument === "string") call.set("Fn::Sub", fill(argument));
  else if (isList(argument) && typeof argument[0] === "string") argument[0] = fill(argument[0]);
  return call;
}

/** Parameters' values, and pseudo parameters', where they are known. */
export class Parameters {
  readonly #values: Dict;

  constructor(values: Dict) {
    this.#values = values;
  }

  #asValue(name: string): Value | undefined {
    const value = this.#values.get(name);
    return typeof value === "string" && value.startsWith("{{IntrinsicFunction:") ? undefined : value;
  }

  resolve<T extends Value | undefined>(value: T): T | Value {
    if (this.#values.size === 0) return value;
    return resolved(value, {
      Ref: (call, name) => (typeof name === "string" ? (this.#asValue(textOf(name)) ?? call) : call),
      "Fn::Sub": (call, argument) => substituted(call, argument, (name) => this.#asValue(name)),
    });
  }

  /** Only `Ref`s. */
  resolveRefs(value: Value): Value {
    return resolved(value, {
      Ref: (call, name) => (typeof name === "string" ? (this.#asValue(name) ?? call) : call),
    }) as Value;
  }
}

/** `Fn::FindInMap` whose keys are known. */
export class Mappings {
  readonly #maps: Dict;

  constructor(maps: Dict) {
    this.#maps = maps;
  }

  resolve<T extends Value | undefined>(value: T): T | Value {
    if (this.#maps.size === 0) return value;
    return resolved(value, { "Fn::FindInMap": (call, argument) => this.#find(call, argument) });
  }

  #find(call: Dict, argument: Value): Value {
    if (!isList(argument) || argument.length !== 3) {
      throw badDocument(
        `Invalid FindInMap value ${shown(argument)}. FindInMap expects an array with 3 values.`,
      );
    }
    const [map, first, second] = argument.map((item) =>
      isDict(item) && item.has("Fn::FindInMap") ? this.#find(item, item.get("Fn::FindInMap") ?? null) : item,
    );
    if (typeof map !== "string" || typeof first !== "string" || typeof second !== "string") return call;
    const levels = this.#maps.get(map);
    if (levels === undefined) return call;
    const notTwoLevels = () =>
      badDocument(`Cannot use Fn::FindInMap on Mapping '${map}' which is not a a two-level map.`);
    if (!isDict(levels)) throw notTwoLevels();
    const level = levels.get(first);
    if (level === undefined) return call;
    if (!isDict(level)) throw notTwoLevels();
    return level.get(second) ?? call;
  }
}

/** `!Ref Function.Alias` and the like: what a SAM resource became. */
export class References {
  readonly #ids = new Map<string, Map<string, string>>();

  add(id: string, property: string, made: string): void {
    const properties = this.#ids.get(id) ?? new Map<string, string>();
    properties.set(property, made);
    this.#ids.set(id, properties);
  }

  resolve(template: Value): Value {
    if (this.#ids.size === 0) return template;
    const find = (id: string, property: string) => this.#ids.get(id)?.get(property);
    return resolved(template, {
      Ref: (call, argument) => {
        const [, id = "", property = ""] = typeof argument === "string" ? splitOnce(argument) : [];
        const made = find(id, property);
        return made ? call.set("Ref", made) : call;
      },
      "Fn::Sub": (call, argument) =>
        substituted(call, argument, (name, whole) => {
          const [id = "", property = ""] = name.split(".");
          const made = find(id, property);
          return made ? whole.replace(`${id}.${property}`, made) : undefined;
        }),
      "Fn::GetAtt": (call, argument) => {
        const [id = "", property = "", ...rest] = pathOf(argument);
        const made = find(id, property);
        return made ? call.set("Fn::GetAtt", [made, ...rest]) : call;
      },
    }) as Value;
  }
}

function splitOnce(text: string): [string, string, string] | [] {
  const plain = textOf(text);
  const dot = plain.indexOf(".");
  return dot < 0 ? [] : [plain, plain.slice(0, dot), plain.slice(dot + 1)];
}

function pathOf(argument: Value): string[] {
  if (!isList(argument) || argument.length < 2) return [];
  if (!argument.every((item) => typeof item === "string")) return [];
  return argument
    .map((item) => textOf(item as string))
    .join(".")
    .split(".");
}

/** References and DependsOn of resources whose own ids have changed, as those of layers do. */
export function withChangedIds(template: Value, changed: ReadonlyMap<string, string>): Value {
  if (changed.size === 0) return template;
  replaceDependencies(template, changed);
  return resolved(template, {
    Ref: (call, argument) => {
      const made = typeof argument === "string" ? changed.get(textOf(argument)) : undefined;
      return made ? call.set("Ref", made) : call;
    },
    "Fn::Sub": (call, argument) =>
      substituted(call, argument, (name, whole) => {
        const [id = ""] = name.split(".");
        const made = changed.get(id);
        return made ? whole.replaceAll(id, made) : undefined;
      }),
    "Fn::GetAtt": (call, argument) => {
      const [id = "", ...rest] = pathOf(argument);
      const made = changed.get(id);
      return made ? call.set("Fn::GetAtt", [made, ...rest]) : call;
    },
  }) as Value;
}

function replaceDependencies(value: Value, changed: ReadonlyMap<string, string>): void {
  if (isList(value)) for (const item of value) replaceDependencies(item, changed);
  if (!isDict(value)) return;
  const renamed = (item: Value) => (typeof item === "string" ? (changed.get(textOf(item)) ?? item) : item);
  const others = value.get("DependsOn");
  if (isList(others)) value.set("DependsOn", others.map(renamed));
  else if (typeof others === "string") value.set("DependsOn", renamed(others));
  for (const member of value.values()) replaceDependencies(member, changed);
}
