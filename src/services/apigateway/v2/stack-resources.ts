import type { ResourceTypes } from "../../define.ts";
import { apis } from "./stack/apis.ts";
import { domains } from "./stack/domains.ts";
import { overrides } from "./stack/overrides.ts";
import { parts } from "./stack/parts.ts";

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_ApiGatewayV2.html */
export const v2Resources: ResourceTypes = { ...apis, ...parts, ...domains, ...overrides };
