import type { Context, ResourceTypes } from "../define.ts";
import {
  droppedTags,
  given,
  gone,
  members,
  number,
  tagList,
  tagsOf,
  text,
  unlessGone,
} from "../resource-types.ts";

const MISSING = "ResourceNotFoundException";

async function stream(context: Context, StreamName: string) {
  const { StreamDescriptionSummary } = await context.call("kinesis", "DescribeStreamSummary", { StreamName });
  const { StreamARN = "" } = StreamDescriptionSummary ?? {};
  return { id: StreamName, attributes: { Arn: StreamARN } };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_Kinesis.html */
export const resources: ResourceTypes = {
  "AWS::Kinesis::Stream": {
    attributes: ["Arn"],
    properties: {
      DesiredShardLevelMetrics: "accepted",
      Name: "replace",
      RetentionPeriodHours: "update",
      ShardCount: "update",
      StreamEncryption: "accepted",
      StreamModeDetails: "update",
      Tags: "update",
    },
    async create(context, resource) {
      const { properties } = resource;
      const StreamName = text(properties.Name) ?? resource.name(128);
      const mode = text(members(properties.StreamModeDetails).StreamMode);
      await context.call(
        "kinesis",
        "CreateStream",
        given({
          StreamName,
          ShardCount: mode === "ON_DEMAND" ? undefined : (number(properties.ShardCount) ?? 1),
          StreamModeDetails: mode === undefined ? undefined : { StreamMode: mode as "ON_DEMAND" },
          Tags: tagsOf(resource),
        }) as never,
      );
      const hours = number(properties.RetentionPeriodHours);
      if (hours !== undefined && hours > 24) {
        await context.call("kinesis", "IncreaseStreamRetentionPeriod", {
          StreamName,
          RetentionPeriodHours: hours,
        });
      }
      return stream(context, StreamName);
    },
    async update(context, resource, { id }, before) {
      const { properties } = resource;
      const count = number(properties.ShardCount);
      if (count !== undefined && count !== number(before.ShardCount)) {
        await context.call("kinesis", "UpdateShardCount", {
          StreamName: id,
          TargetShardCount: count,
          ScalingType: "UNIFORM_SCALING",
        });
      }
      const hours = number(properties.RetentionPeriodHours) ?? 24;
      const had = number(before.RetentionPeriodHours) ?? 24;
      if (hours > had)
        await context.call("kinesis", "IncreaseStreamRetentionPeriod", {
          StreamName: id,
          RetentionPeriodHours: hours,
        });
      if (hours < had)
        await context.call("kinesis", "DecreaseStreamRetentionPeriod", {
          StreamName: id,
          RetentionPeriodHours: hours,
        });
      const made = await stream(context, id);
      const mode = text(members(properties.StreamModeDetails).StreamMode);
      if (mode !== undefined && mode !== text(members(before.StreamModeDetails).StreamMode)) {
        await context.call("kinesis", "UpdateStreamMode", {
          StreamARN: made.attributes.Arn,
          StreamModeDetails: { StreamMode: mode as "ON_DEMAND" },
        });
      }
      const dropped = droppedTags(resource, before);
      if (dropped.length > 0)
        await context.call("kinesis", "RemoveTagsFromStream", { StreamName: id, TagKeys: dropped });
      if (Object.keys(tagsOf(resource)).length > 0)
        await context.call("kinesis", "AddTagsToStream", { StreamName: id, Tags: tagsOf(resource) });
      return made;
    },
    delete: (context, { id }) =>
      gone(
        context.call("kinesis", "DeleteStream", { StreamName: id, EnforceConsumerDeletion: true }),
        MISSING,
      ),
    read: (context, { id: StreamName }) =>
      unlessGone(async () => {
        const { StreamDescriptionSummary: stream } = await context.call("kinesis", "DescribeStreamSummary", {
          StreamName,
        });
        const { Tags } = await context.call("kinesis", "ListTagsForStream", { StreamName });
        const StreamMode = stream?.StreamModeDetails?.StreamMode;
        return {
          Name: StreamName,
          RetentionPeriodHours: stream?.RetentionPeriodHours,
          ShardCount: stream?.OpenShardCount,
          StreamModeDetails: StreamMode && { StreamMode },
          Tags: tagList(Object.fromEntries((Tags ?? []).map(({ Key = "", Value }) => [Key, Value]))),
        };
      }, MISSING),
  },
  "AWS::Kinesis::StreamConsumer": {
    attributes: ["ConsumerARN", "ConsumerName", "ConsumerStatus", "StreamARN"],
    properties: { ConsumerName: "replace", StreamARN: "replace", Tags: "replace" },
    required: ["ConsumerName", "StreamARN"],
    async create(context, resource) {
      const { properties } = resource;
      const { Consumer } = await context.call("kinesis", "RegisterStreamConsumer", {
        StreamARN: text(properties.StreamARN),
        ConsumerName: text(properties.ConsumerName),
        Tags: tagsOf(resource),
      });
      const { ConsumerARN = "", ConsumerName = "", ConsumerStatus = "" } = Consumer ?? {};
      return {
        id: ConsumerARN,
        attributes: {
          ConsumerARN,
          ConsumerName,
          ConsumerStatus,
          StreamARN: text(properties.StreamARN) ?? "",
        },
      };
    },
    delete: (context, { id }) =>
      gone(context.call("kinesis", "DeregisterStreamConsumer", { ConsumerARN: id }), MISSING),
  },
};
