import { Fault } from "../../kernel/faults.ts";
import { faultsOf, type ModelledFault } from "../define.ts";

const modelled = faultsOf<typeof import("@aws-sdk/client-lambda")>();

/** One of Lambda's own faults. Every one of them says in `Type` that the caller can mend it. */
export function fault(
  code: ModelledFault<typeof import("@aws-sdk/client-lambda")>,
  message: string,
  members: Record<string, unknown> = {},
): Fault {
  return modelled(code, message, { Type: "User", ...members });
}

export const revisionMismatch = (
  operation: "GetFunction/GetAlias" | "GetPolicy" | "GetLayerVersionPolicy" = "GetFunction/GetAlias",
) =>
  fault(
    "PreconditionFailedException",
    "The Revision Id provided does not match the latest Revision Id. " +
      `Call the ${operation} API to retrieve the latest Revision Id`,
  );

/** AWS answers this with a code that the model does not have. */
export const zipTooLarge = (mostBytes: number) =>
  new Fault("RequestEntityTooLargeException", `Zipped size must be smaller than ${mostBytes} bytes`, {
    status: 413,
  });

/** An event source that AWS has and this platform does not. */
export const missingSource = (name: string) =>
  new Fault("NotImplemented", `${name} is not part of this platform: no events come from it.`, {
    status: 501,
  });

/** The caller is of another account; AWS gives no reason for most operations. */
export const accessDenied = (message = "") => new Fault("AccessDeniedException", message, { status: 403 });
