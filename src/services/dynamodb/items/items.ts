import type * as sdk from "@aws-sdk/client-dynamodb";
import type { ItemCollectionMetrics } from "@aws-sdk/client-dynamodb";
import type { Context, Handlers } from "../../define.ts";
import type { Path } from "../expressions/ast.ts";
import {
  checkExpressionParameters,
  type ReadyProjection,
  readExpressions,
} from "../expressions/expressions.ts";
import { readAttributesToGet } from "../expressions/legacy.ts";
import { projectPaths } from "../expressions/paths.ts";
import { fault } from "../faults.ts";
import { getTable, type Table } from "../tables/catalog.ts";
import { checkKey } from "../values/keys.ts";
import { attributeOf, type Item, inCurrentWords } from "../values/value.ts";
import { readItem } from "./access.ts";
import {
  type Action,
  checkAction,
  checkProjection,
  conditionFailed,
  type Done,
  keyOfAction,
  runAction,
} from "./actions.ts";
import { answerWithItem } from "./answers.ts";
import { admitUse, Consumption, readUnits } from "./consumption.ts";
import { laggingReads } from "./lag.ts";
import { itemText } from "./places.ts";
import { prepareDelete, prepareKey, preparePut, prepareUpdate } from "./prepare.ts";
import { anyHeld, isHeld } from "./under-way.ts";

const GIGABYTE = 1024 ** 3;
/** Around what is wrong with a value that is written. */
const ENVELOPE = "1 validation error detected: ";

export const items = {
  async GetItem(input, context) {
    checkExpressionParameters({ ...input }, ["ProjectionExpression"], ["AttributesToGet"]);
    const key = inCurrentWords("", () => prepareKey(input.Key));
    const projection = projectionOf(input);
    const { kept, ...capacity } = await readOneItem(
      context,
      input.TableName ?? "",
      key,
      input.ConsistentRead === true,
      input,
      projection,
    );
    if (!kept) return capacity;
    return projection ? { Item: projection.project(kept.item), ...capacity } : answerWithItem(kept, capacity);
  },

  async PutItem(input, context) {
    const { done, ...rest } = await writeOne(
      inCurrentWords(ENVELOPE, () => preparePut(input)),
      input,
      context,
    );
    const old = input.ReturnValues === "ALL_OLD" ? done.before?.item : undefined;
    return { ...(old ? { Attributes: old } : {}), ...rest };
  },

  async DeleteItem(input, context) {
    const action = inCurrentWords(ENVELOPE, () => prepareDelete(input));
    const { done, ...rest } = await writeOne(action, input, context);
    const old = input.ReturnValues === "ALL_OLD" ? done.before?.item : undefined;
    return { ...(old ? { Attributes: old } : {}), ...rest };
  },

  async UpdateItem(input, context) {
    const action = inCurrentWords(ENVELOPE, () => prepareUpdate(input));
    const { done, ...rest } = await writeOne(action, input, context);
    const attributes = updatedAttributes(input.ReturnValues, done, action.update?.targets ?? []);
    return { ...(attributes ? { Attributes: attributes } : {}), ...rest };
  },
} satisfies Handlers<typeof sdk>;

/** What of the request says how its answer looks. */
interface Asked {
  readonly ReturnConsumedCapacity?: string | undefined;
  readonly ReturnItemCollectionMetrics?: string | undefined;
}

interface Answer {
  readonly done: Done;
  readonly ConsumedCapacity?: sdk.ConsumedCapacity;
  readonly ItemCollectionMetrics?: ItemCollectionMetrics;
}

/** Reads an item, and says what that came to. Faults: ValidationException, ResourceNotFoundException. */
export async function readOneItem(
  context: Context,
  tableName: string,
  key: Item,
  isConsistent: boolean,
  asked: Asked,
  projection?: ReadyProjection,
) {
  let admitted = false;
  const { kept, used } = await context.store.transact(async (tx) => {
    const table = await getTable(tx, context, tableName);
    checkKey(key, table.schema);
    checkProjection(table, projection);
    if (!admitted) admitUse(context, table, "read", key);
    admitted = true;
    const reads = await laggingReads(tx, context, table, isConsistent);
    const kept = await readItem(reads, table, key);
    const used = new Consumption("read");
    used.read(table, tableName, readUnits(kept?.sizeBytes ?? 0, isConsistent), key);
    return { kept, used };
  });
  used.settle(context);
  return { kept, ...consumed(used, asked.ReturnConsumedCapacity) };
}

/** Carries out one action. Faults: as the actions', and ConditionalCheckFailedException. */
export async function writeOne(action: Action, asked: Asked, context: Context): Promise<Answer> {
  let admitted = false;
  const { outcome, used, table } = await context.store.transact(async (tx) => {
    const table = await getTable(tx, context, action.tableName);
    checkAction(table, action);
    const key = keyOfAction(table, action);
    if (!admitted) admitUse(context, table, "write", key);
    if (anyHeld(context.store) && isHeld(context.store, itemText(table, key))) {
      throw fault("TransactionConflictException", "Transaction is ongoing for the item");
    }
    const outcome = await runAction(tx, table, action, {
      nowMs: context.clock.now(),
      by: context,
    });
    const used = new Consumption("write");
    used.write(table, action.tableName, outcome.after ?? outcome.before?.item ?? key, outcome.written);
    if (!admitted) used.admitIndexes(context);
    admitted = true;
    return { outcome, used, table };
  });
  used.settle(context);
  if ("failed" in outcome) throw conditionFailed(action, outcome);
  return {
    done: outcome,
    ...consumed(used, asked.ReturnConsumedCapacity),
    ...metricsOf(table, keyOfAction(table, action), outcome.written.collectionBytes, asked),
  };
}

/** `ConsumedCapacity` of an operation on one table. */
export function consumed(used: Consumption, level: string | undefined) {
  const [one] = used.report(level) ?? [];
  return one ? { ConsumedCapacity: one } : {};
}

/** How large an item collection is, in gigabytes that it lies between. */
export function collectionMetrics(table: Table, key: Item, bytes: number): ItemCollectionMetrics {
  const { name } = table.schema.partition;
  const value = attributeOf(key, name);
  const lower = Math.floor(bytes / GIGABYTE);
  return {
    ItemCollectionKey: value ? { [name]: value } : {},
    SizeEstimateRangeGB: [lower, lower + 1],
  };
}

function metricsOf(table: Table, key: Item, bytes: number | undefined, asked: Asked) {
  if (bytes === undefined || asked.ReturnItemCollectionMetrics !== "SIZE") return {};
  return { ItemCollectionMetrics: collectionMetrics(table, key, bytes) };
}

/** What an update's answer shows of the item. */
export function updatedAttributes(
  returnValues: string | undefined,
  { before, after }: Done,
  targets: readonly Path[],
): Item | undefined {
  switch (returnValues) {
    case "ALL_OLD":
      return before?.item;
    case "ALL_NEW":
      return after;
    case "UPDATED_OLD":
      return before && partOf(before.item, targets);
    case "UPDATED_NEW":
      return after && partOf(after, targets);
    default:
      return undefined;
  }
}

function partOf(item: Item, targets: readonly Path[]): Item | undefined {
  const part = projectPaths(item, targets);
  return Object.keys(part).length > 0 ? part : undefined;
}

interface Projecting {
  readonly AttributesToGet?: readonly string[] | undefined;
  readonly ProjectionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
}

/** What a read is to give of each item; undefined for all of it. Faults: ValidationException. */
export function projectionOf(input: Projecting): ReadyProjection | undefined {
  if (input.AttributesToGet) return readAttributesToGet(input.AttributesToGet);
  if (input.ProjectionExpression === undefined) return undefined;
  const { ProjectionExpression, ExpressionAttributeNames } = input;
  return readExpressions({ ProjectionExpression, ExpressionAttributeNames }).projection;
}
