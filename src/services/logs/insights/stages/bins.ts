import { capped } from "../periods.ts";
import type { Command, Expression, Period } from "../reading/ast.ts";

/** By which column `stats` groups times, and by how much; the others are grouped by for each. */
export interface Bins {
  readonly name: string;
  readonly period: Period;
  readonly others: readonly string[];
}

/** Of the last `stats` among some commands. */
export function binsOf(commands: readonly Command[]): Bins | undefined {
  const stats = commands.findLast((command) => command.kind === "stats");
  if (stats?.kind !== "stats") return undefined;
  for (const { expression, name } of stats.by) {
    const period = periodOf(expression);
    if (!period) continue;
    return { name, period, others: stats.by.map((one) => one.name).filter((one) => one !== name) };
  }
  return undefined;
}

function periodOf(expression: Expression): Period | undefined {
  if (expression.kind !== "call") return undefined;
  const period = { bin: 0, datefloor: 1, dateceil: 1 }[expression.name];
  const found = period === undefined ? undefined : expression.arguments[period];
  return found?.kind === "period" ? capped(found) : undefined;
}
