import type { NormalizedSchema } from "@smithy/core/schema";
import type { Constraint, Constraints } from "../kernel/constraints.ts";
import { Fault } from "../kernel/faults.ts";
import { type Check, constraintChecks, itemChecks, type Violation } from "./constraint-checks.ts";
import type { OperationModel } from "./protocol.ts";
import { checkDynamodbInput } from "./quirks/dynamodb.ts";
import { s3Violation } from "./quirks/s3.ts";
import { sqsViolation } from "./quirks/sqs.ts";
import { identityOf, kindOf, type Member, membersOf, nameOf } from "./schema.ts";

interface State {
  readonly path: string[];
  readonly violations: Violation[];
}

type Walk = (value: unknown, state: State) => void;

/** More than these are not listed: a hostile list would make an answer longer than its request. */
const MOST_VIOLATIONS = 100;

const known = new WeakMap<OperationModel, Walk | undefined>();

/**
 * Throws when the input misses a required member or breaks a constraint, with all that is wrong in one
 * message as AWS writes it. Compiled at an operation's first use; constraints are those of its service.
 */
export function validate(
  operation: OperationModel,
  constraints: Constraints,
  input: Readonly<Record<string, unknown>>,
): void {
  if (operation.service.id === "dynamodb") checkDynamodbInput(operation.name, input);
  if (!known.has(operation)) known.set(operation, compile(operation.input, constraints));
  const walk = known.get(operation);
  if (walk === undefined) return;
  const state: State = { path: [], violations: [] };
  walk(input, state);
  const [first] = state.violations;
  if (first === undefined) return;
  const { wire, id } = operation.service;
  if (id === "s3") throw s3Violation(first);
  if (id === "sqs") throw sqsViolation(first, operation.name);
  throw new Fault(wire.validationCode ?? "ValidationException", messageOf(state.violations));
}

function messageOf(violations: readonly Violation[]): string {
  const count = violations.length;
  const list = violations.map(({ path, value, rule, sensitive }) => {
    const shown = sensitive && value !== undefined ? "" : ` ${shownValue(value)}`;
    return `Value${shown} at '${path}' failed to satisfy constraint: ${rule}`;
  });
  return `${count} validation error${count === 1 ? "" : "s"} detected: ${list.join("; ")}`;
}

function shownValue(value: unknown): string {
  return value === undefined || value === null ? "null" : `'${javaString(value)}'`;
}

/** Values in the way AWS's services print them: `[a, b]`, `{key=value}`. */
function javaString(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(javaString).join(", ")}]`;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array)
    return `java.nio.HeapByteBuffer[pos=0 lim=${value.length} cap=${value.length}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}=${javaString(item)}`)
    .join(", ")}}`;
}

/** Undefined when nothing below the input can be wrong. */
function compile(input: NormalizedSchema, constraints: Constraints): Walk | undefined {
  const structures = new Map<object, Walk>();

  const walkerOf = (schema: NormalizedSchema, top: boolean): Walk | undefined => {
    if (!isDemanding(schema, constraints, new Set())) return undefined;
    switch (kindOf(schema)) {
      case "structure":
      case "union":
        return structureWalker(schema, top);
      case "list": {
        const item = walkerOf(schema.getValueSchema(), false);
        return item && ((value, state) => walkList(value as readonly unknown[], item, state));
      }
      case "map": {
        const item = walkerOf(schema.getValueSchema(), false);
        return item && ((value, state) => walkMap(value as object, item, state));
      }
      default:
        return undefined;
    }
  };

  const structureWalker = (schema: NormalizedSchema, top: boolean): Walk => {
    const identity = identityOf(schema) ?? schema;
    const existing = structures.get(identity);
    if (existing !== undefined) return existing;
    let members: MemberWalk[] | undefined;
    const walk: Walk = (value, state) => {
      members ??= memberWalks(schema, top);
      const from = value as Readonly<Record<string, unknown>>;
      for (const member of members) member(from, state);
    };
    structures.set(identity, walk);
    return walk;
  };

  const memberWalks = (schema: NormalizedSchema, top: boolean): MemberWalk[] => {
    const structure = nameOf(schema);
    const walks: MemberWalk[] = [];
    for (const member of membersOf(schema)) {
      const constraint = constraints[`${structure}.${member.name}`];
      const checks = constraint === undefined ? [] : checksOf(member.schema, constraint);
      const nested = walkerOf(member.schema, false);
      if (member.required || checks.length > 0 || nested !== undefined) {
        walks.push(memberWalk(member, checks, nested, top));
      }
    }
    return walks;
  };

  return walkerOf(input, true);
}

type MemberWalk = (from: Readonly<Record<string, unknown>>, state: State) => void;

function memberWalk(
  member: Member,
  checks: readonly Check[],
  nested: Walk | undefined,
  top: boolean,
): MemberWalk {
  const { name, required } = member;
  const pathName = name.charAt(0).toLowerCase() + name.slice(1);
  const sensitive = "sensitive" in member.traits;
  const add = (state: State, value: unknown, rule: string): void => {
    if (state.violations.length === MOST_VIOLATIONS) return;
    const path = [...state.path, pathName].join(".");
    state.violations.push({ path, value, rule, sensitive, top: top ? member : undefined });
  };
  return (from, state) => {
    const value = from[name];
    if (value === undefined || value === null) {
      if (required) add(state, undefined, "Member must not be null");
      return;
    }
    for (const check of checks) {
      const rule = check(value);
      if (rule !== undefined) add(state, value, rule);
    }
    if (nested === undefined) return;
    state.path.push(pathName);
    nested(value, state);
    state.path.pop();
  };
}

function checksOf(schema: NormalizedSchema, constraint: Constraint): Check[] {
  const kind = kindOf(schema);
  if (kind !== "list" && kind !== "map") return constraintChecks(constraint);
  return itemChecks(kind, constraint);
}

function walkList(value: readonly unknown[], item: Walk, state: State): void {
  for (const [index, element] of value.entries()) {
    if (element === null || element === undefined) continue;
    state.path.push(`${index + 1}.member`);
    item(element, state);
    state.path.pop();
  }
}

function walkMap(value: object, item: Walk, state: State): void {
  for (const [key, element] of Object.entries(value)) {
    if (element === null || element === undefined) continue;
    state.path.push(`${key}.member`);
    item(element, state);
    state.path.pop();
  }
}

/** Whether a schema, or one inside it, requires a member or has one with a constraint. */
function isDemanding(schema: NormalizedSchema, constraints: Constraints, seen: Set<object>): boolean {
  const kind = kindOf(schema);
  if (kind === "list" || kind === "map") return isDemanding(schema.getValueSchema(), constraints, seen);
  if (kind !== "structure" && kind !== "union") return false;
  const identity = identityOf(schema) ?? schema;
  if (seen.has(identity)) return false;
  seen.add(identity);
  const structure = nameOf(schema);
  return membersOf(schema).some(
    ({ name, schema, required }) =>
      required || constraints[`${structure}.${name}`] !== undefined || isDemanding(schema, constraints, seen),
  );
}
