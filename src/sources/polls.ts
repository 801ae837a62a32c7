/**
 * When a shard is read at AWS's pace: so often in a second, whenever its records come, and at once where
 * there may be more. While there is nothing new nothing is read: it would change nothing.
 */
export class Polls {
  readonly #everyMs: number;
  #lastMs: number | undefined;
  #dueMs: number | undefined;

  /** @param everyMs 0: whenever there is something */
  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** When to read, which is not before; undefined: now. */
  nextMs(nowMs: number): number | undefined {
    if (this.#everyMs === 0 || this.#lastMs === undefined) return undefined;
    const passed = Math.max(1, Math.ceil((nowMs - this.#lastMs) / this.#everyMs));
    this.#dueMs ??= this.#lastMs + passed * this.#everyMs;
    return this.#dueMs > nowMs ? this.#dueMs : undefined;
  }

  /** The shard was read; `isFull`: there may be more. */
  wasRead(nowMs: number, isFull: boolean): void {
    this.#lastMs = isFull ? undefined : (this.#dueMs ?? nowMs);
    this.#dueMs = undefined;
  }
}
