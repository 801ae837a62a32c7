import { Fault } from "../../../kernel/faults.ts";
import type { ByteStream, Context } from "../../define.ts";
import type { PutAction } from "../items/actions.ts";
import { preparePut } from "../items/prepare.ts";
import type { Failure } from "../transfer/failure.ts";
import { ionStructs } from "../transfer/ion-read.ts";
import { linesOf, type PutLine, parsePutLine } from "../transfer/lines.ts";
import { asFarAsReadable, bytesOf, type SourceObject, UNPACKED } from "../transfer/source.ts";
import { type AttributeValue, inCurrentWords } from "../values/value.ts";
import type { BulkProgress, BulkRecord } from "./bulk-records.ts";

/** What a record of an object asks for, or what is wrong with it. */
export type ReadPut =
  | { readonly position: number; readonly action: PutAction }
  | { readonly position: number; readonly wrong: Failure; readonly item?: PutLine["Item"] };

/** Records of one object that are written together. */
export interface Batch {
  readonly object: SourceObject;
  readonly puts: readonly ReadPut[];
  /** How many records of the object are done with it, and how many of its bytes were read. */
  readonly records: number;
  readonly bytes: number;
  readonly isLast: boolean;
}

const AT_ONCE = 25;

/** The batches of all objects, from where an operation is. */
export async function* batchesOf(
  context: Context,
  record: BulkRecord,
  objects: readonly SourceObject[],
  at: BulkProgress["at"],
): AsyncGenerator<Batch> {
  for (const object of objects) {
    if (at && (object.key < at.key || (object.key === at.key && at.isRead))) continue;
    yield* batchesOfObject(context, record, object, object.key === at?.key ? at.records : 0);
  }
}

async function* batchesOfObject(
  context: Context,
  record: BulkRecord,
  object: SourceObject,
  done: number,
): AsyncGenerator<Batch> {
  let bytes = 0;
  const note = (more: number) => {
    bytes += more;
  };
  let records = 0;
  let puts: ReadPut[] = [];
  const from = bytesOf(context, record.source, object, note);
  for await (const line of asFarAsReadable(putLinesOf(from, record))) {
    records++;
    if (records <= done) continue;
    if (puts.length === AT_ONCE) {
      yield { object, puts, records: records - 1, bytes, isLast: false };
      puts = [];
    }
    puts.push(readPut(record, line, records));
  }
  yield { object, puts, records, bytes: object.bytes, isLast: true };
}

async function* putLinesOf(
  bytes: ByteStream,
  { compression, format }: BulkRecord,
): AsyncGenerator<PutLine | undefined> {
  const lines = linesOf(UNPACKED[compression](bytes));
  if (format === "ION") {
    for await (const fields of ionStructs(lines)) yield fields && putLineOf(fields);
  } else {
    for await (const line of lines) yield parsePutLine(line);
  }
}

/** An Ion struct has the members of a line; texts are texts. */
function putLineOf(fields: Record<string, AttributeValue>): PutLine | undefined {
  const { Item, ConditionExpression: condition, ExpressionAttributeNames: names } = fields;
  const { ExpressionAttributeValues: values } = fields;
  const texts = names?.M && Object.entries(names.M).map(([name, { S }]) => [name, S] as const);
  const isWrong =
    (condition && condition.S === undefined) ||
    (names && !texts?.every(([, text]) => text !== undefined)) ||
    (values && !values.M);
  if (!Item?.M || isWrong) return undefined;
  return {
    Item: Item.M,
    ...(condition?.S === undefined ? {} : { ConditionExpression: condition.S }),
    ...(texts ? { ExpressionAttributeNames: Object.fromEntries(texts) as Record<string, string> } : {}),
    ...(values?.M ? { ExpressionAttributeValues: values.M } : {}),
  };
}

function readPut({ tableName, format }: BulkRecord, line: PutLine | undefined, position: number): ReadPut {
  if (!line) {
    const name = format === "ION" ? "Amazon Ion" : "DynamoDB JSON";
    const wrong = { code: "ValidationException", message: `The record is not valid ${name}` };
    return { position, wrong };
  }
  try {
    const action = inCurrentWords("", () => preparePut({ TableName: tableName, ...line }));
    return { position, action };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { position, wrong: error, item: line.Item };
  }
}
