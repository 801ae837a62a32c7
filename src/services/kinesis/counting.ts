import type { Counter } from "../../kernel/metrics.ts";
import type { Store } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { shardId } from "./names.ts";
import type { StreamRecord } from "./records.ts";

// https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html

type World = Pick<Context, "store" | "metrics" | "clock">;

/** Of streams, and of shards where their stream is monitored so. */
type OfShard =
  | "IncomingBytes"
  | "IncomingRecords"
  | "WriteProvisionedThroughputExceeded"
  | "ReadProvisionedThroughputExceeded";
type OfRead = "Success" | "Latency" | "IteratorAgeMilliseconds" | "Records" | "Bytes";
type OfSubscription =
  | "SubscribeToShard.Success"
  | "SubscribeToShard.RateExceeded"
  | `SubscribeToShardEvent.${OfEvent}`;
type OfEvent = "Success" | "Records" | "Bytes" | "MillisBehindLatest";

/** What a read or an event brought, and what it took. */
export interface Reading {
  readonly records: number;
  readonly bytes: number;
  readonly behindMs: number;
  readonly tookMs: number;
}

const MOST_COUNTERS = 50_000;

/** One platform's counters, found by its store: numbers come fast. */
const platforms = new WeakMap<Store, Map<string, Counter>>();

export function count(world: World, stream: StreamRecord, shard: number, name: OfShard, value: number): void {
  add(world, stream, name, "", value);
  countShard(world, stream, shard, name, value);
}

export function countRead(world: World, stream: StreamRecord, name: OfRead, value: number): void {
  add(world, stream, `GetRecords.${name}`, "", value);
}

export function countReading(world: World, stream: StreamRecord, shard: number, reading: Reading): void {
  countRead(world, stream, "Success", 1);
  countRead(world, stream, "Latency", reading.tookMs);
  countRead(world, stream, "IteratorAgeMilliseconds", reading.behindMs);
  countRead(world, stream, "Records", reading.records);
  countRead(world, stream, "Bytes", reading.bytes);
  countShard(world, stream, shard, "IteratorAgeMilliseconds", reading.behindMs);
  countOutgoing(world, stream, shard, reading);
}

export function countSubscription(
  world: World,
  stream: StreamRecord,
  consumer: string,
  name: OfSubscription,
  value: number,
): void {
  add(world, stream, name, `,ConsumerName=${consumer}`, value);
}

/** An event that a consumer is sent. */
export function countEvent(
  world: World,
  stream: StreamRecord,
  shard: number,
  consumer: string,
  event: Omit<Reading, "tookMs">,
): void {
  const own = (name: OfEvent, value: number) =>
    countSubscription(world, stream, consumer, `SubscribeToShardEvent.${name}`, value);
  own("Success", 1);
  own("Records", event.records);
  own("Bytes", event.bytes);
  own("MillisBehindLatest", event.behindMs);
  countOutgoing(world, stream, shard, event);
}

function countOutgoing(
  world: World,
  stream: StreamRecord,
  shard: number,
  { records, bytes }: Omit<Reading, "tookMs">,
): void {
  countShard(world, stream, shard, "OutgoingRecords", records);
  countShard(world, stream, shard, "OutgoingBytes", bytes);
}

function countShard(world: World, stream: StreamRecord, shard: number, name: string, value: number): void {
  if (stream.monitored.includes(name)) add(world, stream, name, `,ShardId=${shardId(shard)}`, value);
}

function add(
  { store, metrics, clock }: World,
  stream: StreamRecord,
  name: string,
  more: string,
  value: number,
) {
  let counters = platforms.get(store);
  if (!counters || counters.size >= MOST_COUNTERS) {
    counters = new Map();
    platforms.set(store, counters);
  }
  const key = `${stream.number} ${name}${more}`;
  let counter = counters.get(key);
  if (!counter) {
    const { account, region } = stream;
    const dimensions = `StreamName=${stream.name}${more}`;
    counter = metrics.counter({ account, region, namespace: "AWS/Kinesis", name, dimensions });
    counters.set(key, counter);
  }
  counter.add(value, clock.now());
}
