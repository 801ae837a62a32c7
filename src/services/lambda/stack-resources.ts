import type { ResourceTypes } from "../define.ts";
import { functions } from "./stack-functions.ts";
import { invocations } from "./stack-invocations.ts";
import { layers } from "./stack-layers.ts";

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_Lambda.html */
export const resources: ResourceTypes = { ...functions, ...invocations, ...layers };
