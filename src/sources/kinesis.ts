import { parseArn } from "../kernel/arn.ts";
import type { SourceMapping } from "../kernel/sources.ts";
import type { Position } from "./records.ts";
import type { ShardFacts, ShardReader, StreamRecord } from "./shard-reader.ts";
import type { EventSource, MappingWorld } from "./source.ts";
import { runStream } from "./streams.ts";

/** How records of Kinesis streams reach functions and pipes. */
export const kinesis: EventSource = {
  kind: "kinesis",
  shards: readerOf,
  run: (mapping, world) => runStream(readerOf(mapping, world), mapping, world),
};

const HOUR_MS = 3_600_000;
const MOST_RECORDS = 10_000;
/** https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html: others than consumers with fan-out. */
const POLL_MS = 1_000;

/** A record as a read in process gives it: with the trace of who put it, which the wire does not know. */
interface Given {
  readonly SequenceNumber?: string;
  readonly ApproximateArrivalTimestamp?: Date;
  readonly Data?: Uint8Array;
  readonly PartitionKey?: string;
  readonly EncryptionType?: string;
  readonly Trace?: string;
}

interface Shard {
  readonly ShardId?: string;
  readonly ParentShardId?: string;
  readonly AdjacentParentShardId?: string;
  readonly SequenceNumberRange?: { readonly EndingSequenceNumber?: string };
}

function readerOf({ sourceArn, role }: SourceMapping, world: MappingWorld): ShardReader {
  // A consumer with enhanced fan-out reads the same records.
  const StreamARN = sourceArn.replace(/\/consumer\/.*$/, "");
  const call = (operation: string, input: Record<string, unknown>) => world.read("kinesis", operation, input);
  return {
    pollMs: sourceArn === StreamARN ? POLL_MS : 0,
    async retentionMs() {
      const { StreamDescriptionSummary } = (await call("DescribeStreamSummary", { StreamARN })) as {
        StreamDescriptionSummary?: { RetentionPeriodHours?: number };
      };
      return (StreamDescriptionSummary?.RetentionPeriodHours ?? 24) * HOUR_MS;
    },
    watch: (shardId, signal) => world.watches.kinesis.watch(StreamARN, shardId, signal),
    async shards() {
      const shards: ShardFacts[] = [];
      let next: string | undefined;
      do {
        const page = (await call("ListShards", next === undefined ? { StreamARN } : { NextToken: next })) as {
          Shards?: readonly Shard[];
          NextToken?: string;
        };
        shards.push(...(page.Shards ?? []).map(factsOf));
        next = page.NextToken;
      } while (next !== undefined);
      return shards;
    },
    async iterator(ShardId, from) {
      const { ShardIterator } = await call("GetShardIterator", { StreamARN, ShardId, ...positionOf(from) });
      return ShardIterator as string;
    },
    async read(shardId, ShardIterator, limit) {
      const { Records = [], NextShardIterator } = (await call("GetRecords", {
        ShardIterator,
        Limit: Math.min(limit, MOST_RECORDS),
      })) as { Records?: readonly Given[]; NextShardIterator?: string };
      return {
        records: Records.map((given) => recordOf(given, shardId, sourceArn, role)),
        next: NextShardIterator,
      };
    },
  };
}

const factsOf = ({
  ShardId = "",
  ParentShardId,
  AdjacentParentShardId,
  SequenceNumberRange,
}: Shard): ShardFacts => ({
  id: ShardId,
  parents: [ParentShardId, AdjacentParentShardId].filter((id) => id !== undefined),
  isOpen: SequenceNumberRange?.EndingSequenceNumber === undefined,
});

function positionOf(from: Position) {
  if (from.at === "AFTER")
    return { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber: from.sequence };
  if (from.at === "AT_TIMESTAMP")
    return { ShardIteratorType: "AT_TIMESTAMP", Timestamp: new Date(from.timeMs) };
  return { ShardIteratorType: "TRIM_HORIZON" };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
function recordOf(given: Given, shardId: string, sourceArn: string, role: string): StreamRecord {
  const {
    SequenceNumber: sequenceNumber = "",
    PartitionKey: partitionKey = "",
    Data = new Uint8Array(0),
  } = given;
  const arrivedMs = given.ApproximateArrivalTimestamp?.getTime() ?? 0;
  const kinesis = {
    kinesisSchemaVersion: "1.0",
    partitionKey,
    sequenceNumber,
    data: Buffer.from(Data.buffer, Data.byteOffset, Data.length).toString("base64"),
    approximateArrivalTimestamp: arrivedMs / 1000,
  };
  const facts = {
    eventSource: "aws:kinesis",
    eventVersion: "1.0",
    eventID: `${shardId}:${sequenceNumber}`,
    eventName: "aws:kinesis:record",
    invokeIdentityArn: role,
    awsRegion: parseArn(sourceArn)?.region ?? "",
    eventSourceARN: sourceArn,
  };
  const json = JSON.stringify({ kinesis, ...facts });
  return {
    id: sequenceNumber,
    json,
    bytes: Buffer.byteLength(json),
    arrivedMs,
    trace: given.Trace,
    tries: 0,
    key: partitionKey,
    view: () => ({ ...kinesis, ...facts, data: contentOf(Data) }),
  };
}

/** What filters see of a record's data: JSON as what it stands for. */
function contentOf(data: Uint8Array): unknown {
  const text = new TextDecoder().decode(data);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
