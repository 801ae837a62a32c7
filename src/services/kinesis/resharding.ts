import type * as sdk from "@aws-sdk/client-kinesis";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { requireStream, type Stream } from "./catalog.ts";
import { fault, invalid, limitExceeded, shardMissing } from "./faults.ts";
import { checkShardLimit } from "./limits.ts";
import { parseShardId, shardId, streamArn } from "./names.ts";
import { blocksFrom, ringBell, type StreamRecord, writeShards, writeStream } from "./records.ts";
import { areAdjacent, hashNumber, isOpen, merge, rescale, type Shard, split, visible } from "./shards.ts";
import { requireActive, resharded } from "./statuses.ts";

const DAY_MS = 86_400_000;
const MOST_SCALINGS = 10;
const MOST_SHARDS = 10_000;

export const resharding = {
  async SplitShard(input, context) {
    const { store, scope, clock } = context;
    await store.transact(async (tx) => {
      const stream = await requireStream(store, tx, scope, input);
      checkProvisioned(stream.record);
      requireActive(stream.record, clock.now());
      const shard = openShard(stream, input.ShardToSplit ?? "");
      const start = BigInt(input.NewStartingHashKey ?? "0");
      checkStart(stream.record, shard, start);
      await checkShardLimit(tx, scope, 1);
      await replaceShards(tx, context, stream, split(stream.shards, shard, start, clock.now()));
    });
    return {};
  },

  async MergeShards(input, context) {
    const { store, scope, clock } = context;
    await store.transact(async (tx) => {
      const stream = await requireStream(store, tx, scope, input);
      checkProvisioned(stream.record);
      requireActive(stream.record, clock.now());
      const one = openShard(stream, input.ShardToMerge ?? "");
      const other = openShard(stream, input.AdjacentShardToMerge ?? "");
      if (!areAdjacent(one, other)) {
        const { name, account } = stream.record;
        throw invalid(
          `Shards ${shardId(one.index)} and ${shardId(other.index)} in stream ${name} ` +
            `under account ${account} are not an adjacent pair of shards eligible for merging`,
        );
      }
      await replaceShards(tx, context, stream, merge(stream.shards, one, other, clock.now()));
    });
    return {};
  },

  async UpdateShardCount(input, context) {
    const { store, scope, clock } = context;
    const target = input.TargetShardCount ?? 1;
    return store.transact(async (tx) => {
      const stream = await requireStream(store, tx, scope, input);
      const { record } = stream;
      checkProvisioned(record);
      const nowMs = clock.now();
      requireActive(record, nowMs);
      const scaledMs = record.scaledMs.filter((ms) => ms > nowMs - DAY_MS);
      checkScaling(record, target, scaledMs.length);
      await checkShardLimit(tx, scope, target - record.openShards);
      const scaled = { ...stream, record: { ...record, scaledMs: [...scaledMs, nowMs] } };
      await replaceShards(tx, context, scaled, rescale(stream.shards, target, nowMs));
      return {
        StreamName: record.name,
        StreamARN: streamArn(record),
        CurrentShardCount: record.openShards,
        TargetShardCount: target,
      };
    });
  },
} satisfies Handlers<typeof sdk>;

function checkProvisioned({ mode, name, account }: StreamRecord): void {
  if (mode === "PROVISIONED") return;
  const message = `Request is invalid. Stream ${name} under account ${account} is in On-Demand mode.`;
  throw fault("ValidationException", message);
}

function openShard({ record, shards }: Stream, id: string): Shard {
  const index = parseShardId(id);
  const shard = shards.find((each) => each.index === index);
  if (!shard) throw shardMissing(record, index === undefined ? id : shardId(index));
  if (isOpen(shard)) return shard;
  throw invalid(
    `Shard ${shardId(shard.index)} in stream ${record.name} under account ${record.account} ` +
      "has already been merged or split, and thus is not eligible for merging or splitting.",
  );
}

function checkStart({ name, account }: StreamRecord, shard: Shard, start: bigint): void {
  const [from, to] = [hashNumber(shard.from), hashNumber(shard.to)];
  if (start > from + 1n && start < to) return;
  throw invalid(
    `NewStartingHashKey ${start} used in SplitShard() on shard ${shardId(shard.index)} in stream ${name} ` +
      `under account ${account} is not both greater than one plus the shard's StartingHashKey ${from} and ` +
      `less than the shard's EndingHashKey ${to}.`,
  );
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html */
function checkScaling({ name, account, openShards }: StreamRecord, target: number, scalings: number): void {
  const counts = `Current open shard count: ${openShards} Target shard count: ${target}`;
  if (target > openShards * 2) {
    throw limitExceeded(
      `UpdateShardCount cannot scale up over double your current open shard count. ${counts}`,
    );
  }
  if (target < openShards / 2) {
    throw limitExceeded(
      `UpdateShardCount cannot scale down below half your current open shard count. ${counts}`,
    );
  }
  if (target > MOST_SHARDS) {
    throw limitExceeded(
      `UpdateShardCount cannot scale a stream to more than ${MOST_SHARDS} shards. ${counts}`,
    );
  }
  if (scalings >= MOST_SCALINGS) {
    throw limitExceeded(
      `UpdateShardCount was called ${scalings} times in the last 24 hours for stream ${name} under account ` +
        `${account}, which is the limit.`,
    );
  }
}

/** Writes a stream with new shards, and forgets those that hold nothing and that nobody can see. */
export async function replaceShards(
  tx: Transaction,
  context: Pick<Context, "ids" | "clock" | "fidelity">,
  { record, shards: before }: Stream,
  shards: readonly Shard[],
): Promise<StreamRecord> {
  const { ids, clock } = context;
  const seen = new Set(visible(shards, record.retentionHours, clock.now()));
  const kept: Shard[] = [];
  for (const shard of shards) if (seen.has(shard) || (await holdsBlocks(tx, record, shard))) kept.push(shard);
  writeShards(tx, record.number, kept);
  const openShards = kept.filter(isOpen).length;
  const next = { ...record, revision: ids.hex(16), openShards, ...resharded(context) };
  writeStream(tx, next);
  const open = new Set(shards.filter(isOpen).map(({ index }) => index));
  // Whoever waits for records of a shard that was closed has to hear of it.
  for (const shard of before) {
    if (isOpen(shard) && !open.has(shard.index)) ringBell(tx, record.number, shard.index);
  }
  return next;
}

/** Trimming finds what a shard holds by the shard. */
async function holdsBlocks(tx: Transaction, { number }: StreamRecord, { index }: Shard): Promise<boolean> {
  for await (const _ of blocksFrom(tx, number, index, 0, 1)) return true;
  return false;
}
