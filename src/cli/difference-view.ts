import type { Json } from "../deploy/parse.ts";
import type { Difference } from "../projects/difference.ts";
import { type Palette, printable } from "./terminal.ts";

const MOST = 100;

/** Differences as lines: what was, what is, and where. */
export function drawDifferences(all: readonly Difference[], colours: Palette): string[] {
  return all.flatMap(({ path, before, after }) => [
    `  ${printable(path)}`,
    ...(before === undefined ? [] : [colours.red(`    - ${textOf(before)}`)]),
    ...(after === undefined ? [] : [colours.green(`    + ${textOf(after)}`)]),
  ]);
}

function textOf(value: Json): string {
  const text = printable(typeof value === "string" ? value : JSON.stringify(value));
  return text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text;
}
