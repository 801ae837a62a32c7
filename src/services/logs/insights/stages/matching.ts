import type { Evaluate } from "../compile.ts";
import type { JoinCommand } from "../reading/ast.ts";
import type { Row } from "../row.ts";
import { textOf } from "../values.ts";
import { type Stage, Through } from "./stage.ts";

/** `parse … multi`: a row for each match; a row without one passes as it is. */
export class ParsedEach extends Through {
  readonly #field: Evaluate;
  readonly #expression: RegExp;
  readonly #names: readonly string[];

  constructor(next: Stage, field: Evaluate, expression: RegExp, names: readonly string[]) {
    super(next);
    this.#field = field;
    this.#expression = new RegExp(expression.source, `${expression.flags}g`);
    this.#names = names;
  }

  take(row: Row): void {
    const matches = [...(textOf(this.#field(row)) ?? "").matchAll(this.#expression)];
    if (matches.length === 0) this.next.take(row);
    for (const match of matches) {
      const one = row.copy();
      for (const [index, name] of this.#names.entries()) {
        one.set(name, match.groups ? match.groups[name] : match[index + 1]);
      }
      this.next.take(one);
    }
  }
}

/** Rows with those of another query that have the same value of a field. */
export class Joined extends Through {
  readonly #join: JoinCommand;

  constructor(next: Stage, join: JoinCommand) {
    super(next);
    this.#join = join;
  }

  take(row: Row): void {
    const { type, left, right, leftField, rightField, subquery } = this.#join;
    const others = subquery.rowsWith(rightField, row.get(leftField));
    for (const other of others) this.next.take(row.joinedWith({ [left]: row, [right]: other }));
    if (others.length === 0 && type === "left") this.next.take(row.joinedWith({ [left]: row }));
  }
}
