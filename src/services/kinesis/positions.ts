import type { Transaction } from "../../store/store.ts";
import type { Stream } from "./catalog.ts";
import { invalid } from "./faults.ts";
import { shardId } from "./names.ts";
import { placeAt } from "./reading.ts";
import { readTip } from "./records.ts";
import { parseSequence } from "./sequence.ts";
import type { Shard } from "./shards.ts";

/** Where a reader wants to begin, as iterators and subscriptions have it. */
export interface Start {
  readonly type: string | undefined;
  readonly sequence?: string | undefined;
  readonly timestamp?: Date | undefined;
}

/** The place that a reader begins at. `operation`: whom the faults name. */
export async function startPlace(
  tx: Transaction,
  stream: Stream,
  shard: Shard,
  start: Start,
  operation: string,
  nowMs: number,
): Promise<number> {
  const { type, sequence } = start;
  const isBySequence = type === "AT_SEQUENCE_NUMBER" || type === "AFTER_SEQUENCE_NUMBER";
  if (isBySequence !== (sequence !== undefined)) throw unfit(type, sequence);
  if (sequence !== undefined) {
    const place = placeOf(stream, shard, sequence, operation);
    return type === "AT_SEQUENCE_NUMBER" ? place : place + 1;
  }
  if (type === "LATEST") return (await readTip(tx, stream.record.number)).next;
  if (type !== "AT_TIMESTAMP") return 0;
  const timeMs = start.timestamp?.getTime();
  if (timeMs === undefined) {
    throw invalid(
      "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. " +
        "Current request has no timestamp parameter.",
    );
  }
  if (timeMs > nowMs) {
    throw invalid(
      "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. " +
        `timestampInMillis: ${timeMs}, currentTimestampInMillis: ${Math.floor(nowMs)}`,
    );
  }
  return placeAt(tx, stream, shard, timeMs);
}

function unfit(type: string | undefined, sequence: string | undefined) {
  return invalid(
    "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or " +
      `(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified ${type} and ` +
      `${sequence === undefined ? "no" : "also a"} StartingSequenceNumber.`,
  );
}

function placeOf({ record }: Stream, shard: Shard, sequence: string, operation: string): number {
  const facts = parseSequence(sequence);
  const used =
    `StartingSequenceNumber ${sequence} used in ${operation} on shard ${shardId(shard.index)} ` +
    `in stream ${record.name} under account ${record.account} is invalid`;
  if (!facts) throw invalid(`${used}.`);
  if (facts.shard !== shard.index) {
    throw invalid(
      `Invalid StartingSequenceNumber. It encodes ${shardId(facts.shard)}, ` +
        `while it was used in a call to a shard with ${shardId(shard.index)}`,
    );
  }
  if (facts.bornSec !== shard.bornSec) {
    throw invalid(`${used} because it did not come from this stream.`);
  }
  return facts.place;
}
