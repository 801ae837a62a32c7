import type * as sdk from "@aws-sdk/client-cloudformation";
import { Fault } from "../../kernel/faults.ts";
import { faultsOf } from "../define.ts";

export const fault = faultsOf<typeof sdk>();

/** Most of what CloudFormation refuses it refuses so. */
export const invalid = (message: string) => new Fault("ValidationError", message, { status: 400 });

export const noStack = (name: string) => invalid(`Stack with id ${name} does not exist`);

/** What was waited for has not come: events say it as it is. */
export const unstable = (message: string) => new Fault(UNSTABLE, message);
export const UNSTABLE = "NotStabilized";
