import { createHash } from "node:crypto";
import type { DestinationRecord, TableRecord } from "../records.ts";
import type { Actor } from "../streams/records.ts";
import { itemSize } from "../values/size.ts";
import type { AttributeValue, Item } from "../values/value.ts";

/** A change of an item as it goes to a Kinesis stream. */
export interface Change {
  readonly key: Item;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly actor: Actor;
  readonly atMs: number;
}

/** What is put into the stream. */
export interface Sent {
  readonly partitionKey: string;
  /** JSON. */
  readonly text: string;
}

/** The record of a change. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html */
export function recordOf(table: TableRecord, destination: DestinationRecord, change: Change): Sent {
  const { key, before, after, actor, atMs } = change;
  const keys = plain(key);
  const dynamodb = {
    ApproximateCreationDateTime: Math.floor(destination.precision === "MICROSECOND" ? atMs * 1000 : atMs),
    ...(destination.precision ? { ApproximateCreationDateTimePrecision: destination.precision } : {}),
    Keys: keys,
    ...(after ? { NewImage: plain(after) } : {}),
    ...(before ? { OldImage: plain(before) } : {}),
    SizeBytes: itemSize(key) + (before ? itemSize(before) : 0) + (after ? itemSize(after) : 0),
  };
  const hash = createHash("md5")
    .update(`${table.id} ${atMs} ${JSON.stringify(dynamodb)}`)
    .digest("hex");
  const text = JSON.stringify({
    awsRegion: table.region,
    // Made of the change, so that one which is sent twice can be told.
    eventID: hash.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
    eventName: !before ? "INSERT" : after ? "MODIFY" : "REMOVE",
    userIdentity: actor === "expiry" ? { principalId: "dynamodb.amazonaws.com", type: "Service" } : null,
    recordFormat: "application/json",
    tableName: table.name,
    dynamodb,
    eventSource: "aws:dynamodb",
  });
  const partitionKey = createHash("md5").update(JSON.stringify(keys)).digest("hex").toUpperCase();
  return { partitionKey, text };
}

function plain(item: Item): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]));
}

/** Bytes in Base64, as everywhere in AWS's JSON. */
function plainValue(value: AttributeValue): unknown {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.M !== undefined) return { M: plain(value.M) };
  if (value.L !== undefined) return { L: value.L.map(plainValue) };
  return value;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
