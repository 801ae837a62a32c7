import { Fault, platformFault } from "../../kernel/faults.ts";
import { faultsOf } from "../define.ts";

/** Errors the model knows. */
export const fault = faultsOf<typeof import("@aws-sdk/client-kms")>();

/** What no shape describes. */
export const invalid = (message: string) => platformFault("ValidationException", message);

export const denied = (caller: string, operation: string, arn: string) =>
  new Fault(
    "AccessDeniedException",
    `User: ${caller} is not authorized to perform: kms:${operation} on resource: ${arn}`,
    { status: 400 },
  );

/** What a ciphertext names is not there, or not for the caller: AWS does not tell which. */
export const unknownKey = () =>
  new Fault(
    "AccessDeniedException",
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, " +
      "or you are not allowed to access.",
    { status: 400 },
  );

/** What is asked for would be done, were it not asked for only to see whether it would. */
export function endDryRun({ DryRun }: { readonly DryRun?: boolean | undefined }): void {
  if (!DryRun) return;
  throw fault("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");
}
