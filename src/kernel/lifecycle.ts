import { setMaxListeners } from "node:events";
import { after } from "./realtime.ts";

/** Longer than any closing takes. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * What is under way, and what must be closed. `track` counts work, so that `settled` can tell when the
 * platform is at rest; `onClose` steps run in reverse order of registration.
 */
export class Lifecycle {
  #inFlight = 0;
  #waiting: (() => void)[] = [];
  #closers: { name: string; close: () => Promise<void> | void }[] = [];
  #closing: Promise<void> | undefined;
  readonly #abort = new AbortController();

  constructor() {
    // As many wait for the end as there are services and requests.
    setMaxListeners(0, this.#abort.signal);
  }

  /** Aborted when closing begins: loops and long polls end on it. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Counts one piece of work; call the returned function once when it is done. */
  begin(): () => void {
    this.#inFlight++;
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      this.#inFlight--;
      if (this.#inFlight === 0) for (const wake of this.#waiting.splice(0)) wake();
    };
  }

  /** Counts `work` until it settles and passes its outcome on. */
  async track<T>(work: Promise<T>): Promise<T> {
    const end = this.begin();
    try {
      return await work;
    } finally {
      end();
    }
  }

  /** Resolves when nothing tracked is under way. */
  settled(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  onClose(name: string, close: () => Promise<void> | void): void {
    this.#closers.push({ name, close });
  }

  /** Closes everything once, the last opened first; `report` hears of steps that failed. */
  close(report: (name: string, error: unknown) => void): Promise<void> {
    this.#closing ??= this.#closeAll(report);
    return this.#closing;
  }

  async #closeAll(report: (name: string, error: unknown) => void): Promise<void> {
    this.#abort.abort();
    // What the steps wait on, timers of the clock among it, keeps no process alive by itself.
    const awake = after(LONGEST_MS, () => {});
    for (const { name, close } of this.#closers.reverse()) {
      try {
        await close();
      } catch (error) {
        report(name, error);
      }
    }
    awake.cancel();
  }
}
