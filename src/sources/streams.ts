import { Fault } from "../kernel/faults.ts";
import type { SourceMapping, StartingPosition } from "../kernel/sources.ts";
import { backoffMs } from "./backoff.ts";
import { runFlow } from "./flow.ts";
import { Lane } from "./lane.ts";
import { forgetShard, laneKey, lanesOf, type Position, shardsOf, writeLane, writeShard } from "./records.ts";
import { rest } from "./rest.ts";
import type { ShardReader } from "./shard-reader.ts";
import { heirsOf, type LaneBefore, type Progress, planShards, progressOf } from "./shards.ts";
import type { MappingWorld } from "./source.ts";

const FROM_THE_BEGINNING: StartingPosition = { at: "TRIM_HORIZON" };

/** Reads the shards of a stream, each in lanes, parents before their children. */
export async function runStream(
  reader: ShardReader,
  mapping: SourceMapping,
  world: MappingWorld,
): Promise<void> {
  const runner = new StreamRunner(reader, mapping, world);
  await runner.run();
}

class StreamRunner {
  readonly #reader: ShardReader;
  readonly #mapping: SourceMapping;
  readonly #world: MappingWorld;
  readonly #running = new Map<string, Promise<void>>();
  #tellEnded = () => {};

  constructor(reader: ShardReader, mapping: SourceMapping, world: MappingWorld) {
    this.#reader = reader;
    this.#mapping = mapping;
    this.#world = world;
  }

  async run(): Promise<void> {
    const { signal, clock, begin } = this.#world;
    let end = begin();
    let problems = 0;
    while (!signal.aborted) {
      const ended = new Promise<void>((resolve) => {
        this.#tellEnded = resolve;
      });
      let nextMs: number | undefined;
      try {
        nextMs = await this.#look();
        problems = 0;
      } catch (error) {
        if (signal.aborted) break;
        nextMs = clock.now() + backoffMs(++problems);
        if (problems === 1) this.#report(error);
      }
      end();
      end = await rest(this.#world, [ended], nextMs);
    }
    await Promise.all(this.#running.values());
    end();
  }

  /** Begins the shards that can be begun; gives when to look again, beside when one of them has ended. */
  async #look(): Promise<number | undefined> {
    const { lease, store } = this.#world;
    const heldMs = await lease.hold();
    if (heldMs !== undefined) return heldMs;
    const { id, settings } = this.#mapping;
    const shards = await this.#reader.shards();
    const ready = await store.transact(async (tx) => {
      await lease.fence(tx);
      const plan = planShards(shards, await shardsOf(tx, id), settings.start ?? FROM_THE_BEGINNING);
      for (const [shardId, shard] of plan.found) writeShard(tx, id, shardId, shard);
      for (const shardId of plan.forgotten) forgetShard(tx, id, shardId);
      return plan.ready;
    });
    for (const [shardId, progress] of ready) {
      if (!this.#running.has(shardId)) this.#running.set(shardId, this.#begin(shardId, progress));
    }
    return undefined;
  }

  /** Reads a shard in all of its lanes until it has ended, which may be never. */
  async #begin(shardId: string, progress: Progress): Promise<void> {
    const { settings } = this.#mapping;
    const end = this.#world.begin();
    try {
      const lanes = settings.parallelization;
      const start = await this.#start(shardId, progress, lanes);
      const flows = Array.from({ length: lanes }, (_, lane) => {
        const place = { shardId, lane, lanes, start };
        return runFlow(new Lane(this.#mapping, this.#world, this.#reader, place), this.#mapping, this.#world);
      });
      end();
      await Promise.all(flows);
      if (!this.#world.signal.aborted) await this.#finish(shardId, start.from);
    } finally {
      end();
      this.#running.delete(shardId);
      this.#tellEnded();
    }
  }

  /** Where so many lanes begin; after another number of them, they take over what these have done. */
  async #start(shardId: string, progress: Progress, lanes: number): Promise<Progress> {
    const { store, lease } = this.#world;
    const { id } = this.#mapping;
    return store.transact(async (tx) => {
      const before: LaneBefore[] = [];
      for await (const lane of lanesOf(tx, id, shardId)) {
        if (lane.lanes === lanes) return progress;
        before.push(lane);
      }
      const [one] = before;
      if (!one) return progress;
      await lease.fence(tx);
      const start = progressOf(before, one.lanes, progress);
      forgetShard(tx, id, shardId);
      writeShard(tx, id, shardId, { v: 1, ...start });
      for (const [lane, record] of heirsOf(before, lanes, start.from))
        writeLane(tx, laneKey(id, shardId, lanes, lane), record);
      return start;
    });
  }

  /** The shard has been read to its end: its children may begin. */
  async #finish(shardId: string, from: Position): Promise<void> {
    const end = this.#world.begin();
    try {
      await this.#world.store.transact(async (tx) => {
        await this.#world.lease.fence(tx);
        forgetShard(tx, this.#mapping.id, shardId);
        writeShard(tx, this.#mapping.id, shardId, { v: 1, from, done: true });
      });
    } finally {
      end();
    }
  }

  #report(error: unknown): void {
    const { log, consumer } = this.#world;
    const facts = { mapping: this.#mapping.arn, source: this.#mapping.sourceArn };
    const problem = error instanceof Fault ? error.message : "internal Lambda error.";
    if (error instanceof Fault) log.warn(`an event source answers ${error.code}`, { ...facts, problem });
    else log.error("the shards of an event source could not be read", { ...facts, error });
    consumer.processed(this.#mapping, `PROBLEM: ${problem}`).catch(() => {});
  }
}
