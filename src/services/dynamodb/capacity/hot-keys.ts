/** A key and how much of the traffic it has. */
export interface HotKey {
  readonly key: string;
  /** Units: never less than the truth, and more by at most `error`. */
  readonly units: number;
  readonly error: number;
}

interface Counted {
  key: string;
  units: number;
  error: number;
  /** Where it lies in the heap. */
  at: number;
}

/**
 * The heaviest keys of a stream in bounded memory: Metwally's space-saving sketch. Any key with more than
 * `1 / size` of all units is among those it keeps. The counters lie in a heap, the least of them on top:
 * it is the one that a new key takes over, so that no key costs more than a few steps down the heap.
 */
export class HotKeys {
  readonly #size: number;
  readonly #byKey = new Map<string, Counted>();
  readonly #heap: Counted[] = [];
  #total = 0;

  constructor(size: number) {
    this.#size = size;
  }

  get total(): number {
    return this.#total;
  }

  add(key: string, units: number): void {
    this.#total += units;
    const known = this.#byKey.get(key);
    if (known) {
      known.units += units;
      this.#sink(known);
      return;
    }
    const least = this.#heap[0];
    if (this.#heap.length < this.#size || !least) this.#insert({ key, units, error: 0, at: 0 });
    else {
      this.#byKey.delete(least.key);
      this.#byKey.set(key, least);
      least.key = key;
      least.error = least.units;
      least.units += units;
      this.#sink(least);
    }
  }

  /** The heaviest first. */
  top(count: number): HotKey[] {
    return this.#heap
      .map(({ key, units, error }) => ({ key, units, error }))
      .sort((one, other) => other.units - one.units)
      .slice(0, count);
  }

  #insert(counted: Counted): void {
    this.#byKey.set(counted.key, counted);
    const heap = this.#heap;
    let at = heap.length;
    for (let above = (at - 1) >> 1; at > 0; above = (at - 1) >> 1) {
      const parent = heap[above] as Counted;
      if (parent.units <= counted.units) break;
      this.#put(parent, at);
      at = above;
    }
    this.#put(counted, at);
  }

  /** Moves a counter that has grown below all that are less. */
  #sink(counted: Counted): void {
    const heap = this.#heap;
    let { at } = counted;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const lesser = right && left && right.units < left.units ? right : left;
      if (!lesser || lesser.units >= counted.units) break;
      const below = lesser.at;
      this.#put(lesser, at);
      at = below;
    }
    this.#put(counted, at);
  }

  #put(counted: Counted, at: number): void {
    this.#heap[at] = counted;
    counted.at = at;
  }
}
