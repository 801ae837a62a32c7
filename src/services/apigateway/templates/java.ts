// The methods that a template may call on its values. API Gateway evaluates templates in Java, so values are
// Java's: maps, lists, strings and numbers with the methods of their classes.

import { writeJson } from "./exact-json.ts";

/** An object of the platform's own, such as `$input`: its methods by name. */
export interface WithMethods {
  readonly methods: Readonly<Record<string, (...args: unknown[]) => unknown>>;
  readonly members?: Readonly<Record<string, unknown>>;
}

type Method<Self> = (self: Self, ...args: unknown[]) => unknown;
type Methods<Self> = Readonly<Record<string, Method<Self>>>;

const text = (value: unknown) => textOf(value);
const whole = (value: unknown) => Math.trunc(Number(value));

const STRING: Methods<string> = {
  charAt: (self, index) => self.charAt(whole(index)),
  concat: (self, other) => self + text(other),
  contains: (self, other) => self.includes(text(other)),
  endsWith: (self, other) => self.endsWith(text(other)),
  equals: (self, other) => self === other,
  equalsIgnoreCase: (self, other) => self.toLowerCase() === text(other).toLowerCase(),
  indexOf: (self, other, from) => self.indexOf(text(other), from === undefined ? 0 : whole(from)),
  isBlank: (self) => self.trim() === "",
  isEmpty: (self) => self === "",
  lastIndexOf: (self, other) => self.lastIndexOf(text(other)),
  length: (self) => self.length,
  matches: (self, pattern) => withPattern(`^(?:${text(pattern)})$`, "", (regex) => regex.test(self)),
  replace: (self, from, to) => self.replaceAll(text(from), () => text(to)),
  replaceAll: (self, pattern, to) =>
    withPattern(text(pattern), "g", (regex) => self.replace(regex, javaReplacement(text(to)))),
  replaceFirst: (self, pattern, to) =>
    withPattern(text(pattern), "", (regex) => self.replace(regex, javaReplacement(text(to)))),
  split: (self, pattern, limit) =>
    withPattern(text(pattern), "", (regex) => javaSplit(self, regex, limit === undefined ? 0 : whole(limit))),
  startsWith: (self, other) => self.startsWith(text(other)),
  strip: (self) => self.trim(),
  substring: (self, from, to) => self.substring(whole(from), to === undefined ? undefined : whole(to)),
  toLowerCase: (self) => self.toLowerCase(),
  toUpperCase: (self) => self.toUpperCase(),
  trim: (self) => self.trim(),
};

const LIST: Methods<unknown[]> = {
  add: (self, item, inserted) => {
    if (inserted === undefined) return self.push(item) > 0;
    self.splice(whole(item), 0, inserted);
    return undefined;
  },
  addAll: (self, items) => Array.isArray(items) && self.push(...items) > 0,
  clear: (self) => void self.splice(0),
  contains: (self, item) => self.includes(item),
  get: (self, index) => self[whole(index) < 0 ? self.length + whole(index) : whole(index)],
  indexOf: (self, item) => self.indexOf(item),
  isEmpty: (self) => self.length === 0,
  length: (self) => self.length,
  remove: (self, index) => self.splice(whole(index), 1)[0],
  set: (self, index, item) => {
    const before = self[whole(index)];
    self[whole(index)] = item;
    return before;
  },
  size: (self) => self.length,
};

const MAP: Methods<Map<string, unknown>> = {
  clear: (self) => self.clear(),
  containsKey: (self, key) => self.has(text(key)),
  containsValue: (self, value) => [...self.values()].includes(value),
  entrySet: (self) =>
    [...self].map(([key, value]) => ({
      members: { key, value },
      methods: { getKey: () => key, getValue: () => value },
    })),
  get: (self, key) => self.get(text(key)),
  getOrDefault: (self, key, otherwise) => (self.has(text(key)) ? self.get(text(key)) : otherwise),
  isEmpty: (self) => self.size === 0,
  keySet: (self) => [...self.keys()],
  length: (self) => self.size,
  put: (self, key, value) => {
    const before = self.get(text(key));
    self.set(text(key), value);
    return before ?? "";
  },
  putAll: (self, other) => {
    if (other instanceof Map) for (const [key, value] of other) self.set(key, value);
  },
  remove: (self, key) => {
    const before = self.get(text(key));
    self.delete(text(key));
    return before;
  },
  size: (self) => self.size,
  values: (self) => [...self.values()],
};

const NUMBER: Methods<number> = {
  doubleValue: (self) => self,
  equals: (self, other) => self === other,
  intValue: (self) => Math.trunc(self),
  longValue: (self) => Math.trunc(self),
  // Integer's, which templates reach through any number they have.
  parseInt: (_self, digits) => numberOf(digits, /^[+-]?\d+$/),
  parseDouble: (_self, digits) => numberOf(digits, /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/),
};

/** Calls a value's method; undefined for one that it does not have, as for a reference to nothing. */
export function callMethod(value: unknown, name: string, args: readonly unknown[]): unknown {
  if (value === undefined || value === null) return undefined;
  if (isWithMethods(value)) return own(value.methods, name)?.(...args);
  const known: Methods<never> | undefined = methodsOf(value);
  const method = known && (own(known, name) as Method<unknown> | undefined);
  if (method) return method(value, ...args);
  if (name === "toString") return textOf(value);
  if (name === "hashCode") return hashOf(textOf(value));
  return undefined;
}

function methodsOf(value: unknown): Methods<never> | undefined {
  if (typeof value === "string") return STRING;
  if (typeof value === "number") return NUMBER;
  if (Array.isArray(value)) return LIST;
  return value instanceof Map ? MAP : undefined;
}

/** `$map.name`, `$object.name`: a member, or what its getter gives. */
export function memberOf(value: unknown, name: string): unknown {
  if (value instanceof Map) return value.get(name);
  if (isWithMethods(value) && value.members) return own(value.members, name);
  if (name === "empty") return callMethod(value, "isEmpty", []);
  return undefined;
}

/** As Java prints it: lists as JSON, which their class does, and maps not. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return writeJson(plainOf(value));
  if (value instanceof Map) {
    const members = [...value].map(([key, member]) => `${key}=${member === null ? "null" : textOf(member)}`);
    return `{${members.join(", ")}}`;
  }
  if (isWithMethods(value)) return "";
  return String(value);
}

/** As JSON has it. */
export function plainOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainOf);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, member]) => [key, plainOf(member)]));
  return value ?? null;
}

/** JSON as a template has it: objects are maps. */
export function javaOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(javaOf);
  if (typeof value !== "object" || value === null) return value;
  return new Map(Object.entries(value).map(([key, member]) => [key, javaOf(member)]));
}

function isWithMethods(value: unknown): value is WithMethods {
  return typeof value === "object" && value !== null && "methods" in value;
}

/** What an object has itself, and not by being one. */
function own<Value>(object: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** A pattern that cannot be read gives nothing, as the exception does that Java throws. */
function withPattern<Result>(
  pattern: string,
  flags: string,
  use: (regex: RegExp) => Result,
): Result | undefined {
  try {
    return use(new RegExp(pattern, flags));
  } catch {
    return undefined;
  }
}

/** `$1` means the same in both; an escaped sign stands for itself. */
function javaReplacement(to: string): string {
  return to.replace(/\\(.)/g, (_whole, sign: string) => (sign === "$" ? "$$" : sign));
}

/** Java drops the empty strings at the end, unless there is a limit. */
function javaSplit(self: string, regex: RegExp, limit: number): string[] {
  const parts: string[] = [];
  const global = new RegExp(regex.source, "g");
  let from = 0;
  for (const found of self.matchAll(global)) {
    if (limit > 0 && parts.length === limit - 1) break;
    if (found[0] === "" && (found.index === 0 || found.index === self.length)) continue;
    parts.push(self.slice(from, found.index));
    from = found.index + found[0].length;
  }
  parts.push(self.slice(from));
  if (limit === 0) while (parts.length > 1 && parts.at(-1) === "") parts.pop();
  return parts;
}

function numberOf(digits: unknown, pattern: RegExp): number | undefined {
  return pattern.test(textOf(digits)) ? Number(textOf(digits)) : undefined;
}

function hashOf(characters: string): number {
  let hash = 0;
  for (let index = 0; index < characters.length; index++) {
    hash = (Math.imul(hash, 31) + characters.charCodeAt(index)) | 0;
  }
  return hash;
}
