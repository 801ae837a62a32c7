/** Lets so many through at once, and so many more each second. */
export class Bucket {
  #left: number;
  #atMs: number;

  constructor(capacity: number, nowMs: number) {
    this.#left = capacity;
    this.#atMs = nowMs;
  }

  /** Whether one more may pass, given what the bucket is allowed now; `take` lets it. */
  allows(capacity: number, perSecond: number, nowMs: number): boolean {
    const passedMs = Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    this.#left = Math.min(capacity, this.#left + (passedMs / 1000) * perSecond);
    return this.#left >= 1;
  }

  take(): void {
    this.#left--;
  }
}
