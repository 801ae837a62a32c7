import type { ResourceTypes } from "../define.ts";
import { customResource } from "./custom-resources.ts";
import { macro } from "./macros.ts";
import { nestedStack } from "./nested-stacks.ts";
import { waitConditions } from "./wait-conditions.ts";

/** Resources that belong to no service here, and those that only say something. */
export const resources: ResourceTypes = {
  "AWS::CDK::Metadata": {
    attributes: [],
    properties: { Analytics: "update" },
    create: async (_context, resource) => ({ id: resource.name(128), attributes: {} }),
    update: async (_context, _resource, made) => made,
    delete: async () => {},
  },
  ...waitConditions,
  "AWS::CloudFormation::CustomResource": customResource,
  "AWS::CloudFormation::Macro": macro,
  "AWS::CloudFormation::Stack": nestedStack,
};
