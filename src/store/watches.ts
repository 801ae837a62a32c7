import { type EncodedKey, encodeKey, prefixRange } from "./keys.ts";
import type { Changes } from "./state.ts";
import type { Key } from "./store.ts";

/** Who waits for a change, by the prefix they watch. */
export class Watches {
  /** By the length of the prefix: a key is looked up once for each length that anyone watches. */
  readonly #byLength = new Map<number, Map<EncodedKey, Set<() => void>>>();

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
    if (this.#byLength.size === 0) return;
    for (const key of changes.keys()) {
      for (const [length, prefixes] of this.#byLength) {
        const prefix = key.slice(0, length);
        const waiting = prefixes.get(prefix);
        if (waiting && covers(prefix, key)) for (const wake of [...waiting]) wake();
      }
    }
  }

  notifyAll(): void {
    for (const prefixes of [...this.#byLength.values()]) {
      for (const waiting of [...prefixes.values()]) for (const wake of [...waiting]) wake();
    }
  }

  #remember(prefix: EncodedKey, wake: () => void): void {
    const prefixes = this.#byLength.get(prefix.length) ?? new Map<EncodedKey, Set<() => void>>();
    const waiting = prefixes.get(prefix) ?? new Set();
    waiting.add(wake);
    prefixes.set(prefix, waiting);
    this.#byLength.set(prefix.length, prefixes);
  }

  #forget(prefix: EncodedKey, wake: () => void): void {
    const prefixes = this.#byLength.get(prefix.length);
    const waiting = prefixes?.get(prefix);
    if (!prefixes || !waiting) return;
    waiting.delete(wake);
    if (waiting.size === 0) prefixes.delete(prefix);
    if (prefixes.size === 0) this.#byLength.delete(prefix.length);
  }
}

/** `["a"]` is no prefix of `["a\0b"]`, though its encoding is. */
function covers(prefix: EncodedKey, key: EncodedKey): boolean {
  const { from, to } = prefixRange(prefix);
  return key === prefix || (key >= from && key < to);
}
