import type * as sdk from "@aws-sdk/client-dynamodb";
import type { ItemCollectionMetrics, KeysAndAttributes, WriteRequest } from "@aws-sdk/client-dynamodb";
import type { Fault } from "../../../kernel/faults.ts";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { throttleOf } from "../capacity/meter.ts";
import { checkExpressionParameters, type ReadyProjection } from "../expressions/expressions.ts";
import { getTable, type Table } from "../tables/catalog.ts";
import { type KeptItem, keptItem, storedItem } from "../values/kept.ts";
import { checkKey } from "../values/keys.ts";
import { checkItem, checkItemSize } from "../values/validate.ts";
import { attributeOf, type Item, inCurrentWords, invalid } from "../values/value.ts";
import { readItem } from "./access.ts";
import { type Action, checkAction, checkProjection, keyOfAction, runAction } from "./actions.ts";
import { answerWithTables } from "./answers.ts";
import { Consumption, readUnits, useOf } from "./consumption.ts";
import { collectionMetrics, projectionOf } from "./items.ts";
import { laggingReads } from "./lag.ts";
import { itemText, keyText } from "./places.ts";

const MOST_READS = 100;
const MOST_WRITES = 25;
const MOST_ANSWER_BYTES = 16 * 1024 * 1024;
const DUPLICATES = "Provided list of item keys contains duplicates";

export const batches = {
  async BatchGetItem(input, context) {
    const wanted = inCurrentWords("", () =>
      Object.entries(input.RequestItems ?? {}).map(([name, one]) => prepareReads(name, one)),
    );
    if (wanted.reduce((sum, { keys }) => sum + keys.length, 0) > MOST_READS) {
      throw invalid("Too many items requested for the BatchGetItem call");
    }
    const { used, ...answer } = await context.store.transact(async (tx) => {
      const tables = await Promise.all(wanted.map((one) => checkReads(tx, context, one)));
      const reader = new BatchReader(context);
      for (const [at, reads] of wanted.entries()) {
        const table = tables[at];
        if (table) await reader.read(tx, table, reads);
      }
      reader.checkProgress();
      return reader;
    });
    used.settle(context);
    const capacity = used.report(input.ReturnConsumedCapacity);
    return answerWithTables(answer.found, {
      UnprocessedKeys: answer.left,
      ...(capacity ? { ConsumedCapacity: capacity } : {}),
    });
  },

  async BatchWriteItem(input, context) {
    const requests = input.RequestItems ?? {};
    checkLengths(requests);
    const writes = Object.entries(requests).flatMap(([name, list]) =>
      list.map((request) => ({ request, action: prepareWrite(name, request) })),
    );
    if (writes.length > MOST_WRITES) throw invalid("Too many items requested for the BatchWriteItem call");
    const outcome = await context.store.transact(async (tx) => {
      const checked = await checkWrites(tx, context, writes);
      return writeAll(tx, context, checked, context.clock.now());
    });
    outcome.used.settle(context);
    const capacity = outcome.used.report(input.ReturnConsumedCapacity);
    return {
      UnprocessedItems: outcome.left,
      ...(input.ReturnItemCollectionMetrics === "SIZE" && Object.keys(outcome.metrics).length > 0
        ? { ItemCollectionMetrics: outcome.metrics }
        : {}),
      ...(capacity ? { ConsumedCapacity: capacity } : {}),
    };
  },
} satisfies Handlers<typeof sdk>;

/** What a batch reads of one table. */
interface Reads {
  readonly tableName: string;
  readonly request: KeysAndAttributes;
  readonly keys: readonly Item[];
  readonly projection: ReadyProjection | undefined;
  readonly consistent: boolean;
}

function prepareReads(tableName: string, request: KeysAndAttributes): Reads {
  if ((request.Keys?.length ?? 0) > MOST_READS) {
    throw invalid(
      `1 validation error detected: Value at 'RequestItems.${tableName}.member.Keys' failed to satisfy ` +
        `constraint: Member must have length less than or equal to ${MOST_READS}`,
    );
  }
  checkExpressionParameters({ ...request }, ["ProjectionExpression"], ["AttributesToGet"]);
  const projection = projectionOf(request);
  const keys = (request.Keys ?? []).map((key) => checkItem(key));
  if (new Set(keys.map(keyText)).size < keys.length) throw invalid(DUPLICATES);
  return { tableName, request, keys, projection, consistent: request.ConsistentRead === true };
}

async function checkReads(tx: Transaction, context: Context, reads: Reads): Promise<Table> {
  const table = await getTable(tx, context, reads.tableName);
  for (const key of reads.keys) checkKey(key, table.schema);
  checkProjection(table, reads.projection);
  return table;
}

function projected(kept: KeptItem, projection: ReadyProjection): KeptItem {
  const item = projection.project(kept.item);
  return keptItem(storedItem(item, kept.sizeBytes));
}

/** Reads until the answer is 16 MB; the rest is left for another request, as is what is throttled. */
class BatchReader {
  readonly used = new Consumption("read");
  readonly found: Record<string, KeptItem[]> = {};
  readonly left: Record<string, KeysAndAttributes> = {};
  readonly #context: Context;
  #throttle: Fault | undefined;
  #bytes = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  /** AWS leaves throttled items for later, but answers so when it is all of them. */
  checkProgress(): void {
    if (this.#throttle && !this.used.counts) throw this.#throttle;
  }

  async read(tx: Transaction, table: Table, reads: Reads): Promise<void> {
    const { tableName, keys, projection, consistent, request } = reads;
    const found: KeptItem[] = [];
    this.found[tableName] = found;
    const left: Item[] = [];
    const lagging = await laggingReads(tx, this.#context, table, consistent);
    for (const key of keys) {
      const throttle = throttleOf(this.#context, useOf(table, "read", key));
      if (throttle) this.#throttle = throttle;
      if (throttle || this.#bytes >= MOST_ANSWER_BYTES) {
        left.push(key);
        continue;
      }
      const kept = await readItem(lagging, table, key);
      const bytes = kept?.sizeBytes ?? 0;
      if (kept && this.#bytes + bytes > MOST_ANSWER_BYTES) {
        this.#bytes = MOST_ANSWER_BYTES;
        left.push(key);
        continue;
      }
      this.#bytes += bytes;
      this.used.read(table, tableName, readUnits(bytes, consistent), key);
      if (kept) found.push(projection ? projected(kept, projection) : kept);
    }
    if (left.length > 0) this.left[tableName] = { ...request, Keys: left };
  }
}

/** AWS repeats the whole request in this message. */
function checkLengths(requests: Record<string, WriteRequest[]>): void {
  const lists = Object.values(requests);
  if (lists.every(({ length }) => length >= 1 && length <= MOST_WRITES)) return;
  const shown = Object.entries(requests).map(
    ([name, list]) => `${name}=[${list.map(shownRequest).join(", ")}]`,
  );
  throw invalid(
    `1 validation error detected: Value '{${shown.join(", ")}}' at 'requestItems' failed to satisfy ` +
      `constraint: Map value must satisfy constraint: [Member must have length less than or equal to ` +
      `${MOST_WRITES}, Member must have length greater than or equal to 1]`,
  );
}

function shownRequest({ PutRequest, DeleteRequest }: WriteRequest): string {
  const put = PutRequest ? `PutRequest(item=${JSON.stringify(PutRequest.Item)})` : "null";
  const gone = DeleteRequest ? `DeleteRequest(key=${JSON.stringify(DeleteRequest.Key)})` : "null";
  return `WriteRequest(putRequest=${put}, deleteRequest=${gone})`;
}

interface Write {
  readonly request: WriteRequest;
  readonly action: Action;
}

interface CheckedWrite extends Write {
  readonly table: Table;
  readonly key: Item;
}

function prepareWrite(tableName: string, { PutRequest, DeleteRequest }: WriteRequest): Action {
  if ((PutRequest === undefined) === (DeleteRequest === undefined)) {
    throw invalid(
      "Supplied AttributeValue has more than one datatypes set, " +
        "must contain exactly one of the supported datatypes",
    );
  }
  const common = { tableName, returnsOnFailure: false };
  if (!PutRequest) return { ...common, kind: "delete", key: checkItem(DeleteRequest?.Key ?? {}) };
  const item = checkItem(PutRequest.Item ?? {});
  checkItemSize(item);
  return { ...common, kind: "put", item };
}

async function checkWrites(
  tx: Transaction,
  context: Context,
  writes: readonly Write[],
): Promise<CheckedWrite[]> {
  const seen = new Set<string>();
  const checked: CheckedWrite[] = [];
  for (const write of writes) {
    const { action } = write;
    const table = await getTable(tx, context, action.tableName);
    checkAction(table, action);
    const key = keyOfAction(table, action);
    const text = itemText(table, key);
    if (seen.has(text)) throw invalid(DUPLICATES);
    seen.add(text);
    checked.push({ ...write, table, key });
  }
  return checked;
}

async function writeAll(tx: Transaction, context: Context, writes: readonly CheckedWrite[], nowMs: number) {
  const used = new Consumption("write");
  const left: Record<string, WriteRequest[]> = {};
  const metrics: Record<string, ItemCollectionMetrics[]> = {};
  let throttled: Fault | undefined;
  for (const { table, key, action, request } of writes) {
    const { tableName } = action;
    const throttle = throttleOf(context, useOf(table, "write", key));
    if (throttle) {
      throttled = throttle;
      left[tableName] = [...(left[tableName] ?? []), request];
      continue;
    }
    const { before, after, written } = await runAction(tx, table, action, {
      nowMs,
      by: context,
    });
    used.write(table, tableName, after ?? before?.item ?? key, written);
    if (written.collectionBytes === undefined) continue;
    const partition = attributeOf(key, table.schema.partition.name);
    const one = collectionMetrics(table, key, written.collectionBytes);
    const others = (metrics[tableName] ?? []).filter(
      ({ ItemCollectionKey }) =>
        keyText(ItemCollectionKey ?? {}) !==
        keyText({ [table.schema.partition.name]: partition ?? { NULL: true } }),
    );
    metrics[tableName] = [...others, one];
  }
  if (throttled && !used.counts) throw throttled;
  return { used, left, metrics };
}
