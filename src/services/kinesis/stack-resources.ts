import type { Context, ResourceTypes } from "../define.ts";
import {
  droppedTags,
  gone,
  HalfMade,
  members,
  number,
  type Properties,
  tagList,
  tagsOf,
  text,
  unlessGone,
} from "../resource-types.ts";

const MISSING = "ResourceNotFoundException";
const PAUSE_MS = 1000;

async function stream(context: Context, StreamName: string) {
  const { StreamDescriptionSummary } = await context.call("kinesis", "DescribeStreamSummary", { StreamName });
  const { StreamARN = "" } = StreamDescriptionSummary ?? {};
  return { id: StreamName, attributes: { Arn: StreamARN } };
}

/** Nothing is done to a stream that is being made or changed, which takes its time where that is wanted. */
async function active(context: Context, StreamName: string) {
  for (;;) {
    const { StreamDescriptionSummary: stream } = await context.call("kinesis", "DescribeStreamSummary", {
      StreamName,
    });
    if (stream?.StreamStatus === "ACTIVE") return stream;
    const resume = context.rest();
    await context.clock.sleep(PAUSE_MS, context.signal).finally(resume);
  }
}

/** What a stream is where its template says nothing of it. */
const USUAL = { hours: 24, mode: "PROVISIONED", recordKib: 1024 };

const settingsOf = (properties: Properties) => {
  const { EncryptionType, KeyId } = members(properties.StreamEncryption);
  return {
    count: number(properties.ShardCount),
    hours: number(properties.RetentionPeriodHours) ?? USUAL.hours,
    key: EncryptionType === "KMS" ? text(KeyId) : undefined,
    mode: text(members(properties.StreamModeDetails).StreamMode) ?? USUAL.mode,
    recordKib: number(properties.MaxRecordSizeInKiB) ?? USUAL.recordKib,
    warmMibps: number(properties.WarmThroughputMiBps),
  };
};

type Settings = ReturnType<typeof settingsOf>;

/** Changes what is to be otherwise, one after the other: the mode first, as the shards depend on it. */
async function change(context: Context, StreamName: string, had: Settings, is: Settings): Promise<void> {
  const { StreamARN } = await active(context, StreamName);
  if (is.mode !== had.mode) {
    const StreamModeDetails = { StreamMode: is.mode as "ON_DEMAND" };
    await context.call("kinesis", "UpdateStreamMode", { StreamARN, StreamModeDetails });
  }
  await changeShards(context, StreamName, had, is);
  await active(context, StreamName);
  if (is.hours !== had.hours) {
    const operation =
      is.hours > had.hours ? "IncreaseStreamRetentionPeriod" : "DecreaseStreamRetentionPeriod";
    await context.call("kinesis", operation, { StreamName, RetentionPeriodHours: is.hours });
    await active(context, StreamName);
  }
  if (is.recordKib !== had.recordKib) {
    const MaxRecordSizeInKiB = is.recordKib;
    await context.call("kinesis", "UpdateMaxRecordSize", { StreamARN, MaxRecordSizeInKiB });
    await active(context, StreamName);
  }
  if (is.warmMibps !== undefined && is.warmMibps !== had.warmMibps) {
    const WarmThroughputMiBps = is.warmMibps;
    await context.call("kinesis", "UpdateStreamWarmThroughput", { StreamARN, WarmThroughputMiBps });
    await active(context, StreamName);
  }
  if (is.key === had.key) return;
  const operation = is.key === undefined ? "StopStreamEncryption" : "StartStreamEncryption";
  await context.call("kinesis", operation, {
    StreamName,
    EncryptionType: "KMS",
    KeyId: is.key ?? had.key,
  });
}

async function changeShards(context: Context, StreamName: string, had: Settings, is: Settings) {
  if (is.mode !== "PROVISIONED" || (is.count === had.count && is.mode === had.mode)) return;
  const { OpenShardCount } = await active(context, StreamName);
  if (is.count === undefined || is.count === OpenShardCount) return;
  await context.call("kinesis", "UpdateShardCount", {
    StreamName,
    TargetShardCount: is.count,
    ScalingType: "UNIFORM_SCALING",
  });
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_Kinesis.html */
export const resources: ResourceTypes = {
  "AWS::Kinesis::Stream": {
    attributes: ["Arn"],
    properties: {
      DesiredShardLevelMetrics: "accepted",
      MaxRecordSizeInKiB: "update",
      Name: "replace",
      RetentionPeriodHours: "update",
      ShardCount: "update",
      StreamEncryption: "accepted",
      StreamModeDetails: "update",
      Tags: "update",
      WarmThroughputMiBps: "update",
    },
    async create(context, resource) {
      const StreamName = text(resource.properties.Name) ?? resource.name(128);
      const is = settingsOf(resource.properties);
      await context.call("kinesis", "CreateStream", {
        StreamName,
        ...(is.mode === "PROVISIONED" ? { ShardCount: is.count ?? 1 } : {}),
        StreamModeDetails: { StreamMode: is.mode as "ON_DEMAND" },
        MaxRecordSizeInKiB: is.recordKib,
        ...(is.warmMibps === undefined ? {} : { WarmThroughputMiBps: is.warmMibps }),
        Tags: tagsOf(resource),
      });
      try {
        await change(context, StreamName, { ...is, hours: USUAL.hours, key: undefined }, is);
        return await stream(context, StreamName);
      } catch (error) {
        throw new HalfMade(error, await stream(context, StreamName));
      }
    },
    async update(context, resource, { id }, before) {
      await change(context, id, settingsOf(before), settingsOf(resource.properties));
      const dropped = droppedTags(resource, before);
      if (dropped.length > 0)
        await context.call("kinesis", "RemoveTagsFromStream", { StreamName: id, TagKeys: dropped });
      if (Object.keys(tagsOf(resource)).length > 0)
        await context.call("kinesis", "AddTagsToStream", { StreamName: id, Tags: tagsOf(resource) });
      return stream(context, id);
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
          MaxRecordSizeInKiB: stream?.MaxRecordSizeInKiB,
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
  "AWS::Kinesis::ResourcePolicy": {
    attributes: [],
    properties: { ResourceArn: "replace", ResourcePolicy: "accepted" },
    required: ["ResourceArn", "ResourcePolicy"],
    create: (context, { properties }) => putPolicy(context, properties),
    update: (context, { properties }) => putPolicy(context, properties),
    delete: (context, { id }) =>
      gone(context.call("kinesis", "DeleteResourcePolicy", { ResourceARN: id }), MISSING),
  },
};

async function putPolicy(context: Context, { ResourceArn, ResourcePolicy }: Properties) {
  const ResourceARN = text(ResourceArn) ?? "";
  await context.call("kinesis", "PutResourcePolicy", { ResourceARN, Policy: text(ResourcePolicy) });
  return { id: ResourceARN, attributes: {} };
}
