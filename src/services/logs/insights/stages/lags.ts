import type { Row } from "../row.ts";
import type { Value } from "../values.ts";
import { type Stage, Through } from "./stage.ts";

/** Beside each row's value, those that the rows before it had. */
export class Lagged extends Through {
  readonly #field: string;
  readonly #lags: readonly (readonly [number, string])[];
  /** The last one first. */
  readonly #before: Value[] = [];

  constructor(next: Stage, field: string, lags: readonly (readonly [number, string])[]) {
    super(next);
    this.#field = field;
    this.#lags = lags;
  }

  take(row: Row): void {
    const value = row.get(this.#field);
    for (const [lag, name] of this.#lags) row.set(name, this.#before[lag - 1]);
    this.#before.unshift(value);
    this.#before.length = Math.min(this.#before.length, this.#lags.at(-1)?.[0] ?? 1);
    this.next.take(row);
  }
}
