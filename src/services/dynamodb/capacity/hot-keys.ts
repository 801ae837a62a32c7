/** A key and how much of the traffic it has. */
export interface HotKey {
  readonly key: string;
  /** Units: never less than the truth, and more by at most `error`. */
  readonly units: number;
  readonly error: number;
}

interface Counted {
  units: number;
  error: number;
}

/**
 * The heaviest keys of a stream in bounded memory: Metwally's space-saving sketch. Any key with more than
 * `1 / size` of all units is among those it keeps.
 */
export class HotKeys {
  readonly #size: number;
  readonly #counts = new Map<string, Counted>();
  #total = 0;

  constructor(size: number) {
    this.#size = size;
  }

  get total(): number {
    return this.#total;
  }

  add(key: string, units: number): void {
    this.#total += units;
    const known = this.#counts.get(key);
    if (known) {
      known.units += units;
      return;
    }
    if (this.#counts.size < this.#size) {
      this.#counts.set(key, { units, error: 0 });
      return;
    }
    let least: string | undefined;
    let leastUnits = Number.POSITIVE_INFINITY;
    for (const [other, counted] of this.#counts) {
      if (counted.units >= leastUnits) continue;
      least = other;
      leastUnits = counted.units;
    }
    if (least !== undefined) this.#counts.delete(least);
    this.#counts.set(key, { units: leastUnits + units, error: leastUnits });
  }

  /** The heaviest first. */
  top(count: number): HotKey[] {
    return [...this.#counts]
      .map(([key, { units, error }]) => ({ key, units, error }))
      .sort((one, other) => other.units - one.units)
      .slice(0, count);
  }
}
