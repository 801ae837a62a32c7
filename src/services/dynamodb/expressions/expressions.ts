import { type Item, invalid } from "../values/value.ts";
import type { Condition, ExpressionName, Operand, Path, UpdateAction } from "./ast.ts";
import { bindCondition, bindProjection, bindUpdate } from "./bind.ts";
import { TextCache } from "./cache.ts";
import { compileCondition, type Predicate } from "./compile.ts";
import { type KeyConditions, readKeyConditions } from "./key-condition.ts";
import { parseCondition } from "./parse-condition.ts";
import { parseProjection } from "./parse-projection.ts";
import { parseUpdate } from "./parse-update.ts";
import { projectPaths } from "./paths.ts";
import { Placeholders } from "./placeholders.ts";
import { applyUpdate } from "./update.ts";

/** The members of a request that hold expressions, and the placeholders in them. */
export interface ExpressionInput {
  readonly UpdateExpression?: string | undefined;
  readonly ConditionExpression?: string | undefined;
  readonly KeyConditionExpression?: string | undefined;
  readonly FilterExpression?: string | undefined;
  readonly ProjectionExpression?: string | undefined;
  readonly SearchConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Item | undefined;
}

/** A condition or filter, ready to be tried. */
export interface ReadyCondition {
  /** Whether it holds; for an item that does not exist give `{}`. */
  readonly holds: Predicate;
  /** Every path it reads. */
  readonly paths: readonly Path[];
  readonly condition: Condition;
}

export interface ReadyProjection {
  project(item: Item): Item;
  readonly paths: readonly Path[];
}

export interface ReadyUpdate {
  /**
   * The item that becomes of `before`, which stays as it is; of `key` where there was no item.
   * Faults: ValidationException when the item lacks what the update needs.
   */
  apply(key: Item, before: Item | undefined): Item;
  /** The paths it changes, as `UPDATED_OLD` and `UPDATED_NEW` project them. */
  readonly targets: readonly Path[];
  /** Every path it changes or reads. */
  readonly paths: readonly Path[];
  readonly actions: readonly UpdateAction[];
}

export interface Expressions {
  readonly update?: ReadyUpdate;
  readonly condition?: ReadyCondition;
  readonly keyConditions?: KeyConditions;
  readonly filter?: ReadyCondition;
  readonly projection?: ReadyProjection;
  readonly search?: ReadyCondition;
}

const CACHED_TEXTS = 1000;

const updates = new TextCache(CACHED_TEXTS, parseUpdate);
const projections = new TextCache(CACHED_TEXTS, parseProjection);
const conditions = {
  ConditionExpression: conditionCache("ConditionExpression"),
  FilterExpression: conditionCache("FilterExpression"),
  KeyConditionExpression: conditionCache("KeyConditionExpression"),
  SearchConditionExpression: conditionCache("SearchConditionExpression"),
};

function conditionCache(expression: ExpressionName) {
  return new TextCache(CACHED_TEXTS, (text) => parseCondition(expression, text));
}

/**
 * Everything a request says in expressions, in the order in which AWS looks at it.
 * Faults: ValidationException, worded as AWS does, for the first thing wrong.
 */
export function readExpressions(input: ExpressionInput): Expressions {
  const placeholders = new Placeholders(input.ExpressionAttributeNames, input.ExpressionAttributeValues);
  const update = readUpdate(input.UpdateExpression, placeholders);
  const condition = readCondition("ConditionExpression", input.ConditionExpression, placeholders);
  const keyCondition = bound("KeyConditionExpression", input.KeyConditionExpression, placeholders);
  const filter = readCondition("FilterExpression", input.FilterExpression, placeholders);
  const search = readCondition("SearchConditionExpression", input.SearchConditionExpression, placeholders);
  const projection = readProjection(input.ProjectionExpression, placeholders);
  placeholders.checkAllUsed();
  const keyConditions = keyCondition && readKeyConditions(keyCondition);
  return {
    ...(update && { update }),
    ...(condition && { condition }),
    ...(keyConditions && { keyConditions }),
    ...(filter && { filter }),
    ...(projection && { projection }),
    ...(search && { search }),
  };
}

/**
 * Checks which of a request's parameters may come together. `expressions` and `legacy` name the operation's
 * parameters of either sort, in the order in which AWS lists them.
 * Faults: ValidationException.
 */
export function checkExpressionParameters(
  input: ExpressionInput & Readonly<Record<string, unknown>>,
  expressions: readonly ExpressionName[],
  legacy: readonly string[],
): void {
  const given = expressions.filter((name) => input[name] !== undefined);
  if (given.length > 0) {
    const old = legacy.filter((name) => input[name] !== undefined && !isLoneKeyConditions(name, input));
    if (old.length > 0) {
      throw invalid(
        "Can not use both expression and non-expression parameters in the same request: " +
          `Non-expression parameters: {${old.join(", ")}} Expression parameters: {${given.join(", ")}}`,
      );
    }
  } else if (input.ExpressionAttributeNames) {
    throw invalid("ExpressionAttributeNames can only be specified when using expressions");
  }
  const withValues = expressions.filter((name) => name !== "ProjectionExpression");
  if (
    input.ExpressionAttributeValues &&
    withValues.length > 0 &&
    withValues.every((name) => input[name] === undefined)
  ) {
    throw invalid(
      "ExpressionAttributeValues can only be specified when using expressions: " +
        `${withValues.join(" and ")} ${withValues.length > 1 ? "are" : "is"} null`,
    );
  }
}

/** AWS lets KeyConditions come with expressions that are no KeyConditionExpression. */
function isLoneKeyConditions(name: string, input: ExpressionInput): boolean {
  return name === "KeyConditions" && input.KeyConditionExpression === undefined;
}

/** A condition made ready, from an expression or from elsewhere. */
export function readyCondition(condition: Condition): ReadyCondition {
  const paths: Path[] = [];
  collectConditionPaths(condition, paths);
  return { holds: compileCondition(condition), paths, condition };
}

/**
 * Update actions made ready, from an expression or from elsewhere. `wrongType` is what to say of an attribute
 * that is no number or set, or none of the type that is added or deleted.
 */
export function readyUpdate(actions: readonly UpdateAction[], wrongType?: string): ReadyUpdate {
  const targets = actions.map(({ path }) => path);
  const paths = [...targets];
  for (const { value } of actions) if (value) collectPaths(value, paths);
  return { apply: (key, before) => applyUpdate(actions, key, before, wrongType), targets, paths, actions };
}

/** A projection of these paths, which do not overlap. */
export function readyProjection(paths: readonly Path[]): ReadyProjection {
  return { project: (item) => projectPaths(item, paths), paths };
}

function readUpdate(text: string | undefined, placeholders: Placeholders): ReadyUpdate | undefined {
  return text === undefined ? undefined : readyUpdate(bindUpdate(updates.get(text), placeholders));
}

function readCondition(
  expression: keyof typeof conditions,
  text: string | undefined,
  placeholders: Placeholders,
): ReadyCondition | undefined {
  const condition = bound(expression, text, placeholders);
  return condition && readyCondition(condition);
}

function bound(
  expression: keyof typeof conditions,
  text: string | undefined,
  placeholders: Placeholders,
): Condition | undefined {
  if (text === undefined) return undefined;
  return bindCondition(expression, conditions[expression].get(text), placeholders);
}

function readProjection(text: string | undefined, placeholders: Placeholders): ReadyProjection | undefined {
  return text === undefined
    ? undefined
    : readyProjection(bindProjection(projections.get(text), placeholders));
}

function collectConditionPaths(condition: Condition, paths: Path[]): void {
  if (condition.kind === "test") for (const operand of condition.operands) collectPaths(operand, paths);
  else if (condition.kind === "not") collectConditionPaths(condition.condition, paths);
  else for (const one of condition.conditions) collectConditionPaths(one, paths);
}

function collectPaths(operand: Operand, paths: Path[]): void {
  if (operand.kind === "path") paths.push(operand.path);
  else if (operand.kind === "call") for (const one of operand.operands) collectPaths(one, paths);
}
