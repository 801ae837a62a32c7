import type { Clock } from "./clock.ts";

/** What a worker waits with. */
export interface WaitsOptions {
  readonly clock: Clock;
  /** Resolves at the next change of what is worked on. */
  readonly watch: () => Promise<void>;
  /** Counts work as under way. */
  readonly begin: () => () => void;
}

/**
 * How a worker sleeps until something changes or a time comes: `arm` before it looks, `next` when it has
 * done what there was. No change between the two is missed, and there is never more than one watch.
 */
export class Waits {
  readonly #options: WaitsOptions;
  #isWatching = false;
  #changed = false;
  #wake = () => {};

  constructor(options: WaitsOptions) {
    this.#options = options;
  }

  arm(): void {
    this.#changed = false;
    if (this.#isWatching) return;
    this.#isWatching = true;
    void this.#options.watch().then(() => {
      this.#isWatching = false;
      this.#changed = true;
      this.#wake();
    });
  }

  /** Resolves at a change or at `atMs`; the work that follows counts from that very moment. */
  next(atMs: number | undefined): Promise<() => void> {
    const { clock, begin } = this.#options;
    return new Promise((resolve) => {
      let isAwake = false;
      const wake = () => {
        if (isAwake) return;
        isAwake = true;
        timer?.cancel();
        resolve(begin());
      };
      const timer = atMs === undefined ? undefined : clock.at(atMs, wake);
      this.#wake = wake;
      if (this.#changed) wake();
    });
  }
}
