import { parseArn } from "../kernel/arn.ts";
import type { SourceMapping, SourceSettings } from "../kernel/sources.ts";
import { SOURCES } from "./index.ts";
import { LaneCursor } from "./lane-cursor.ts";
import type { Piece } from "./pieces.ts";
import {
  type LaneRecord,
  type LanesBefore,
  lanesOf,
  type Position,
  quarantined,
  type ShardRecord,
  shardsOf,
} from "./records.ts";
import type { ShardReader } from "./shard-reader.ts";
import type { MappingWorld } from "./source.ts";

/** Where a mapping stands: `nuage streams` shows it. */
export interface MappingReport {
  readonly id: string;
  /** `lambda`, `pipes` */
  readonly consumer: string;
  readonly name: string;
  readonly targetArn: string;
  readonly sourceArn: string;
  readonly region: string;
  readonly isActive: boolean;
  /** Of a stream. */
  readonly shards?: readonly ShardReport[];
  /** Of a queue. */
  readonly queue?: { readonly visible: number; readonly inFlight: number; readonly delayed: number };
  readonly quarantined: number;
  /** What would keep records that fail from blocking a shard. */
  readonly advice: readonly string[];
  /** The source could not be read. */
  readonly problem?: string;
}

export interface ShardReport {
  readonly shardId: string;
  readonly state: "reading" | "waiting" | "done";
  readonly lanes: readonly LaneReport[];
}

export interface LaneReport {
  readonly lane: number;
  readonly lanes: number;
  /** Records that are still to be delivered, and whether there are more than were counted. */
  readonly behind: number;
  readonly isMore: boolean;
  /** How old the first of them is. */
  readonly ageMs: number;
  readonly blocked?: BlockedReport;
}

export interface BlockedReport extends Omit<Piece, "aside" | "final" | "isInherited"> {
  /** When it is given up: by its age, or because the stream keeps it no longer. */
  readonly expiresMs: number;
  /** Deliveries that may still fail before it is given up; absent where there is no such limit. */
  readonly triesLeft?: number;
  readonly decision?: "quarantine" | "skip";
}

/** Records that are counted of a lane. */
const MOST_COUNTED = 1_000;

export async function reportOf(
  mapping: SourceMapping,
  world: MappingWorld,
  consumer: string,
): Promise<MappingReport> {
  const { id, name, targetArn, sourceArn, region, active: isActive } = mapping;
  const kind = SOURCES.find((each) => each.kind === parseArn(sourceArn)?.service);
  const facts = { id, consumer, name, targetArn, sourceArn, region, isActive };
  const aside = await countAside(world, id);
  try {
    if (!kind?.shards)
      return { ...facts, queue: await queueOf(sourceArn, world), quarantined: aside, advice: [] };
    const shards = await shardReports(mapping, world, kind.shards(mapping, world));
    const blocked = shards.flatMap(({ lanes }) => lanes.flatMap((lane) => lane.blocked ?? []));
    return { ...facts, shards, quarantined: aside, advice: adviceFor(mapping, blocked) };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { ...facts, quarantined: aside, advice: [], problem };
  }
}

/** A target that did not take what it was given has not failed: settings for failures are of no help. */
function adviceFor({ settings, targetArn }: SourceMapping, blocked: readonly BlockedReport[]): string[] {
  const failed = blocked.some(({ refusals }) => refusals === 0);
  const refusals = blocked.filter(({ refusals }) => refusals > 0).map(({ latest }) => latest?.errorType);
  return [
    ...(refusals.includes("ResourceNotFoundException")
      ? [`Create ${targetArn} again, or delete the mapping: what was to be delivered waits.`]
      : []),
    ...(refusals.includes("TooManyRequestsException")
      ? ["The function is throttled, which uses up no retry: nuage throttles says by which limit."]
      : []),
    ...(failed ? adviceOnFailures(settings) : []),
  ];
}

function adviceOnFailures(settings: SourceSettings): string[] {
  const { bisects, mostRetries, mostAgeMs, onFailure, batchSize } = settings;
  const advice: string[] = [];
  if (!bisects && batchSize > 1)
    advice.push(
      "Set BisectBatchOnFunctionError: a batch that fails is split until the record that fails is alone.",
    );
  if (mostRetries === undefined && mostAgeMs === undefined)
    advice.push(
      "Set MaximumRetryAttempts or MaximumRecordAgeInSeconds: a record that fails is given up in the end.",
    );
  if (onFailure === undefined)
    advice.push(
      "Set DestinationConfig.OnFailure: a queue, topic or bucket hears of the records that are given up.",
    );
  return advice;
}

async function queueOf(sourceArn: string, world: MappingWorld) {
  const arn = parseArn(sourceArn);
  const { Attributes = {} } = (await world.read("sqs", "GetQueueAttributes", {
    QueueUrl: `/queue/${arn?.region}/${arn?.account}/${arn?.resource}`,
    AttributeNames: ["All"],
  })) as { Attributes?: Record<string, string> };
  return {
    visible: Number(Attributes.ApproximateNumberOfMessages ?? 0),
    inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
    delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
  };
}

async function countAside({ store }: MappingWorld, id: string): Promise<number> {
  return store.transact(async (tx) => {
    let count = 0;
    for await (const _ of quarantined(tx, id)) count++;
    return count;
  });
}

interface Known {
  readonly shards: ReadonlyMap<string, ShardRecord>;
  readonly lanes: ReadonlyMap<string, readonly { lane: number; lanes: number; record: LaneRecord }[]>;
}

async function shardReports(
  mapping: SourceMapping,
  world: MappingWorld,
  reader: ShardReader,
): Promise<ShardReport[]> {
  const there = await reader.shards();
  const retentionMs = await reader.retentionMs();
  const known = await world.store.transact(async (tx): Promise<Known> => {
    const shards = await shardsOf(tx, mapping.id);
    const lanes = new Map<string, { lane: number; lanes: number; record: LaneRecord }[]>();
    for (const shardId of shards.keys()) {
      const own = [];
      for await (const lane of lanesOf(tx, mapping.id, shardId)) own.push(lane);
      lanes.set(shardId, own);
    }
    return { shards, lanes };
  });
  const isDone = (id: string) =>
    known.shards.get(id)?.done === true || !there.some((shard) => shard.id === id);
  return Promise.all(
    there.map(async ({ id: shardId, parents }): Promise<ShardReport> => {
      const shard = known.shards.get(shardId);
      if (shard?.done) return { shardId, state: "done", lanes: [] };
      if (!shard || !parents.every(isDone)) return { shardId, state: "waiting", lanes: [] };
      const count = mapping.settings.parallelization;
      const begun = known.lanes.get(shardId) ?? [];
      const lanes = Array.from({ length: count }, (_, lane) => {
        const found = begun.find((each) => each.lane === lane && each.lanes === count)?.record;
        const record = found ?? { v: 1, edition: 0, from: shard.from };
        const { before = [] } = shard;
        return laneReport(mapping, world, reader, {
          shardId,
          lane,
          lanes: count,
          before,
          record,
          retentionMs,
        });
      });
      return { shardId, state: "reading", lanes: await Promise.all(lanes) };
    }),
  );
}

interface LaneFacts {
  readonly shardId: string;
  readonly lane: number;
  readonly lanes: number;
  readonly before: readonly LanesBefore[];
  readonly record: LaneRecord;
  readonly retentionMs: number;
}

async function laneReport(
  { settings }: SourceMapping,
  { clock, matches }: MappingWorld,
  reader: ShardReader,
  { record, retentionMs, ...place }: LaneFacts,
): Promise<LaneReport> {
  const { lane, lanes } = place;
  const cursor = new LaneCursor({ ...place, reader, matches, count: () => {} });
  const from: Position = record.from;
  if (!record.ended) await cursor.read(from, MOST_COUNTED);
  const [first] = cursor.buffer;
  const [piece] = record.pieces ?? [];
  const keptMs = Math.min(settings.mostAgeMs ?? Number.POSITIVE_INFINITY, retentionMs);
  const { aside, final: _, isInherited: __, ...blocked } = piece ?? {};
  return {
    ...{ lane, lanes, behind: cursor.buffer.length, isMore: cursor.isFull },
    ageMs: first ? Math.max(0, clock.now() - first.arrivedMs) : 0,
    ...(piece
      ? {
          blocked: {
            ...(blocked as Piece),
            expiresMs: piece.firstArrivedMs + keptMs,
            ...(settings.mostRetries === undefined
              ? {}
              : { triesLeft: settings.mostRetries + 1 - piece.tries }),
            ...(aside === undefined ? {} : { decision: aside }),
          },
        }
      : {}),
  };
}
