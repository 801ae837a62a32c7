import { Fault } from "../kernel/faults.ts";
import type { Key, Store, Transaction } from "../store/store.ts";
import type { Lease } from "./lease.ts";
import type { Piece } from "./pieces.ts";
import { type LaneRecord, type Position, readLane, type WindowRecord, writeLane } from "./records.ts";

/** Where a lane has come to, as the store has it. */
export class LaneBook {
  readonly #store: Store;
  readonly #lease: Lease;
  readonly #key: Key;
  readonly #from: Position;
  #record: LaneRecord | undefined;

  /** @param from where it begins when nothing of it was done yet */
  constructor(store: Store, lease: Lease, key: Key, from: Position) {
    this.#store = store;
    this.#lease = lease;
    this.#key = key;
    this.#from = from;
  }

  async read(): Promise<LaneRecord> {
    if (this.#record === undefined) await this.refresh();
    return this.#record ?? this.#beginning();
  }

  /** Reads it anew. True when it has been changed. */
  async refresh(): Promise<boolean> {
    const found = await this.#store.transact((tx) => readLane(tx, this.#key));
    const record = found ?? this.#beginning();
    // A write of one's own may have ended while this was read.
    if (record.edition <= (this.#record?.edition ?? -1)) return false;
    this.#record = record;
    return true;
  }

  #beginning(): LaneRecord {
    return { v: 1, edition: 0, from: this.#from };
  }

  /**
   * Writes what follows, unless somebody else has written meanwhile, or has taken over. Faults: LaneChanged,
   * LeaseLost.
   */
  async write(next: LaneRecord, also?: (tx: Transaction) => void): Promise<void> {
    const record = { ...next, edition: next.edition + 1 };
    await this.#store.transact(async (tx) => {
      await this.#lease.fence(tx);
      const found = await readLane(tx, this.#key);
      if ((found?.edition ?? 0) !== next.edition)
        throw new Fault("LaneChanged", "Somebody has decided what becomes of these records.");
      writeLane(tx, this.#key, record);
      also?.(tx);
    });
    this.#record = record;
  }

  /** The tumbling window that is open. */
  get window(): WindowRecord | undefined {
    return this.#record?.window;
  }

  forget(): void {
    this.#record = undefined;
  }
}

/** A record with the parts that it may have or not. */
export function withParts(
  { v, edition, ended }: LaneRecord,
  from: Position,
  pieces: readonly Piece[],
  window: WindowRecord | undefined,
): LaneRecord {
  return {
    ...{ v, edition, from },
    ...(pieces.length > 0 ? { pieces } : {}),
    ...(window ? { window } : {}),
    ...(ended ? { ended } : {}),
  };
}
