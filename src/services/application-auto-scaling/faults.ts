import type * as sdk from "@aws-sdk/client-application-auto-scaling";
import { type Fault, platformFault } from "../../kernel/faults.ts";
import { faultsOf } from "../define.ts";
import type { TargetName } from "./records.ts";

/** Errors the model knows. */
export const fault = faultsOf<typeof sdk>();

export function invalid(message: string): Fault {
  return platformFault("ValidationException", message);
}

/** AWS's words for something of a target that is not there: a target, a policy, a scheduled action. */
export function notFound(
  what: string,
  { namespace, resourceId, dimension }: TargetName,
  name?: string,
): Fault {
  const named = name === undefined ? "" : ` named ${name}`;
  return fault(
    "ObjectNotFoundException",
    `No ${what} found${named} for service namespace: ${namespace}, resource ID: ${resourceId}, ` +
      `scalable dimension: ${dimension}`,
  );
}
