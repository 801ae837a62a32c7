import { Row } from "../row.ts";
import { textOf, type Value } from "../values.ts";
import { type Stage, Through } from "./stage.ts";

/** More combinations than these are not told apart: the counts are approximate from there on. */
const MOST_COUNTED = 100_000;

export const FREQUENCY = "_approxcount";

/** How often each combination of values was met, the most frequent first. */
export class Frequencies extends Through {
  readonly #fields: readonly string[];
  readonly #counts = new Map<string, { readonly values: readonly Value[]; count: number }>();

  constructor(next: Stage, fields: readonly string[]) {
    super(next);
    this.#fields = fields;
  }

  take(row: Row): void {
    const values = this.#fields.map((field) => row.get(field));
    const key = JSON.stringify(values.map((value) => textOf(value) ?? null));
    const known = this.#counts.get(key);
    if (known) known.count++;
    else if (this.#counts.size < MOST_COUNTED) this.#counts.set(key, { values, count: 1 });
  }

  override end(): void {
    const sorted = [...this.#counts.values()].sort((one, other) => other.count - one.count);
    for (const { values, count } of sorted) {
      const row = new Row();
      for (const [at, field] of this.#fields.entries()) row.set(field, values[at]);
      row.set(FREQUENCY, count);
      this.next.take(row);
    }
    this.next.end();
  }

  override get isFull(): boolean {
    return false;
  }
}
