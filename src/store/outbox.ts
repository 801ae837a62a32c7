import type { Clock } from "../kernel/clock.ts";
import type { Log } from "../kernel/log.ts";
import type { Key, Store, Transaction, Value } from "./store.ts";
import { whenever } from "./whenever.ts";

/**
 * Work that is noted in the transaction of its cause and done after it: at least once, again at the times
 * the work itself names, across restarts. Work of one lane is done in order, one piece at a time, and waits
 * behind a piece that must be tried again; all other work goes side by side.
 */
export interface Outbox<Work> {
  /** Notes work in a transaction at a moment of the platform's clock; `dueMs`: not to be done before. */
  post(tx: Transaction, nowMs: number, work: Work, options?: PostOptions): void;
  /** Does what is noted, until the signal of `world` ends it; resolves when nothing is under way. */
  run(world: World, attempt: (job: Job<Work>) => Promise<Outcome<Work>>): Promise<void>;
}

/**
 * Work of a lane is due at once. `target`: where the work goes, so that one that answers slowly or not at all
 * holds up no other.
 */
export type PostOptions = { readonly lane?: string } | { readonly dueMs?: number; readonly target?: string };

/** One piece of work, as an attempt at it is given. */
export interface Job<Work> {
  readonly work: Work;
  /** Epoch milliseconds. */
  readonly postedMs: number;
  /** Attempts that were made before this one. */
  readonly attempts: number;
}

/**
 * What became of an attempt. done: `write` runs in the transaction that takes the work off, `after` once that
 * is committed. later: it is tried again at `dueMs`, with other work when `work` is given. An attempt that
 * throws is a bug: it is logged, and tried again after a second.
 */
export type Outcome<Work> =
  | {
      readonly kind: "done";
      readonly write?: (tx: Transaction) => void | Promise<void>;
      readonly after?: () => void;
    }
  | { readonly kind: "later"; readonly dueMs: number; readonly work?: Work };

export const DONE = { kind: "done" } as const;

interface World {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  begin(): () => void;
}

interface Entry<Work> {
  readonly v: 1;
  readonly work: Work;
  readonly postedMs: number;
  readonly attempts: number;
  readonly target?: string;
}

/** Stands in the list of what is due later for a whole lane. */
interface LaneDue {
  readonly v: 1;
  readonly lane: string;
}

/** An entry that is or will be attempted, with where it lies. */
interface Taken<Work> {
  readonly key: Key;
  readonly entry: Entry<Work>;
  readonly lane?: string;
}

/** Attempts under way at once. */
const MOST_AT_ONCE = 64;
/** Of them for one target. */
const MOST_AT_ONE_TARGET = MOST_AT_ONCE / 4;
/** Rows read of each list in one look: what is under way, or has its share of attempts, is passed over. */
const MOST_ROWS = 2_000;
const PAUSE_MS = 1000;

/** Work under the name given, which is the first part of all its keys. */
export function defineOutbox<Work>(name: string): Outbox<Work> {
  const keys = keysOf(name);
  return {
    post(tx, nowMs, work, options = {}) {
      const { lane, dueMs = nowMs, target } = options as PostOptions & Record<string, never>;
      const to = target === undefined ? {} : { target };
      const entry: Entry<Work> = { v: 1, work, postedMs: nowMs, attempts: 0, ...to };
      if (lane !== undefined) {
        tx.append(keys.lane(lane), entry as unknown as Value);
        tx.set(keys.head(lane), null);
      } else tx.append(dueMs > nowMs ? keys.later(dueMs) : keys.fresh, entry as unknown as Value);
    },
    async run(world, attempt) {
      const runner = new Runner(world, keys, attempt);
      await whenever(world, keys.all, () => runner.look(), runner.freed);
      await runner.ended();
    },
  };
}

function keysOf(name: string) {
  const later: Key = [name, "later"];
  return {
    all: [name] as Key,
    /** In the order of their commits. */
    fresh: [name, "fresh"] as Key,
    /** By the time it is due: entries without a lane, and lanes. */
    laterAll: later,
    later: (dueMs: number): Key => [...later, dueMs],
    lane: (lane: string): Key => [name, "lane", lane],
    /** Lanes that may have work which is due. */
    heads: [name, "heads"] as Key,
    head: (lane: string): Key => [name, "heads", lane],
    /** Lanes whose first piece waits to be tried again. */
    blocked: (lane: string): Key => [name, "blocked", lane],
  };
}

class Runner<Work> {
  readonly #world: World;
  readonly #keys: ReturnType<typeof keysOf>;
  readonly #attempt: (job: Job<Work>) => Promise<Outcome<Work>>;
  /** What is under way, by its lane or its key. */
  readonly #active = new Map<string, Promise<void>>();
  /** How much of it is for one target. */
  readonly #atTarget = new Map<string, number>();
  /** Where the next look at the lanes begins, so that none is passed over for ever. */
  #lastLane: string | undefined;
  /** Fresh work up to here has ended or is under way: the next look begins behind it. */
  #freshAfter: Key | undefined;
  /** Ends the count of attempts as work under way: once a look has seen what they left to be done. */
  #ends: (() => void)[] = [];
  #tellFreed = () => {};
  #freed = this.#nextFreed();

  constructor(
    world: World,
    keys: ReturnType<typeof keysOf>,
    attempt: (job: Job<Work>) => Promise<Outcome<Work>>,
  ) {
    this.#world = world;
    this.#keys = keys;
    this.#attempt = attempt;
  }

  /** Resolves when an attempt has ended since the call. */
  readonly freed = (): Promise<void> => this.#freed;

  async ended(): Promise<void> {
    await Promise.all(this.#active.values());
    for (const end of this.#ends) end();
  }

  /** Begins what is due and there is room for; gives when more is due. */
  async look(): Promise<number | undefined> {
    const ends = this.#ends.splice(0);
    const nextMs = await this.#beginDue(MOST_AT_ONCE - this.#active.size);
    for (const end of ends) end();
    return nextMs;
  }

  async #beginDue(room: number): Promise<number | undefined> {
    if (room <= 0) return undefined;
    const { store, clock } = this.#world;
    const nowMs = clock.now();
    const found = await store.transact(async (tx) => {
      const { taken, nextMs } = await this.#due(tx, nowMs, room);
      if (taken.length < room) taken.push(...(await this.#heads(tx, room - taken.length)));
      const after = taken.length < room ? await this.#fresh(tx, room, taken) : this.#freshAfter;
      return { taken, nextMs, after };
    });
    this.#freshAfter = found.after;
    for (const taken of found.taken) this.#begin(taken);
    return found.nextMs;
  }

  /**
   * What was to be tried at a time that has come; lanes among it are put back to the others. `nextMs`: when
   * more is due, unless something that is due now waits for room, which an attempt under way will make.
   */
  async #due(tx: Transaction, nowMs: number, room: number) {
    const taken: Taken<Work>[] = [];
    const share = this.#chooser();
    const prefix = this.#keys.laterAll;
    for await (const [key, value] of tx.range({ prefix }, { limit: MOST_ROWS })) {
      const dueMs = Number(key[prefix.length]);
      if (dueMs > nowMs) return { taken, nextMs: dueMs };
      if (taken.length >= room) break;
      const { lane } = value as unknown as LaneDue;
      if (lane === undefined) this.#take(taken, key, value, share);
      else {
        tx.delete(key);
        tx.delete(this.#keys.blocked(lane));
        tx.set(this.#keys.head(lane), null);
      }
    }
    return { taken, nextMs: undefined };
  }

  /** The first pieces of lanes that are not under way, beginning behind the lane that was last. */
  async #heads(tx: Transaction, room: number): Promise<Taken<Work>[]> {
    const taken: Taken<Work>[] = [];
    const prefix = this.#keys.heads;
    const last = this.#lastLane === undefined ? undefined : this.#keys.head(this.#lastLane);
    for (const range of last
      ? [
          { prefix, gt: last },
          { prefix, lte: last },
        ]
      : [{ prefix }]) {
      for await (const [head] of tx.range(range, { limit: MOST_ROWS })) {
        const lane = String(head.at(-1));
        if (this.#active.has(laneId(lane))) continue;
        if (taken.length >= room) return taken;
        const first = await this.#firstOf(tx, lane);
        if (first) taken.push(first);
        else tx.delete(head);
      }
    }
    return taken;
  }

  /** Undefined for a lane that is empty or waits. */
  async #firstOf(tx: Transaction, lane: string): Promise<Taken<Work> | undefined> {
    if ((await tx.get(this.#keys.blocked(lane))) !== undefined) return undefined;
    for await (const [key, value] of tx.range({ prefix: this.#keys.lane(lane) }, { limit: 1 }))
      return { key, entry: value as unknown as Entry<Work>, lane };
    return undefined;
  }

  /** Takes what came since the last look, and what that passed over; gives where the next one is to begin. */
  async #fresh(tx: Transaction, room: number, taken: Taken<Work>[]): Promise<Key | undefined> {
    const prefix = this.#keys.fresh;
    let after = this.#freshAfter;
    let gapless = true;
    const share = this.#chooser();
    const range = after ? { prefix, gt: after } : { prefix };
    for await (const [key, value] of tx.range(range, { limit: MOST_ROWS })) {
      if (taken.length >= room) break;
      gapless = this.#take(taken, key, value, share) && gapless;
      if (gapless) after = key;
    }
    return after;
  }

  /** Says whether the entry was taken, now or before. */
  #take(taken: Taken<Work>[], key: Key, value: Value, accept: (target?: string) => boolean): boolean {
    if (this.#active.has(idOf(key))) return true;
    const entry = value as unknown as Entry<Work>;
    if (!accept(entry.target)) return false;
    taken.push({ key, entry });
    return true;
  }

  /** Counts what is under way and taken for each target, and says whether one more may be. */
  #chooser(): (target?: string) => boolean {
    const counts = new Map(this.#atTarget);
    return (target) => {
      if (target === undefined) return true;
      const count = (counts.get(target) ?? 0) + 1;
      counts.set(target, count);
      return count <= MOST_AT_ONE_TARGET;
    };
  }

  #begin(taken: Taken<Work>): void {
    const id = taken.lane === undefined ? idOf(taken.key) : laneId(taken.lane);
    if (taken.lane !== undefined) this.#lastLane = taken.lane;
    const { target } = taken.entry;
    this.#count(target, 1);
    const end = this.#world.begin();
    const done = this.#try(taken).finally(() => {
      this.#active.delete(id);
      this.#count(target, -1);
      this.#ends.push(end);
      this.#tellFreed();
      this.#freed = this.#nextFreed();
    });
    this.#active.set(id, done);
  }

  async #try(taken: Taken<Work>): Promise<void> {
    const { work, postedMs, attempts } = taken.entry;
    const { clock, log, signal } = this.#world;
    try {
      const outcome = await this.#attempt({ work, postedMs, attempts });
      // What fails because the platform ends is tried anew at the next start.
      if (outcome.kind === "done" || !signal.aborted) await this.#settle(taken, outcome);
    } catch (error) {
      if (signal.aborted) return;
      log.error("work of an outbox failed, and is tried again", { outbox: this.#keys.all.join(), error });
      await this.#settle(taken, { kind: "later", dueMs: clock.now() + PAUSE_MS }).catch((problem) => {
        // It still lies where it was.
        this.#freshAfter = undefined;
        log.error("an outbox could not be written", { outbox: this.#keys.all.join(), error: problem });
      });
    }
  }

  async #settle({ key, entry, lane }: Taken<Work>, outcome: Outcome<Work>): Promise<void> {
    await this.#world.store.transact(async (tx) => {
      // Gone, or another's, when the platform was reset meanwhile.
      const found = (await tx.get(key)) as Entry<Work> | undefined;
      if (found?.postedMs !== entry.postedMs) return;
      if (outcome.kind === "done") {
        tx.delete(key);
        await outcome.write?.(tx);
        return;
      }
      const next = { ...entry, attempts: entry.attempts + 1, work: outcome.work ?? entry.work };
      if (lane === undefined) {
        tx.delete(key);
        tx.append(this.#keys.later(outcome.dueMs), next as unknown as Value);
      } else {
        tx.set(key, next as unknown as Value);
        tx.set(this.#keys.blocked(lane), null);
        tx.append(this.#keys.later(outcome.dueMs), { v: 1, lane });
      }
    });
    if (outcome.kind === "done") outcome.after?.();
  }

  #count(target: string | undefined, change: 1 | -1): void {
    if (target === undefined) return;
    const count = (this.#atTarget.get(target) ?? 0) + change;
    if (count > 0) this.#atTarget.set(target, count);
    else this.#atTarget.delete(target);
  }

  #nextFreed(): Promise<void> {
    return new Promise((resolve) => {
      this.#tellFreed = resolve;
    });
  }
}

const laneId = (lane: string) => `lane ${lane}`;
const idOf = (key: Key) => `key ${key.join(" ")}`;
