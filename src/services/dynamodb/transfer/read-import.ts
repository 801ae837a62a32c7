import { Fault } from "../../../kernel/faults.ts";
import type { Background, ByteStream, Context } from "../../define.ts";
import type { Job } from "../backups/jobs.ts";
import { handOver, writeItems } from "../backups/load.ts";
import { findTable, type Table } from "../tables/catalog.ts";
import { checkItemKey } from "../values/keys.ts";
import { checkItem, checkItemSize } from "../values/validate.ts";
import type { AttributeValue, Item } from "../values/value.ts";
import { csvRows } from "./csv.ts";
import { failureOf } from "./failure.ts";
import { ionItems } from "./ion-read.ts";
import { linesOf, parseItemLine } from "./lines.ts";
import { asFarAsReadable, bytesOf, objectsOf, UNPACKED } from "./source.ts";
import { findTransfer, type ImportRecord, type Outcome, putTransfer } from "./transfer-records.ts";

const PIECE = 50;

interface Count {
  items: number;
  bytes: number;
  errors: number;
  imported: number;
}

/**
 * Brings the items of a bucket's files into a new table. An item that cannot be is counted and left out; of
 * two with the same key the later stays, as on AWS.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.HowItWorks.html
 */
export async function readImport(
  job: Extract<Job, { kind: "import" }>,
  background: Background,
): Promise<void> {
  const { store, clock } = background;
  const record = await store.transact((tx) => findTransfer(tx, "import", job.transfer));
  if (!record || record.outcome) return;
  const outcome = await tryImport(record, background);
  await handOver(background, job);
  await store.transact(async (tx) => putTransfer(tx, { ...record, outcome, endedMs: clock.now() }));
}

async function tryImport(record: ImportRecord, background: Background): Promise<Outcome> {
  const { store } = background;
  const count: Count = { items: 0, bytes: 0, errors: 0, imported: 0 };
  const table = await store.transact((tx) => findTable(tx, store, record, record.table));
  if (!table) return { ...count, failure: { code: "TableNotFound", message: "The table was deleted." } };
  try {
    await writeItems(background, record, piecesOf(background.as(record), record, table, count));
    return count;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { ...count, failure: failureOf(error) };
  }
}

async function* piecesOf(
  context: Context,
  record: ImportRecord,
  table: Table,
  count: Count,
): AsyncGenerator<Item[]> {
  let piece: Item[] = [];
  const { source } = record;
  const note = (bytes: number) => {
    count.bytes += bytes;
  };
  for await (const object of objectsOf(context, source)) {
    const bytes = bytesOf(context, source, object, note);
    for await (const read of asFarAsReadable(itemsOf(bytes, record, table))) {
      count.items++;
      const item = read && validItem(read, table);
      if (!item) {
        count.errors++;
        continue;
      }
      count.imported++;
      piece.push(item);
      if (piece.length < PIECE) continue;
      yield piece;
      piece = [];
    }
  }
  yield piece;
}

/** What a file holds; undefined stands for what could not be read. */
async function* itemsOf(
  bytes: ByteStream,
  record: ImportRecord,
  table: Table,
): AsyncGenerator<Record<string, AttributeValue> | undefined> {
  const lines = linesOf(UNPACKED[record.compression](bytes));
  if (record.format === "ION") return yield* ionItems(lines);
  if (record.format === "DYNAMODB_JSON") {
    for await (const line of lines) yield parseItemLine(line);
    return;
  }
  const types = new Map(table.record.attributes.map(({ name, type }) => [name, type]));
  let headers = record.csv?.headers;
  for await (const cells of csvRows(lines, record.csv?.delimiter ?? ",")) {
    if (headers === undefined) headers = cells;
    else yield rowItem(headers, cells, types);
  }
}

/** Keys take the types of their definitions; everything else in a CSV file is a string. */
function rowItem(
  headers: readonly string[],
  cells: readonly string[],
  types: ReadonlyMap<string, "S" | "N" | "B">,
): Record<string, AttributeValue> | undefined {
  if (cells.length > headers.length) return undefined;
  const item: Record<string, AttributeValue> = {};
  for (const [at, name] of headers.entries()) {
    const text = cells[at];
    if (text === undefined || text === "") continue;
    const type = types.get(name) ?? "S";
    const value = type === "B" ? { B: new Uint8Array(Buffer.from(text, "base64")) } : { [type]: text };
    Object.defineProperty(item, name, { value, configurable: true, enumerable: true, writable: true });
  }
  return item;
}

function validItem(read: Item, table: Table): Item | undefined {
  try {
    const item = checkItem(read);
    checkItemKey(item, table.schema);
    checkItemSize(item);
    return item;
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}
