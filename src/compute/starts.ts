/**
 * Lets only so many environments start at once. A burst of fifty starts together; one of a thousand does
 * not put a thousand starting processes on one machine: those that are ready serve the others meanwhile.
 */
export class Starts {
  #free: number;
  readonly #queue: (() => void)[] = [];

  constructor(limit: number) {
    this.#free = limit;
  }

  /** Undefined where a start may begin at once, else a promise of the moment. */
  enter(): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--;
      return undefined;
    }
    return new Promise((resolve) => this.#queue.push(resolve));
  }

  leave(): void {
    const next = this.#queue.shift();
    if (next) next();
    else this.#free++;
  }
}
