import { type EncodedKey, encodeKey, prefixRange } from "./keys.ts";
import type { Changes } from "./state.ts";
import type { Key } from "./store.ts";

/** By the length of the prefix: a key is looked up once for each length that anyone watches. */
type ByLength = Map<number, Map<EncodedKey, Set<() => void>>>;

/** Who waits for a change, by the prefix they watch. */
export class Watches {
  /** By the beginning of the prefix: most changes are where nobody waits, and are passed over at once. */
  readonly #byBeginning = new Map<EncodedKey, ByLength>();

  watch(prefix: Key, signal: AbortSignal): Promise<void> {
    const encoded = encodeKey(prefix);
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = () => {
        signal.removeEventListener("abort", wake);
        this.#forget(encoded, wake);
        resolve();
      };
      signal.addEventListener("abort", wake, { once: true });
      this.#remember(encoded, wake);
    });
  }

  /** Wakes those who watch a prefix of a changed key, or the key itself. */
  notify(changes: Changes): void {
    if (this.#byBeginning.size === 0) return;
    const anywhere = this.#byBeginning.get("");
    for (const key of changes.keys()) {
      const there = this.#byBeginning.get(beginningOf(key));
      if (there) wakeOf(there, key);
      if (anywhere) wakeOf(anywhere, key);
    }
  }

  notifyAll(): void {
    for (const byLength of [...this.#byBeginning.values()]) {
      for (const prefixes of [...byLength.values()]) {
        for (const waiting of [...prefixes.values()]) for (const wake of [...waiting]) wake();
      }
    }
  }

  #remember(prefix: EncodedKey, wake: () => void): void {
    const beginning = beginningOf(prefix);
    const byLength: ByLength = this.#byBeginning.get(beginning) ?? new Map();
    const prefixes = byLength.get(prefix.length) ?? new Map<EncodedKey, Set<() => void>>();
    const waiting = prefixes.get(prefix) ?? new Set();
    waiting.add(wake);
    prefixes.set(prefix, waiting);
    byLength.set(prefix.length, prefixes);
    this.#byBeginning.set(beginning, byLength);
  }

  #forget(prefix: EncodedKey, wake: () => void): void {
    const beginning = beginningOf(prefix);
    const byLength = this.#byBeginning.get(beginning);
    const prefixes = byLength?.get(prefix.length);
    const waiting = prefixes?.get(prefix);
    if (!byLength || !prefixes || !waiting) return;
    waiting.delete(wake);
    if (waiting.size === 0) prefixes.delete(prefix);
    if (prefixes.size === 0) byLength.delete(prefix.length);
    if (byLength.size === 0) this.#byBeginning.delete(beginning);
  }
}

/** Up to the first zero byte, which ends the text that most keys begin with; empty where there is none. */
function beginningOf(key: EncodedKey): EncodedKey {
  return key.slice(0, key.indexOf("\0") + 1);
}

function wakeOf(byLength: ByLength, key: EncodedKey): void {
  for (const [length, prefixes] of byLength) {
    const prefix = key.slice(0, length);
    const waiting = prefixes.get(prefix);
    if (waiting && covers(prefix, key)) for (const wake of [...waiting]) wake();
  }
}

/** `["a"]` is no prefix of `["a\0b"]`, though its encoding is. */
function covers(prefix: EncodedKey, key: EncodedKey): boolean {
  const { from, to } = prefixRange(prefix);
  return key === prefix || (key >= from && key < to);
}
