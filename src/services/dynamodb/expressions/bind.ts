import type { Fault } from "../../../kernel/faults.ts";
import { invalid } from "../values/value.ts";
import type {
  Condition,
  ExpressionName,
  Operand,
  ParsedAction,
  ParsedCondition,
  ParsedOperand,
  ParsedPath,
  Path,
  Test,
  TestOperator,
  UpdateAction,
} from "./ast.ts";
import { checkAdded, checkCalls, checkTest, checkUpdateCalls } from "./operands.ts";
import { checkOverlaps } from "./overlaps.ts";
import type { Placeholders } from "./placeholders.ts";

type FaultOf = (message: string) => Fault;

/** A condition with its placeholders filled. Faults: ValidationException, for the first wrong test in it. */
export function bindCondition(
  expression: ExpressionName,
  parsed: ParsedCondition,
  placeholders: Placeholders,
): Condition {
  const fault: FaultOf = (message) => invalid(`Invalid ${expression}: ${message}`);
  return bindTree(parsed, placeholders, fault);
}

function bindTree(parsed: ParsedCondition, placeholders: Placeholders, fault: FaultOf): Condition {
  switch (parsed.kind) {
    case "and":
    case "or": {
      const conditions = parsed.conditions.map((one) => bindTree(one, placeholders, fault));
      return { kind: parsed.kind, conditions };
    }
    case "not":
      return { kind: "not", condition: bindTree(parsed.condition, placeholders, fault) };
    case "test": {
      const operands = parsed.operands.map((one) => bindOperand(one, placeholders, fault));
      // The parser has refused any other function.
      const test = { kind: "test", operator: parsed.operator as TestOperator, operands } as const;
      checkBound(test, fault);
      return test;
    }
  }
}

function checkBound(test: Test<TestOperator, Operand>, fault: FaultOf): void {
  checkCalls(test.operands, fault);
  checkTest(test, fault);
}

function bindOperand(parsed: ParsedOperand, placeholders: Placeholders, fault: FaultOf): Operand {
  switch (parsed.kind) {
    case "path":
      return { kind: "path", path: placeholders.path(parsed, fault) };
    case "placeholder":
      return { kind: "value", value: placeholders.value(parsed.name, fault) };
    case "call": {
      const operands = parsed.operands.map((one) => bindOperand(one, placeholders, fault));
      return { kind: "call", name: parsed.name, operands };
    }
  }
}

/** Projected paths with their names in place. Faults: ValidationException, also for paths that overlap. */
export function bindProjection(parsed: readonly ParsedPath[], placeholders: Placeholders): readonly Path[] {
  const fault: FaultOf = (message) => invalid(`Invalid ProjectionExpression: ${message}`);
  const paths = parsed.map((path) => placeholders.path(path, fault));
  checkOverlaps(paths, fault);
  return paths;
}

/** An update with its placeholders filled. Faults: ValidationException, also for paths that overlap. */
export function bindUpdate(
  parsed: readonly ParsedAction[],
  placeholders: Placeholders,
): readonly UpdateAction[] {
  const fault: FaultOf = (message) => invalid(`Invalid UpdateExpression: ${message}`);
  const actions = bindActions(parsed, placeholders, fault);
  checkOverlaps(
    actions.map(({ path }) => path),
    fault,
  );
  for (const action of actions) checkAdded(action, fault);
  for (const { value } of actions) if (value) checkUpdateCalls(value, fault);
  return actions;
}

function bindActions(
  parsed: readonly ParsedAction[],
  placeholders: Placeholders,
  fault: FaultOf,
): readonly UpdateAction[] {
  try {
    return parsed.map(({ section, path: written, value }): UpdateAction => {
      const path = placeholders.path(written, fault);
      return value ? { section, path, value: bindOperand(value, placeholders, fault) } : { section, path };
    });
  } catch (missing) {
    checkNames(parsed, placeholders, fault);
    throw missing;
  }
}

/** AWS misses names, anywhere in the expression, before values. */
function checkNames(parsed: readonly ParsedAction[], placeholders: Placeholders, fault: FaultOf): void {
  for (const { path, value } of parsed) {
    placeholders.path(path, fault);
    if (value) useNames(value, placeholders, fault);
  }
}

function useNames(operand: ParsedOperand, placeholders: Placeholders, fault: FaultOf): void {
  if (operand.kind === "path") placeholders.path(operand, fault);
  else if (operand.kind === "call") {
    for (const one of operand.operands) useNames(one, placeholders, fault);
  }
}
