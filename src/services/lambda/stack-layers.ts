// What stacks may have of layers.
import type { ResourceTypes } from "../define.ts";
import { given, gone, list, members, text } from "../resource-types.ts";

const MISSING = "ResourceNotFoundException";

const split = (arn: string) => {
  const parts = arn.split(":");
  return { LayerName: parts.slice(0, -1).join(":"), VersionNumber: Number(parts.at(-1)) };
};

export const layers: ResourceTypes = {
  "AWS::Lambda::LayerVersion": {
    attributes: ["LayerVersionArn"],
    properties: {
      CompatibleArchitectures: "replace",
      CompatibleRuntimes: "replace",
      Content: "replace",
      Description: "replace",
      LayerName: "replace",
      LicenseInfo: "replace",
    },
    required: ["Content"],
    async create(context, { properties, name }) {
      const content = members(properties.Content);
      const { LayerVersionArn = "" } = await context.call(
        "lambda",
        "PublishLayerVersion",
        given({
          LayerName: text(properties.LayerName) ?? name(140),
          Content: given({
            S3Bucket: text(content.S3Bucket),
            S3Key: text(content.S3Key),
            S3ObjectVersion: text(content.S3ObjectVersion),
          }),
          Description: text(properties.Description),
          LicenseInfo: text(properties.LicenseInfo),
          CompatibleRuntimes: properties.CompatibleRuntimes && list(properties.CompatibleRuntimes).map(text),
          CompatibleArchitectures:
            properties.CompatibleArchitectures && list(properties.CompatibleArchitectures).map(text),
        }) as never,
      );
      return { id: LayerVersionArn, attributes: { LayerVersionArn } };
    },
    delete: (context, { id }) => gone(context.call("lambda", "DeleteLayerVersion", split(id)), MISSING),
  },
  "AWS::Lambda::LayerVersionPermission": {
    attributes: ["Id"],
    properties: {
      Action: "replace",
      LayerVersionArn: "replace",
      OrganizationId: "replace",
      Principal: "replace",
    },
    required: ["Action", "LayerVersionArn", "Principal"],
    async create(context, { properties, name }) {
      const arn = text(properties.LayerVersionArn) ?? "";
      const StatementId = name(100);
      await context.call("lambda", "AddLayerVersionPermission", {
        ...split(arn),
        StatementId,
        Action: text(properties.Action),
        Principal: text(properties.Principal),
        ...given({ OrganizationId: text(properties.OrganizationId) }),
      });
      return { id: `${arn}#${StatementId}`, attributes: { Id: `${arn}#${StatementId}` } };
    },
    delete: (context, { id }) => {
      const [arn = "", StatementId] = id.split("#");
      const call = context.call("lambda", "RemoveLayerVersionPermission", { ...split(arn), StatementId });
      return gone(call, MISSING);
    },
  },
};
