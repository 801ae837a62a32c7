import type { Evaluate } from "../compile.ts";
import type { Row } from "../row.ts";
import type { Value } from "../values.ts";

/** What is gathered over the rows of one group. */
export interface Gathering {
  add(row: Row): void;
  result(): Value;
}

/** Begins for a group: of what value, and with what the function takes besides. */
export type Begin = (value: Evaluate, second: number) => Gathering;
