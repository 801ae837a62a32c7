import type * as sdk from "@aws-sdk/client-scheduler";
import type { Fault } from "../../kernel/faults.ts";
import { faultsOf } from "../define.ts";

/** The service's errors write their message with a capital letter. */
const modelled = faultsOf<typeof sdk>();

export function fault(code: Parameters<typeof modelled>[0], message: string): Fault {
  return modelled(code, message, { Message: message });
}

export function invalid(message: string): Fault {
  return fault("ValidationException", message);
}

export function scheduleMissing(name: string): Fault {
  return fault("ResourceNotFoundException", `Schedule ${name} does not exist.`);
}

export function groupMissing(name: string): Fault {
  return fault("ResourceNotFoundException", `Schedule group ${name} does not exist.`);
}
