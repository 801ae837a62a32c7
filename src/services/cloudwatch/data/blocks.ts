import { newTally, type Tally, valuesOf } from "../../../kernel/tally.ts";
import type { Value } from "../../../store/store.ts";
import { UNITS, type Unit } from "./units.ts";

/** What a metric holds of one moment in one unit. */
export interface Point {
  readonly startMs: number;
  readonly unit: Unit;
  readonly tally: Tally;
}

/** Points that lie under one key, each once for a moment and a unit. */
export type Block = Map<string, Point>;

export const placeOf = (startMs: number, unit: Unit): string => `${startMs} ${unit}`;

/** As plain rows: offset, unit, count, sum, least, most, and the values with how often each came. */
export function packBlock(block: Block, blockStartMs: number): Value {
  return Array.from(block.values(), ({ startMs, unit, tally }) => {
    const { count, sum, minimum, maximum, blind, values } = tally;
    const row = [startMs - blockStartMs, UNITS.indexOf(unit), count, sum, minimum, maximum];
    if (blind) row.push(0);
    else if (values) for (const [value, times] of valuesOf(tally)) row.push(value, times);
    return row;
  });
}

export function unpackBlock(value: Value | undefined, blockStartMs: number): Block {
  const block: Block = new Map();
  for (const row of (value ?? []) as readonly (readonly number[])[]) {
    const [offset = 0, unitNumber = 0, count = 0, sum = 0, minimum = 0, maximum = 0] = row;
    const tally: Tally = { ...newTally(), count, sum, minimum, maximum };
    // A row ends with its values in pairs, or with a single 0 where nobody knows them.
    if (row.length === 7) tally.blind = true;
    else if (row.length > 7) {
      tally.values = new Map();
      for (let at = 6; at < row.length; at += 2) tally.values.set(row[at] ?? 0, row[at + 1] ?? 0);
    }
    const unit = UNITS[unitNumber] ?? "None";
    const startMs = blockStartMs + offset;
    block.set(placeOf(startMs, unit), { startMs, unit, tally });
  }
  return block;
}
