/** Records that wait to be sent. When there is no room for more, the newest are dropped and counted. */
export class Waiting<T> {
  readonly #most: { readonly records: number; readonly weight: number };
  readonly #weigh: (record: T) => number;
  #records: T[] = [];
  #weight = 0;
  #dropped = 0;

  constructor(most: { readonly records: number; readonly weight: number }, weigh: (record: T) => number) {
    this.#most = most;
    this.#weigh = weigh;
  }

  get size(): number {
    return this.#records.length;
  }

  /** How many were not taken. */
  get dropped(): number {
    return this.#dropped;
  }

  push(record: T): void {
    const weight = this.#weigh(record);
    if (this.#records.length >= this.#most.records || this.#weight + weight > this.#most.weight) {
      this.#dropped++;
      return;
    }
    this.#records.push(record);
    this.#weight += weight;
  }

  /** The oldest, a request's worth at most. */
  take(most: { readonly records: number; readonly weight: number }): T[] {
    let weight = 0;
    let count = 0;
    for (const record of this.#records) {
      if (count === most.records || weight >= most.weight) break;
      weight += this.#weigh(record);
      count++;
    }
    this.#weight -= weight;
    return this.#records.splice(0, count);
  }
}
