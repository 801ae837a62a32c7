import type * as sdk from "@aws-sdk/client-sts";
import { Fault } from "../../kernel/faults.ts";
import { faultsOf } from "../define.ts";

/** Errors the model knows. */
export const fault = faultsOf<typeof sdk>();

/** The answer to input that is well formed but makes no sense. */
export function validationError(message: string): Fault {
  return new Fault("ValidationError", message);
}

export function accessDenied(message: string): Fault {
  return new Fault("AccessDenied", message, { status: 403 });
}
