import { Fault, platformFault } from "../../kernel/faults.ts";
import { faultsOf } from "../define.ts";

/** Errors the model knows. */
export const fault = faultsOf<typeof import("@aws-sdk/client-secrets-manager")>();

/** What no shape describes. */
export const invalid = (message: string) => platformFault("ValidationException", message);

export const denied = (message: string) => new Fault("AccessDeniedException", message, { status: 400 });

export const notFound = () =>
  fault("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");

export const noValue = (what: string) =>
  fault("ResourceNotFoundException", `Secrets Manager can't find the specified secret value for ${what}`);
