import type * as sdk from "@aws-sdk/client-kinesis";
import type { Handlers } from "../define.ts";
import { requireStream, type Stream } from "./catalog.ts";
import { describeShard } from "./describing.ts";
import { invalid, noSuchShard, streamMissing } from "./faults.ts";
import { parseShardId, type StreamName } from "./names.ts";
import { isOpen, type Shard, visible } from "./shards.ts";
import { requireShards } from "./statuses.ts";
import { formatToken, parseToken } from "./tokens.ts";

/** What is listed, and from where on: a token says it all. */
interface Listing {
  readonly stream: StreamName;
  readonly createdMs?: number;
  readonly filter?: { readonly type: string; readonly timeMs?: number };
  /** The number of the shard before the first. */
  readonly after: number;
}

const MOST_LISTED = 1000;
const HOUR_MS = 3_600_000;

export const listing = {
  async ListShards(input, { store, scope, clock }) {
    const nowMs = clock.now();
    const { NextToken, MaxResults = MOST_LISTED } = input;
    if (NextToken !== undefined) refuseBesidesToken(input);
    const most = Math.min(MaxResults, MOST_LISTED);
    const listed = NextToken === undefined ? undefined : parseToken<Listing>("ListShards", NextToken, nowMs);
    const { first, shards } = await store.transact(async (tx) => {
      const named = listed ? { StreamName: listed.stream.name } : input;
      const stream = await requireStream(store, tx, listed?.stream ?? scope, named);
      requireShards(stream.record, nowMs);
      const first = listed ?? listingOf(input, stream);
      checkCreation(stream, first);
      return { first, shards: shardsOf(stream, first, nowMs) };
    });
    const shown = shards.slice(0, most);
    const after = shown.at(-1)?.index;
    const token = formatToken("ListShards", { ...first, after }, nowMs);
    return { Shards: shown.map(describeShard), ...(shards.length > most ? { NextToken: token } : {}) };
  },
} satisfies Handlers<typeof sdk>;

function refuseBesidesToken(input: sdk.ListShardsCommandInput): void {
  const others = ["StreamName", "StreamARN", "StreamId", "ExclusiveStartShardId", "StreamCreationTimestamp"];
  const other = others.find((name) => input[name as keyof typeof input] !== undefined);
  if (other) throw invalid(`NextToken and ${other} cannot be provided together.`);
}

function listingOf(input: sdk.ListShardsCommandInput, { record }: Stream): Listing {
  const { account, region, name } = record;
  const { ExclusiveStartShardId, ShardFilter, StreamCreationTimestamp } = input;
  const filter = ShardFilter && filterOf(ShardFilter);
  const start = ShardFilter?.Type === "AFTER_SHARD_ID" ? ShardFilter.ShardId : ExclusiveStartShardId;
  const after = start === undefined ? -1 : parseShardId(start);
  if (after === undefined) throw noSuchShard(record, start ?? "");
  return {
    stream: { account, region, name },
    ...(StreamCreationTimestamp ? { createdMs: StreamCreationTimestamp.getTime() } : {}),
    ...(filter ? { filter } : {}),
    after,
  };
}

function filterOf({ Type: type = "FROM_TRIM_HORIZON", ShardId, Timestamp }: sdk.ShardFilter) {
  const isTimed = type === "AT_TIMESTAMP" || type === "FROM_TIMESTAMP";
  if ((type === "AFTER_SHARD_ID") !== (ShardId !== undefined)) {
    throw invalid("ShardId must be specified for a ShardFilter of type AFTER_SHARD_ID, and for no other.");
  }
  if (isTimed !== (Timestamp !== undefined)) {
    throw invalid(
      "Timestamp must be specified for a ShardFilter of type AT_TIMESTAMP or FROM_TIMESTAMP, " +
        "and for no other.",
    );
  }
  return { type, ...(Timestamp ? { timeMs: Timestamp.getTime() } : {}) };
}

/** A stream that was made at another time is another stream. */
function checkCreation({ record }: Stream, { createdMs }: Listing): void {
  if (createdMs === undefined) return;
  if (Math.floor(createdMs / 1000) !== Math.floor(record.createdMs / 1000)) throw streamMissing(record);
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ShardFilter.html */
function shardsOf({ record, shards }: Stream, { filter, after }: Listing, nowMs: number): Shard[] {
  const horizonMs = Math.max(record.createdMs, nowMs - record.retentionHours * HOUR_MS);
  const timeMs = Math.max(horizonMs, filter?.timeMs ?? horizonMs);
  const fits = (shard: Shard): boolean => {
    const { openedMs, closedMs = Number.POSITIVE_INFINITY } = shard;
    switch (filter?.type) {
      case "AT_LATEST":
        return isOpen(shard);
      case "AT_TRIM_HORIZON":
      case "AT_TIMESTAMP":
        return openedMs <= timeMs && closedMs >= timeMs;
      case "FROM_TIMESTAMP":
        return closedMs >= timeMs;
      default:
        return true;
    }
  };
  return visible(shards, record.retentionHours, nowMs).filter((shard) => shard.index > after && fits(shard));
}
