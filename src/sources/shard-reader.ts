import type { SourceRecord } from "./batch.ts";
import type { Position } from "./records.ts";
import type { Sight } from "./watches.ts";

/** How the shards of one kind of stream are read: what Kinesis and DynamoDB do each in their way. */
export interface ShardReader {
  /** How often AWS reads a shard that has nothing, in milliseconds; 0: it is told of records. */
  readonly pollMs: number;
  /** A record is kept for so long. */
  retentionMs(): Promise<number>;
  /** All shards that there are, parents before their children. */
  shards(): Promise<readonly ShardFacts[]>;
  /** Where to read from; what the shard no longer has is passed over. */
  iterator(shardId: string, from: Position): Promise<string>;
  /** At most `limit` records. */
  read(shardId: string, iterator: string, limit: number): Promise<ShardPage>;
  /** Watches from the moment this resolves. */
  watch(shardId: string, signal: AbortSignal): Promise<Sight>;
}

export interface ShardFacts {
  readonly id: string;
  readonly parents: readonly string[];
  readonly isOpen: boolean;
}

export interface ShardPage {
  readonly records: readonly StreamRecord[];
  /** Absent when the shard is closed and read to its end. */
  readonly next?: string | undefined;
}

export interface StreamRecord extends SourceRecord {
  /** Records of one key stay in order. */
  readonly key: string;
  /** What filters see of it. */
  readonly view: () => unknown;
}
