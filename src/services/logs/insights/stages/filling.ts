import { following } from "../periods.ts";
import type { Command } from "../reading/ast.ts";
import { Row } from "../row.ts";
import { Moment, numberOf, textOf, type Value } from "../values.ts";
import type { Bins } from "./bins.ts";
import { type Stage, Through } from "./stage.ts";

/** A sum that grows from row to row. */
export class Accumulated extends Through {
  readonly #field: string;
  readonly #name: string;
  #sum = 0;

  constructor(next: Stage, field: string, name: string) {
    super(next);
    this.#field = field;
    this.#name = name;
  }

  take(row: Row): void {
    const value = numberOf(row.get(this.#field));
    if (value !== undefined) {
      this.#sum += value;
      row.set(this.#name, this.#sum);
    }
    this.next.take(row);
  }
}

/** What a row does not have is that of the row before. */
export class FilledDown extends Through {
  readonly #names: readonly string[];
  readonly #last = new Map<string, Value>();

  /** @param patterns names, with `*` for any part; none: all that are known. */
  constructor(next: Stage, patterns: readonly string[], known: readonly string[]) {
    super(next);
    const isMeant = (pattern: string, name: string) =>
      pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
    const exact = patterns.filter((pattern) => !pattern.endsWith("*"));
    const meant = known.filter(
      (name) => patterns.length === 0 || patterns.some((pattern) => isMeant(pattern, name)),
    );
    this.#names = [...new Set([...exact, ...meant])];
  }

  take(row: Row): void {
    for (const name of this.#names) {
      const value = row.get(name);
      if (value === undefined || value === null) row.set(name, this.#last.get(name));
      else this.#last.set(name, value);
    }
    this.next.take(row);
  }
}

/** More rows than these are not put between others. */
const MOST_FILLED = 100_000;

/** Rows for the times between the first and the last that have none, for each group. */
export class FilledMissing extends Through {
  readonly #values: readonly (readonly [string, Value])[];
  readonly #bins: Bins | undefined;
  readonly #groups = new Map<string, Row[]>();

  constructor(next: Stage, values: readonly (readonly [string, Value])[], bins: Bins | undefined) {
    super(next);
    this.#values = values;
    this.#bins = bins;
  }

  take(row: Row): void {
    const key = JSON.stringify(this.#bins?.others.map((name) => textOf(row.get(name)) ?? null) ?? []);
    this.#groups.set(key, [...(this.#groups.get(key) ?? []), row]);
  }

  override end(): void {
    for (const rows of this.#groups.values()) for (const row of this.#filled(rows)) this.next.take(row);
    this.next.end();
  }

  override get isFull(): boolean {
    return false;
  }

  #filled(rows: readonly Row[]): readonly Row[] {
    const bins = this.#bins;
    const [like] = rows;
    if (!bins || !like) return rows;
    const byTime = new Map(rows.map((row) => [numberOf(row.get(bins.name)) ?? 0, row]));
    const times = [...byTime.keys()].sort((one, other) => one - other);
    const found: Row[] = [];
    const last = times.at(-1) ?? 0;
    for (let ms = times[0] ?? 0; ms <= last && found.length < MOST_FILLED; ms = following(bins.period, ms))
      found.push(byTime.get(ms) ?? this.#row(bins, ms, like));
    return found;
  }

  #row({ name, others }: Bins, ms: number, like: Row): Row {
    const row = new Row();
    row.set(name, new Moment(ms));
    for (const other of others) row.set(other, like.get(other));
    for (const [field, value] of this.#values) row.set(field, value);
    return row;
  }
}

/** Sums of each row's numbers, and of each column's. */
export class Totalled extends Through {
  readonly #command: Extract<Command, { kind: "addtotals" }>;
  readonly #names: readonly string[];
  readonly #sums = new Map<string, number>();

  constructor(next: Stage, command: Extract<Command, { kind: "addtotals" }>, known: readonly string[]) {
    super(next);
    this.#command = command;
    this.#names = command.fields.length > 0 ? command.fields : known;
  }

  take(row: Row): void {
    let total = 0;
    for (const name of this.#names) {
      const value = row.get(name);
      const number = value instanceof Moment ? undefined : numberOf(value);
      if (number === undefined) continue;
      total += number;
      this.#sums.set(name, (this.#sums.get(name) ?? 0) + number);
    }
    if (this.#command.ofRows) row.set(this.#command.name, total);
    this.next.take(row);
  }

  override end(): void {
    if (this.#command.ofColumns) this.next.take(new Row(undefined, this.#sums));
    this.next.end();
  }
}
