import type { EncodedKey } from "./keys.ts";
import type { Value } from "./store.ts";

/** What the values kept may come to, as encoded bytes. In memory they take a few times that. */
const GENERATION_BYTES = 4 * 1024 * 1024;
/** A value above this is read too seldom, or costs too much of the whole, to be kept. */
const LARGEST_BYTES = 64 * 1024;

/**
 * The values that were read last, decoded: the state and its decoding are asked once for what is read over
 * and over. Two generations stand in for an order of use: what was not read while the newer one filled up
 * goes with the older. Values are handed out as they are, so nobody may change what a store gave him.
 */
export class RecentValues {
  #young = new Map<EncodedKey, Value>();
  #old = new Map<EncodedKey, Value>();
  #youngBytes = 0;

  get(key: EncodedKey): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    return this.#old.get(key);
  }

  keep(key: EncodedKey, value: Value, sizeBytes: number): void {
    if (sizeBytes > LARGEST_BYTES) return;
    this.#young.set(key, value);
    this.#youngBytes += sizeBytes;
    if (this.#youngBytes < GENERATION_BYTES) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }

  forget(keys: Iterable<EncodedKey>): void {
    for (const key of keys) {
      this.#young.delete(key);
      this.#old.delete(key);
    }
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#youngBytes = 0;
  }
}
