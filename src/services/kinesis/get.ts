import type * as sdk from "@aws-sdk/client-kinesis";
import { refuseUnavailable } from "../../kernel/chaos.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { noteRead, readFault } from "./capacity.ts";
import { type Named, nameOf, type Stream, withShards } from "./catalog.ts";
import { invalid, noSuchShard, shardMissing } from "./faults.ts";
import { formatIterator, type Position, parseIterator } from "./iterator.ts";
import { parseShardId, type StreamName, shardId, streamArn } from "./names.ts";
import { startPlace } from "./positions.ts";
import { dryRun } from "./put.ts";
import { childShards, readShard } from "./reading.ts";
import { readStream } from "./records.ts";
import { isVisible, type Shard } from "./shards.ts";
import { requireShards } from "./statuses.ts";

const CALLED = { service: "kinesis", operation: "GetRecords" };
const MIB = 1024 * 1024;
const MOST_RECORDS = 10_000;
const MOST_BYTES = 10 * MIB;

export const get = {
  async GetShardIterator(input, { store, clock, scope }) {
    const { ShardId = "", ShardIteratorType: type, StartingSequenceNumber: sequence, Timestamp } = input;
    const position = await store.transact(async (tx): Promise<Position> => {
      const nowMs = clock.now();
      const name = await nameOf(tx, scope, input);
      const { stream, shard } = await shardOf({ store }, tx, name, ShardId, nowMs);
      requireShards(stream.record, nowMs);
      const start = { type, sequence, timestamp: Timestamp };
      const from = await startPlace(tx, stream, shard, start, "GetShardIterator", nowMs);
      return { stream: name, number: stream.record.number, shard: shard.index, from };
    });
    if (input.DryRun) throw dryRun();
    return { ShardIterator: formatIterator(position, clock.now()) };
  },

  async GetRecords(input, context) {
    const { store, clock } = context;
    const startedMs = clock.monotonic();
    const position = parseIterator(input.ShardIterator ?? "", clock.now());
    const { stream: name, shard: index } = position;
    refuseUnavailable(context, CALLED, [name.name, streamArn(name), shardId(index)]);
    const limits = { records: input.Limit ?? MOST_RECORDS, bytes: MOST_BYTES };
    const found = await store.transact(async (tx) => {
      const nowMs = clock.now();
      if (isNamed(input)) checkNamed(await nameOf(tx, context.scope, input), position.stream);
      const id = shardId(position.shard);
      const { stream, shard } = await shardOf(context, tx, position.stream, id, nowMs, position.number);
      return { stream, shard, page: await readShard(tx, stream, shard, position.from, limits, nowMs) };
    });
    const { stream, shard, page } = found;
    const fault = readFault(context, stream.record, shard.index);
    if (fault) throw fault;
    if (input.DryRun) throw dryRun();
    noteRead(context, stream.record, shard.index, {
      records: page.records.length,
      bytes: page.bytes,
      behindMs: page.behindMs,
      tookMs: clock.monotonic() - startedMs,
    });
    return {
      Records: [...page.records],
      MillisBehindLatest: page.behindMs,
      ...(page.next === undefined
        ? { ChildShards: childShards(stream, shard) }
        : { NextShardIterator: formatIterator({ ...position, from: page.next }, clock.now()) }),
    };
  },
} satisfies Handlers<typeof sdk>;

function isNamed({ StreamARN, StreamId }: Named): boolean {
  return StreamARN !== undefined || StreamId !== undefined;
}

function checkNamed(named: StreamName, { account, region, name }: StreamName): void {
  if (named.account === account && named.region === region && named.name === name) return;
  throw invalid("The ShardIterator belongs to another stream than the one that is named.");
}

/** A shard that can be read. `number`: of the stream that it must belong to. */
export async function shardOf(
  { store }: Pick<Context, "store">,
  tx: Transaction,
  name: StreamName,
  id: string,
  nowMs: number,
  number?: number,
): Promise<{ stream: Stream; shard: Shard }> {
  const index = parseShardId(id);
  if (index === undefined) throw shardMissing(name, id);
  const record = await readStream(tx, name);
  if (!record || (number !== undefined && record.number !== number)) throw noSuchShard(name, shardId(index));
  const stream = await withShards(store, tx, record);
  const shard = stream.shards.find((each) => each.index === index);
  if (!shard || !isVisible(shard, record.retentionHours, nowMs)) throw noSuchShard(name, shardId(index));
  return { stream, shard };
}
