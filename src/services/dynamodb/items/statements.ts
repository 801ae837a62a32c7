import type * as sdk from "@aws-sdk/client-dynamodb";
import type { BatchStatementError, BatchStatementResponse } from "@aws-sdk/client-dynamodb";
import { Fault } from "../../../kernel/faults.ts";
import type { Context, Handlers } from "../../define.ts";
import type { Condition } from "../expressions/ast.ts";
import { readyCondition, readyUpdate } from "../expressions/expressions.ts";
import { parseStatement } from "../expressions/partiql/parse.ts";
import { planWrite, selectColumns } from "../expressions/partiql/plan.ts";
import type { Returning, Select, Statement } from "../expressions/partiql/statement.ts";
import { getTable, type Table } from "../tables/catalog.ts";
import { checkItem, checkItemSize } from "../values/validate.ts";
import { type AttributeValue, type Item, invalid } from "../values/value.ts";
import type { Action } from "./actions.ts";
import { readOneItem, updatedAttributes, writeOne } from "./items.ts";
import { selectPage } from "./selects.ts";
import { digestOf } from "./tokens.ts";
import { type Get, readTogether, writeTogether } from "./transactions.ts";

export const statements = {
  async ExecuteStatement(input, context) {
    const statement = parseStatement(input.Statement ?? "", input.Parameters);
    if (statement.kind === "select") return selectPage(context, input, statement);
    if (input.NextToken !== undefined) throw invalid("NextToken does not match request");
    const table = await tableOf(context, statement);
    const action = actionOf(table, statement, input.ReturnValuesOnConditionCheckFailure);
    const { done, ConsumedCapacity } = await writeOne(action, input, context);
    const returned = "returning" in statement ? RETURN_VALUES[statement.returning ?? "NONE"] : "NONE";
    const attributes = updatedAttributes(
      returned,
      done,
      action.kind === "put" ? [] : (action.update?.targets ?? []),
    );
    return { Items: attributes ? [attributes] : [], ...(ConsumedCapacity ? { ConsumedCapacity } : {}) };
  },

  async BatchExecuteStatement(input, context) {
    const list = input.Statements ?? [];
    const Responses: BatchStatementResponse[] = [];
    const capacities: sdk.ConsumedCapacity[] = [];
    for (const one of list) {
      const { response, capacity } = await runInBatch(context, one, input.ReturnConsumedCapacity);
      Responses.push(response);
      if (capacity) capacities.push(capacity);
    }
    return { Responses, ...(capacities.length > 0 ? { ConsumedCapacity: capacities } : {}) };
  },

  async ExecuteTransaction(input, context) {
    const parsed = (input.TransactStatements ?? []).map((one) => ({
      one,
      statement: parseStatement(one.Statement ?? "", one.Parameters),
    }));
    const reads = parsed.filter(({ statement }) => statement.kind === "select");
    if (reads.length > 0 && reads.length < parsed.length) {
      throw invalid("Transaction statements must be either all reads or all writes");
    }
    if (reads.length > 0)
      return readStatements(
        context,
        parsed.map(({ statement }) => statement),
        input,
      );
    const actions: Action[] = [];
    for (const [at, { one, statement }] of parsed.entries()) {
      if (statement.kind === "select") continue;
      const table = await tableOf(context, statement);
      if (statement.kind === "exists" && !planWrite(statement.select.where, table.schema).condition) {
        throw invalid(
          `Validation failed in TransactStatements[${at}]: EXISTS() must contain a single item read with ` +
            "additional condition",
        );
      }
      actions.push(actionOf(table, statement, one.ReturnValuesOnConditionCheckFailure));
    }
    const { ClientRequestToken, ...parameters } = input;
    const token =
      ClientRequestToken === undefined
        ? undefined
        : { text: ClientRequestToken, digest: digestOf(parameters) };
    const { used } = await writeTogether(context, actions, token);
    used.settle(context);
    const capacity = used.report(input.ReturnConsumedCapacity);
    return { Responses: actions.map(() => ({})), ...(capacity ? { ConsumedCapacity: capacity } : {}) };
  },
} satisfies Handlers<typeof sdk>;

const RETURN_VALUES: Readonly<Record<Returning | "NONE", string>> = {
  NONE: "NONE",
  "ALL OLD": "ALL_OLD",
  "ALL NEW": "ALL_NEW",
  "MODIFIED OLD": "UPDATED_OLD",
  "MODIFIED NEW": "UPDATED_NEW",
};

/** The table that a statement is about. Faults: ResourceNotFoundException. */
function tableOf(context: Context, statement: Statement): Promise<Table> {
  const name = statement.kind === "exists" ? statement.select.table : statement.table;
  return context.store.transact((tx) => getTable(tx, context, name));
}

/** A statement that is no SELECT, as the action that it comes to. Faults: ValidationException. */
function actionOf(
  table: Table,
  statement: Exclude<Statement, Select>,
  onFailure: string | undefined,
): Action {
  const returnsOnFailure = onFailure === "ALL_OLD";
  const partition = table.schema.partition.name;
  if (statement.kind === "insert") {
    const item = checkItem(statement.item);
    checkItemSize(item);
    const condition = readyCondition(existence("attribute_not_exists", partition));
    return { kind: "put", tableName: statement.table, item, condition, returnsOnFailure, isInsert: true };
  }
  const target = statement.kind === "exists" ? statement.select : statement;
  const { key, condition } = planWrite(target.where, table.schema);
  const common = { tableName: target.table, key: checkItem(key), returnsOnFailure };
  if (statement.kind === "delete") {
    return { ...common, kind: "delete", condition: condition && readyCondition(condition) };
  }
  const exists = existence("attribute_exists", partition);
  const whole: Condition = condition ? { kind: "and", conditions: [exists, condition] } : exists;
  if (statement.kind === "exists") return { ...common, kind: "check", condition: readyCondition(whole) };
  return {
    ...common,
    kind: "update",
    condition: readyCondition(whole),
    update: readyUpdate(statement.actions),
  };
}

function existence(operator: "attribute_exists" | "attribute_not_exists", name: string): Condition {
  return { kind: "test", operator, operands: [{ kind: "path", path: [name] }] };
}

interface Batched {
  readonly response: BatchStatementResponse;
  readonly capacity?: sdk.ConsumedCapacity;
}

/** One statement of a batch: what is wrong with it is its own affair. */
async function runInBatch(
  context: Context,
  one: sdk.BatchStatementRequest,
  ReturnConsumedCapacity: string | undefined,
): Promise<Batched> {
  let tableName: string | undefined;
  try {
    const statement = parseStatement(one.Statement ?? "", one.Parameters);
    if (statement.kind === "exists") throw invalid("EXISTS is allowed in transactions only");
    tableName = statement.table;
    const table = await tableOf(context, statement);
    if (statement.kind === "select") {
      const key = keyOfSelect(
        table,
        statement,
        "Select statements within BatchExecuteStatement must specify the primary key in the where clause.",
      );
      const consistent = one.ConsistentRead === true;
      const { kept, ConsumedCapacity } = await readOneItem(context, tableName, key, consistent, {
        ReturnConsumedCapacity,
      });
      const row = kept && selectColumns(kept.item, statement.columns);
      return {
        response: { TableName: tableName, ...(row ? { Item: row } : {}) },
        ...(ConsumedCapacity ? { capacity: ConsumedCapacity } : {}),
      };
    }
    const action = actionOf(table, statement, one.ReturnValuesOnConditionCheckFailure);
    const { ConsumedCapacity } = await writeOne(action, { ReturnConsumedCapacity }, context);
    return {
      response: { TableName: tableName },
      ...(ConsumedCapacity ? { capacity: ConsumedCapacity } : {}),
    };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return {
      response: { ...(tableName === undefined ? {} : { TableName: tableName }), Error: errorOf(error) },
    };
  }
}

/** Faults: ValidationException for a SELECT that is not about one item. */
function keyOfSelect(table: Table, { where, index }: Select, wording: string): Item {
  if (index !== undefined) throw invalid(wording);
  const { key, condition } = planned();
  if (condition) throw invalid(wording);
  return checkItem(key);

  function planned() {
    try {
      return planWrite(where, table.schema);
    } catch (error) {
      throw error instanceof Fault && error.message.startsWith("Where clause") ? invalid(wording) : error;
    }
  }
}

const ERROR_CODES: Readonly<Record<string, NonNullable<BatchStatementError["Code"]>>> = {
  ConditionalCheckFailedException: "ConditionalCheckFailed",
  DuplicateItemException: "DuplicateItem",
  ItemCollectionSizeLimitExceededException: "ItemCollectionSizeLimitExceeded",
  ProvisionedThroughputExceededException: "ProvisionedThroughputExceeded",
  RequestLimitExceeded: "RequestLimitExceeded",
  ResourceNotFoundException: "ResourceNotFound",
  ThrottlingException: "ThrottlingError",
  TransactionConflictException: "TransactionConflict",
  ValidationException: "ValidationError",
};

function errorOf({ code, message, members }: Fault): BatchStatementError {
  const item = members.Item as Record<string, AttributeValue> | undefined;
  return {
    Code: ERROR_CODES[code] ?? "InternalServerError",
    Message: message,
    ...(item ? { Item: item } : {}),
  };
}

async function readStatements(
  context: Context,
  list: readonly Statement[],
  { ReturnConsumedCapacity }: { ReturnConsumedCapacity?: string | undefined },
) {
  const gets: Get[] = [];
  for (const [at, statement] of list.entries()) {
    if (statement.kind !== "select") continue;
    const table = await tableOf(context, statement);
    const key = keyOfSelect(
      table,
      statement,
      `Validation failed in TransactStatements[${at}]: Select statements within ExecuteTransaction must ` +
        "specify the primary key in the where clause.",
    );
    gets.push({ tableName: statement.table, key: checkItem(key), columns: statement.columns });
  }
  const { items, used } = await readTogether(context, gets);
  used.settle(context);
  const capacity = used.report(ReturnConsumedCapacity);
  return {
    Responses: items.map((item) => (item ? { Item: item } : {})),
    ...(capacity ? { ConsumedCapacity: capacity } : {}),
  };
}
