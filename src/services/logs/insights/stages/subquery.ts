import type { Command, OtherRows, Source } from "../reading/ast.ts";
import type { Row } from "../row.ts";
import { numberOf, textOf, type Value } from "../values.ts";

/** A query within another: it is run first, and by itself. */
export class Subquery implements OtherRows {
  /** Undefined: it is of the groups that the query around it is of. */
  readonly source: Source | undefined;
  readonly commands: readonly Command[];
  rows: readonly Row[] = [];
  readonly #indexes = new Map<string, Map<string, Row[]>>();

  constructor(source: Source | undefined, commands: readonly Command[]) {
    this.source = source;
    this.commands = commands;
  }

  /** What it came to. */
  settle(rows: readonly Row[]): void {
    this.rows = rows;
    this.#indexes.clear();
  }

  /** Its rows with this value of a field. */
  rowsWith(field: string, value: Value): readonly Row[] {
    const key = keyOf(value);
    return key === undefined ? [] : (this.#index(field).get(key) ?? []);
  }

  #index(field: string): Map<string, Row[]> {
    const known = this.#indexes.get(field);
    if (known) return known;
    const index = new Map<string, Row[]>();
    for (const row of this.rows) {
      const key = keyOf(row.get(field));
      if (key === undefined) continue;
      const rows = index.get(key);
      if (rows) rows.push(row);
      else index.set(key, [row]);
    }
    this.#indexes.set(field, index);
    return index;
  }
}

/** The same of values that are equal. */
const keyOf = (value: Value): string | undefined => textOf(numberOf(value) ?? value);
