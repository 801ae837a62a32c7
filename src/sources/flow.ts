import { Fault } from "../kernel/faults.ts";
import type { SourceMapping } from "../kernel/sources.ts";
import { backoffMs } from "./backoff.ts";
import type { Batch, Outcome, SourceRecord } from "./batch.ts";
import { earlier, rest } from "./rest.ts";
import type { MappingWorld } from "./source.ts";
import type { Sight } from "./watches.ts";

/** Records that come one after another: a queue's, or those of a shard. What a kind of source brings. */
export interface Flow<Item extends SourceRecord = SourceRecord> {
  /** A batch that is being gathered is looked at when a poll ends, which lasts so long if nothing comes. */
  readonly longPollMs?: number;
  /** Watches from the moment this resolves. */
  watch(signal: AbortSignal): Promise<Sight>;
  /** How many batches may be under way at once, and when that grows. */
  room(nowMs: number, active: number): { readonly most: number; readonly growsMs?: number };
  /** What there is at this moment, and fits; waits for nothing. */
  take(room: BatchRoom): Promise<Taken<Item>>;
  /** Makes a batch of what was gathered. */
  compose(records: readonly Item[]): Batch<Item>;
  /** Notes what became of a batch. What must be tried again is taken again. */
  settle(batch: Batch<Item>, outcome: Outcome): Promise<void>;
  /** Gives back what was gathered, when the mapping is to rest. */
  release(records: readonly Item[]): Promise<void>;
}

/** What a batch that is being gathered still takes. */
export interface BatchRoom {
  readonly records: number;
  readonly bytes: number;
  /** It has no record yet: the first fits, whatever its size. */
  readonly isEmpty: boolean;
}

/** How many of the records, from the first, fit. */
export function countFitting(records: readonly SourceRecord[], room: BatchRoom): number {
  let bytes = 0;
  for (const [index, record] of records.slice(0, room.records).entries()) {
    bytes += record.bytes + 1;
    if (bytes > room.bytes && (index > 0 || !room.isEmpty)) return index;
  }
  return Math.min(records.length, room.records);
}

export interface Taken<Item extends SourceRecord = SourceRecord> {
  readonly records: readonly Item[];
  /** Another take may give more at once. */
  readonly more: boolean;
  /** When there may be more by the passing of time. */
  readonly nextMs?: number | undefined;
  /** The batch being gathered is complete at this time at the latest. */
  readonly closesMs?: number | undefined;
  /** A batch of its own, beside what is being gathered: one that is tried again. */
  readonly batch?: Batch<Item>;
  /** Nothing will ever come after. */
  readonly ended?: boolean;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html */
const MOST_BYTES = 6 * 1024 * 1024;
/** What a batch's JSON takes beside its records. */
const FRAME_BYTES = 512;

/**
 * The one worker loop: takes what there is, gathers it into batches, delivers them, notes what became of
 * each, and rests until there is news. Resolves when the flow has ended, or its signal has ended it and
 * nothing is under way.
 */
export async function runFlow<Item extends SourceRecord>(
  flow: Flow<Item>,
  mapping: SourceMapping,
  world: MappingWorld,
): Promise<void> {
  await new Loop(flow, mapping, world).run();
}

class Loop<Item extends SourceRecord> {
  readonly #flow: Flow<Item>;
  readonly #mapping: SourceMapping;
  readonly #world: MappingWorld;
  #gathered: Item[] = [];
  #bytes = FRAME_BYTES;
  /** When its window is over, and when it is delivered at the latest. */
  #endsMs = 0;
  #closesMs = Number.POSITIVE_INFINITY;
  #flowEnded = false;
  #problems = 0;
  readonly #active = new Set<Promise<void>>();
  /** End the count of deliveries as work: once a look has seen what they left to be done. */
  #ends: (() => void)[] = [];
  #tellFreed = () => {};
  #freed = this.#nextFreed();

  constructor(flow: Flow<Item>, mapping: SourceMapping, world: MappingWorld) {
    this.#flow = flow;
    this.#mapping = mapping;
    this.#world = world;
  }

  async run(): Promise<void> {
    const { signal, clock, begin } = this.#world;
    let end = begin();
    let watched: Watched | undefined;
    while (!signal.aborted && !this.#isOver()) {
      try {
        if (watched?.isNews) watched = stopped(watched);
        watched ??= await this.#watch();
        const freed = this.#freed;
        const nextMs = await this.#look();
        this.#problems = 0;
        if (this.#isOver()) break;
        if (nextMs !== undefined && nextMs <= clock.now()) continue;
        end();
        end = await rest(this.#world, [watched.sight.news, freed], earlier(nextMs, watched.sight.nextMs));
        if ((watched.sight.nextMs ?? Number.POSITIVE_INFINITY) <= clock.now()) watched = stopped(watched);
      } catch (error) {
        watched = stopped(watched);
        if (signal.aborted) break;
        this.#report(error);
        // A source that is gone is looked at no more: what has ended leaves nothing to be done.
        this.#endAll();
        end();
        end = await rest(this.#world, [this.#freed], clock.now() + backoffMs(++this.#problems));
      }
    }
    stopped(watched);
    await Promise.all(this.#active);
    await this.#release();
    this.#endAll();
    end();
  }

  #isOver(): boolean {
    return this.#flowEnded && this.#gathered.length === 0 && this.#active.size === 0;
  }

  #endAll(): void {
    for (const each of this.#ends.splice(0)) each();
  }

  async #watch(): Promise<Watched> {
    const stop = new AbortController();
    const sight = await this.#flow.watch(stop.signal);
    const watched: Watched = { sight, stop, isNews: false };
    const note = () => {
      watched.isNews = true;
    };
    sight.news.then(note, note);
    return watched;
  }

  /** Begins what is complete and there is room for; gives when to look again. */
  async #look(): Promise<number | undefined> {
    const ends = this.#ends.splice(0);
    try {
      return await this.#beginReady();
    } finally {
      for (const end of ends) end();
    }
  }

  async #beginReady(): Promise<number | undefined> {
    const { clock, signal, lease } = this.#world;
    for (;;) {
      const room = this.#flow.room(clock.now(), this.#active.size);
      if (this.#active.size >= room.most) return room.growsMs;
      const heldMs = await lease.hold();
      if (heldMs !== undefined) return heldMs;
      const { nextMs, batch } = await this.#fill();
      if (signal.aborted) return undefined;
      if (batch) this.#begin(batch);
      else if (this.#isReady(clock.now())) this.#begin(this.#flow.compose(this.#close()));
      else return earlier(this.#gathered.length > 0 ? this.#closesMs : undefined, nextMs);
    }
  }

  /** Takes until the batch is complete or there is nothing more. */
  async #fill(): Promise<Pick<Taken<Item>, "nextMs" | "batch">> {
    const { signal, clock } = this.#world;
    while (!this.#isFull() && !this.#flowEnded && !signal.aborted) {
      const taken = await this.#flow.take({
        records: this.#mapping.settings.batchSize - this.#gathered.length,
        bytes: MOST_BYTES - this.#bytes,
        isEmpty: this.#gathered.length === 0,
      });
      if (taken.batch) return { batch: taken.batch };
      this.#gather(taken.records);
      if (taken.closesMs !== undefined && this.#gathered.length > 0)
        this.#closesMs = Math.min(this.#closesMs, taken.closesMs);
      this.#flowEnded = taken.ended ?? false;
      if (!taken.more || (taken.closesMs ?? Number.POSITIVE_INFINITY) <= clock.now())
        return { nextMs: taken.nextMs };
    }
    return {};
  }

  #gather(records: readonly Item[]): void {
    if (records.length === 0) return;
    const nowMs = this.#world.clock.now();
    if (this.#gathered.length === 0) this.#endsMs = nowMs + this.#mapping.settings.windowMs;
    if (this.#gathered.length === 0 || this.#flow.longPollMs)
      this.#closesMs = pollEnd(this.#endsMs, nowMs, this.#flow.longPollMs);
    this.#gathered.push(...records);
    for (const { bytes } of records) this.#bytes += bytes + 1;
  }

  #isFull(): boolean {
    return this.#gathered.length >= this.#mapping.settings.batchSize;
  }

  #isReady(nowMs: number): boolean {
    return this.#gathered.length > 0 && (this.#isFull() || nowMs >= this.#closesMs);
  }

  #close(): Item[] {
    const gathered = this.#gathered;
    this.#gathered = [];
    this.#bytes = FRAME_BYTES;
    this.#closesMs = Number.POSITIVE_INFINITY;
    return gathered;
  }

  #begin(batch: Batch<Item>): void {
    const end = this.#world.begin();
    const done = this.#deliver(batch).finally(() => {
      this.#active.delete(done);
      this.#ends.push(end);
      this.#tellFreed();
      this.#freed = this.#nextFreed();
    });
    this.#active.add(done);
  }

  async #deliver(batch: Batch<Item>): Promise<void> {
    const { consumer, lease } = this.#world;
    const letGo = lease.keep();
    try {
      const outcome = await consumer.deliver(this.#mapping, batch);
      // What fails because the platform ends is delivered anew at the next start.
      if (outcome.kind !== "done" && this.#world.isEnding()) return;
      await this.#flow.settle(batch, outcome);
    } catch (error) {
      if (!this.#world.isEnding()) this.#report(error);
    } finally {
      letGo();
    }
  }

  async #release(): Promise<void> {
    if (this.#world.isEnding()) return;
    await this.#flow.release(this.#gathered).catch((error: unknown) => this.#report(error));
  }

  /** A source that is gone or refuses is told once; whatever is no fault is a bug of ours. */
  #report(error: unknown): void {
    const { log, consumer } = this.#world;
    const facts = { mapping: this.#mapping.arn, source: this.#mapping.sourceArn };
    const problem = error instanceof Fault ? error.message : "internal Lambda error.";
    if (!(error instanceof Fault))
      log.error("an event source could not be read, and is tried again", { ...facts, error });
    else if (this.#problems === 0) log.warn(`an event source answers ${error.code}`, { ...facts, problem });
    consumer.processed(this.#mapping, `PROBLEM: ${problem}`).catch(() => {});
  }

  #nextFreed(): Promise<void> {
    return new Promise((resolve) => {
      this.#tellFreed = resolve;
    });
  }
}

/** When the first poll ends that does not end before a window, if nothing comes from now on. */
export function pollEnd(windowEndsMs: number, nowMs: number, longPollMs = 0): number {
  if (longPollMs === 0 || windowEndsMs <= nowMs) return windowEndsMs;
  return nowMs + Math.ceil((windowEndsMs - nowMs) / longPollMs) * longPollMs;
}

interface Watched {
  readonly sight: Sight;
  readonly stop: AbortController;
  isNews: boolean;
}

function stopped(watched: Watched | undefined): undefined {
  watched?.stop.abort();
  return undefined;
}
