import type * as sdk from "@aws-sdk/client-iam";
import { Fault } from "../../kernel/faults.ts";
import { faultsOf } from "../define.ts";

/** Errors the model knows. */
export const fault = faultsOf<typeof sdk>();

/** The answer to input that is well formed but makes no sense. */
export const validationError = (message: string): Fault => new Fault("ValidationError", message);

export const accessDenied = (message: string): Fault => new Fault("AccessDenied", message, { status: 403 });

export const missing = (message: string): Fault => fault("NoSuchEntityException", message);

export const overQuota = (quota: string, most: number): Fault =>
  fault("LimitExceededException", `Cannot exceed quota for ${quota}: ${most}`);

export const inUse = (what: string): Fault =>
  fault("DeleteConflictException", `Cannot delete entity, must ${what}.`);
