import { faultsOf } from "../define.ts";

/** CodeDeploy's own errors; all of them are in the model. */
export const fault = faultsOf<typeof import("@aws-sdk/client-codedeploy")>();
