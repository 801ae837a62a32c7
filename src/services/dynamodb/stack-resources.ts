import type { Context, ResourceTypes } from "../define.ts";
import {
  droppedTags,
  flag,
  given,
  gone,
  list,
  members,
  number,
  type Properties,
  type Property,
  tagList,
  tagsOf,
  text,
  unlessGone,
} from "../resource-types.ts";

const MISSING = "ResourceNotFoundException";

function throughput(value: Property | undefined) {
  if (value === undefined) return undefined;
  const { ReadCapacityUnits, WriteCapacityUnits } = members(value);
  return { ReadCapacityUnits: number(ReadCapacityUnits), WriteCapacityUnits: number(WriteCapacityUnits) };
}

const indexes = (value: Property | undefined) =>
  value === undefined
    ? undefined
    : list(value).map((each) => {
        const { ContributorInsightsSpecification: _insights, ProvisionedThroughput, ...rest } = members(each);
        return given({ ...rest, ProvisionedThroughput: throughput(ProvisionedThroughput) });
      });

const stream = (value: Property | undefined) =>
  value === undefined
    ? undefined
    : { StreamEnabled: true, StreamViewType: text(members(value).StreamViewType) };

const encryption = (value: Property | undefined) => {
  if (value === undefined) return undefined;
  const { SSEEnabled, SSEType, KMSMasterKeyId } = members(value);
  return given({ Enabled: flag(SSEEnabled), SSEType, KMSMasterKeyId });
};

async function table(context: Context, TableName: string) {
  const { Table = {} } = await context.call("dynamodb", "DescribeTable", { TableName });
  const { TableArn = "", LatestStreamArn } = Table;
  return {
    id: TableName,
    attributes: {
      Arn: TableArn,
      TableId: Table.TableId ?? "",
      ...(LatestStreamArn ? { StreamArn: LatestStreamArn } : {}),
    },
  };
}

async function settle(
  context: Context,
  TableName: string,
  properties: Properties,
  before: Properties,
): Promise<void> {
  const ttl = members(properties.TimeToLiveSpecification);
  const old = members(before.TimeToLiveSpecification);
  if (text(ttl) !== text(old)) {
    const AttributeName = text(ttl.AttributeName ?? old.AttributeName);
    const Enabled = properties.TimeToLiveSpecification !== undefined && flag(ttl.Enabled) === true;
    if (Enabled || flag(old.Enabled)) {
      await context.call("dynamodb", "UpdateTimeToLive", {
        TableName,
        TimeToLiveSpecification: { AttributeName, Enabled },
      });
    }
  }
  const recovery =
    flag(members(properties.PointInTimeRecoverySpecification).PointInTimeRecoveryEnabled) ?? false;
  const had = flag(members(before.PointInTimeRecoverySpecification).PointInTimeRecoveryEnabled) ?? false;
  if (recovery !== had) {
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: recovery };
    await context.call("dynamodb", "UpdateContinuousBackups", {
      TableName,
      PointInTimeRecoverySpecification,
    });
  }
}

/** An update of a table takes one change at a time of its indexes. */
async function changeIndexes(
  context: Context,
  TableName: string,
  properties: Properties,
  before: Properties,
): Promise<void> {
  const named = (value: Property | undefined) =>
    new Map((indexes(value) ?? []).map((each) => [String((each as Properties).IndexName), each]));
  const after = named(properties.GlobalSecondaryIndexes);
  const old = named(before.GlobalSecondaryIndexes);
  const AttributeDefinitions = properties.AttributeDefinitions as never;
  const update = (change: object) =>
    context.call("dynamodb", "UpdateTable", {
      TableName,
      AttributeDefinitions,
      GlobalSecondaryIndexUpdates: [change] as never,
    });
  for (const [IndexName, index] of old) {
    const wanted = after.get(IndexName);
    const isOther = wanted && text(without(wanted)) !== text(without(index));
    if (!wanted || isOther) await update({ Delete: { IndexName } });
    if (isOther) await update({ Create: wanted });
    else if (wanted && text(wanted as never) !== text(index as never)) {
      await update({
        Update: {
          IndexName,
          ProvisionedThroughput: (wanted as { ProvisionedThroughput?: object }).ProvisionedThroughput,
        },
      });
    }
  }
  for (const [IndexName, index] of after) if (!old.has(IndexName)) await update({ Create: index });
}

const without = ({ ProvisionedThroughput: _throughput, ...rest }: { ProvisionedThroughput?: unknown }) =>
  rest as Properties;

/** What of a table a template may say, as it is now. */
async function readTable(context: Context, TableName: string, { Arn }: Properties): Promise<object> {
  const { Table = {} } = await context.call("dynamodb", "DescribeTable", { TableName });
  const { TimeToLiveDescription: ttl } = await context.call("dynamodb", "DescribeTimeToLive", { TableName });
  const { Tags } = await context.call("dynamodb", "ListTagsOfResource", { ResourceArn: text(Arn) });
  const { ReadCapacityUnits, WriteCapacityUnits } = Table.ProvisionedThroughput ?? {};
  const isOn = ttl?.TimeToLiveStatus === "ENABLED" || ttl?.TimeToLiveStatus === "ENABLING";
  const { StreamSpecification: stream } = Table;
  return {
    AttributeDefinitions: Table.AttributeDefinitions,
    BillingMode: Table.BillingModeSummary?.BillingMode ?? "PROVISIONED",
    DeletionProtectionEnabled: Table.DeletionProtectionEnabled ?? false,
    KeySchema: Table.KeySchema,
    ProvisionedThroughput: { ReadCapacityUnits, WriteCapacityUnits },
    StreamSpecification: stream?.StreamEnabled ? { StreamViewType: stream.StreamViewType } : undefined,
    TableClass: Table.TableClassSummary?.TableClass ?? "STANDARD",
    TableName,
    Tags: tagList(Object.fromEntries((Tags ?? []).map(({ Key = "", Value }) => [Key, Value]))),
    TimeToLiveSpecification: isOn ? { AttributeName: ttl?.AttributeName, Enabled: true } : { Enabled: false },
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_DynamoDB.html */
export const resources: ResourceTypes = {
  "AWS::DynamoDB::Table": {
    attributes: ["Arn", "StreamArn", "TableId"],
    properties: {
      AttributeDefinitions: "update",
      BillingMode: "update",
      ContributorInsightsSpecification: "accepted",
      DeletionProtectionEnabled: "update",
      GlobalSecondaryIndexes: "update",
      KeySchema: "replace",
      KinesisStreamSpecification: "update",
      LocalSecondaryIndexes: "replace",
      OnDemandThroughput: "update",
      PointInTimeRecoverySpecification: "update",
      ProvisionedThroughput: "update",
      ResourcePolicy: "accepted",
      SSESpecification: "update",
      StreamSpecification: "update",
      TableClass: "update",
      TableName: "replace",
      Tags: "update",
      TimeToLiveSpecification: "update",
      WarmThroughput: "accepted",
    },
    required: ["KeySchema"],
    async create(context, resource) {
      const { properties } = resource;
      const TableName = text(properties.TableName) ?? resource.name(255);
      await context.call(
        "dynamodb",
        "CreateTable",
        given({
          TableName,
          AttributeDefinitions: properties.AttributeDefinitions,
          BillingMode: text(properties.BillingMode),
          DeletionProtectionEnabled: flag(properties.DeletionProtectionEnabled),
          GlobalSecondaryIndexes: indexes(properties.GlobalSecondaryIndexes),
          KeySchema: properties.KeySchema,
          LocalSecondaryIndexes: indexes(properties.LocalSecondaryIndexes),
          OnDemandThroughput: properties.OnDemandThroughput,
          ProvisionedThroughput: throughput(properties.ProvisionedThroughput),
          SSESpecification: encryption(properties.SSESpecification),
          StreamSpecification: stream(properties.StreamSpecification),
          TableClass: text(properties.TableClass),
          Tags: Object.entries(tagsOf(resource)).map(([Key, Value]) => ({ Key, Value })),
        }) as never,
      );
      await settle(context, TableName, properties, {});
      const { StreamArn } = members(properties.KinesisStreamSpecification);
      if (StreamArn)
        await context.call("dynamodb", "EnableKinesisStreamingDestination", {
          TableName,
          StreamArn: text(StreamArn),
        });
      return table(context, TableName);
    },
    async update(context, resource, { id }, before) {
      const { properties } = resource;
      const changed = (name: string) => text(properties[name]) !== text(before[name]);
      const change = given({
        BillingMode: changed("BillingMode") ? (text(properties.BillingMode) ?? "PROVISIONED") : undefined,
        ProvisionedThroughput:
          changed("ProvisionedThroughput") || changed("BillingMode")
            ? throughput(properties.ProvisionedThroughput)
            : undefined,
        DeletionProtectionEnabled: changed("DeletionProtectionEnabled")
          ? (flag(properties.DeletionProtectionEnabled) ?? false)
          : undefined,
        StreamSpecification: changed("StreamSpecification")
          ? (stream(properties.StreamSpecification) ?? { StreamEnabled: false })
          : undefined,
        SSESpecification: changed("SSESpecification")
          ? (encryption(properties.SSESpecification) ?? { Enabled: false })
          : undefined,
        TableClass: changed("TableClass") ? (text(properties.TableClass) ?? "STANDARD") : undefined,
        OnDemandThroughput: changed("OnDemandThroughput") ? properties.OnDemandThroughput : undefined,
      });
      if (Object.keys(change).length > 0)
        await context.call("dynamodb", "UpdateTable", { TableName: id, ...change } as never);
      if (changed("GlobalSecondaryIndexes")) await changeIndexes(context, id, properties, before);
      await settle(context, id, properties, before);
      const made = await table(context, id);
      const Tags = Object.entries(tagsOf(resource)).map(([Key, Value]) => ({ Key, Value }));
      const ResourceArn = made.attributes.Arn;
      const TagKeys = droppedTags(resource, before);
      if (TagKeys.length > 0) await context.call("dynamodb", "UntagResource", { ResourceArn, TagKeys });
      if (Object.keys(tagsOf(resource)).length > 0)
        await context.call("dynamodb", "TagResource", { ResourceArn, Tags });
      return made;
    },
    delete: (context, { id }) => gone(context.call("dynamodb", "DeleteTable", { TableName: id }), MISSING),
    read: (context, { id, attributes }) => unlessGone(() => readTable(context, id, attributes), MISSING),
  },
};
