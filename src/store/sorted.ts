import type { EncodedKey, EncodedRange } from "./keys.ts";

/** A chunk is split in two when it has grown to this many entries. */
const LARGEST_CHUNK = 512;

interface Chunk<T> {
  readonly keys: EncodedKey[];
  readonly values: T[];
}

/** A map in order of its keys: a sorted list of short sorted lists. */
export class SortedMap<T> {
  #chunks: Chunk<T>[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: EncodedKey): T | undefined {
    const chunk = this.#chunks[this.#chunkOf(key)];
    if (!chunk) return undefined;
    const index = lowerBound(chunk.keys, key);
    return chunk.keys[index] === key ? chunk.values[index] : undefined;
  }

  set(key: EncodedKey, value: T): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    if (!chunk) {
      this.#chunks.push({ keys: [key], values: [value] });
      this.#size++;
      return;
    }
    const index = lowerBound(chunk.keys, key);
    if (chunk.keys[index] === key) {
      chunk.values[index] = value;
      return;
    }
    chunk.keys.splice(index, 0, key);
    chunk.values.splice(index, 0, value);
    this.#size++;
    if (chunk.keys.length >= LARGEST_CHUNK) this.#split(at, chunk);
  }

  delete(key: EncodedKey): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    if (!chunk) return;
    const index = lowerBound(chunk.keys, key);
    if (chunk.keys[index] !== key) return;
    chunk.keys.splice(index, 1);
    chunk.values.splice(index, 1);
    this.#size--;
    if (chunk.keys.length === 0) this.#chunks.splice(at, 1);
  }

  clear(): void {
    this.#chunks = [];
    this.#size = 0;
  }

  /** The entries of the range in order. The map must not change while they are read. */
  *scan({ from, to }: EncodedRange, reverse: boolean): Generator<readonly [EncodedKey, T]> {
    if (this.#size === 0 || from >= to) return;
    const step = reverse ? -1 : 1;
    const bound = reverse ? to : from;
    let at = this.#chunkOf(bound);
    let index = lowerBound(this.#chunks[at]?.keys ?? [], bound) + (reverse ? -1 : 0);
    for (let chunk = this.#chunks[at]; chunk; chunk = this.#chunks[at]) {
      for (; index >= 0 && index < chunk.keys.length; index += step) {
        const key = chunk.keys[index] as EncodedKey;
        if (reverse ? key < from : key >= to) return;
        yield [key, chunk.values[index] as T];
      }
      at += step;
      index = reverse ? (this.#chunks[at]?.keys.length ?? 0) - 1 : 0;
    }
  }

  /** All entries in order. The map must not change meanwhile. */
  forEach(take: (key: EncodedKey, value: T) => void): void {
    for (const { keys, values } of this.#chunks) {
      for (let index = 0; index < keys.length; index++) take(keys[index] as EncodedKey, values[index] as T);
    }
  }

  /** The chunk that holds `key` or would take it: the last that begins at or before it. */
  #chunkOf(key: EncodedKey): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#chunks[middle]?.keys[0] ?? "") <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  #split(at: number, chunk: Chunk<T>): void {
    const middle = chunk.keys.length >> 1;
    this.#chunks.splice(at + 1, 0, {
      keys: chunk.keys.splice(middle),
      values: chunk.values.splice(middle),
    });
  }
}

/** The index of the first key that is not below `key`. */
function lowerBound(keys: readonly EncodedKey[], key: EncodedKey): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as EncodedKey) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
