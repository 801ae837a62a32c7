import type { Timer } from "../kernel/clock.ts";
import type { FunctionVersion } from "../kernel/functions.ts";
import type { ComputeOptions } from "./compute.ts";
import { recordStandby } from "./record.ts";

/** https://aws.amazon.com/lambda/pricing/: rounded up to the nearest five minutes. */
const INCREMENT_MS = 300_000;

/**
 * What a version's provisioned concurrency costs, whether anything runs in it or not: the most that was
 * configured in each five minutes, counted from when it was enabled.
 */
export class Standby {
  readonly #options: ComputeOptions;
  readonly #version: FunctionVersion;
  #count = 0;
  /** Recorded of the five minutes that run now. */
  #recorded = 0;
  #timer: Timer | undefined;

  constructor(options: ComputeOptions, version: FunctionVersion) {
    this.#options = options;
    this.#version = version;
  }

  /** So much is provisioned from now on. */
  hold(count: number): void {
    this.#count = count;
    if (!this.#timer && count > 0) this.#begin(this.#options.clock.now());
    if (count > this.#recorded) this.#record(count);
  }

  #begin(startMs: number): void {
    this.#recorded = 0;
    const endMs = startMs + INCREMENT_MS;
    this.#timer = this.#options.clock.at(endMs, () => {
      this.#timer = undefined;
      if (this.#count === 0) return;
      this.#begin(endMs);
      this.#record(this.#count);
    });
  }

  #record(count: number): void {
    recordStandby(this.#options, this.#version, (count - this.#recorded) * INCREMENT_MS);
    this.#recorded = count;
  }

  /** The platform ends: time that nobody simulates costs nothing. */
  close(): void {
    this.#count = 0;
    this.#timer?.cancel();
  }
}
