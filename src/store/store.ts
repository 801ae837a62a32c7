/**
 * The one place where the platform's truth is kept: ordered keys, transactions, and nothing else.
 * Indexes, queues, streams and timers are layers, written in the same transaction as what they index.
 */
export interface Store {
  /**
   * Runs `body` in a serializable transaction and resolves with its result once the writes are durable.
   * The body may run again, so it has no other effect and awaits nothing but its transaction. Rejects
   * with what the body throws, and then nothing was written. Whatever the body read is durable too by
   * the time the promise settles.
   */
  transact<T>(body: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * Resolves when the key `prefix` or one that begins with it may have changed since the call, or when
   * `signal` aborts or the store closes. Watch first and look then, and no change is missed.
   */
  watch(prefix: Key, signal: AbortSignal): Promise<void>;
  /** Removes everything. Only an ephemeral platform is ever reset. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export interface Transaction {
  /** The value is the store's own: it must not be changed. */
  get(key: Key): Promise<Value | undefined>;
  /**
   * The entries in order, read as they are asked for. What the body writes to the range meanwhile may or
   * may not show.
   */
  range(range: KeyRange, options?: RangeOptions): AsyncIterable<readonly [Key, Value]>;
  set(key: Key, value: Value): void;
  delete(key: Key): void;
  clear(range: KeyRange): void;
  /** Adds to a counter (a bigint; absent counts as 0) without a conflict. */
  add(key: Key, delta: bigint): void;
  /**
   * Writes under a key that sorts after every key committed under `prefix` before: queues, streams,
   * logs. The key is the prefix and a number, and known once the transaction has committed; the body's
   * own reads do not show the entry. Nothing else is written under `prefix`.
   */
  append(prefix: Key, value: Value): { readonly key: Key };
}

/** One element of a key. Elements of different types sort in the order of this list. */
export type KeyPart = null | Uint8Array | string | number | bigint | boolean | Decimal;

/** A tuple; `["a"]` sorts before `["a", 1]`. Strings sort by their UTF-8 bytes. */
export type Key = readonly KeyPart[];

/** A number of up to 38 significant digits, as DynamoDB has them: it sorts by value. */
export interface Decimal {
  readonly decimal: string;
}

/**
 * Keys within all of the bounds given. `prefix` keeps keys that begin with these parts and have more;
 * the others compare whole keys.
 */
export interface KeyRange {
  readonly prefix?: Key;
  readonly gt?: Key;
  readonly gte?: Key;
  readonly lt?: Key;
  readonly lte?: Key;
}

export interface RangeOptions {
  readonly limit?: number;
  readonly reverse?: boolean;
  /** false: the keys are not looked at, and empty ones may be given in their place, which costs less. */
  readonly keys?: boolean;
}

/**
 * Plain data: no class instance but Uint8Array is ever stored. Records are objects with a version
 * number `v`, so that a later release can read what an earlier one wrote.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly [name: string]: Value | undefined };

/** process: an acknowledged write survives `kill -9`. disk: it survives the loss of power too. */
export type Durability = "process" | "disk";
