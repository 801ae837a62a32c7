import type * as sdk from "@aws-sdk/client-pipes";
import type { Fault } from "../../kernel/faults.ts";
import { faultsOf } from "../define.ts";

/** Errors the model knows. */
const fault = faultsOf<typeof sdk>();

export function invalid(message: string): Fault {
  return fault("ValidationException", message);
}

export function pipeMissing(name: string): Fault {
  return fault("NotFoundException", `Pipe ${name} does not exist.`);
}

export function conflict(name: string, message: string): Fault {
  return fault("ConflictException", message, { resourceId: name, resourceType: "pipe" });
}
