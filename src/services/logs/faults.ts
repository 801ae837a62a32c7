import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import { Fault } from "../../kernel/faults.ts";
import { faultsOf } from "../define.ts";

/** Errors the model knows. */
export const fault = faultsOf<typeof sdk>();

export const invalid = (message: string): Fault => fault("InvalidParameterException", message);

export const missing = (message: string): Fault => fault("ResourceNotFoundException", message);

export const limitExceeded = (message: string): Fault => fault("LimitExceededException", message);

export const groupMissing = (): Fault => missing("The specified log group does not exist.");

export const streamMissing = (): Fault => missing("The specified log stream does not exist.");

export const badToken = (): Fault => invalid("The specified nextToken is invalid.");

/** What AWS has and this platform does not, beyond whole operations. */
export const notHere = (what: string): Fault => new Fault("NotImplemented", what, { status: 501 });
