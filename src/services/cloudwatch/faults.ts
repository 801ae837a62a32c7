import type * as sdk from "@aws-sdk/client-cloudwatch";
import { Fault } from "../../kernel/faults.ts";
import { faultsOf } from "../define.ts";

/** Errors the model knows. */
export const fault = faultsOf<typeof sdk>();

export const invalidValue = (message: string): Fault => fault("InvalidParameterValueException", message);

export const invalidCombination = (message: string): Fault =>
  fault("InvalidParameterCombinationException", message);

export const missingParameter = (message: string): Fault =>
  fault("MissingRequiredParameterException", message);

export const badToken = (): Fault => fault("InvalidNextToken", "Invalid NextToken");

/** What CloudWatch answers where its model names nothing better. */
export const validationError = (message: string): Fault => new Fault("ValidationError", message);

/** What AWS has and this platform does not, beyond whole operations. */
export const notHere = (what: string): Fault => new Fault("NotImplemented", what, { status: 501 });
