/** Tells those who wait for it that something has failed. */
export class News {
  #waiting: (() => void)[] = [];

  /** Somebody waits. */
  get isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  tell(): void {
    if (this.#waiting.length === 0) return;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves with the next failure, or when the signal aborts. */
  next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener("abort", wake);
        resolve();
      };
      signal.addEventListener("abort", wake);
      this.#waiting.push(wake);
    });
  }
}
