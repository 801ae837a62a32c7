import type { EncodedKey, EncodedRange } from "./keys.ts";

/** The new bytes of each key, or undefined where the key is removed. */
export type Changes = ReadonlyMap<EncodedKey, Uint8Array | undefined>;

/** Encoded entries in order. Read at once and to the end, or closed: a cursor may be open below. */
export type Entries = Iterable<readonly [EncodedKey, Uint8Array]>;

/** A write on its way to where it survives; writes become safe in the order they were applied. */
export interface Flush {
  /** Counts up with every flush of the same state. */
  readonly order: number;
  /** Rejects when the write is lost, and with it every later one. */
  readonly done: Promise<void>;
}

/** Notes what a reader must wait for before its answer may leave the store. */
export interface Reader {
  saw(flush: Flush): void;
}

/** What the executor runs on: the newest committed entries, whether or not they are safe yet. */
export interface State {
  get(key: EncodedKey, reader: Reader): Uint8Array | undefined;
  scan(range: EncodedRange, reverse: boolean, reader: Reader): Entries;
  /** Applies all changes at once. Undefined when there is nothing to wait for. */
  apply(changes: Changes): Flush | undefined;
  /** Calls `lost` when applied writes could not be made safe and are gone from the state. */
  onLost(lost: () => void): void;
  /** Resolves when everything applied is safe or lost. */
  settled(): Promise<void>;
  /** Removes every entry. Nothing may be applied meanwhile. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Lays one ordered sequence over another: where both have a key, or only the upper one, `resolve` says
 * what shows; undefined hides the key.
 */
export function* layered<Upper>(
  lower: Entries,
  upper: Iterable<readonly [EncodedKey, Upper]>,
  reverse: boolean,
  resolve: (upper: Upper, lower: Uint8Array | undefined) => Uint8Array | undefined,
): Generator<readonly [EncodedKey, Uint8Array]> {
  const below = lower[Symbol.iterator]();
  try {
    let under = below.next();
    for (const [key, change] of upper) {
      while (!under.done && (reverse ? under.value[0] > key : under.value[0] < key)) {
        yield under.value;
        under = below.next();
      }
      const covered = !under.done && under.value[0] === key ? under.value[1] : undefined;
      const shown = resolve(change, covered);
      if (covered) under = below.next();
      if (shown) yield [key, shown];
    }
    for (; !under.done; under = below.next()) yield under.value;
  } finally {
    below.return?.();
  }
}
