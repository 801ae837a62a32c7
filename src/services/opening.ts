import type { Constraints } from "../kernel/constraints.ts";
import type { AnyService, Background, Context, Ports, Service } from "./define.ts";

/** What a service does, once it is loaded. */
export type Opened = Pick<Service, "background" | "holdsBlob" | "site"> & {
  readonly handlers: Readonly<Record<string, ServiceHandler>>;
  readonly constraints: Constraints;
};

export type ServiceHandler = (
  input: Record<string, unknown>,
  context: Context,
) => Promise<Record<string, unknown>>;

interface World extends Pick<Background, "signal" | "begin"> {
  /** What the background work of a service is given. */
  background(definition: AnyService): Background;
  /** Hears of each service once, before anybody is answered by it. */
  opened(definition: AnyService, service: Opened): void;
}

/** Sorts after every continuation of a string. */
const LAST = "\u{10ffff}";

/**
 * Loads what services do when it is first needed: by a call, or because the store has records of theirs,
 * whose background work goes on after a restart.
 */
export class Opening {
  readonly #definitions: readonly AnyService[];
  readonly #ports: Pick<Ports, "store" | "log">;
  readonly #world: World;
  readonly #opening = new Map<string, Promise<Opened>>();
  /** Background work that goes on. */
  readonly #working: Promise<void>[] = [];

  constructor(definitions: readonly AnyService[], ports: Pick<Ports, "store" | "log">, world: World) {
    this.#definitions = definitions;
    this.#ports = ports;
    this.#world = world;
  }

  /** Counts as work under way until the service's own work between calls has begun. */
  open(definition: AnyService): Promise<Opened> {
    const known = this.#opening.get(definition.id);
    if (known) return known;
    const end = this.#world.begin();
    const opening = this.#load(definition).finally(end);
    this.#opening.set(definition.id, opening);
    return opening;
  }

  async #load(definition: AnyService): Promise<Opened> {
    const { service } = await definition.open();
    const opened = { constraints: {}, ...service } as Opened;
    this.#world.opened(definition, opened);
    if (!this.#world.signal.aborted) this.#working.push(this.#work(definition, opened));
    return opened;
  }

  async #work(definition: AnyService, { background }: Opened): Promise<void> {
    const { signal } = this.#world;
    try {
      await background?.(this.#world.background(definition));
    } catch (error) {
      if (!signal.aborted) this.#ports.log.error(`background work of ${definition.id} ended`, { error });
    }
  }

  /** Opens the services that have records: what waits for them there goes on. */
  async resume(): Promise<void> {
    const end = this.#world.begin();
    try {
      await Promise.all((await this.#withRecords()).map((definition) => this.open(definition)));
    } finally {
      end();
    }
  }

  /** Whether a record of any service names a blob. */
  async holdsBlob(blob: string): Promise<boolean> {
    for (const definition of await this.#withRecords()) {
      const { holdsBlob } = await this.open(definition);
      if (await holdsBlob?.(this.#ports.store, blob)) return true;
    }
    return false;
  }

  /** Resolves when the background work of every service has ended, after the signal. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#opening.values());
    await Promise.all(this.#working);
  }

  #withRecords(): Promise<AnyService[]> {
    return this.#ports.store.transact(async (tx) => {
      const found: AnyService[] = [];
      for (const definition of this.#definitions) {
        const { keys } = definition;
        if (keys === undefined) continue;
        const range = { gte: [keys], lt: [keys + LAST] };
        for await (const _record of tx.range(range, { limit: 1 })) found.push(definition);
      }
      return found;
    });
  }
}
