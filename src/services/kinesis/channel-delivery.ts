import { gzipSync } from "node:zlib";
import type { _Record } from "@aws-sdk/client-kinesis";
import { Fault } from "../../kernel/faults.ts";
import type { Store, Transaction } from "../../store/store.ts";
import { whenever } from "../../store/whenever.ts";
import type { Background, Context } from "../define.ts";
import { withShards } from "./catalog.ts";
import { type Compression, DEFAULT_TEMPLATE, keyOf } from "./channel-keys.ts";
import {
  CHANNELS,
  type ChannelRecord,
  channelArn,
  everyChannel,
  readChannel,
  TIPS,
  writeChannel,
} from "./channel-records.ts";
import { bucketOf, zstd } from "./channels.ts";
import { shardId, streamArn } from "./names.ts";
import { readShard } from "./reading.ts";
import { readStream, readTip } from "./records.ts";

const MIB = 1024 * 1024;
/** Of one object, before it is compressed. */
const OBJECT_BYTES = 32 * MIB;
const MOST_RECORDS = 100_000;
/** A bucket that does not take an object is asked again. */
const PAUSE_MS = 60_000;
const DONE = -1;
const NEWLINE = Buffer.from("\n");

interface Pending {
  readonly shard: string;
  readonly record: _Record;
}

/** What has come of a stream since a channel delivered last. */
interface Batch {
  readonly pending: readonly Pending[];
  readonly isMore: boolean;
  /** Where the channel goes on. */
  readonly at: Pick<ChannelRecord, "from" | "next">;
}

/** Delivers what comes into streams with channels, by each channel's time. */
export async function delivering(world: Background): Promise<void> {
  const { store, signal } = world;
  // Without a channel that waits for records nobody is told of every put.
  let waits = false;
  const work = async () => {
    const before = waits;
    const plan = await schedule(world);
    waits = plan.waits;
    if (plan.due) await deliver(world, plan.due);
    return plan.due || (waits && !before) ? 0 : plan.dueMs;
  };
  await whenever(world, CHANNELS, work, () =>
    waits ? store.watch(TIPS, signal) : new Promise<void>(() => {}),
  );
}

/** Sets the time of channels whose streams have something new; gives one that is due, or when one is. */
async function schedule({ store, clock }: Background) {
  return store.transact(async (tx) => {
    const nowMs = Math.floor(clock.now());
    let dueMs: number | undefined;
    let due: ChannelRecord | undefined;
    let waits = false;
    for await (const channel of everyChannel(tx)) {
      if (channel.failure !== undefined) continue;
      const times = channel.dueMs ?? (await firstDue(tx, channel, nowMs));
      if (times === undefined) waits = true;
      else if (times <= nowMs) due ??= channel;
      else dueMs = Math.min(dueMs ?? times, times);
    }
    return { due, dueMs, waits };
  });
}

async function firstDue(tx: Transaction, channel: ChannelRecord, nowMs: number): Promise<number | undefined> {
  const { next } = await readTip(tx, channel.number);
  if (next <= channel.from) return undefined;
  const dueMs = nowMs + channel.freshnessSec * 1000;
  writeChannel(tx, { ...channel, dueMs });
  return dueMs;
}

/** Delivers once; at least once, when the platform ends in the middle. */
async function deliver(world: Background, channel: ChannelRecord): Promise<void> {
  const { store, clock, log } = world;
  const nowMs = Math.floor(clock.now());
  const context = world.as(channel);
  try {
    const batch = await gather(store, channel, nowMs);
    if (!batch) return;
    const { taken, refused } = sortOut(channel, batch.pending);
    if (taken.length > 0) await putObject(context, channel, taken, nowMs);
    if (refused.length > 0) await putFailures(context, channel, refused, nowMs);
    await finish(store, channel, { ...batch.at, ...(batch.isMore ? { dueMs: nowMs } : {}) });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { code, message } = error;
    log.warn("a channel could not deliver, and tries again", { channel: channelArn(channel), code, message });
    await finish(store, channel, { dueMs: nowMs + PAUSE_MS });
  }
}

/** Undefined when the stream is gone. */
function gather(store: Store, channel: ChannelRecord, nowMs: number): Promise<Batch | undefined> {
  return store.transact(async (tx) => {
    const record = await readStream(tx, channel.stream);
    if (record?.number !== channel.number) return undefined;
    const stream = await withShards(store, tx, record);
    const pending: Pending[] = [];
    const next: Record<string, number> = {};
    let bytes = 0;
    let isMore = false;
    for (const shard of stream.shards) {
      const at = channel.next[shard.index] ?? channel.from;
      next[shard.index] = at;
      const room = { records: MOST_RECORDS - pending.length, bytes: OBJECT_BYTES - bytes };
      isMore ||= room.records <= 0 || room.bytes <= 0;
      if (at === DONE || isMore) continue;
      const page = await readShard(tx, stream, shard, at, room, nowMs);
      pending.push(...page.records.map((each) => ({ shard: shardId(shard.index), record: each })));
      bytes += page.bytes;
      next[shard.index] = page.next ?? DONE;
      // A page that ends before the shard does was full.
      isMore = page.behindMs > 0;
    }
    if (isMore) return { pending, isMore, at: { from: channel.from, next } };
    // Places are the stream's: who has read all shards to their ends is at its tip.
    const { next: tip } = await readTip(tx, record.number);
    return { pending, isMore, at: { from: tip, next: {} } };
  });
}

function sortOut({ format }: ChannelRecord, pending: readonly Pending[]) {
  const taken: Pending[] = [];
  const refused: Pending[] = [];
  for (const each of pending) (isValid(format, each.record.Data) ? taken : refused).push(each);
  return { taken, refused };
}

function isValid(format: ChannelRecord["format"], data: Uint8Array | undefined): boolean {
  if (format === "BYTE_ARRAY") return true;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(data);
    if (format === "JSON") JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Records as they are, one behind the other: AWS does not tell what stands between them. Here each of a text
 * ends its line, as those that read such objects want it.
 */
async function putObject(context: Context, channel: ChannelRecord, taken: readonly Pending[], nowMs: number) {
  const { name, id, stream, storage, encryption, format } = channel;
  const { BucketARN = "", ExpectedBucketOwner, OutputKeyTemplate, StorageClass, CompressionType } = storage;
  const parts = taken.flatMap(({ record: { Data = new Uint8Array() } }) =>
    format === "BYTE_ARRAY" ? [Data] : [Data, NEWLINE],
  );
  const facts = { channel: name, id, stream: stream.name, timeMs: nowMs, compression: CompressionType };
  await context.call("s3", "PutObject", {
    Bucket: bucketOf(BucketARN),
    Key: keyOf(OutputKeyTemplate ?? DEFAULT_TEMPLATE, facts, context.ids.uuid()),
    Body: compressed(CompressionType, Buffer.concat(parts)),
    ExpectedBucketOwner,
    ...(StorageClass === undefined ? {} : { StorageClass }),
    ...(encryption ? { ServerSideEncryption: "aws:kms" as const, SSEKMSKeyId: encryption.KeyId } : {}),
  });
}

function compressed(type: Compression, bytes: Uint8Array): Uint8Array {
  if (type === "NONE") return bytes;
  return type === "GZIP" ? gzipSync(bytes) : (zstd?.(bytes) ?? bytes);
}

/** Which records were not delivered, and why, but not what they hold. AWS does not tell the form. */
async function putFailures(
  context: Context,
  channel: ChannelRecord,
  refused: readonly Pending[],
  nowMs: number,
) {
  const { name, id, stream, deadLetter, format } = channel;
  const { BucketARN = "", ExpectedBucketOwner, ErrorOutputPrefix = "" } = deadLetter;
  const lines = refused.map(({ shard, record }) =>
    JSON.stringify({
      channelArn: channelArn(channel),
      streamArn: streamArn(stream),
      shardId: shard,
      sequenceNumber: record.SequenceNumber,
      approximateArrivalTimestamp: record.ApproximateArrivalTimestamp,
      errorCode: format === "JSON" ? "InvalidJson" : "InvalidString",
      errorMessage: format === "JSON" ? "The record is not valid JSON." : "The record is not valid UTF-8.",
    }),
  );
  const facts = { channel: name, id, stream: stream.name, timeMs: nowMs, compression: "NONE" as const };
  const template = DEFAULT_TEMPLATE.replace("!{extension}", "!{extension:.json}");
  await context.call("s3", "PutObject", {
    Bucket: bucketOf(BucketARN),
    Key: `${ErrorOutputPrefix}${keyOf(template, facts, context.ids.uuid())}`,
    Body: Buffer.from(`${lines.join("\n")}\n`),
    ExpectedBucketOwner,
  });
}

/** Notes how far a channel has come, unless it is gone. */
async function finish(
  store: Store,
  { dueMs: _, ...channel }: ChannelRecord,
  change: Partial<Pick<ChannelRecord, "from" | "next" | "dueMs">>,
): Promise<void> {
  await store.transact(async (tx) => {
    const known = await readChannel(tx, channel);
    if (known?.id !== channel.id) return;
    const { dueMs: __, ...rest } = known;
    writeChannel(tx, { ...rest, ...change });
  });
}
