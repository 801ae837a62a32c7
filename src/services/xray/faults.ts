import { Fault } from "../../kernel/faults.ts";
import { faultsOf } from "../define.ts";

/** X-Ray's own errors. */
export const fault = faultsOf<typeof import("@aws-sdk/client-xray")>();

export const invalid = (message: string) => fault("InvalidRequestException", message);

export const missing = (message: string) => fault("ResourceNotFoundException", message);

/** What AWS has and this platform does not, beyond whole operations. */
export const notHere = (what: string): Fault => new Fault("NotImplemented", what, { status: 501 });
