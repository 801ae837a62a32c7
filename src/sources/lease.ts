import type { Clock, Timer } from "../kernel/clock.ts";
import { Fault } from "../kernel/faults.ts";
import type { Key, Store, Transaction } from "../store/store.ts";

interface LeaseRecord {
  readonly v: 1;
  readonly holder: string;
  readonly untilMs: number;
}

/** A holder that dies is followed by another after this time. */
const LEASE_MS = 30_000;

/**
 * One process at a time reads a mapping's source. Its lease is renewed by work, never by the clock alone: a
 * mapping that rests may change hands, which does no harm and costs nothing.
 */
export class Lease {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #key: Key;
  readonly #holder: string;
  #untilMs = 0;
  #asking: Promise<number | undefined> | undefined;
  #working = 0;
  #timer: Timer | undefined;

  constructor(store: Store, clock: Clock, key: Key, holder: string) {
    this.#store = store;
    this.#clock = clock;
    this.#key = key;
    this.#holder = holder;
  }

  /** Undefined once the lease is this holder's; else when to ask again. */
  async hold(): Promise<number | undefined> {
    if (this.#untilMs - this.#clock.now() > LEASE_MS / 2) return undefined;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** Keeps the lease while something is under way that takes its time; call the answer when it has ended. */
  keep(): () => void {
    if (this.#working++ === 0) this.#renewLater();
    let working = true;
    return () => {
      if (!working) return;
      working = false;
      if (--this.#working === 0) this.#timer?.cancel();
    };
  }

  /** In the transaction of every checkpoint: who has lost the lease meanwhile writes nothing. */
  async fence(tx: Transaction): Promise<void> {
    const record = (await tx.get(this.#key)) as LeaseRecord | undefined;
    if (record?.holder === this.#holder) return;
    this.#untilMs = 0;
    throw new Fault("LeaseLost", "Another process has taken over this event source mapping.");
  }

  async #ask(): Promise<number | undefined> {
    const nowMs = this.#clock.now();
    const untilMs = nowMs + LEASE_MS;
    const takenMs = await this.#store.transact(async (tx) => {
      const record = (await tx.get(this.#key)) as LeaseRecord | undefined;
      if (record && record.holder !== this.#holder && record.untilMs > nowMs) return record.untilMs;
      tx.set(this.#key, { v: 1, holder: this.#holder, untilMs });
      return undefined;
    });
    this.#untilMs = takenMs === undefined ? untilMs : 0;
    return takenMs;
  }

  #renewLater(): void {
    this.#timer = this.#clock.at(this.#clock.now() + LEASE_MS / 2, () => {
      this.hold()
        .catch(() => {})
        .finally(() => {
          if (this.#working > 0) this.#renewLater();
        });
    });
  }
}
