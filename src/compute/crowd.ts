import { availableParallelism } from "node:os";
import { after, type RealTimer } from "../kernel/realtime.ts";
import type { Environment } from "./environment.ts";

/** Invocations as short as this end before a second processor would have begun with them. */
const SHORT_MS = 1;
/** The longest that an invocation waits for another one's environment while others are at rest. */
const HELD_MS = 2;
/** What a function's usual duration is made of: about so many of its last invocations. */
const REMEMBERED = 8;

/**
 * Lets short invocations wait a moment for a busy environment, where every processor has one to run: to wake
 * a process that has long been at rest costs several times what a short handler does. An invocation that is
 * held has an environment at rest to go to, so that no more are started than without it.
 */
export class Crowd {
  readonly #idle: Environment[];
  readonly #held: ((environment: Environment | undefined) => void)[] = [];
  #usualMs = Number.POSITIVE_INFINITY;
  #busy = 0;
  #timer: RealTimer | undefined;

  /** `idle` are those at rest: the last is the next to be taken. */
  constructor(idle: Environment[]) {
    this.#idle = idle;
  }

  /** An environment at rest, at once or in a moment; undefined when there is none. */
  take(): Environment | Promise<Environment | undefined> | undefined {
    if (this.#idle.length <= this.#held.length) return undefined;
    if (this.#busy < availableParallelism() || this.#usualMs > SHORT_MS) return this.#idle.pop();
    this.#timer ??= after(HELD_MS, () => this.release());
    return new Promise((resolve) => this.#held.push(resolve));
  }

  begin(): void {
    this.#busy++;
  }

  end(durationMs: number): void {
    this.#busy--;
    const usualMs = Number.isFinite(this.#usualMs) ? this.#usualMs : durationMs;
    this.#usualMs = usualMs + (durationMs - usualMs) / REMEMBERED;
  }

  /** Gives an environment that has become free to who has waited longest. */
  give(environment: Environment): boolean {
    const next = this.#held.shift();
    next?.(environment);
    return next !== undefined;
  }

  /** Lets all that are held go to environments at rest. */
  release(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const next of this.#held.splice(0)) next(this.#idle.pop());
  }
}
