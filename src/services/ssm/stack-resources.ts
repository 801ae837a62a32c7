import type { ResourceTypes } from "../define.ts";
import { given, gone, type ResourceInput, tagsOf, text } from "../resource-types.ts";

const tagsFor = (resource: ResourceInput) =>
  Object.entries(tagsOf(resource)).map(([Key, Value]) => ({ Key, Value }));

const settings = ({ properties }: ResourceInput) =>
  given({
    Type: text(properties.Type) as "String",
    Value: text(properties.Value),
    Description: text(properties.Description),
    AllowedPattern: text(properties.AllowedPattern),
    DataType: text(properties.DataType),
    Policies: text(properties.Policies),
    Tier: text(properties.Tier) as "Standard",
  });

const made = (Name: string, { properties }: ResourceInput) => ({
  id: Name,
  attributes: { Type: text(properties.Type) ?? "", Value: text(properties.Value) ?? "" },
});

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_SSM.html */
export const resources: ResourceTypes = {
  "AWS::SSM::Parameter": {
    properties: {
      AllowedPattern: "update",
      DataType: "update",
      Description: "update",
      Name: "replace",
      Policies: "update",
      Tags: "update",
      Tier: "update",
      Type: "update",
      Value: "update",
    },
    attributes: ["Type", "Value"],
    required: ["Type", "Value"],
    async create(context, resource) {
      const Name = text(resource.properties.Name) ?? resource.name(1000);
      await context.call("ssm", "PutParameter", {
        Name,
        ...settings(resource),
        Tags: tagsFor(resource),
      } as never);
      return made(Name, resource);
    },
    async update(context, resource, { id }) {
      await context.call("ssm", "PutParameter", {
        Name: id,
        Overwrite: true,
        ...settings(resource),
      } as never);
      if (tagsFor(resource).length > 0)
        await context.call("ssm", "AddTagsToResource", {
          ResourceType: "Parameter",
          ResourceId: id,
          Tags: tagsFor(resource),
        });
      return made(id, resource);
    },
    delete: (context, { id }) =>
      gone(context.call("ssm", "DeleteParameter", { Name: id }), "ParameterNotFound"),
  },
};
