import type { Counted } from "../../kernel/metrics.ts";
import { addTally, newTally } from "../../kernel/tally.ts";

const MINUTE_MS = 60_000;
/** Series in one minute; beyond it, what comes new is dropped and counted. */
const MOST_SERIES = 20_000;

/** What was counted comes in parts: here it waits until its minute is whole. */
export class Minutes {
  readonly #open = new Map<string, Counted>();
  dropped = 0;

  get size(): number {
    return this.#open.size;
  }

  add(counted: readonly Counted[]): void {
    for (const { series, startMs, tally } of counted) {
      const { account, region, namespace, name, dimensions, unit } = series;
      const key = `${startMs} ${account} ${region} ${namespace} ${name} ${dimensions} ${unit}`;
      const known = this.#open.get(key);
      if (known) addTally(known.tally, tally);
      else if (this.#open.size >= MOST_SERIES) this.dropped++;
      else {
        const own = newTally();
        addTally(own, tally);
        this.#open.set(key, { series, startMs, tally: own });
      }
    }
  }

  /** The minutes that have ended by then. */
  take(nowMs: number): Counted[] {
    const whole: Counted[] = [];
    for (const [key, counted] of this.#open) {
      if (counted.startMs + MINUTE_MS > nowMs) continue;
      whole.push(counted);
      this.#open.delete(key);
    }
    return whole;
  }
}
