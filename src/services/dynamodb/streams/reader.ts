import { createHash } from "node:crypto";
import type { _Record } from "@aws-sdk/client-dynamodb-streams";
import { formatArn } from "../../../kernel/arn.ts";
import type { Transaction } from "../../../store/store.ts";
import { itemSize } from "../values/size.ts";
import type { Item } from "../values/value.ts";
import type { Position } from "./iterator.ts";
import { type Change, changesIn, type Stream } from "./records.ts";
import { RETENTION_MS, type Shard, type Slot, sequenceNumber, shardsOf } from "./shards.ts";

/**
 * A change with its exact time and the trace header of the request that made it, for event sources. The
 * wire's schema does not know these members, so that no client ever sees them.
 */
export type TracedRecord = _Record & { readonly AtMs: number; readonly Trace?: string };

/** What one read of a shard gave. */
export interface ShardPage {
  readonly records: TracedRecord[];
  /** Where to go on, or undefined when the shard is closed and read to its end. */
  readonly next: Position | undefined;
}

const MOST_BYTES = 1024 * 1024;
/** A shard that rolled over is not called read before a change that was under way then has been kept. */
export const SETTLING_MS = 1_000;

/**
 * Reads a shard from a position: at most `limit` changes and 1 MB, those that are a day old passed over.
 * For GetRecords and for event sources.
 */
export async function readShard(
  tx: Transaction,
  stream: Stream,
  position: Position,
  limit: number,
  nowMs: number,
): Promise<ShardPage> {
  const records: TracedRecord[] = [];
  let { after } = position;
  let bytes = 0;
  let isWhole = true;
  for await (const change of changesIn(tx, stream, position, after, Number.MAX_SAFE_INTEGER)) {
    if (change.record.atMs <= nowMs - RETENTION_MS) {
      after = change.count;
      continue;
    }
    const size = sizeOf(change);
    if (records.length >= limit || (records.length > 0 && bytes + size > MOST_BYTES)) {
      isWhole = false;
      break;
    }
    records.push(recordOf(stream, position, change, size));
    bytes += size;
    after = change.count;
  }
  const isRead = isWhole && isClosed(stream, position, nowMs);
  return { records, next: isRead ? undefined : { ...position, after } };
}

export function streamArn(stream: Stream): string {
  return formatArn("dynamodb", stream, `table/${stream.table}/stream/${stream.label}`);
}

/** The shard at a position, or undefined when it has been trimmed. */
export function shardAt(stream: Stream, { era, slot, lane }: Slot, nowMs: number): Shard | undefined {
  return shardsOf(stream, nowMs).find(
    (shard) => shard.era === era && shard.slot === slot && shard.lane === lane,
  );
}

function isClosed(stream: Stream, slot: Slot, nowMs: number): boolean {
  const shard = shardAt(stream, slot, nowMs);
  if (!shard) return true;
  if (shard.isOpen) return false;
  const endedByWrite =
    shard.endMs === stream.endedMs || stream.eras.some(({ sinceMs }) => sinceMs === shard.endMs);
  return endedByWrite || nowMs > shard.endMs + SETTLING_MS;
}

function sizeOf({ record }: Change): number {
  return (
    itemSize(record.key) + (record.old ? itemSize(record.old) : 0) + (record.new ? itemSize(record.new) : 0)
  );
}

/** A change as GetRecords gives it. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html */
function recordOf(stream: Stream, slot: Slot, { count, record }: Change, sizeBytes: number): TracedRecord {
  const number = sequenceNumber(stream, slot, count);
  return {
    eventID: createHash("md5").update(`${stream.tableNumber}/${stream.label}/${number}`).digest("hex"),
    eventName: record.event,
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: stream.region,
    dynamodb: {
      // To the second, as AWS gives it.
      ApproximateCreationDateTime: new Date(Math.floor(record.atMs / 1000) * 1000),
      Keys: plain(record.key),
      ...(record.new ? { NewImage: plain(record.new) } : {}),
      ...(record.old ? { OldImage: plain(record.old) } : {}),
      SequenceNumber: number,
      SizeBytes: sizeBytes,
      StreamViewType: stream.view,
    },
    ...(record.actor === "expiry"
      ? { userIdentity: { Type: "Service", PrincipalId: "dynamodb.amazonaws.com" } }
      : {}),
    AtMs: record.atMs,
    ...(record.trace === undefined ? {} : { Trace: record.trace }),
  };
}

/** The two SDKs write the same values, as two types. */
function plain(item: Item): NonNullable<NonNullable<_Record["dynamodb"]>["Keys"]> {
  return item as never;
}
