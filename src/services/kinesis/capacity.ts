import type { Fault } from "../../kernel/faults.ts";
import type { Store } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { count, countRead, countReading, type Reading } from "./counting.ts";
import { rateExceeded } from "./faults.ts";
import { streamArn } from "./names.ts";
import type { Load } from "./putting.ts";
import type { StreamRecord } from "./records.ts";

/** What a shard takes and gives in a second. */
const MIB = 1024 * 1024;
const WRITTEN_BYTES = MIB;
const WRITTEN_RECORDS = 1000;
const READ_BYTES = 2 * MIB;
const READS = 5;
/** Who has got this much at once waits before he reads again. */
const FULL_READ_BYTES = 10 * MIB;
const FULL_READ_PAUSE_MS = 5_000;
const MOST_METERED = 10_000;

type Ports = Pick<Context, "store" | "clock" | "recorder" | "metrics" | "capacity" | "principal">;
type Kind = "Write" | "Read";

/** Fills up at a rate, and holds what comes in a second. */
class Allowance {
  readonly #perSecond: number;
  #left: number;
  #atMs: number;

  constructor(perSecond: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
    this.#atMs = nowMs;
  }

  left(nowMs: number): number {
    const gained = (Math.max(0, nowMs - this.#atMs) / 1000) * this.#perSecond;
    this.#left = Math.min(this.#perSecond, this.#left + gained);
    this.#atMs = Math.max(this.#atMs, nowMs);
    return this.#left;
  }

  /** May leave a debt: a large record or page is let through while anything is left. */
  take(amount: number): void {
    this.#left -= amount;
  }
}

interface ShardMeter {
  readonly writtenBytes: Allowance;
  readonly writtenRecords: Allowance;
  readonly readBytes: Allowance;
  readonly reads: Allowance;
  pausedUntilMs: number;
}

type StreamMeter = Map<number, ShardMeter>;

/** One platform's meters, found by its store: memory of what passes, and no truth. */
const platforms = new WeakMap<Store, Map<number, StreamMeter>>();

/** Which of the loads may be written; a load may be parted. With `observe` it is all of them. */
export function admitWrites(
  ports: Ports,
  stream: StreamRecord,
  loads: readonly Load[],
  sizeOf: (place: number) => number,
): { readonly admitted: readonly Load[]; readonly refused: readonly Load[] } {
  if (ports.capacity === "off") {
    noteWritten(ports, stream, loads, sizeOf);
    return { admitted: loads, refused: [] };
  }
  const nowMs = ports.clock.now();
  const admitted: Load[] = [];
  const refused: Load[] = [];
  for (const load of loads) {
    const { writtenBytes, writtenRecords } = shardMeter(ports, stream, load.shard.index, nowMs);
    const over: number[] = [];
    const within: number[] = [];
    for (const place of load.places) {
      if (writtenBytes.left(nowMs) > 0 && writtenRecords.left(nowMs) >= 1) {
        writtenBytes.take(sizeOf(place));
        writtenRecords.take(1);
        within.push(place);
      } else over.push(place);
    }
    if (over.length > 0) noteExceeded(ports, stream, load.shard.index, "Write", over.length);
    else count(ports, stream, load.shard.index, "WriteProvisionedThroughputExceeded", 0);
    if (over.length === 0 || ports.capacity === "observe") admitted.push(load);
    else {
      if (within.length > 0) admitted.push({ shard: load.shard, places: within });
      refused.push({ shard: load.shard, places: over });
    }
  }
  noteWritten(ports, stream, admitted, sizeOf);
  return { admitted, refused };
}

function noteWritten(
  ports: Ports,
  stream: StreamRecord,
  loads: readonly Load[],
  sizeOf: (place: number) => number,
): void {
  for (const { shard, places } of loads) {
    count(ports, stream, shard.index, "IncomingRecords", places.length);
    count(ports, stream, shard.index, "IncomingBytes", sum(places.map(sizeOf)));
  }
}

/** To be asked before a shard is read: a fault where it must be throttled. */
export function readFault(ports: Ports, stream: StreamRecord, shard: number): Fault | undefined {
  if (ports.capacity === "off") return undefined;
  const nowMs = ports.clock.now();
  const meter = shardMeter(ports, stream, shard, nowMs);
  // The platform's own event sources read when there is news, and need not ask five times a second.
  const isOwn = ports.principal.accessKeyId === "";
  const isOver =
    (!isOwn && meter.reads.left(nowMs) < 1) ||
    meter.readBytes.left(nowMs) <= 0 ||
    nowMs < meter.pausedUntilMs;
  if (isOver) {
    noteExceeded(ports, stream, shard, "Read", 1);
    if (ports.capacity === "enforce") {
      countRead(ports, stream, "Success", 0);
      return rateExceeded(stream, shard);
    }
  } else {
    if (!isOwn) meter.reads.take(1);
    count(ports, stream, shard, "ReadProvisionedThroughputExceeded", 0);
  }
  return undefined;
}

/** Counts a read that went well. Its request names no stream, only a place in one. */
export function noteRead(ports: Ports, stream: StreamRecord, shard: number, reading: Reading): void {
  if (ports.capacity !== "off") {
    const { bytes } = reading;
    const nowMs = ports.clock.now();
    const meter = shardMeter(ports, stream, shard, nowMs);
    meter.readBytes.left(nowMs);
    meter.readBytes.take(bytes);
    if (bytes >= FULL_READ_BYTES) meter.pausedUntilMs = nowMs + FULL_READ_PAUSE_MS;
  }
  countReading(ports, stream, shard, reading);
}

function noteExceeded(ports: Ports, stream: StreamRecord, shard: number, kind: Kind, times: number): void {
  const { account, region } = stream;
  const name = `${kind}ProvisionedThroughputExceeded` as const;
  ports.recorder.usage({
    timeMs: ports.clock.now(),
    account,
    region,
    unit: `kinesis:${ports.capacity === "enforce" ? "throttled" : "would-throttle"}:${name}`,
    quantity: times,
    resource: streamArn(stream),
  });
  count(ports, stream, shard, name, times);
}

function streamMeter({ store }: Ports, { number }: StreamRecord): StreamMeter {
  let streams = platforms.get(store);
  if (!streams) {
    streams = new Map();
    platforms.set(store, streams);
  }
  let meter = streams.get(number);
  if (!meter) {
    if (streams.size >= MOST_METERED) streams.clear();
    meter = new Map();
    streams.set(number, meter);
  }
  return meter;
}

function shardMeter(ports: Ports, stream: StreamRecord, shard: number, nowMs: number): ShardMeter {
  const shards = streamMeter(ports, stream);
  let meter = shards.get(shard);
  if (!meter) {
    if (shards.size >= MOST_METERED) shards.clear();
    meter = {
      writtenBytes: new Allowance(WRITTEN_BYTES, nowMs),
      writtenRecords: new Allowance(WRITTEN_RECORDS, nowMs),
      readBytes: new Allowance(READ_BYTES, nowMs),
      reads: new Allowance(READS, nowMs),
      pausedUntilMs: 0,
    };
    shards.set(shard, meter);
  }
  return meter;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
