import type { Table } from "./csv.ts";
import { subnetOf } from "./functions/addresses.ts";

/** A table that a query looks into. It is known by its name before the query starts. */
export class LookupRows {
  readonly name: string;
  /** Its columns that the query names. */
  readonly named = new Set<string>();
  #table: Table = { columns: [], rows: [] };
  readonly #indexes = new Map<string, ReadonlyMap<string, readonly string[]>>();
  #ranges: readonly Range[] | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** What is in it. */
  settle(table: Table): void {
    this.#table = table;
    this.#indexes.clear();
    this.#ranges = undefined;
  }

  /** Of the columns that the query names, those that the table does not have. */
  columnsMissing(): readonly string[] {
    return [...this.named].filter((column) => !this.#table.columns.includes(column));
  }

  /** A row's value in a column. */
  at(row: readonly string[], column: string): string | undefined {
    return row[this.#table.columns.indexOf(column)];
  }

  /** The first row with all of these values in these columns. */
  rowWith(columns: readonly string[], values: readonly string[]): readonly string[] | undefined {
    const key = JSON.stringify(columns);
    const known = this.#indexes.get(key) ?? this.#index(columns);
    this.#indexes.set(key, known);
    return known.get(JSON.stringify(values));
  }

  #index(columns: readonly string[]): ReadonlyMap<string, readonly string[]> {
    const index = new Map<string, readonly string[]>();
    for (const row of this.#table.rows) {
      const key = JSON.stringify(columns.map((column) => this.at(row, column) ?? ""));
      if (!index.has(key)) index.set(key, row);
    }
    return index;
  }

  /** The row whose range of addresses is the smallest that an address lies in. */
  rowOfAddress(ip: string, column: string | undefined): readonly string[] | undefined {
    this.#ranges ??= this.#rangesIn(column ?? this.#columnOfRanges());
    return this.#ranges.find(({ has }) => has(ip))?.row;
  }

  #rangesIn(column: string | undefined): readonly Range[] {
    if (column === undefined) return [];
    const ranges = this.#table.rows.flatMap((row) => {
      const subnet = subnetOf(this.at(row, column) ?? "");
      return subnet ? [{ row, bits: subnet.bits, has: (ip: string) => subnet.has(ip) }] : [];
    });
    return ranges.sort((one, other) => other.bits - one.bits);
  }

  /** The first column that holds ranges. */
  #columnOfRanges(): string | undefined {
    const { columns, rows } = this.#table;
    return columns.find((_, at) => rows.some((row) => subnetOf(row[at] ?? "")));
  }
}

interface Range {
  readonly row: readonly string[];
  readonly bits: number;
  has(ip: string): boolean;
}
