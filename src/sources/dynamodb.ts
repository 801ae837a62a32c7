import type { SourceMapping } from "../kernel/sources.ts";
import type { Position } from "./records.ts";
import type { ShardFacts, ShardReader, StreamRecord } from "./shard-reader.ts";
import type { EventSource, MappingWorld } from "./source.ts";
import { runStream } from "./streams.ts";

/** How changes of DynamoDB tables reach functions and pipes. */
export const dynamodb: EventSource = {
  kind: "dynamodb",
  shards: readerOf,
  run: (mapping, world) => runStream(readerOf(mapping, world), mapping, world),
};

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html */
const RETENTION_MS = 24 * 3_600_000;
const MOST_RECORDS = 1_000;
/** https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html: four times a second. */
const POLL_MS = 250;

/** Values as the SDK gives them; bytes are written in base64. */
type Values = Readonly<Record<string, unknown>>;

/** A change as a read in process gives it: with the trace of who made it, which the wire does not know. */
interface Change {
  readonly eventID?: string;
  readonly eventName?: string;
  readonly eventVersion?: string;
  readonly eventSource?: string;
  readonly awsRegion?: string;
  readonly dynamodb?: {
    readonly ApproximateCreationDateTime?: Date;
    readonly Keys?: Values;
    readonly NewImage?: Values;
    readonly OldImage?: Values;
    readonly SequenceNumber?: string;
    readonly SizeBytes?: number;
    readonly StreamViewType?: string;
  };
  readonly userIdentity?: { readonly PrincipalId?: string; readonly Type?: string };
  readonly Trace?: string;
  readonly AtMs?: number;
}

interface Shard {
  readonly ShardId?: string;
  readonly ParentShardId?: string;
  readonly SequenceNumberRange?: { readonly EndingSequenceNumber?: string };
}

function readerOf({ sourceArn: StreamArn }: SourceMapping, world: MappingWorld): ShardReader {
  const call = (operation: string, input: Record<string, unknown>) =>
    world.read("dynamodb-streams", operation, input);
  const { watch, lastBefore } = world.watches.dynamodb;
  return {
    pollMs: POLL_MS,
    retentionMs: async () => RETENTION_MS,
    watch: (shardId, signal) => watch(StreamArn, shardId, signal),
    async shards() {
      const shards: ShardFacts[] = [];
      let last: string | undefined;
      do {
        const after = last === undefined ? {} : { ExclusiveStartShardId: last };
        const { StreamDescription } = (await call("DescribeStream", { StreamArn, ...after })) as {
          StreamDescription: { Shards?: readonly Shard[]; LastEvaluatedShardId?: string };
        };
        shards.push(...(StreamDescription.Shards ?? []).map(factsOf));
        last = StreamDescription.LastEvaluatedShardId;
      } while (last !== undefined);
      return shards;
    },
    async iterator(ShardId, from) {
      const position = await positionOf(from, (timeMs) => lastBefore(StreamArn, ShardId, timeMs));
      const { ShardIterator } = await call("GetShardIterator", { StreamArn, ShardId, ...position });
      return ShardIterator as string;
    },
    async read(_, ShardIterator, limit) {
      const { Records = [], NextShardIterator } = (await call("GetRecords", {
        ShardIterator,
        Limit: Math.min(limit, MOST_RECORDS),
      })) as { Records?: readonly Change[]; NextShardIterator?: string };
      return { records: Records.map((change) => recordOf(change, StreamArn)), next: NextShardIterator };
    },
  };
}

const factsOf = ({ ShardId = "", ParentShardId, SequenceNumberRange }: Shard): ShardFacts => ({
  id: ShardId,
  parents: ParentShardId === undefined ? [] : [ParentShardId],
  isOpen: SequenceNumberRange?.EndingSequenceNumber === undefined,
});

async function positionOf(from: Position, lastBefore: (timeMs: number) => Promise<string | undefined>) {
  const sequence =
    from.at === "AFTER"
      ? from.sequence
      : from.at === "AT_TIMESTAMP"
        ? await lastBefore(from.timeMs)
        : undefined;
  return sequence === undefined
    ? { ShardIteratorType: "TRIM_HORIZON" }
    : { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: sequence };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
function recordOf(change: Change, streamArn: string): StreamRecord {
  const { Trace: trace, AtMs: atMs, userIdentity, dynamodb = {}, ...rest } = change;
  const { ApproximateCreationDateTime: created, ...values } = dynamodb;
  const event = {
    ...rest,
    dynamodb: { ApproximateCreationDateTime: Math.floor((created?.getTime() ?? 0) / 1000), ...values },
    ...(userIdentity
      ? { userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId } }
      : {}),
    eventSourceARN: streamArn,
  };
  const json = JSON.stringify(event, withBase64);
  return {
    id: dynamodb.SequenceNumber ?? "",
    json,
    bytes: Buffer.byteLength(json),
    arrivedMs: atMs ?? created?.getTime() ?? 0,
    trace,
    tries: 0,
    key: JSON.stringify(dynamodb.Keys ?? {}, withBase64),
    view: () => JSON.parse(json),
  };
}

/** Not by the value given: a buffer has been made something else by then. */
function withBase64(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const own = this[key];
  if (!(own instanceof Uint8Array)) return value;
  return Buffer.from(own.buffer, own.byteOffset, own.length).toString("base64");
}
