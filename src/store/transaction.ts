import { decodeKey, type EncodedKey, type EncodedRange, encodeKey, encodeRange, InvalidKey } from "./keys.ts";
import type { RecentValues } from "./recent.ts";
import { SortedMap } from "./sorted.ts";
import { type Changes, type Flush, layered, type Reader, type State } from "./state.ts";
import type { Key, KeyRange, RangeOptions, Transaction, Value } from "./store.ts";
import { decodeValue, encodeValue } from "./values.ts";

/** Bytes to set, null to delete, or a number to add to whatever is there at the commit. */
type Write = Uint8Array | null | bigint;

/**
 * An entry to append. A class: an object with a getter of its own would get a hidden class of its own too,
 * which takes longer to make than all the rest of an append, and lives until the next full collection.
 */
class Append {
  readonly prefix: EncodedKey;
  readonly bytes: Uint8Array;
  written: EncodedKey | undefined;

  constructor(prefix: EncodedKey, bytes: Uint8Array) {
    this.prefix = prefix;
    this.bytes = bytes;
  }

  get key(): Key {
    if (this.written === undefined) throw new InvalidKey("The key is known once it is committed");
    return decodeKey(this.written);
  }
}

/** Entries a range reads ahead at first, and at most. */
const FIRST_BATCH = 16;
const LARGEST_BATCH = 512;
/** In the place of a key that nobody looks at. */
const NO_KEY: Key = [];

/** The body goes on after another commit changed what it had read; it will run again. */
class Conflict extends Error {
  override readonly name = "Conflict";
}

/** The transaction was used after its body had ended: a bug of the caller. */
class TransactionEnded extends Error {
  override readonly name = "TransactionEnded";
}

/** `add` met a value that is no bigint: a bug of the caller. */
class NotACounter extends Error {
  override readonly name = "NotACounter";
}

/** Buffers a body's writes and notes its reads; nothing is applied before `changes` is taken. */
export class BufferedTransaction implements Transaction, Reader {
  readonly #state: State;
  readonly #recent: RecentValues;
  readonly #writes = new SortedMap<Write>();
  readonly #cleared: EncodedRange[] = [];
  readonly #appends: Append[] = [];
  readonly #keysRead = new Set<EncodedKey>();
  readonly #rangesRead: EncodedRange[] = [];
  #mode: "open" | "conflicted" | "ended" = "open";
  #latest: Flush | undefined;

  constructor(state: State, recent: RecentValues) {
    this.#state = state;
    this.#recent = recent;
  }

  async get(key: Key): Promise<Value | undefined> {
    this.#check();
    const encoded = entryKey(key);
    if (this.#writes.size === 0 && this.#cleared.length === 0) return this.#readCommitted(encoded);
    const bytes = this.#read(encoded);
    return bytes && decodeValue(bytes);
  }

  range(range: KeyRange, options: RangeOptions = {}): AsyncIterable<readonly [Key, Value]> {
    return { [Symbol.asyncIterator]: () => this.#iterate(encodeRange(range), options) };
  }

  set(key: Key, value: Value): void {
    this.#check();
    this.#writes.set(entryKey(key), encodeValue(value));
  }

  delete(key: Key): void {
    this.#check();
    this.#writes.set(entryKey(key), null);
  }

  clear(range: KeyRange): void {
    this.#check();
    const cleared = encodeRange(range);
    for (const [key] of [...this.#writes.scan(cleared, false)]) this.#writes.set(key, null);
    this.#cleared.push(cleared);
  }

  add(key: Key, delta: bigint): void {
    this.#check();
    const encoded = entryKey(key);
    const write = this.#writes.get(encoded);
    if (typeof write === "bigint") this.#writes.set(encoded, write + delta);
    else if (write === undefined && !this.#isCleared(encoded)) this.#writes.set(encoded, delta);
    else this.#writes.set(encoded, sum(write ?? undefined, delta));
  }

  append(prefix: Key, value: Value): { readonly key: Key } {
    this.#check();
    const append = new Append(encodeKey(prefix), encodeValue(value));
    this.#appends.push(append);
    return append;
  }

  saw(flush: Flush): void {
    if (!this.#latest || flush.order > this.#latest.order) this.#latest = flush;
  }

  /** The latest write that was read and was not safe yet. */
  get awaited(): Flush | undefined {
    return this.#latest;
  }

  get conflicted(): boolean {
    return this.#mode === "conflicted";
  }

  /** From now on the body gets nothing but `Conflict`. */
  conflict(): void {
    this.#mode = "conflicted";
  }

  end(): void {
    this.#mode = "ended";
  }

  /** Whether `changes` touch what the body has read. */
  hasRead(changes: Changes): boolean {
    for (const key of changes.keys()) {
      if (this.#keysRead.has(key)) return true;
      if (this.#rangesRead.some(({ from, to }) => key >= from && key < to)) return true;
    }
    return false;
  }

  /**
   * What the body's writes come to on the state as it is now. `nextSequence` numbers what is appended.
   */
  changes(nextSequence: () => number): Map<EncodedKey, Uint8Array | undefined> {
    const changes = new Map<EncodedKey, Uint8Array | undefined>();
    for (const range of this.#cleared) {
      for (const [key] of this.#state.scan(range, false, this)) changes.set(key, undefined);
    }
    this.#writes.forEach((key, write) => {
      if (typeof write === "bigint") changes.set(key, sum(this.#state.get(key, this), write));
      else changes.set(key, write ?? undefined);
    });
    for (const append of this.#appends) {
      append.written = append.prefix + encodeKey([nextSequence()]);
      changes.set(append.written, append.bytes);
    }
    return changes;
  }

  #check(): void {
    if (this.#mode === "open") return;
    if (this.#mode === "conflicted") throw new Conflict("Another transaction changed what this one read");
    throw new TransactionEnded("A transaction was used after its body had ended");
  }

  /** What others have written, of which only what is safe is kept at hand. */
  #readCommitted(key: EncodedKey): Value | undefined {
    this.#keysRead.add(key);
    const known = this.#recent.get(key);
    if (known !== undefined) return known;
    let safe = true;
    const bytes = this.#state.get(key, {
      saw: (flush) => {
        safe = false;
        this.saw(flush);
      },
    });
    if (!bytes) return undefined;
    const value = decodeValue(bytes);
    if (safe) this.#recent.keep(key, value, bytes.length);
    return value;
  }

  #read(key: EncodedKey): Uint8Array | undefined {
    const write = this.#writes.size > 0 ? this.#writes.get(key) : undefined;
    if (write === null) return undefined;
    if (write instanceof Uint8Array) return write;
    if (write === undefined && this.#isCleared(key)) return undefined;
    this.#keysRead.add(key);
    const below = this.#state.get(key, this);
    return write === undefined ? below : sum(below, write);
  }

  #isCleared(key: EncodedKey): boolean {
    return this.#cleared.some(({ from, to }) => key >= from && key < to);
  }

  async *#iterate(range: EncodedRange, options: RangeOptions): AsyncGenerator<readonly [Key, Value]> {
    const { limit = Number.POSITIVE_INFINITY, reverse = false, keys = true } = options;
    let rest = range;
    let left = limit;
    for (let size = FIRST_BATCH; left > 0; size = Math.min(size * 4, LARGEST_BATCH)) {
      const wanted = Math.min(size, left);
      const batch = this.#readBatch(rest, reverse, wanted);
      for (const [key, bytes] of batch) {
        this.#check();
        yield [keys ? decodeKey(key) : NO_KEY, decodeValue(bytes)];
      }
      const last = batch.at(-1)?.[0];
      if (last === undefined || batch.length < wanted) return;
      left -= batch.length;
      rest = reverse ? { from: rest.from, to: last } : { from: `${last}\0`, to: rest.to };
    }
  }

  /** Up to `wanted` entries; what was looked at counts as read, gaps included. */
  #readBatch(range: EncodedRange, reverse: boolean, wanted: number): (readonly [EncodedKey, Uint8Array])[] {
    this.#check();
    const batch: (readonly [EncodedKey, Uint8Array])[] = [];
    for (const entry of this.#scan(range, reverse)) {
      batch.push(entry);
      if (batch.length >= wanted) break;
    }
    const last = batch.length >= wanted ? batch.at(-1)?.[0] : undefined;
    if (last === undefined) this.#rangesRead.push(range);
    else
      this.#rangesRead.push(reverse ? { from: last, to: range.to } : { from: range.from, to: `${last}\0` });
    return batch;
  }

  #scan(range: EncodedRange, reverse: boolean): Iterable<readonly [EncodedKey, Uint8Array]> {
    let below: Iterable<readonly [EncodedKey, Uint8Array]> = this.#state.scan(range, reverse, this);
    if (this.#cleared.length > 0) below = this.#withoutCleared(below);
    if (this.#writes.size === 0) return below;
    return layered(below, this.#writes.scan(range, reverse), reverse, (write, under) =>
      typeof write === "bigint" ? sum(under, write) : (write ?? undefined),
    );
  }

  *#withoutCleared(
    entries: Iterable<readonly [EncodedKey, Uint8Array]>,
  ): Generator<readonly [EncodedKey, Uint8Array]> {
    for (const entry of entries) if (!this.#isCleared(entry[0])) yield entry;
  }
}

/** The empty tuple is a prefix of every key, and no key. */
function entryKey(key: Key): EncodedKey {
  if (key.length === 0) throw new InvalidKey("A key has at least one part");
  return encodeKey(key);
}

function sum(bytes: Uint8Array | undefined, delta: bigint): Uint8Array {
  const before = bytes === undefined ? 0n : decodeValue(bytes);
  if (typeof before !== "bigint") throw new NotACounter("add met a value that is no bigint");
  return encodeValue(before + delta);
}
