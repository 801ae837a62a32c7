import type { Constraint } from "../kernel/constraints.ts";
import type { Member } from "./schema.ts";

/** What is wrong with one member of the input. */
export interface Violation {
  /** `vpcConfig.subnetIds`, `tags.1.member.key`. */
  readonly path: string;
  readonly value: unknown;
  /** `Member must not be null` */
  readonly rule: string;
  /** AWS does not repeat what may be secret. */
  readonly sensitive: boolean;
  /** Of the input itself, not of a structure inside it. */
  readonly top: Member | undefined;
}

/** The rule that a value breaks, in AWS's words. */
export type Check = (value: unknown) => string | undefined;

/** Text longer than this is not matched against a pattern: its length is wrong in any case. */
const LONGEST_MATCHED = 100_000;

/** The checks of a simple value, or of a structure. */
export function constraintChecks({ length, range, pattern, enum: values }: Constraint): Check[] {
  const checks: Check[] = [];
  if (values !== undefined) checks.push(enumCheck(values));
  if (range !== undefined) checks.push(rangeCheck(range));
  if (pattern !== undefined) checks.push(patternCheck(pattern));
  if (length !== undefined) checks.push(lengthCheck(length));
  return checks;
}

/**
 * A list's or map's length is its own; its other constraints are those of each item (a map's values),
 * and broken by any item they are reported of the whole, once.
 */
export function itemChecks(kind: "list" | "map", { length, ...rest }: Constraint): Check[] {
  const checks: Check[] = [];
  if (length !== undefined) checks.push(lengthCheck(length));
  const items = constraintChecks(rest);
  if (items.length === 0) return checks;
  const rules = `[${rulesOf(rest).join(", ")}]`;
  const rule = `${kind === "list" ? "Member" : "Map value"} must satisfy constraint: ${rules}`;
  checks.push((value) => {
    const broken = (item: unknown): boolean => items.some((check) => check(item) !== undefined);
    return Object.values(value as object).some(broken) ? rule : undefined;
  });
  return checks;
}

function rulesOf({ range, pattern, enum: values }: Constraint): string[] {
  const rules: string[] = [];
  if (range !== undefined) rules.push(mostRule(range[1]), leastRule(range[0]));
  if (pattern !== undefined) rules.push(patternRule(pattern));
  if (values !== undefined) rules.push(enumRule(values));
  return [...rules, "Member must not be null"];
}

const mostRule = (most: number): string => `Member must have value less than or equal to ${most}`;
const leastRule = (least: number): string => `Member must have value greater than or equal to ${least}`;
const patternRule = (pattern: string): string => `Member must satisfy regular expression pattern: ${pattern}`;
const enumRule = (values: NonNullable<Constraint["enum"]>): string =>
  `Member must satisfy enum value set: [${Object.values(values).join(", ")}]`;

function enumCheck(values: NonNullable<Constraint["enum"]>): Check {
  const known = new Set<unknown>(Object.values(values));
  const rule = enumRule(values);
  return (value) => (known.has(value) ? undefined : rule);
}

function rangeCheck([least, most]: readonly [number, number]): Check {
  return (value) => {
    if (!(Number(value) <= most)) return mostRule(most);
    return Number(value) < least ? leastRule(least) : undefined;
  };
}

function lengthCheck([least, most]: readonly [number, number]): Check {
  return (value) => {
    const length = lengthOf(value, most);
    if (length === undefined) return undefined;
    if (length > most) return `Member must have length less than or equal to ${most}`;
    return length < least ? `Member must have length greater than or equal to ${least}` : undefined;
  };
}

/** Characters, bytes or entries; undefined for what has no length, such as a stream. */
function lengthOf(value: unknown, most: number): number | undefined {
  if (typeof value === "string") {
    // Characters outside the basic plane count once: only worth counting where it matters.
    return value.length > most && value.length <= most * 2 ? [...value].length : value.length;
  }
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length;
  if (typeof value !== "object" || value === null || Symbol.asyncIterator in value) return undefined;
  return Object.keys(value).length;
}

function patternCheck(pattern: string): Check {
  // Properties of characters exist only in Unicode mode, which refuses much that AWS's patterns hold.
  const expression = new RegExp(`^(?:${pattern})$`, pattern.includes("\\p{") ? "u" : "");
  const rule = patternRule(pattern);
  return (value) =>
    typeof value !== "string" || value.length > LONGEST_MATCHED || expression.test(value) ? undefined : rule;
}
