import type * as sdk from "@aws-sdk/client-dynamodb";
import type {
  CancellationReason,
  ItemCollectionMetrics,
  TransactGetItem,
  TransactWriteItem,
} from "@aws-sdk/client-dynamodb";
import { Fault } from "../../../kernel/faults.ts";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { throttleOf } from "../capacity/meter.ts";
import type { Path } from "../expressions/ast.ts";
import type { ReadyProjection } from "../expressions/expressions.ts";
import { selectColumns } from "../expressions/partiql/plan.ts";
import { fault } from "../faults.ts";
import { getTable, type Table } from "../tables/catalog.ts";
import { checkKey } from "../values/keys.ts";
import { itemSize } from "../values/size.ts";
import { checkItem } from "../values/validate.ts";
import { type Item, invalid } from "../values/value.ts";
import { readItem } from "./access.ts";
import {
  type Action,
  type Cause,
  checkAction,
  checkProjection,
  DUPLICATE,
  keyOfAction,
  runAction,
} from "./actions.ts";
import { Consumption, readUnits, useOf } from "./consumption.ts";
import { collectionMetrics, projectionOf } from "./items.ts";
import { itemText } from "./places.ts";
import { prepareDelete, preparePut, prepareUpdate } from "./prepare.ts";
import { digestOf, wasDone } from "./tokens.ts";
import { hold, isHeld, release } from "./under-way.ts";

const MOST_BYTES = 4 * 1024 * 1024;
const SEVERAL = "Transaction request cannot include multiple operations on one item";
const NO_REASON: CancellationReason = { Code: "None" };

export const transactions = {
  async TransactWriteItems(input, context) {
    const actions = (input.TransactItems ?? []).map(prepareAction);
    const { ClientRequestToken, ...parameters } = input;
    const token =
      ClientRequestToken === undefined
        ? undefined
        : { text: ClientRequestToken, digest: digestOf(parameters) };
    const { used, metrics } = await writeTogether(context, actions, token);
    used.settle(context);
    const capacity = used.report(input.ReturnConsumedCapacity);
    return {
      ...(capacity ? { ConsumedCapacity: capacity } : {}),
      ...(input.ReturnItemCollectionMetrics === "SIZE" && Object.keys(metrics).length > 0
        ? { ItemCollectionMetrics: metrics }
        : {}),
    };
  },

  async TransactGetItems(input, context) {
    const gets = (input.TransactItems ?? []).map(prepareGet);
    const { items, used } = await readTogether(context, gets);
    used.settle(context);
    const capacity = used.report(input.ReturnConsumedCapacity);
    return {
      ...(capacity ? { ConsumedCapacity: capacity } : {}),
      Responses: items.map((item) => (item ? { Item: item } : {})),
    };
  },
} satisfies Handlers<typeof sdk>;

function prepareAction({ ConditionCheck, Put, Delete, Update }: TransactWriteItem): Action {
  const given = [ConditionCheck, Put, Delete, Update].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw invalid("TransactItems can only contain one of Check, Put, Update or Delete");
  }
  if (Put) return preparePut(Put);
  if (Update) return prepareUpdate(Update);
  if (Delete) return prepareDelete(Delete);
  return {
    ...prepareDelete({ ...ConditionCheck, TableName: ConditionCheck?.TableName, Key: ConditionCheck?.Key }),
    kind: "check",
  };
}

/** A token that the client gave, and what it goes with. */
export interface Token {
  readonly text: string;
  readonly digest: string;
}

interface Outcome {
  readonly used: Consumption;
  readonly metrics: Record<string, ItemCollectionMetrics[]>;
}

/**
 * Carries out all the actions or none. Faults: TransactionCanceledException with a reason for each action,
 * ResourceNotFoundException, ValidationException, IdempotentParameterMismatchException.
 */
export async function writeTogether(
  context: Context,
  actions: readonly Action[],
  token: Token | undefined,
): Promise<Outcome> {
  const by = Symbol("transaction");
  let held: readonly string[] = [];
  try {
    return await context.store.transact(async (tx) => {
      const nowMs = context.clock.now();
      const targets = await targetsOf(tx, context, actions);
      if (token && (await wasDone(tx, context.scope, token.text, token.digest, nowMs))) {
        return repeated(tx, targets);
      }
      const reasons = reasonsAgainst(context, targets, by);
      const outcome = await runAll(tx, targets, reasons, { nowMs, by: context });
      if (reasons.some(({ Code }) => Code !== "None")) throw cancelled(reasons);
      held = targets.map(({ text }) => text);
      hold(context.store, held, by);
      return outcome;
    });
  } finally {
    release(context.store, held, by);
  }
}

interface Target {
  readonly action: Action;
  readonly table: Table;
  readonly key: Item;
  /** Names the item among all of the platform's. */
  readonly text: string;
  /** What is wrong with the action, whatever the item is. */
  readonly wrong: Fault | undefined;
}

async function targetsOf(tx: Transaction, context: Context, actions: readonly Action[]): Promise<Target[]> {
  const targets: Target[] = [];
  const seen = new Set<string>();
  let bytes = 0;
  for (const action of actions) {
    const table = await getTable(tx, context, action.tableName);
    refuseStrong(table);
    const wrong = wrongOf(() => checkAction(table, action));
    const key = keyOfAction(table, action);
    const text = itemText(table, key);
    if (seen.has(text)) throw invalid(SEVERAL);
    seen.add(text);
    bytes += itemSize(action.kind === "put" ? action.item : action.key);
    targets.push({ action, table, key, text, wrong });
  }
  if (bytes > MOST_BYTES) throw invalid("Transaction request size exceeds the maximum allowed size of 4 MB");
  return targets;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html */
function refuseStrong({ record }: Table): void {
  if (record.group?.consistency !== "STRONG") return;
  throw invalid("Transactions are not supported by tables with multi-Region strong consistency");
}

function wrongOf(check: () => void): Fault | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

/** What speaks against each action before its item is looked at. */
function reasonsAgainst(context: Context, targets: readonly Target[], by: symbol): CancellationReason[] {
  return targets.map(({ wrong, table, key, text }) => {
    if (wrong) return { Code: "ValidationError", Message: wrong.message };
    if (isHeld(context.store, text, by)) {
      return { Code: "TransactionConflict", Message: "Transaction is ongoing for the item" };
    }
    const throttled = throttleOf(context, useOf(table, "write", key));
    return throttled ? { Code: throttleReason(throttled), Message: throttled.message } : NO_REASON;
  });
}

function throttleReason({ code }: Fault): string {
  return code === "ThrottlingException" ? "ThrottlingError" : "ProvisionedThroughputExceeded";
}

/** Runs each action that nothing speaks against yet, and notes what comes up. */
async function runAll(
  tx: Transaction,
  targets: readonly Target[],
  reasons: CancellationReason[],
  cause: Cause,
): Promise<Outcome> {
  const used = new Consumption("write", true);
  const metrics: Record<string, ItemCollectionMetrics[]> = {};
  for (const [at, { action, table, key }] of targets.entries()) {
    if (reasons[at]?.Code !== "None") continue;
    const done = await runOne(tx, table, action, cause);
    if (done instanceof Fault) {
      reasons[at] = { Code: reasonCode(done), Message: done.message };
    } else if ("failed" in done && action.kind === "put" && action.isInsert) {
      reasons[at] = { Code: "DuplicateItem", Message: DUPLICATE };
    } else if ("failed" in done) {
      reasons[at] = {
        Code: "ConditionalCheckFailed",
        Message: "The conditional request failed",
        ...(action.returnsOnFailure && done.before ? { Item: done.before.item } : {}),
      };
    } else {
      const { before, after, written } = done;
      used.write(table, action.tableName, after ?? before?.item ?? key, written);
      if (written.collectionBytes !== undefined) {
        const one = collectionMetrics(table, key, written.collectionBytes);
        metrics[action.tableName] = [...(metrics[action.tableName] ?? []), one];
      }
    }
  }
  return { used, metrics };
}

async function runOne(tx: Transaction, table: Table, action: Action, cause: Cause) {
  try {
    return await runAction(tx, table, action, cause);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

function reasonCode({ code }: Fault): string {
  return code === "ItemCollectionSizeLimitExceededException"
    ? "ItemCollectionSizeLimitExceeded"
    : "ValidationError";
}

function cancelled(reasons: readonly CancellationReason[]): Fault {
  const codes = reasons.map(({ Code }) => Code).join(", ");
  return fault(
    "TransactionCanceledException",
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { CancellationReasons: reasons },
  );
}

/** A request that comes again only reads what it wrote. */
async function repeated(tx: Transaction, targets: readonly Target[]): Promise<Outcome> {
  const used = new Consumption("read", true);
  for (const { table, action, key } of targets) {
    const item = await readItem(tx, table, key);
    used.read(table, action.tableName, readUnits(item?.sizeBytes ?? 0, true), key);
  }
  return { used, metrics: {} };
}

/** One read of a transaction. */
export interface Get {
  readonly tableName: string;
  readonly key: Item;
  readonly projection?: ReadyProjection | undefined;
  /** What a statement selects instead. */
  readonly columns?: readonly Path[] | "*";
}

function prepareGet({ Get }: TransactGetItem): Get {
  if (!Get) throw invalid("TransactItems can only contain a Get");
  const key = checkItem(Get.Key ?? {});
  return { tableName: Get.TableName ?? "", key, projection: projectionOf(Get) };
}

/**
 * Reads all items as they are at one moment. Faults: TransactionCanceledException,
 * ResourceNotFoundException, ValidationException.
 */
export async function readTogether(
  context: Context,
  gets: readonly Get[],
): Promise<{ readonly items: (Item | undefined)[]; readonly used: Consumption }> {
  return context.store.transact(async (tx) => {
    const tables: Table[] = [];
    const seen = new Set<string>();
    const reasons: CancellationReason[] = [];
    for (const { tableName, key, projection } of gets) {
      const table = await getTable(tx, context, tableName);
      refuseStrong(table);
      tables.push(table);
      const text = itemText(table, key);
      if (seen.has(text)) throw invalid(SEVERAL);
      seen.add(text);
      const wrong = wrongOf(() => {
        checkKey(key, table.schema);
        checkProjection(table, projection);
      });
      reasons.push(reasonAgainstGet(context, table, key, text, wrong));
    }
    if (reasons.some(({ Code }) => Code !== "None")) throw cancelled(reasons);
    return readAll(tx, gets, tables);
  });
}

function reasonAgainstGet(
  context: Context,
  table: Table,
  key: Item,
  text: string,
  wrong: Fault | undefined,
): CancellationReason {
  if (wrong) return { Code: "ValidationError", Message: wrong.message };
  if (isHeld(context.store, text)) {
    return { Code: "TransactionConflict", Message: "Transaction is ongoing for the item" };
  }
  const throttled = throttleOf(context, useOf(table, "read", key));
  return throttled ? { Code: throttleReason(throttled), Message: throttled.message } : NO_REASON;
}

async function readAll(tx: Transaction, gets: readonly Get[], tables: readonly Table[]) {
  const used = new Consumption("read", true);
  const items: (Item | undefined)[] = [];
  let bytes = 0;
  for (const [at, { key, tableName, projection, columns = "*" }] of gets.entries()) {
    const table = tables[at];
    if (!table) continue;
    const kept = await readItem(tx, table, key);
    const size = kept?.sizeBytes ?? 0;
    bytes += size;
    used.read(table, tableName, readUnits(size, true), key);
    const item = kept?.item;
    items.push(item && (projection ? projection.project(item) : selectColumns(item, columns)));
  }
  if (bytes > MOST_BYTES) throw invalid("Transaction response size exceeds the maximum allowed size of 4 MB");
  return { items, used };
}
