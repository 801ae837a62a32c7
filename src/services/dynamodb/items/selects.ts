import type * as sdk from "@aws-sdk/client-dynamodb";
import type { Transaction } from "../../../store/store.ts";
import type { Context } from "../../define.ts";
import { readyCondition } from "../expressions/expressions.ts";
import { type KeyRequest, partitionItem } from "../expressions/key-condition.ts";
import { planSelect, type SelectPlan, selectColumns } from "../expressions/partiql/plan.ts";
import type { Select } from "../expressions/partiql/statement.ts";
import { getTable, type Index, type Table } from "../tables/catalog.ts";
import type { KeptItem } from "../values/kept.ts";
import { type AttributeValue, type Item, invalid } from "../values/value.ts";
import { admitUse, Consumption, readUnits } from "./consumption.ts";
import { consumed } from "./items.ts";
import { laggingReads } from "./lag.ts";
import { PAGE_BYTES, type Page, readPage } from "./page.ts";
import { entryPlaceOf, placeOf } from "./places.ts";
import { queryRange, rangeAfter, scanRange } from "./ranges.ts";
import { fetchesItems, indexOf } from "./select.ts";
import { digestOf } from "./tokens.ts";

/** Where a SELECT goes on: in which of its queries, and after which entry. */
interface Position {
  readonly query: number;
  readonly after?: Item;
}

/** A page of a SELECT. Faults: ValidationException, ResourceNotFoundException. */
export async function selectPage(
  context: Context,
  input: sdk.ExecuteStatementCommandInput,
  select: Select,
): Promise<sdk.ExecuteStatementCommandOutput extends infer Output ? Omit<Output, "$metadata"> : never> {
  const digest = digestOf({ Statement: input.Statement, Parameters: input.Parameters });
  const start = input.NextToken === undefined ? { query: 0 } : readToken(input.NextToken, digest);
  const consistent = input.ConsistentRead === true;
  let admitted = false;
  const read = await context.store.transact(async (tx) => {
    const table = await getTable(tx, context, select.table);
    const index = indexOf(table, { IndexName: select.index, ConsistentRead: consistent }, "statement");
    const plan = planSelect(select, index?.schema ?? table.schema);
    const paths = select.columns === "*" ? undefined : { paths: select.columns, project: (one: Item) => one };
    const fetches = fetchesItems(index, {}, paths);
    const target = { table, index, fetches };
    const [first] = plan.queries ?? [];
    const schema = index?.schema ?? table.schema;
    const key = first && partitionItem(schema, first);
    if (!admitted) admitUse(context, table, "read", key, index);
    admitted = true;
    const lagging = await laggingReads(tx, context, table, consistent);
    return readPages(lagging, select, target, plan, start, input.Limit, consistent);
  });
  read.used.settle(context);
  return {
    Items: read.items.map(({ item }) => selectColumns(item, select.columns)),
    ...(read.next ? { NextToken: writeToken(read.next, digest) } : {}),
    ...(read.next?.after ? { LastEvaluatedKey: read.next.after } : {}),
    ...consumed(read.used, input.ReturnConsumedCapacity),
  };
}

interface Target {
  readonly table: Table;
  readonly index: Index | undefined;
  readonly fetches: boolean;
}

async function readPages(
  tx: Transaction,
  select: Select,
  target: Target,
  plan: SelectPlan,
  start: Position,
  limit: number | undefined,
  consistent: boolean,
): Promise<{ items: KeptItem[]; used: Consumption; next: Position | undefined }> {
  const used = new Consumption("read");
  const queries: readonly (KeyRequest | undefined)[] = plan.queries ?? [undefined];
  const items: KeptItem[] = [];
  let left = limit;
  let bytes = 0;
  let after = start.after;
  for (let query = start.query; query < queries.length; query++) {
    const page = await readOne(tx, target, plan, queries[query], after, left);
    count(used, select, target, page, consistent);
    items.push(...page.items);
    if (page.lastKey) return { items, used, next: { query, after: page.lastKey } };
    after = undefined;
    bytes += page.bytes;
    if (left !== undefined) left -= page.scanned;
    if ((left === 0 || bytes >= PAGE_BYTES) && query + 1 < queries.length) {
      return { items, used, next: { query: query + 1 } };
    }
  }
  return { items, used, next: undefined };
}

function readOne(
  tx: Transaction,
  { table, index, fetches }: Target,
  plan: SelectPlan,
  request: KeyRequest | undefined,
  after: Item | undefined,
  limit: number | undefined,
): Promise<Page> {
  const whole = request ? queryRange(table, index, request) : scanRange(table, index, undefined);
  const place = after && (index ? entryPlaceOf(table, index, after) : placeOf(table, after));
  const reverse = plan.descending;
  const range = place ? rangeAfter(whole, place, reverse) : whole;
  const filter = plan.filter && readyCondition(plan.filter);
  return readPage(tx, { table, index, range, reverse, limit, fetches, filter });
}

function count(
  used: Consumption,
  select: Select,
  { table, index }: Target,
  page: Page,
  consistent: boolean,
): void {
  const units = readUnits(page.bytes, consistent);
  if (!index) {
    used.read(table, select.table, units);
    return;
  }
  for (const bytes of page.fetchedBytes) used.read(table, select.table, readUnits(bytes, consistent));
  used.readIndex(table, select.table, index, units);
}

const WRONG_TOKEN = "NextToken does not match request";

function writeToken({ query, after }: Position, digest: string): string {
  const key = Object.entries(after ?? {}).map(([name, value]) => [name, ...packed(value)]);
  return Buffer.from(JSON.stringify([digest, query, key])).toString("base64");
}

function packed(value: AttributeValue): [string, string] {
  if (value.S !== undefined) return ["S", value.S];
  if (value.N !== undefined) return ["N", value.N];
  return ["B", Buffer.from(value.B ?? []).toString("base64")];
}

/** Faults: ValidationException for a token that this statement did not give. */
function readToken(token: string, digest: string): Position {
  const parts = parsed(token);
  if (!Array.isArray(parts)) throw invalid(WRONG_TOKEN);
  const [of, query, key] = parts;
  if (of !== digest || typeof query !== "number" || !Array.isArray(key)) throw invalid(WRONG_TOKEN);
  if (key.length === 0) return { query };
  return { query, after: Object.fromEntries(key.map(unpacked)) };
}

function parsed(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, "base64").toString());
  } catch {
    return undefined;
  }
}

function unpacked(part: unknown): [string, AttributeValue] {
  const [name, type, text] = Array.isArray(part) ? part.map(String) : [];
  if (name === undefined || text === undefined) throw invalid(WRONG_TOKEN);
  if (type === "S") return [name, { S: text }];
  if (type === "N") return [name, { N: text }];
  return [name, { B: new Uint8Array(Buffer.from(text, "base64")) }];
}
