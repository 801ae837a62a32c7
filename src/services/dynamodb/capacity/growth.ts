const MINUTE_MS = 60_000;
/** Traffic that has lasted this long is what the next doubling starts from. */
const SETTLING_MINUTES = 30;

/** What a new on-demand table serves at once, in units a second. */
export const INITIAL_ON_DEMAND = { read: 12_000, write: 4_000 } as const;
/** The default quota of one table, in either mode, in units a second. */
export const TABLE_QUOTA = 40_000;

/**
 * How an on-demand table grows: it serves up to double its previous peak at once, and more than that once
 * the new peak has lasted half an hour.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
 */
export class Growth {
  readonly #initial: number;
  readonly #minutes = new Map<number, number>();
  /** The highest average of a minute that lies more than half an hour back, in units a second. */
  #peak = 0;

  constructor(initialUnitsPerSecond: number) {
    this.#initial = initialUnitsPerSecond;
  }

  add(units: number, nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    this.#minutes.set(minute, (this.#minutes.get(minute) ?? 0) + units);
  }

  /** Units a second that the table serves at this moment. */
  allowance(nowMs: number): number {
    const settledBefore = Math.floor(nowMs / MINUTE_MS) - SETTLING_MINUTES;
    for (const [minute, units] of this.#minutes) {
      if (minute > settledBefore) break;
      this.#peak = Math.max(this.#peak, units / 60);
      this.#minutes.delete(minute);
    }
    return Math.max(this.#initial, 2 * this.#peak);
  }
}
