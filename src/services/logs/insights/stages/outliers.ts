import type { OutlierCommand } from "../reading/ast.ts";
import type { Row } from "../row.ts";
import { numberOf } from "../values.ts";
import { boundsOf } from "./quantiles.ts";
import { Holding, type Stage } from "./stage.ts";

/** Values that lie far off are cut to where they would not, or their rows are left out. */
export class WithoutOutliers extends Holding {
  readonly #command: OutlierCommand;

  constructor(next: Stage, command: OutlierCommand) {
    super(next);
    this.#command = command;
  }

  protected made(rows: Row[]): readonly Row[] {
    const { removes, fields } = this.#command;
    const off = new Set(fields.flatMap((field) => this.#settle(rows, field)));
    return removes ? rows.filter((row) => !off.has(row)) : rows;
  }

  /** The rows whose value lies far off. */
  #settle(rows: readonly Row[], field: string): Row[] {
    const { removes, range, usesLower, marks } = this.#command;
    const numbers = rows.flatMap((row) => numberOf(row.get(field)) ?? []);
    const { lower, upper } = boundsOf(numbers, range);
    const off: Row[] = [];
    for (const row of rows) {
      const number = numberOf(row.get(field));
      const isOff = number !== undefined && (number > upper || (usesLower && number < lower));
      if (isOff) off.push(row);
      if (isOff && !removes) row.set(field, number > upper ? upper : lower);
      if (marks) row.set(outlierMark(field), isOff);
    }
    return off;
  }
}

export const outlierMark = (field: string): string => `${field}_outlier`;
