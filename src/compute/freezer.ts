import type { Clock } from "../kernel/clock.ts";
import { after, type RealTimer } from "../kernel/realtime.ts";

/**
 * A process is stopped once it has rested for so long: stopping and continuing it costs more than an
 * invocation, and AWS does not stop one at once either.
 */
const FREEZE_AFTER_MS = 3;
/** On a busy machine it may take a process a while to say what it leaves running. */
const HOLD_MS = 1_000;

/** Calls `freeze` when a rest has lasted long enough; whoever is called sees whether it is still one. */
export class Freezer {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #freeze: () => void;
  #timer: RealTimer | undefined;
  #restedAt = 0;
  #heldUntil = 0;

  constructor(clock: Pick<Clock, "monotonic">, freeze: () => void) {
    this.#clock = clock;
    this.#freeze = freeze;
  }

  /** A rest begins. The timer outlives many short ones: to set one for each costs more than to look again. */
  begin(): void {
    this.#restedAt = this.#clock.monotonic();
    this.#timer ??= after(FREEZE_AFTER_MS, () => this.#look());
  }

  /** Something is to come of the process yet. */
  hold(): void {
    this.#heldUntil = this.#clock.monotonic() + HOLD_MS;
  }

  /** It has come. */
  release(): void {
    this.#heldUntil = 0;
  }

  close(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.monotonic();
    const missingMs = nowMs < this.#heldUntil ? FREEZE_AFTER_MS : FREEZE_AFTER_MS - (nowMs - this.#restedAt);
    if (missingMs > 0) this.#timer = after(missingMs, () => this.#look());
    else this.#freeze();
  }
}
