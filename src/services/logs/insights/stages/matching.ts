import type { Evaluate } from "../compile.ts";
import type { JoinCommand } from "../reading/ast.ts";
import type { Row } from "../row.ts";
import { textOf } from "../values.ts";
import { type Stage, Through } from "./stage.ts";

/** What the names of an expression stand for in a text: its named groups, or its groups in their order. */
abstract class Matching extends Through {
  readonly #field: Evaluate;
  readonly #names: readonly string[];
  protected readonly expression: RegExp;

  constructor(next: Stage, field: Evaluate, expression: RegExp, names: readonly string[]) {
    super(next);
    this.#field = field;
    this.#names = names;
    this.expression = expression;
  }

  protected text(row: Row): string {
    return textOf(this.#field(row)) ?? "";
  }

  protected write(row: Row, match: RegExpMatchArray | null): Row {
    for (const [index, name] of this.#names.entries()) {
      row.set(name, match?.groups ? match.groups[name] : match?.[index + 1]);
    }
    return row;
  }
}

/** `parse`: what the first match says; nothing where there is none. */
export class Parsed extends Matching {
  take(row: Row): void {
    this.next.take(this.write(row, this.expression.exec(this.text(row))));
  }
}

/** `parse … multi`: a row for each match; a row without one passes as it is. */
export class ParsedEach extends Matching {
  constructor(next: Stage, field: Evaluate, expression: RegExp, names: readonly string[]) {
    super(next, field, new RegExp(expression.source, `${expression.flags}g`), names);
  }

  take(row: Row): void {
    const matches = [...this.text(row).matchAll(this.expression)];
    if (matches.length === 0) this.next.take(row);
    for (const match of matches) this.next.take(this.write(row.copy(), match));
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
