import type { PatchOperation } from "@aws-sdk/client-api-gateway";
import { badRequest } from "./faults.ts";

export type PatchOp = "add" | "replace" | "remove" | "copy" | "move" | "test";

/** One patch as a rule sees it. */
export interface Patch {
  readonly op: PatchOp;
  /** Empty where there is none. */
  readonly value: string;
  readonly from: string;
  /** What stands in the path where the rule has `{}`. */
  readonly names: readonly string[];
}

/**
 * What may be changed, where, and how. `{}` in the path stands for one part of it.
 * https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
 */
export interface PatchRule<Target> {
  readonly path: string;
  readonly ops: readonly PatchOp[];
  apply(target: Target, patch: Patch): void;
}

/** A copy of a document with all patches applied, in order; all or none. */
export function patched<Target>(
  document: Target,
  operations: readonly PatchOperation[] | undefined,
  rules: readonly PatchRule<Target>[],
): Target {
  const target = structuredClone(document);
  for (const operation of operations ?? []) applyOne(target, operation, rules);
  return target;
}

function applyOne<Target>(
  target: Target,
  { op, path = "", value = "", from = "" }: PatchOperation,
  rules: readonly PatchRule<Target>[],
): void {
  if (op === undefined)
    throw badRequest("Invalid patch operation specified. Must be one of: [add, remove, replace]");
  const parts = path.split("/").slice(1).map(unescaped);
  for (const rule of rules) {
    const names = namesIn(rule.path, parts);
    if (names && rule.ops.includes(op)) {
      rule.apply(target, { op, value, from, names });
      return;
    }
  }
  const allowed = rules
    .filter((rule) => rule.ops.includes(op))
    .map((rule) => rule.path.replaceAll("{}", "{name}"));
  throw badRequest(
    `Invalid patch path '${path}' specified for op '${op}'. Must be one of: [${allowed.join(", ")}]`,
  );
}

/** https://datatracker.ietf.org/doc/html/rfc6901#section-4 */
function unescaped(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

function namesIn(pattern: string, parts: readonly string[]): string[] | undefined {
  const wanted = pattern.split("/").slice(1);
  if (wanted.length !== parts.length) return undefined;
  const names: string[] = [];
  for (const [index, part] of parts.entries()) {
    if (wanted[index] === "{}") names.push(part);
    else if (wanted[index] !== part) return undefined;
  }
  return names;
}

type Keys<Target, Value> = {
  [Name in keyof Target]-?: Value extends Exclude<Target[Name], undefined | null> ? Name : never;
}[keyof Target];

/** A member that is text; removing it leaves it out. */
export function textRule<Target>(path: string, name: Keys<Target, string>): PatchRule<Target> {
  return memberRule(path, name, (value) => value);
}

export function flagRule<Target>(path: string, name: Keys<Target, boolean>): PatchRule<Target> {
  return memberRule(path, name, readFlag);
}

export function numberRule<Target>(path: string, name: Keys<Target, number>): PatchRule<Target> {
  return memberRule(path, name, readNumber);
}

/** One of a few words. */
export function choiceRule<Target>(
  path: string,
  name: keyof Target,
  choices: readonly string[],
): PatchRule<Target> {
  return memberRule(path, name, (value) => {
    if (choices.includes(value)) return value;
    throw badRequest(`Invalid value for ${path.slice(1)}: ${value}. Must be one of: [${choices.join(", ")}]`);
  });
}

function memberRule<Target>(
  path: string,
  name: keyof Target,
  read: (value: string) => unknown,
): PatchRule<Target> {
  return {
    path,
    ops: ["add", "replace", "remove"],
    apply(target, { op, value }) {
      if (op === "remove") delete target[name];
      else target[name] = read(value) as Target[keyof Target];
    },
  };
}

/** The members of a map, each by its name. */
export function mapRule<Target, Member>(
  path: string,
  mapOf: (target: Target) => Record<string, Member>,
  read: (value: string, name: string) => Member,
): PatchRule<Target> {
  return {
    path: `${path}/{}`,
    ops: ["add", "replace", "remove"],
    apply(target, { op, value, names: [name = ""] }) {
      const map = mapOf(target);
      if (op === "remove") delete map[name];
      else map[name] = read(value, name);
    },
  };
}

/** A set of words: each is named in the path to be added or removed. */
export function setRule<Target>(path: string, read: (target: Target) => string[]): PatchRule<Target> {
  return {
    path: `${path}/{}`,
    ops: ["add", "remove", "replace"],
    apply(target, { op, value, names: [name = ""] }) {
      const set = read(target);
      const at = set.indexOf(name);
      if (op === "add" && at < 0) set.push(name);
      if (op !== "add" && at >= 0) set.splice(at, 1, ...(op === "replace" ? [value] : []));
    },
  };
}

export function readFlag(value: string): boolean {
  const lower = value.toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  throw badRequest(`Invalid boolean value: ${value}`);
}

export function readNumber(value: string): number {
  const number = Number(value);
  if (value.trim() !== "" && Number.isFinite(number)) return number;
  throw badRequest(`Invalid number: ${value}`);
}
