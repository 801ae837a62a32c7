import type {
  DeleteItemCommandInput,
  ExpectedAttributeValue,
  PutItemCommandInput,
  UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import {
  checkExpressionParameters,
  type ExpressionInput,
  type ReadyCondition,
  readExpressions,
} from "../expressions/expressions.ts";
import { readAttributeUpdates, readExpected } from "../expressions/legacy.ts";
import { checkItem, checkItemSize } from "../values/validate.ts";
import { type Item, invalid } from "../values/value.ts";
import type { KeyAction, PutAction } from "./actions.ts";

/** A put, once all that can be said without its table is in order. Faults: ValidationException. */
export function preparePut(input: PutItemCommandInput): PutAction {
  checkExpressionParameters({ ...input }, ["ConditionExpression"], ["Expected"]);
  const item = checkItem(input.Item ?? {});
  checkOldOnly(input.ReturnValues);
  checkItemSize(item);
  return {
    kind: "put",
    tableName: input.TableName ?? "",
    item,
    condition: conditionOf(input),
    returnsOnFailure: input.ReturnValuesOnConditionCheckFailure === "ALL_OLD",
  };
}

/** A deletion, as `preparePut`. */
export function prepareDelete(input: DeleteItemCommandInput): KeyAction {
  checkExpressionParameters({ ...input }, ["ConditionExpression"], ["Expected"]);
  const key = checkItem(input.Key ?? {});
  checkOldOnly(input.ReturnValues);
  return {
    kind: "delete",
    tableName: input.TableName ?? "",
    key,
    condition: conditionOf(input),
    returnsOnFailure: input.ReturnValuesOnConditionCheckFailure === "ALL_OLD",
  };
}

/** An update, as `preparePut`. */
export function prepareUpdate(input: UpdateItemCommandInput): KeyAction {
  checkExpressionParameters(
    { ...input },
    ["UpdateExpression", "ConditionExpression"],
    ["AttributeUpdates", "Expected"],
  );
  const key = checkItem(input.Key ?? {});
  const legacy = input.AttributeUpdates && readAttributeUpdates(input.AttributeUpdates);
  const expected = readExpected(input.Expected, input.ConditionalOperator);
  if (!input.Expected) checkOperator(input);
  const { update, condition } = readExpressions(input);
  return {
    kind: "update",
    tableName: input.TableName ?? "",
    key,
    update: update ?? legacy,
    condition: condition ?? expected,
    returnsOnFailure: input.ReturnValuesOnConditionCheckFailure === "ALL_OLD",
  };
}

interface Conditional extends ExpressionInput {
  readonly Expected?: Record<string, ExpectedAttributeValue> | undefined;
  readonly ConditionalOperator?: string | undefined;
}

function conditionOf(input: Conditional): ReadyCondition | undefined {
  if (input.Expected) return readExpected(input.Expected, input.ConditionalOperator);
  checkOperator(input);
  if (!isExpressive(input)) return undefined;
  return readExpressions(input).condition;
}

/** `ConditionalOperator` says how conditions of `Expected` go together. */
function checkOperator({ Expected, ConditionalOperator }: Conditional): void {
  if (ConditionalOperator === undefined || Expected !== undefined) return;
  throw invalid("ConditionalOperator cannot be used without Filter or Expected");
}

/** Most requests have no expressions: nothing is to be read for them. */
function isExpressive(input: ExpressionInput): boolean {
  return (
    input.ConditionExpression !== undefined ||
    input.ExpressionAttributeNames !== undefined ||
    input.ExpressionAttributeValues !== undefined
  );
}

function checkOldOnly(returnValues: string | undefined): void {
  if (returnValues !== undefined && returnValues !== "ALL_OLD" && returnValues !== "NONE") {
    throw invalid("ReturnValues can only be ALL_OLD or NONE");
  }
}

/** A key whose numbers are canonical. Faults: ValidationException. */
export function prepareKey(key: Item | undefined): Item {
  return checkItem(key ?? {});
}
