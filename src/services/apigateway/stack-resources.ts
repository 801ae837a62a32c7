import type { ResourceTypes } from "../define.ts";
import { restResources } from "./rest/stack-resources.ts";
import { v2Resources } from "./v2/stack-resources.ts";

/** What stacks may have of API Gateway. */
export const resources: ResourceTypes = { ...restResources, ...v2Resources };
