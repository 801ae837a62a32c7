import type * as sdk from "@aws-sdk/client-dynamodb";
import type { KeyRange, Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { noteScan } from "../capacity/meter.ts";
import type { Condition } from "../expressions/ast.ts";
import {
  checkExpressionParameters,
  type ReadyCondition,
  type ReadyProjection,
  readExpressions,
} from "../expressions/expressions.ts";
import {
  fitKeyConditions,
  type KeyConditions,
  type KeyRequest,
  keyConditionHolds,
  partitionItem,
} from "../expressions/key-condition.ts";
import { readAttributesToGet, readFilter, readLegacyKeyConditions } from "../expressions/legacy.ts";
import { getTable, type Index, type Table } from "../tables/catalog.ts";
import { attributesOf, type KeySchema, keyPart } from "../values/keys.ts";
import { checkItem } from "../values/validate.ts";
import { attributeOf, type Item, inCurrentWords, invalid } from "../values/value.ts";
import { checkPaths, checkProjection } from "./actions.ts";
import { answerWithItems } from "./answers.ts";
import { admitUse, Consumption, readUnits } from "./consumption.ts";
import { consumed } from "./items.ts";
import { laggingReads } from "./lag.ts";
import { type Page, readPage } from "./page.ts";
import { entryPlaceOf, hashOfAll, placeOf } from "./places.ts";
import { queryRange, rangeAfter, type Segment, scanRange, segmentHashes } from "./ranges.ts";
import { checkSelect, checkStartKey, fetchesItems, indexOf, type Selection } from "./select.ts";

export const reading = {
  async Query(input, context) {
    return readOnce(
      context,
      input,
      inCurrentWords("", () => planQuery(input)),
    );
  },

  async Scan(input, context) {
    checkExpressionParameters(
      { ...input },
      ["ProjectionExpression", "FilterExpression"],
      ["AttributesToGet", "ScanFilter", "ConditionalOperator"],
    );
    const legacyProjection = input.AttributesToGet && readAttributesToGet(input.AttributesToGet);
    const legacyFilter = readFilter(input.ScanFilter, input.ConditionalOperator);
    const startKey = input.ExclusiveStartKey && checkedStartKey(input.ExclusiveStartKey);
    const segment = segmentOf(input);
    const read = readExpressions(input);
    checkSelect(input);
    return readOnce(context, input, {
      isScan: true,
      reverse: false,
      filter: read.filter ?? legacyFilter,
      projection: read.projection ?? legacyProjection,
      startKey,
      segment,
    });
  },
} satisfies Handlers<typeof sdk>;

function planQuery(input: sdk.QueryCommandInput): Plan {
  checkLimit(input.Limit);
  checkExpressionParameters(
    { ...input },
    ["ProjectionExpression", "FilterExpression", "KeyConditionExpression"],
    ["AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"],
  );
  const legacyFilter = readFilter(input.QueryFilter, input.ConditionalOperator);
  const legacyProjection = input.AttributesToGet && readAttributesToGet(input.AttributesToGet);
  const startKey = input.ExclusiveStartKey && checkedStartKey(input.ExclusiveStartKey);
  if (!input.KeyConditions && input.KeyConditionExpression === undefined) {
    throw invalid(
      "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
    );
  }
  const read = readExpressions(input);
  const conditions = read.keyConditions ?? readLegacyKeyConditions(input.KeyConditions ?? {});
  checkSelect(input);
  return {
    isScan: false,
    reverse: input.ScanIndexForward === false,
    filter: read.filter ?? legacyFilter,
    projection: read.projection ?? legacyProjection,
    startKey,
    conditions,
  };
}

interface Asked extends Selection {
  readonly TableName?: string | undefined;
  readonly Limit?: number | undefined;
  readonly QueryFilter?: object | undefined;
  readonly ReturnConsumedCapacity?: string | undefined;
}

interface Plan {
  readonly isScan: boolean;
  readonly reverse: boolean;
  readonly filter: ReadyCondition | undefined;
  readonly projection: ReadyProjection | undefined;
  readonly startKey: Item | undefined;
  readonly conditions?: KeyConditions;
  readonly segment?: Segment | undefined;
}

/** A plan that was checked against its table. */
interface Fitted {
  readonly index: Index | undefined;
  readonly request: KeyRequest | undefined;
  readonly range: KeyRange;
  readonly fetches: boolean;
}

async function readOnce(context: Context, asked: Asked, plan: Plan) {
  let admitted = false;
  const { page, used, table, index } = await context.store.transact(async (tx) => {
    const table = await getTable(tx, context, asked.TableName);
    const fitted = fitPlan(table, asked, plan);
    const { index, request } = fitted;
    const key = request && partitionItem(index?.schema ?? table.schema, request);
    if (!admitted) admitUse(context, table, "read", key, index);
    admitted = true;
    const lagging = await laggingReads(tx, context, table, asked.ConsistentRead === true);
    const page = await readFitted(lagging, table, asked, plan, fitted);
    return { page, used: usedBy(page, table, index, asked, key), table, index };
  });
  used.settle(context);
  if (plan.isScan) noteScanOf(context, table, index, page, plan);
  const rest = {
    Count: page.items.length,
    ScannedCount: page.scanned,
    ...(page.lastKey ? { LastEvaluatedKey: page.lastKey } : {}),
    ...consumed(used, asked.ReturnConsumedCapacity),
  };
  if (asked.Select === "COUNT") return rest;
  const { projection } = plan;
  if (!projection) return answerWithItems(page.items, rest);
  return { Items: page.items.map(({ item }) => projection.project(item)), ...rest };
}

function readFitted(tx: Transaction, table: Table, asked: Asked, plan: Plan, fitted: Fitted): Promise<Page> {
  const { index, range, fetches } = fitted;
  const { reverse, filter } = plan;
  return readPage(tx, { table, index, range, reverse, limit: asked.Limit, fetches, filter });
}

/** Faults: ValidationException, in AWS's order. */
function fitPlan(table: Table, asked: Asked, plan: Plan): Fitted {
  const index = indexOf(table, asked, plan.isScan ? "Scan" : "Query");
  const { conditions, startKey, projection, filter } = plan;
  if (startKey && !conditions) checkStartKey(table, index, startKey, true);
  const schema = index?.schema ?? table.schema;
  const request = conditions && fitKeyConditions(conditions, schema);
  if (startKey && request) {
    checkStartKey(table, index, startKey, false);
    checkWithin(startKey, request, schema);
  }
  checkProjection(table, projection);
  if (conditions) checkFilter(filter, schema, asked.QueryFilter !== undefined);
  checkPaths(table, filter?.paths);
  const fetches = fetchesItems(index, asked, projection);
  const whole = request ? queryRange(table, index, request) : scanRange(table, index, plan.segment);
  if (!startKey) return { index, request, range: whole, fetches };
  if (plan.segment) checkSegment(startKey, schema, plan.segment);
  const place = index ? entryPlaceOf(table, index, startKey) : placeOf(table, startKey);
  return { index, request, range: place ? rangeAfter(whole, place, plan.reverse) : whole, fetches };
}

/** AWS words this one unlike its other constraints. */
function checkLimit(limit: number | undefined): void {
  if (limit === undefined || limit >= 1) return;
  throw invalid(
    "1 validation error detected: Value at 'Limit' failed to satisfy constraint: " +
      "Member must have value greater than or equal to 1",
  );
}

/** What was wrong with a start key is said with where it was; what is wrong with numbers and sets is not. */
const SAID_ALONE = /contains duplicates|number set|numeric value|significant digits|number with magnitude/i;

function checkedStartKey(key: Item): Item {
  try {
    return checkItem(key);
  } catch (error) {
    if (!(error instanceof Error) || SAID_ALONE.test(error.message)) throw error;
    throw invalid(`The provided starting key is invalid: ${error.message}`);
  }
}

function checkWithin(startKey: Item, request: KeyRequest, schema: KeySchema): void {
  if (keyConditionHolds(request, schema, startKey)) return;
  if (!request.sort) {
    throw invalid("The provided starting key is outside query boundaries based on provided conditions");
  }
  const [partition = { NULL: true }, ...others] = attributesOf(schema).map(
    ({ name }) => attributeOf(startKey, name) ?? { NULL: true },
  );
  const fixed = others.slice(0, request.fixed?.length ?? 0);
  const sameSort = keyConditionHolds({ ...request, partition, fixed }, schema, startKey);
  throw invalid(
    sameSort
      ? "The query can return at most one row and cannot be restarted"
      : "The provided starting key does not match the range key predicate",
  );
}

function checkFilter(filter: ReadyCondition | undefined, schema: KeySchema, legacy: boolean): void {
  const names = attributesOf(schema).map(({ name }) => name);
  const inKey = names.find((name) => filter?.paths.some(([root]) => root === name));
  if (inKey === undefined) return;
  throw invalid(
    `${legacy ? "QueryFilter" : "Filter Expression"} can only contain non-primary key attributes: ` +
      `Primary key attribute: ${inKey}`,
  );
}

/** Faults: ValidationException when only one of the two is given, or they do not go together. */
function segmentOf({ Segment, TotalSegments }: sdk.ScanCommandInput): Segment | undefined {
  if (Segment === undefined && TotalSegments === undefined) return undefined;
  if (TotalSegments === undefined) {
    throw invalid(
      "The TotalSegments parameter is required but was not present in the request when " +
        "Segment parameter is present",
    );
  }
  if (Segment === undefined) {
    throw invalid(
      "The Segment parameter is required but was not present in the request when parameter " +
        "TotalSegments is present",
    );
  }
  if (Segment >= TotalSegments) {
    throw invalid(
      "The Segment parameter is zero-based and must be less than parameter TotalSegments: " +
        `Segment: ${Segment} is not less than TotalSegments: ${TotalSegments}`,
    );
  }
  return { number: Segment, total: TotalSegments };
}

function checkSegment(startKey: Item, { partitions }: KeySchema, segment: Segment): void {
  const parts = partitions.map(({ name }) => keyPart(attributeOf(startKey, name) ?? { NULL: true }));
  const hash = hashOfAll(parts);
  const [from, to] = segmentHashes(segment);
  if (hash >= from && hash < to) return;
  throw invalid(
    "The provided starting key is invalid: Invalid ExclusiveStartKey. " +
      "Please use ExclusiveStartKey with correct Segment. " +
      `TotalSegments: ${segment.total} Segment: ${segment.number}`,
  );
}

function usedBy(
  page: Page,
  table: Table,
  index: Index | undefined,
  asked: Asked,
  key: Item | undefined,
): Consumption {
  const used = new Consumption("read");
  const name = asked.TableName ?? "";
  const consistent = asked.ConsistentRead === true;
  if (!index) {
    used.read(table, name, readUnits(page.bytes, consistent), key);
    return used;
  }
  const fetched = page.fetchedBytes.reduce((units, bytes) => units + readUnits(bytes, consistent), 0);
  used.read(table, name, fetched, key);
  used.readIndex(table, name, index, readUnits(page.bytes, consistent), key);
  return used;
}

function noteScanOf(context: Context, table: Table, index: Index | undefined, page: Page, plan: Plan): void {
  noteScan(context, {
    table: table.record,
    ...(index?.kind === "global" ? { index: index.name } : {}),
    units: readUnits(page.bytes, false),
    scanned: page.scanned,
    returned: page.items.length,
    filtered: plan.filter ? equalities(plan.filter.condition) : [],
  });
}

/** Attributes that a filter compares with `=`: those a query could have found by an index. */
function equalities(condition: Condition): string[] {
  if (condition.kind === "and") return condition.conditions.flatMap(equalities);
  if (condition.kind !== "test" || condition.operator !== "=") return [];
  return condition.operands.flatMap((operand) => {
    const [name] = operand.kind === "path" ? operand.path : [];
    return typeof name === "string" ? [name] : [];
  });
}
