import type { ResourceTypes } from "../define.ts";
import { droppedTags, given, gone, type Properties, tagsOf, text } from "../resource-types.ts";

const MISSING = "NotFoundException";

const pipeOf = (properties: Properties) =>
  given({
    Description: text(properties.Description),
    DesiredState: text(properties.DesiredState) as "RUNNING",
    Enrichment: text(properties.Enrichment),
    EnrichmentParameters: properties.EnrichmentParameters as never,
    RoleArn: text(properties.RoleArn),
    Target: text(properties.Target),
    TargetParameters: properties.TargetParameters as never,
  });

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_Pipes.html */
export const resources: ResourceTypes = {
  "AWS::Pipes::Pipe": {
    attributes: ["Arn", "CurrentState"],
    properties: {
      Description: "update",
      DesiredState: "update",
      Enrichment: "update",
      EnrichmentParameters: "update",
      KmsKeyIdentifier: "accepted",
      LogConfiguration: "accepted",
      Name: "replace",
      RoleArn: "update",
      Source: "replace",
      SourceParameters: "replace",
      Tags: "update",
      Target: "update",
      TargetParameters: "update",
    },
    required: ["RoleArn", "Source", "Target"],
    async create(context, resource) {
      const { properties } = resource;
      const Name = text(properties.Name) ?? resource.name(64);
      const { Arn = "" } = await context.call("pipes", "CreatePipe", {
        Name,
        Source: text(properties.Source),
        SourceParameters: properties.SourceParameters,
        Tags: tagsOf(resource),
        ...pipeOf(properties),
      } as never);
      return { id: Name, attributes: { Arn, CurrentState: "RUNNING" } };
    },
    async update(context, resource, made, before) {
      await context.call("pipes", "UpdatePipe", { Name: made.id, ...pipeOf(resource.properties) } as never);
      const resourceArn = text(made.attributes.Arn);
      const tagKeys = droppedTags(resource, before);
      if (tagKeys.length > 0) await context.call("pipes", "UntagResource", { resourceArn, tagKeys });
      const tags = tagsOf(resource);
      if (Object.keys(tags).length > 0) await context.call("pipes", "TagResource", { resourceArn, tags });
      return made;
    },
    delete: (context, { id }) => gone(context.call("pipes", "DeletePipe", { Name: id }), MISSING),
  },
};
