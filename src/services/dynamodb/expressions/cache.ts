/** Keeps what was made of the texts used last, so that a text that comes again costs a look-up. */
export class TextCache<T> {
  readonly #most: number;
  readonly #make: (text: string) => T;
  /** In the order of use: a Map keeps the order of insertion. */
  readonly #entries = new Map<string, T>();

  constructor(most: number, make: (text: string) => T) {
    this.#most = most;
    this.#make = make;
  }

  /** What `make` makes of the text. Faults as `make` does; those are not kept. */
  get(text: string): T {
    const known = this.#entries.get(text);
    if (known !== undefined) {
      this.#entries.delete(text);
      this.#entries.set(text, known);
      return known;
    }
    const made = this.#make(text);
    this.#entries.set(text, made);
    if (this.#entries.size > this.#most) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    return made;
  }
}
