import type { SourceMapping } from "../kernel/sources.ts";
import type { Key, KeyRange, Transaction, Value } from "../store/store.ts";
import type { Piece } from "./pieces.ts";

// What sources keep of a mapping lies under its id, so that it goes with it. What is in quarantine stays.

/** Where reading goes on. */
export type Position =
  | { readonly at: "TRIM_HORIZON" }
  | { readonly at: "AT_TIMESTAMP"; readonly timeMs: number }
  | { readonly at: "AFTER"; readonly sequence: string };

/** A shard that was begun, or that needs not be read. */
export interface ShardRecord {
  readonly v: 1;
  readonly from: Position;
  /** Of other numbers of lanes before: what these have done of what comes after `from`. */
  readonly before?: readonly LanesBefore[];
  /** Everything in it is done with. */
  readonly done?: true;
}

/** How far each of so many lanes had come when another number took their place. */
export interface LanesBefore {
  /** Sequence numbers; none of a lane that had done nothing yet. */
  readonly doneTo: readonly (string | null)[];
}

/** How far one lane of a shard has come: the records whose keys fall into it, in their order. */
export interface LaneRecord {
  readonly v: 1;
  /** Grows with every write, so that nobody overwrites what somebody else decided. */
  readonly edition: number;
  /** Everything before is done with. */
  readonly from: Position;
  /** What failed and must be tried again, in order, before anything that comes after. */
  readonly pieces?: readonly Piece[];
  readonly window?: WindowRecord;
  readonly ended?: true;
}

/** A tumbling window that is open. */
export interface WindowRecord {
  readonly startMs: number;
  readonly lengthMs: number;
  /** JSON text. */
  readonly state: string;
  /** Its state is too large: it ends now. */
  readonly isEarly?: true;
}

/** A record that was set aside because it failed. */
export interface QuarantinedRecord {
  readonly v: 1;
  readonly mapping: SourceMapping;
  readonly shardId: string;
  readonly id: string;
  readonly json: string;
  readonly arrivedMs: number;
  readonly trace?: string | undefined;
  readonly tries: number;
  readonly errorType: string;
  readonly errorMessage: string;
  readonly asideMs: number;
}

const ROOT = "sources";
const at = (mappingId: string, ...rest: Key): Key => [ROOT, "mapping", mappingId, ...rest];
const quarantineKey = (mappingId: string, ...rest: Key): Key => [ROOT, "quarantine", mappingId, ...rest];
const shardKey = (mappingId: string, ...shardId: string[]): Key => at(mappingId, "shard", ...shardId);

export const leaseKey = (mappingId: string): Key => at(mappingId, "lease");
export const laneKey = (mappingId: string, shardId: string, ...lane: Key): Key =>
  at(mappingId, "lane", shardId, ...lane);

/** All that is kept of a mapping. */
export const everythingOf = (mappingId: string): KeyRange => ({ prefix: at(mappingId) });

const read = async <Shape>(tx: Transaction, key: Key) => (await tx.get(key)) as Shape | undefined;
const write = (tx: Transaction, key: Key, record: object) => tx.set(key, record as Value);

export async function shardsOf(tx: Transaction, mappingId: string): Promise<Map<string, ShardRecord>> {
  const shards = new Map<string, ShardRecord>();
  for await (const [key, value] of tx.range({ prefix: shardKey(mappingId) }))
    shards.set(String(key.at(-1)), value as unknown as ShardRecord);
  return shards;
}

export const writeShard = (tx: Transaction, mappingId: string, shardId: string, shard: ShardRecord): void =>
  write(tx, shardKey(mappingId, shardId), shard);

export function forgetShard(tx: Transaction, mappingId: string, shardId: string): void {
  tx.delete(shardKey(mappingId, shardId));
  tx.clear({ prefix: laneKey(mappingId, shardId) });
}

/** The lanes of a shard in order: [lane, lanes in all] and their records. */
export async function* lanesOf(tx: Transaction, mappingId: string, shardId: string) {
  for await (const [key, value] of tx.range({ prefix: laneKey(mappingId, shardId) })) {
    const [lanes, lane] = key.slice(-2).map(Number);
    yield { lane: lane ?? 0, lanes: lanes ?? 1, record: value as unknown as LaneRecord };
  }
}

export const readLane = (tx: Transaction, key: Key) => read<LaneRecord>(tx, key);
export const writeLane = (tx: Transaction, key: Key, lane: LaneRecord): void => write(tx, key, lane);

export function putAside(tx: Transaction, record: QuarantinedRecord): void {
  write(tx, quarantineKey(record.mapping.id, record.shardId, record.id), record);
}

/** What is in quarantine, of one mapping or of all. */
export async function* quarantined(tx: Transaction, ...mappingId: string[]) {
  for await (const [, value] of tx.range({ prefix: [ROOT, "quarantine", ...mappingId] }))
    yield value as unknown as QuarantinedRecord;
}

export const releaseAside = (tx: Transaction, { mapping, shardId, id }: QuarantinedRecord): void =>
  tx.delete(quarantineKey(mapping.id, shardId, id));
