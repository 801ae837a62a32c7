import { setMaxListeners } from "node:events";
import { parseArn } from "../kernel/arn.ts";
import type { SourceMapping } from "../kernel/sources.ts";
import { whenever } from "../store/whenever.ts";
import { tellDestinations } from "./failures.ts";
import { SOURCES } from "./index.ts";
import { everythingOf } from "./records.ts";
import type { Consumer } from "./source.ts";
import { createStreams, type Streams } from "./streams-control.ts";
import { countEvents, type WorldOptions, worldOf } from "./world.ts";

/** Runs what its consumers want of event sources. */
export interface Sources {
  start(): void;
  /** What people ask and decide. */
  readonly streams: Streams;
  /** Resolves when the signal has ended all and nothing is under way; end compute first, or together. */
  stop(): Promise<void>;
}

export interface SourcesOptions extends WorldOptions {
  readonly consumers: readonly Consumer[];
}

export function createSources(options: SourcesOptions): Sources {
  const running: Promise<void>[] = [];
  return {
    streams: createStreams(options),
    start() {
      running.push(tellDestinations(options, (mapping) => countEvents(options, mapping, DELIVERED, 1)));
      for (const consumer of options.consumers) {
        const keeper = new Keeper(options, consumer);
        running.push(whenever(options, consumer.key, () => keeper.look()).then(() => keeper.stop()));
      }
    },
    async stop() {
      await Promise.all(running);
    },
  };
}

/** What runs of one mapping, and what is to. */
interface Place {
  mapping: SourceMapping | undefined;
  run?:
    | { readonly revision: string; readonly stop: AbortController; readonly done: Promise<void> }
    | undefined;
  turning?: Promise<void> | undefined;
}

/** Keeps what runs in step with what one consumer wants. */
class Keeper {
  readonly #options: SourcesOptions;
  readonly #consumer: Consumer;
  readonly #ending: AbortSignal;
  readonly #places = new Map<string, Place>();
  readonly #results = new Map<string, string>();
  /** The consumer, told of results only when they are not the last ones. */
  readonly #noting: Consumer;

  constructor(options: SourcesOptions, consumer: Consumer) {
    this.#options = options;
    this.#consumer = consumer;
    this.#ending = options.signal;
    this.#noting = {
      ...consumer,
      processed: async (mapping, result) => {
        if (this.#results.get(mapping.id) === result) return;
        this.#results.set(mapping.id, result);
        await consumer.processed(mapping, result);
      },
    };
  }

  /** Looks at what is wanted, and turns what runs towards it. */
  async look(): Promise<undefined> {
    const wanted = new Map((await this.#consumer.list()).map((mapping) => [mapping.id, mapping]));
    for (const [id, place] of this.#places) if (!wanted.has(id)) place.mapping = undefined;
    for (const [id, mapping] of wanted) {
      const place = this.#places.get(id);
      if (place) place.mapping = mapping;
      else this.#places.set(id, { mapping });
    }
    for (const [id, place] of this.#places) this.#turn(id, place);
    return undefined;
  }

  async stop(): Promise<void> {
    for (const { run } of this.#places.values()) run?.stop.abort();
    await Promise.all([...this.#places.values()].flatMap(({ run, turning }) => [run?.done, turning]));
  }

  /** One turn of a mapping at a time; what changes meanwhile is seen by the same turn. */
  #turn(id: string, place: Place): void {
    if (place.turning || !this.#isBehind(place)) return;
    const end = this.#options.begin();
    place.turning = this.#catchUp(id, place)
      .catch((error: unknown) => {
        if (!this.#ending.aborted)
          this.#options.log.error("an event source mapping could not be changed", { mapping: id, error });
      })
      .finally(() => {
        place.turning = undefined;
        end();
      });
  }

  #isBehind({ mapping, run }: Place): boolean {
    if (!mapping) return true;
    return mapping.pending || run?.revision !== (mapping.active ? mapping.revision : undefined);
  }

  async #catchUp(id: string, place: Place): Promise<void> {
    while (this.#isBehind(place) && !this.#ending.aborted) {
      const { mapping, run } = place;
      if (run && (!mapping?.active || mapping.revision !== run.revision)) {
        run.stop.abort();
        await run.done;
        place.run = undefined;
      }
      if (place.mapping !== mapping) continue;
      if (!mapping) {
        this.#places.delete(id);
        this.#results.delete(id);
        await this.#options.store.transact(async (tx) => tx.clear(everythingOf(id)));
        return;
      }
      if (mapping.active && !place.run) place.run = this.#start(mapping);
      if (!mapping.pending) continue;
      await this.#consumer.settled(mapping);
      if (place.mapping === mapping) place.mapping = { ...mapping, pending: false };
    }
  }

  #start(mapping: SourceMapping) {
    const stop = new AbortController();
    // Of each shard, up to ten lanes wait for the end.
    setMaxListeners(0, stop.signal);
    const kind = SOURCES.find((each) => each.kind === parseArn(mapping.sourceArn)?.service);
    const world = worldOf(this.#options, this.#noting, mapping, stop.signal);
    const done = (kind?.run(mapping, world) ?? Promise.resolve()).catch((error: unknown) => {
      if (!stop.signal.aborted)
        this.#options.log.error("an event source mapping has ended", { mapping: mapping.arn, error });
    });
    return { revision: mapping.revision, stop, done };
  }
}

const DELIVERED = "OnFailureDestinationDeliveredEventCount";
