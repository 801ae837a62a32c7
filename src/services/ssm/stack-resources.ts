import type { ResourceTypes } from "../define.ts";
import {
  droppedTags,
  given,
  gone,
  type ResourceInput,
  tagList,
  tagsOf,
  text,
  unlessGone,
} from "../resource-types.ts";
import { invalid } from "./faults.ts";

const tagsFor = (resource: ResourceInput) =>
  Object.entries(tagsOf(resource)).map(([Key, Value]) => ({ Key, Value }));

/** A template would have its value for everybody to read. */
function settings({ properties }: ResourceInput) {
  if (text(properties.Type) === "SecureString")
    throw invalid("AWS CloudFormation does not support creating a SecureString parameter type.");
  return given({
    Type: text(properties.Type) as "String",
    Value: text(properties.Value),
    Description: text(properties.Description),
    AllowedPattern: text(properties.AllowedPattern),
    DataType: text(properties.DataType),
    Policies: text(properties.Policies),
    Tier: text(properties.Tier) as "Standard",
  });
}

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
    async update(context, resource, { id }, before) {
      await context.call("ssm", "PutParameter", {
        Name: id,
        Overwrite: true,
        ...settings(resource),
      } as never);
      const TagKeys = droppedTags(resource, before);
      if (TagKeys.length > 0)
        await context.call("ssm", "RemoveTagsFromResource", {
          ResourceType: "Parameter",
          ResourceId: id,
          TagKeys,
        });
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
    read: (context, { id: Name }) =>
      unlessGone(async () => {
        const { Parameter: found } = await context.call("ssm", "GetParameter", { Name });
        const named = { ResourceType: "Parameter", ResourceId: Name } as const;
        const { TagList } = await context.call("ssm", "ListTagsForResource", named);
        const tags = Object.fromEntries((TagList ?? []).map(({ Key = "", Value }) => [Key, Value]));
        const { Type, Value, DataType } = found ?? {};
        return { Name, Type, Value, DataType, Tags: tagList(tags) };
      }, "ParameterNotFound"),
  },
};
