import { shardId, streamArn } from "./names.ts";
import { hashKeyRange } from "./reading.ts";
import type { StreamRecord } from "./records.ts";
import { endingNumber, startingNumber } from "./sequence.ts";
import type { Shard } from "./shards.ts";
import { statusOf } from "./statuses.ts";

/** What every description of a stream begins with. */
export function describeStream(stream: StreamRecord, nowMs: number) {
  return {
    StreamName: stream.name,
    StreamARN: streamArn(stream),
    StreamStatus: statusOf(stream, nowMs),
    StreamModeDetails: { StreamMode: stream.mode },
    StreamCreationTimestamp: new Date(Math.floor(stream.createdMs / 1000) * 1000),
  };
}

export function describeSettings(stream: StreamRecord) {
  return {
    RetentionPeriodHours: stream.retentionHours,
    EnhancedMonitoring: [{ ShardLevelMetrics: [...stream.monitored] as never[] }],
    EncryptionType: stream.keyId === undefined ? ("NONE" as const) : ("KMS" as const),
    ...(stream.keyId === undefined ? {} : { KeyId: stream.keyId }),
  };
}

export function describeShard(shard: Shard) {
  const [parent, adjacent] = shard.parents;
  return {
    ShardId: shardId(shard.index),
    ...(parent === undefined ? {} : { ParentShardId: shardId(parent) }),
    ...(adjacent === undefined ? {} : { AdjacentParentShardId: shardId(adjacent) }),
    HashKeyRange: hashKeyRange(shard),
    SequenceNumberRange: {
      StartingSequenceNumber: startingNumber(shard),
      ...(shard.closedMs === undefined ? {} : { EndingSequenceNumber: endingNumber(shard, shard.closedMs) }),
    },
  };
}
