type Value = string | number;

/** A WHERE clause in the making. Values go beside the text, never into it. */
export class Conditions {
  readonly #terms: string[] = [];
  readonly values: Value[] = [];

  /** `WHERE …`, or nothing when there is no condition. */
  get text(): string {
    return this.#terms.length === 0 ? "" : `WHERE ${this.#terms.join(" AND ")}`;
  }

  /** `term` holds a `?` for each place of the value; passed over when the value is absent. */
  add(term: string, value: Value | undefined): void {
    if (value === undefined) return;
    this.values.push(value);
    this.#terms.push(term.replaceAll("?", `$${this.values.length}`));
  }

  /** `term` holds a `?` for each value. */
  all(term: string, values: readonly Value[]): void {
    let at = this.values.length;
    this.values.push(...values);
    this.#terms.push(term.replaceAll("?", () => `$${++at}`));
  }

  fixed(term: string): void {
    this.#terms.push(term);
  }

  anyOf(column: string, values: readonly Value[]): void {
    const places = values.map((value) => `$${this.values.push(value)}`);
    this.#terms.push(`${column} IN (${places.join(", ")})`);
  }
}
