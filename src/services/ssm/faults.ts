import { Fault } from "../../kernel/faults.ts";
import { faultsOf } from "../define.ts";

/** Errors the model knows. */
export const fault = faultsOf<typeof import("@aws-sdk/client-ssm")>();

/** What no shape describes. */
export const invalid = (message: string) => new Fault("ValidationException", message, { status: 400 });

/** AWS says no more than the code. */
export const notFound = (name = "") => fault("ParameterNotFound", name && `Parameter ${name} not found.`);
