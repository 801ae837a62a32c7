import { parseArn } from "../kernel/arn.ts";
import { Fault } from "../kernel/faults.ts";
import type { SourceMapping } from "../kernel/sources.ts";
import type { Store } from "../store/store.ts";
import type { Outcome, SourceRecord } from "./batch.ts";
import { SOURCES } from "./index.ts";
import {
  laneKey,
  lanesOf,
  type QuarantinedRecord,
  quarantined,
  releaseAside,
  shardsOf,
  writeLane,
} from "./records.ts";
import type { Consumer } from "./source.ts";
import { type MappingReport, reportOf } from "./streams-report.ts";
import { type WorldOptions, worldOf } from "./world.ts";

/** What people ask of event sources, and decide about records that block a shard. */
export interface Streams {
  /** All mappings, or those that a name means: an id or the beginning of one, or a function's name. */
  report(name?: string): Promise<readonly MappingReport[]>;
  /** Gives how many lanes were blocked, and are not from now on. Faults: NotFound, NotBlocked. */
  decide(name: string, decision: Decision, shardId?: string): Promise<number>;
  quarantined(name?: string): Promise<readonly QuarantinedView[]>;
  /** Delivers records in quarantine again, each by itself; those that go well leave it. */
  replay(name?: string, recordId?: string): Promise<readonly Replayed[]>;
}

/**
 * retry: what blocks is tried again at once. quarantine, skip: it is tried once more, in halves, until the
 * records that fail are alone; those are set aside, or dropped.
 */
export type Decision = "retry" | "quarantine" | "skip";

export type QuarantinedView = Omit<QuarantinedRecord, "v" | "mapping" | "json" | "trace"> & {
  readonly mapping: string;
  readonly name: string;
  readonly event: unknown;
};

export interface Replayed {
  readonly mapping: string;
  readonly id: string;
  readonly isDone: boolean;
  readonly errorType?: string;
  readonly errorMessage?: string;
}

interface StreamsOptions extends WorldOptions {
  readonly consumers: readonly Consumer[];
}

interface Wanted {
  readonly consumer: Consumer;
  readonly mapping: SourceMapping;
}

export function createStreams(options: StreamsOptions): Streams {
  const { store } = options;
  const all = async (name: string | undefined): Promise<Wanted[]> => {
    const wanted: Wanted[] = [];
    for (const consumer of options.consumers) {
      for (const mapping of await consumer.list())
        if (isMeant(mapping, name)) wanted.push({ consumer, mapping });
    }
    if (name !== undefined && wanted.length === 0)
      throw new Fault("NotFound", `No event source mapping is called "${name}".`, { status: 404 });
    return wanted;
  };
  return {
    report: async (name) =>
      Promise.all(
        (await all(name)).map(({ consumer, mapping }) => {
          const world = worldOf(options, consumer, mapping, options.signal);
          return reportOf(mapping, world, consumer.id);
        }),
      ),
    decide: async (name, decision, shardId) => {
      let decided = 0;
      for (const { mapping } of await all(name)) decided += await decide(store, mapping, decision, shardId);
      if (decided === 0)
        throw new Fault("NotBlocked", `Nothing blocks a shard of "${name}".`, { status: 409 });
      return decided;
    },
    quarantined: async (name) => (await aside(store, name)).map(viewOf),
    async replay(name, recordId) {
      const replayed: Replayed[] = [];
      for (const record of await aside(store, name)) {
        if (recordId === undefined || record.id === recordId) replayed.push(await replay(options, record));
      }
      if (replayed.length === 0)
        throw new Fault("NotFound", "No such record is in quarantine.", { status: 404 });
      return replayed;
    },
  };
}

function isMeant({ id, name, arn }: SourceMapping, asked: string | undefined): boolean {
  return asked === undefined || id.startsWith(asked) || name === asked || arn === asked;
}

/** Queues have no shards: nothing blocks them. */
async function decide(
  store: Store,
  { id, sourceArn }: SourceMapping,
  decision: Decision,
  only: string | undefined,
) {
  const kind = SOURCES.find((each) => each.kind === parseArn(sourceArn)?.service);
  if (!kind?.shards) return 0;
  return store.transact(async (tx) => {
    let decided = 0;
    for (const shardId of (await shardsOf(tx, id)).keys()) {
      if (only !== undefined && shardId !== only) continue;
      for await (const { lane, lanes, record } of lanesOf(tx, id, shardId)) {
        const [piece, ...others] = record.pieces ?? [];
        if (!piece) continue;
        const { aside: _, ...rest } = piece;
        const next = { ...rest, nextMs: 0, ...(decision === "retry" ? {} : { aside: decision }) };
        const edition = record.edition + 1;
        writeLane(tx, laneKey(id, shardId, lanes, lane), { ...record, edition, pieces: [next, ...others] });
        decided++;
      }
    }
    return decided;
  });
}

async function aside(store: Store, name: string | undefined): Promise<QuarantinedRecord[]> {
  return store.transact(async (tx) => {
    const found: QuarantinedRecord[] = [];
    for await (const record of quarantined(tx)) if (isMeant(record.mapping, name)) found.push(record);
    return found;
  });
}

function viewOf({ v: _, mapping, json, trace: __, ...record }: QuarantinedRecord): QuarantinedView {
  return { ...record, mapping: mapping.id, name: mapping.name, event: JSON.parse(json) };
}

/** To what the mapping leads to now; one that is gone, to what it led to. */
async function replay(
  { consumers, store, begin }: StreamsOptions,
  record: QuarantinedRecord,
): Promise<Replayed> {
  const { id, json, arrivedMs, trace, tries, shardId } = record;
  let found: Wanted | undefined;
  for (const consumer of consumers) {
    const mapping = (await consumer.list()).find((each) => each.id === record.mapping.id);
    if (mapping) found = { consumer, mapping };
  }
  const { consumer = consumers[0], mapping = record.mapping } = found ?? {};
  const again: SourceRecord = { id, json, bytes: Buffer.byteLength(json), arrivedMs, trace, tries };
  const end = begin();
  try {
    const outcome = await consumer?.deliver(mapping, { records: [again], tries, shardId });
    const isDone = outcome?.kind === "done" && outcome.failed.size === 0;
    if (isDone) await store.transact(async (tx) => releaseAside(tx, record));
    return { mapping: mapping.id, id, isDone, ...problemOf(outcome) };
  } finally {
    end();
  }
}

function problemOf(outcome: Outcome | undefined) {
  if (outcome?.kind === "done") return outcome.failed.size > 0 ? { errorType: "BatchItemFailures" } : {};
  return { errorType: outcome?.errorType ?? "", errorMessage: outcome?.errorMessage ?? "" };
}
