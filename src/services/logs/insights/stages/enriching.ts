import type { LookupCommand, OtherRows } from "../reading/ast.ts";
import type { Row } from "../row.ts";
import { isPresent, textOf } from "../values.ts";
import { type Stage, Through } from "./stage.ts";

const isEmpty = (row: Row, name: string): boolean => {
  const value = row.get(name);
  return !isPresent(value) || value === "";
};

/** Rows with what a table says of them. One that it says nothing of passes as it is. */
export class LookedUp extends Through {
  readonly #command: LookupCommand;

  constructor(next: Stage, command: LookupCommand) {
    super(next);
    this.#command = command;
  }

  take(row: Row): void {
    const { table, outputs, onlyNew } = this.#command;
    const found = this.#found(row);
    for (const [column, field] of found ? outputs : []) {
      if (!onlyNew || isEmpty(row, field)) row.set(field, found && table.at(found, column));
    }
    this.next.take(row);
  }

  #found(row: Row): readonly string[] | undefined {
    const { kind, table, matches } = this.#command;
    const values = matches.map(([, field]) => textOf(row.get(field)));
    if (values.includes(undefined)) return undefined;
    if (kind === "cidrlookup") return table.rowOfAddress(values[0] ?? "", matches[0]?.[0]);
    return table.rowWith(
      matches.map(([column = ""]) => column),
      values as string[],
    );
  }
}

/** Beside each row, the one in the same place of another query's. */
export class Appended extends Through {
  readonly #other: OtherRows;
  readonly #names: readonly string[];
  readonly #overrides: boolean;
  readonly #most: number;
  #at = 0;

  constructor(
    next: Stage,
    { overrides, most, subquery }: { overrides: boolean; most: number; subquery: OtherRows },
    names: readonly string[],
  ) {
    super(next);
    this.#other = subquery;
    this.#names = names;
    this.#overrides = overrides;
    this.#most = most;
  }

  take(row: Row): void {
    const beside = this.#at < this.#most ? this.#other.rows[this.#at] : undefined;
    this.#at++;
    for (const name of beside ? this.#names : []) {
      if (this.#overrides || isEmpty(row, name)) row.set(name, beside?.get(name));
    }
    this.next.take(row);
  }
}
