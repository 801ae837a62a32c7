import type * as sdk from "@aws-sdk/client-kinesis";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import type { Stream } from "./catalog.ts";
import { countEvent, countSubscription } from "./counting.ts";
import { fault } from "./faults.ts";
import { shardOf } from "./get.ts";
import { shardId } from "./names.ts";
import { startPlace } from "./positions.ts";
import { dryRun } from "./put.ts";
import { childShards, readShard, type ShardPage } from "./reading.ts";
import { readConsumer, readLease, watchBlocks, watchLease, writeLease } from "./records.ts";
import { consumerMissing, readResource } from "./resources.ts";
import { sequenceNumber } from "./sequence.ts";
import type { Shard } from "./shards.ts";
import { requireActiveConsumer } from "./statuses.ts";

const MIB = 1024 * 1024;
/** A subscription ends by itself; whoever wants more subscribes again. */
const LIFETIME_MS = 300_000;
/** Nobody takes a subscription over that is younger. */
const PROTECTED_MS = 5_000;
/** Clients that hear nothing for long take the connection for dead. */
const HEARTBEAT_MS = 5_000;
const EVENT_LIMITS = { records: 10_000, bytes: MIB };
const BYTES_PER_SECOND = 2 * MIB;

/** Who reads which shard, from where on. */
interface Subscription {
  readonly id: string;
  readonly consumer: string;
  readonly stream: Stream;
  readonly shard: Shard;
  readonly from: number;
  readonly endsMs: number;
}

export const subscribing = {
  async SubscribeToShard(input, context) {
    const subscription = await open(input, context);
    if (input.DryRun) throw dryRun();
    const { stream, consumer } = subscription;
    countSubscription(context, stream.record, consumer, "SubscribeToShard.Success", 1);
    countSubscription(context, stream.record, consumer, "SubscribeToShard.RateExceeded", 0);
    // The handlers' types take every stream for one of bytes.
    return { EventStream: events(subscription, context) as never };
  },
} satisfies Handlers<typeof sdk>;

async function open(input: sdk.SubscribeToShardCommandInput, context: Context): Promise<Subscription> {
  const { ConsumerARN = "", ShardId = "", StartingPosition: position } = input;
  const { store, clock, ids } = context;
  const id = ids.uuid();
  const opened = await store.transact(async (tx) => {
    const { stream: record, consumer } = await readResource(tx, ConsumerARN);
    if (!consumer) throw consumerMissing(ConsumerARN);
    const nowMs = clock.now();
    requireActiveConsumer(record, consumer, nowMs);
    const { stream, shard } = await shardOf(context, tx, record, ShardId, nowMs);
    const start = {
      type: position?.Type,
      sequence: position?.SequenceNumber,
      timestamp: position?.Timestamp,
    };
    const from = await startPlace(tx, stream, shard, start, "SubscribeToShard", nowMs);
    const lease = await readLease(tx, record.number, consumer.name, shard.index);
    const own = { id, consumer: consumer.name, stream, shard, from, endsMs: nowMs + LIFETIME_MS };
    if (lease && nowMs < lease.sinceMs + PROTECTED_MS) return { ...own, isTaken: true };
    const next = { v: 1 as const, id, sinceMs: nowMs };
    if (!input.DryRun) writeLease(tx, record.number, consumer.name, shard.index, next);
    return { ...own, isTaken: false };
  });
  const { isTaken, ...subscription } = opened;
  if (!isTaken) return subscription;
  const { stream, shard, consumer } = subscription;
  countSubscription(context, stream.record, consumer, "SubscribeToShard.Success", 0);
  countSubscription(context, stream.record, consumer, "SubscribeToShard.RateExceeded", 1);
  throw takenOver(stream, shard, consumer);
}

async function* events(
  subscription: Subscription,
  context: Context,
): AsyncGenerator<sdk.SubscribeToShardEventStream> {
  const { clock, signal, capacity } = context;
  let from = subscription.from;
  let saidMs = Number.NEGATIVE_INFINITY;
  while (!signal.aborted && clock.now() < subscription.endsMs) {
    const stop = new AbortController();
    try {
      // Watched first and read then, so that nothing is missed.
      const news = watch(subscription, context, stop.signal);
      const { stream, shard, page } = await read(subscription, context, from);
      const nowMs = clock.now();
      if (page.records.length > 0 || page.next === undefined || nowMs >= saidMs + HEARTBEAT_MS) {
        saidMs = nowMs;
        const { bytes, behindMs } = page;
        const told = { records: page.records.length, bytes, behindMs };
        countEvent(context, stream.record, shard.index, subscription.consumer, told);
        yield { SubscribeToShardEvent: eventOf(stream, shard, page, nowMs) };
      }
      if (page.next === undefined) return;
      from = page.next;
      if (capacity === "enforce" && page.bytes > 0) {
        await pause(context, clock.now() + (page.bytes / BYTES_PER_SECOND) * 1000, []);
      }
      if (page.behindMs > 0) continue;
      await pause(context, Math.min(saidMs + HEARTBEAT_MS, subscription.endsMs), news);
    } finally {
      stop.abort();
    }
  }
}

function watch({ stream, shard, consumer }: Subscription, { store }: Context, signal: AbortSignal) {
  const { number } = stream.record;
  return [
    watchBlocks(store, number, shard.index, signal),
    watchLease(store, number, consumer, shard.index, signal),
  ];
}

/** Throws when the shard is another's now, or there is nothing to read any more. */
function read(
  { id, consumer, stream: { record }, shard: { index } }: Subscription,
  context: Context,
  from: number,
): Promise<{ stream: Stream; shard: Shard; page: ShardPage }> {
  const { store, clock } = context;
  return store.transact(async (tx) => {
    const nowMs = clock.now();
    const { stream, shard } = await shardOf(context, tx, record, shardId(index), nowMs, record.number);
    const lease = await readLease(tx, record.number, consumer, index);
    if (lease?.id !== id) throw await lost(tx, stream, shard, consumer);
    return { stream, shard, page: await readShard(tx, stream, shard, from, EVENT_LIMITS, nowMs) };
  });
}

async function lost(tx: Transaction, stream: Stream, shard: Shard, consumer: string) {
  if (await readConsumer(tx, stream.record.number, consumer)) return takenOver(stream, shard, consumer);
  return consumerMissing(`${consumer} of stream ${stream.record.name}`);
}

function takenOver({ record: { account, name } }: Stream, { index }: Shard, consumer: string) {
  return fault(
    "ResourceInUseException",
    `Another active subscription exists for this consumer: ${account}:${name}:${shardId(index)}:${consumer}`,
  );
}

function eventOf(stream: Stream, shard: Shard, page: ShardPage, nowMs: number): sdk.SubscribeToShardEvent {
  const { records, next, behindMs } = page;
  const isEnd = next === undefined;
  const last = records.at(-1);
  return {
    Records: [...records],
    // Of the last place that was read, whether a record of this shard lies there or not.
    ContinuationSequenceNumber: isEnd
      ? undefined
      : (last?.SequenceNumber ?? sequenceNumber(shard, Math.max(0, next - 1), nowMs)),
    MillisBehindLatest: behindMs,
    ...(isEnd ? { ChildShards: childShards(stream, shard) } : {}),
  };
}

/** Until a moment, news, or the end of the call. */
function pause(context: Context, untilMs: number, news: readonly Promise<void>[]): Promise<void> {
  const { clock, signal } = context;
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const goOn = context.rest();
    let isOver = false;
    const wake = () => {
      if (isOver) return;
      isOver = true;
      timer.cancel();
      signal.removeEventListener("abort", wake);
      goOn();
      resolve();
    };
    const timer = clock.at(untilMs, wake);
    signal.addEventListener("abort", wake);
    for (const each of news) each.then(wake, wake);
  });
}
