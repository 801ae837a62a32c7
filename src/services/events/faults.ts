import type * as sdk from "@aws-sdk/client-eventbridge";
import { type Fault, platformFault } from "../../kernel/faults.ts";
import { faultsOf } from "../define.ts";

/** Errors the model knows. */
export const fault = faultsOf<typeof sdk>();

export function invalid(message: string): Fault {
  return platformFault("ValidationException", message);
}

/** AWS's words for a parameter that does not fit, and why. */
export function invalidParameter(name: string, reason: string): Fault {
  return invalid(`Parameter ${name} is not valid. Reason: ${reason}`);
}

export function busMissing(name: string): Fault {
  return fault("ResourceNotFoundException", `Event bus ${name} does not exist.`);
}

export function ruleMissing(rule: string, bus: string): Fault {
  return fault("ResourceNotFoundException", `Rule ${rule} does not exist on EventBus ${bus}.`);
}

/** For archives, replays, endpoints and event sources. */
export function missing(what: string, name: string): Fault {
  return fault("ResourceNotFoundException", `${what} ${name} does not exist.`);
}

export function exists(what: string, name: string): Fault {
  return fault("ResourceAlreadyExistsException", `${what} ${name} already exists.`);
}

export function tooMany(): Fault {
  return fault("LimitExceededException", "The requested resource exceeds the maximum number allowed.");
}
