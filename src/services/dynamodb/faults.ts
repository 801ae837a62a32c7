import type * as sdk from "@aws-sdk/client-dynamodb";
import type { Fault } from "../../kernel/faults.ts";
import { faultsOf } from "../define.ts";

/** Errors the model knows. */
export const fault = faultsOf<typeof sdk>();

/** A table that an operation on items does not find. */
export function tableMissing(): Fault {
  return fault("ResourceNotFoundException", "Requested resource not found");
}

/** A table that an operation on tables does not find. */
export function namedTableMissing(name: string): Fault {
  return fault("ResourceNotFoundException", `Requested resource not found: Table: ${name} not found`);
}
