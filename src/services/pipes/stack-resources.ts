import type { Context, ResourceTypes } from "../define.ts";
import { callWithProperties } from "../property-input.ts";
import { droppedTags, gone, HalfMade, type Made, members, tagsOf, text } from "../resource-types.ts";
import { invalid } from "./faults.ts";

const MISSING = "NotFoundException";

/** What an update says where its template says nothing: so it is again as it was made without. */
const NOTHING = {
  Description: "",
  DesiredState: "RUNNING",
  Enrichment: "",
  EnrichmentParameters: {},
  TargetParameters: {},
};

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
      SourceParameters: "update",
      Tags: "update",
      Target: "update",
      TargetParameters: "update",
    },
    replacing: ["KinesisStreamParameters", "DynamoDBStreamParameters"].flatMap((kind) => [
      ["SourceParameters", kind, "StartingPosition"],
      ["SourceParameters", kind, "StartingPositionTimestamp"],
    ]),
    required: ["RoleArn", "Source", "Target"],
    async create(context, resource) {
      const { properties } = resource;
      const Name = text(properties.Name) ?? resource.name(64);
      const Tags = tagsOf(resource);
      const input = { ...properties, Name, Tags: Object.keys(Tags).length > 0 ? Tags : undefined };
      const { Arn = "" } = await callWithProperties(context, "pipes", "CreatePipe", input);
      return running(context, { id: Name, attributes: { Arn, CurrentState: "RUNNING" } });
    },
    async update(context, resource, made, before) {
      const { SourceParameters, ...rest } = resource.properties;
      const sources = { FilterCriteria: { Filters: [] }, ...members(SourceParameters) };
      await callWithProperties(context, "pipes", "UpdatePipe", {
        ...NOTHING,
        ...rest,
        Name: made.id,
        SourceParameters: sources,
      });
      await running(context, made);
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

/** A pipe that the platform cannot run says why, and is none for its stack. */
async function running(context: Context, made: Made): Promise<Made> {
  const { CurrentState = "", StateReason = "" } = await context.call("pipes", "DescribePipe", {
    Name: made.id,
  });
  if (CurrentState.endsWith("_FAILED")) throw new HalfMade(invalid(StateReason), made);
  return made;
}
