import type { Fault } from "../../../../kernel/faults.ts";
import { invalid } from "../../values/value.ts";

/** The fault for a statement that cannot be read; AWS often has no detail. */
export function malformed(detail: string): Fault {
  return invalid(`Statement wasn't well formed, can't be processed: ${detail}`);
}
