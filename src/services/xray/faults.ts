import { faultsOf } from "../define.ts";

/** X-Ray's own errors. */
export const fault = faultsOf<typeof import("@aws-sdk/client-xray")>();

export const invalid = (message: string) => fault("InvalidRequestException", message);
