import type { Ending } from "./backoff.ts";

/** How much more a function is given after each event that it took: a quarter more with every round. */
const GAIN = 0.25;
/** Functions that are remembered: one that is forgotten is given its whole share, and throttles again. */
const MOST = 10_000;

/**
 * How many events a function is given at once after it was throttled. The queue reads more slowly then: what
 * would only be refused waits in it instead, and needs no back-off.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export class Paces {
  readonly #paces = new Map<string, number>();

  most(functionArn: string): number {
    return Math.floor(this.#paces.get(functionArn) ?? Number.POSITIVE_INFINITY);
  }

  /** @param running attempts at its events that are under way, the one that has ended among them */
  note(functionArn: string, ending: Ending | undefined, running: number): void {
    if (ending === "refused") {
      if (this.#paces.size >= MOST) this.#paces.clear();
      this.#paces.set(functionArn, Math.max(1, running - 1));
      return;
    }
    const pace = this.#paces.get(functionArn);
    if (pace === undefined || ending === undefined) return;
    this.#paces.set(functionArn, pace + GAIN);
  }
}
