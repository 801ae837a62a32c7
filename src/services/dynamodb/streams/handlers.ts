import type * as sdk from "@aws-sdk/client-dynamodb-streams";
import { refuseUnavailable } from "../../../kernel/chaos.ts";
import { writeDimensions } from "../../../kernel/metrics.ts";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { keySchema } from "../tables/describe.ts";
import { invalid } from "../values/value.ts";
import { parseStreamArn } from "./arn.ts";
import { shardMissing, streamMissing, trimmedAway } from "./faults.ts";
import { formatIterator, type Position, parseIterator } from "./iterator.ts";
import { readShard, shardAt, streamArn } from "./reader.ts";
import { changesIn, findStream, lastCount, type Stream, streamsOf } from "./records.ts";
import { countOf, RETENTION_MS, type Shard, sequenceNumber, shardsOf } from "./shards.ts";

const CALLED = { service: "dynamodb-streams", operation: "GetRecords" };
const MOST_STREAMS = 100;
const MOST_SHARDS = 100;
const MOST_RECORDS = 1000;

export const streams = {
  async ListStreams({ TableName, Limit = MOST_STREAMS, ExclusiveStartStreamArn }, { store, scope }) {
    const after = ExclusiveStartStreamArn === undefined ? undefined : parseStreamArn(ExclusiveStartStreamArn);
    const found = await store.transact((tx) => streamsOf(tx, scope, TableName, after, Limit + 1));
    const shown = found.slice(0, Limit);
    const last = shown.at(-1);
    return {
      Streams: shown.map((stream) => ({
        StreamArn: streamArn(stream),
        TableName: stream.table,
        StreamLabel: stream.label,
      })),
      ...(found.length > Limit && last ? { LastEvaluatedStreamArn: streamArn(last) } : {}),
    };
  },

  async DescribeStream(input, { store, clock }) {
    const { StreamArn = "", Limit = MOST_SHARDS, ExclusiveStartShardId, ShardFilter } = input;
    return store.transact(async (tx) => {
      const stream = await getStream(tx, StreamArn);
      const nowMs = clock.now();
      const all = filtered(shardsOf(stream, nowMs), ShardFilter, StreamArn);
      const from =
        ExclusiveStartShardId === undefined ? 0 : indexAfter(all, ExclusiveStartShardId, StreamArn);
      const shown = all.slice(from, from + Limit);
      const last = shown.at(-1);
      return {
        StreamDescription: {
          StreamArn,
          StreamLabel: stream.label,
          StreamStatus: stream.endedMs === undefined ? "ENABLED" : "DISABLED",
          StreamViewType: stream.view,
          CreationRequestDateTime: new Date(`${stream.label}Z`),
          TableName: stream.table,
          KeySchema: keySchema(stream.keys),
          Shards: await Promise.all(shown.map((shard) => describeShard(tx, stream, shard))),
          ...(from + Limit < all.length && last ? { LastEvaluatedShardId: last.id } : {}),
        },
      };
    });
  },

  async GetShardIterator(
    { StreamArn = "", ShardId = "", ShardIteratorType, SequenceNumber },
    { store, clock },
  ) {
    return store.transact(async (tx) => {
      const stream = await getStream(tx, StreamArn);
      const nowMs = clock.now();
      const shard = shardsOf(stream, nowMs).find(({ id }) => id === ShardId);
      if (!shard) throw shardMissing(StreamArn);
      const { era, slot, lane } = shard;
      const at = async (): Promise<number> => {
        if (ShardIteratorType === "TRIM_HORIZON") return -1;
        if (ShardIteratorType === "LATEST") return (await lastCount(tx, stream, shard)) ?? -1;
        const count = await countAt(tx, stream, shard, SequenceNumber, nowMs);
        return ShardIteratorType === "AT_SEQUENCE_NUMBER" ? count - 1 : count;
      };
      return { ShardIterator: formatIterator(StreamArn, { era, slot, lane, after: await at() }, nowMs) };
    });
  },

  async GetRecords({ ShardIterator = "", Limit = MOST_RECORDS }, context) {
    const { store, clock } = context;
    const { streamArn: arn, position } = parseIterator(ShardIterator, clock.now());
    if (context.chaos.active) await refuseStruck(context, arn, position);
    const startedMs = clock.monotonic();
    const answer = await store.transact(async (tx) => {
      const stream = await getStream(tx, arn);
      const nowMs = clock.now();
      if (!shardAt(stream, position, nowMs)) throw trimmedAway();
      await refuseTrimmed(tx, stream, position, nowMs);
      const { records, next } = await readShard(tx, stream, position, Limit, nowMs);
      return { Records: records, ...(next ? { NextShardIterator: formatIterator(arn, next, nowMs) } : {}) };
    });
    countRead(context, arn, answer.Records, clock.monotonic() - startedMs);
    return answer;
  },
} satisfies Handlers<typeof sdk>;

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html */
function countRead(
  { metrics, clock }: Context,
  arn: string,
  records: readonly sdk._Record[],
  latencyMs: number,
): void {
  const { scope, table, label } = parseStreamArn(arn);
  const dimensions = writeDimensions([
    ["TableName", table],
    ["Operation", "GetRecords"],
    ["StreamLabel", label],
  ]);
  const bytes = records.reduce((sum, { dynamodb }) => sum + (dynamodb?.SizeBytes ?? 0), 0);
  const values = {
    SuccessfulRequestLatency: latencyMs,
    ReturnedRecordsCount: records.length,
    ReturnedBytes: bytes,
  };
  for (const [name, value] of Object.entries(values))
    metrics.counter({ ...scope, namespace: "AWS/DynamoDB", name, dimensions }).add(value, clock.now());
}

async function refuseStruck(context: Context, arn: string, position: Position): Promise<void> {
  const stream = await context.store.transact((tx) => getStream(tx, arn));
  const shard = shardAt(stream, position, context.clock.now());
  refuseUnavailable(context, CALLED, [stream.table, arn, ...(shard ? [shard.id] : [])]);
}

async function getStream(tx: Transaction, arn: string): Promise<Stream> {
  const { scope, table, label } = parseStreamArn(arn);
  const stream = await findStream(tx, scope, table, label);
  if (!stream) throw streamMissing(arn);
  return stream;
}

async function describeShard(tx: Transaction, stream: Stream, shard: Shard) {
  const last = shard.isOpen ? undefined : await lastCount(tx, stream, shard);
  const start = sequenceNumber(stream, shard, 0);
  return {
    ShardId: shard.id,
    SequenceNumberRange: {
      StartingSequenceNumber: start,
      ...(shard.isOpen
        ? {}
        : { EndingSequenceNumber: last === undefined ? start : sequenceNumber(stream, shard, last) }),
    },
    ...(shard.parentId === undefined ? {} : { ParentShardId: shard.parentId }),
  };
}

function filtered(shards: Shard[], filter: sdk.ShardFilter | undefined, arn: string): Shard[] {
  if (filter?.Type === undefined) return shards;
  if (filter.ShardId === undefined)
    throw invalid("ShardId must be specified when the filter is CHILD_SHARDS");
  if (!shards.some(({ id }) => id === filter.ShardId)) throw shardMissing(arn);
  return shards.filter(({ parentId }) => parentId === filter.ShardId);
}

function indexAfter(shards: readonly Shard[], shardId: string, arn: string): number {
  const at = shards.findIndex(({ id }) => id === shardId);
  if (at < 0) throw shardMissing(arn);
  return at + 1;
}

/** The count that a sequence number stands for in its shard. Faults: as GetShardIterator has them. */
async function countAt(
  tx: Transaction,
  stream: Stream,
  shard: Shard,
  sequence: string | undefined,
  nowMs: number,
): Promise<number> {
  if (sequence === undefined) {
    throw invalid("SequenceNumber must be specified for AT_SEQUENCE_NUMBER and AFTER_SEQUENCE_NUMBER");
  }
  if (!/^\d+$/.test(sequence)) throw invalid(`Invalid SequenceNumber: ${sequence}`);
  const count = countOf(stream, shard, sequence);
  const last = await lastCount(tx, stream, shard);
  if (count === Number.POSITIVE_INFINITY || (last !== undefined && count > last)) {
    throw invalid(`Invalid SequenceNumber: ${sequence} is not in shard ${shard.id}`);
  }
  if (count < 0 || (await isTrimmed(tx, stream, { ...shard, after: count - 1 }, nowMs))) throw trimmedAway();
  return count;
}

/** An iterator stands before the change it reads next: one that was trimmed since cannot be given. */
async function refuseTrimmed(tx: Transaction, stream: Stream, position: Position, nowMs: number) {
  if (position.after >= 0 && (await isTrimmed(tx, stream, position, nowMs))) throw trimmedAway();
}

async function isTrimmed(
  tx: Transaction,
  stream: Stream,
  position: Position,
  nowMs: number,
): Promise<boolean> {
  for await (const { record } of changesIn(tx, stream, position, position.after, 1)) {
    return record.atMs <= nowMs - RETENTION_MS;
  }
  return false;
}
