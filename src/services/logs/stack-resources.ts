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
  tagList,
  tagsOf,
  text,
  unlessGone,
} from "../resource-types.ts";

const MISSING = "ResourceNotFoundException";

const groupArn = ({ scope }: Context, name: string) =>
  `arn:aws:logs:${scope.region}:${scope.account}:log-group:${name}:*`;

async function retain(
  context: Context,
  logGroupName: string,
  properties: Properties,
  before: Properties,
): Promise<void> {
  const retentionInDays = number(properties.RetentionInDays);
  if (retentionInDays !== undefined)
    await context.call("logs", "PutRetentionPolicy", { logGroupName, retentionInDays });
  else if (before.RetentionInDays !== undefined)
    await context.call("logs", "DeleteRetentionPolicy", { logGroupName });
}

async function encrypt(
  context: Context,
  logGroupName: string,
  properties: Properties,
  before: Properties,
): Promise<void> {
  const [kmsKeyId, old] = [properties, before].map(({ KmsKeyId }) => text(KmsKeyId));
  if (kmsKeyId === old) return;
  if (kmsKeyId === undefined) await context.call("logs", "DisassociateKmsKey", { logGroupName });
  else await context.call("logs", "AssociateKmsKey", { logGroupName, kmsKeyId });
}

/** A group has one policy at most. */
async function index(
  context: Context,
  logGroupIdentifier: string,
  properties: Properties,
  before: Properties,
): Promise<void> {
  const [policy] = list(properties.FieldIndexPolicies);
  const [old] = list(before.FieldIndexPolicies);
  if (policy !== undefined) {
    const policyDocument = JSON.stringify(policy);
    await context.call("logs", "PutIndexPolicy", { logGroupIdentifier, policyDocument });
  } else if (old !== undefined) await context.call("logs", "DeleteIndexPolicy", { logGroupIdentifier });
}

const documentOf = ({ policyDocument = "{}" }): unknown => JSON.parse(policyDocument);

async function putFilter(context: Context, filterName: string, properties: Properties): Promise<void> {
  const metricTransformations = list(properties.MetricTransformations).map((each) => {
    const { MetricName, MetricNamespace, MetricValue, DefaultValue, Unit, Dimensions } = members(each);
    const dimensions = list(Dimensions).map((dimension) => [
      text(members(dimension).Key) ?? "",
      text(members(dimension).Value) ?? "",
    ]);
    return given({
      metricName: text(MetricName),
      metricNamespace: text(MetricNamespace),
      metricValue: text(MetricValue),
      defaultValue: number(DefaultValue),
      unit: text(Unit) as "Count",
      dimensions: dimensions.length > 0 ? Object.fromEntries(dimensions) : undefined,
    });
  });
  await context.call(
    "logs",
    "PutMetricFilter",
    given({
      filterName,
      logGroupName: text(properties.LogGroupName),
      filterPattern: text(properties.FilterPattern),
      applyOnTransformedLogs: flag(properties.ApplyOnTransformedLogs),
      metricTransformations,
    }) as never,
  );
}

async function putSubscription(context: Context, filterName: string, properties: Properties): Promise<void> {
  await context.call(
    "logs",
    "PutSubscriptionFilter",
    given({
      filterName,
      logGroupName: text(properties.LogGroupName),
      destinationArn: text(properties.DestinationArn),
      filterPattern: text(properties.FilterPattern),
      roleArn: text(properties.RoleArn),
      distribution: text(properties.Distribution) as "Random",
    }) as never,
  );
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_Logs.html */
export const resources: ResourceTypes = {
  "AWS::Logs::LogGroup": {
    attributes: ["Arn"],
    properties: {
      DataProtectionPolicy: "accepted",
      FieldIndexPolicies: "update",
      KmsKeyId: "accepted",
      LogGroupClass: "replace",
      LogGroupName: "replace",
      ResourcePolicyDocument: "accepted",
      RetentionInDays: "update",
      Tags: "update",
    },
    async create(context, resource) {
      const logGroupName = text(resource.properties.LogGroupName) ?? resource.name(512);
      const logGroupClass = text(resource.properties.LogGroupClass) as "STANDARD" | undefined;
      await context.call(
        "logs",
        "CreateLogGroup",
        given({
          logGroupName,
          logGroupClass,
          kmsKeyId: text(resource.properties.KmsKeyId),
          tags: tagsOf(resource),
        }),
      );
      await retain(context, logGroupName, resource.properties, {});
      await index(context, logGroupName, resource.properties, {});
      return { id: logGroupName, attributes: { Arn: groupArn(context, logGroupName) } };
    },
    async update(context, resource, made, before) {
      await retain(context, made.id, resource.properties, before);
      await encrypt(context, made.id, resource.properties, before);
      await index(context, made.id, resource.properties, before);
      const resourceArn = groupArn(context, made.id).slice(0, -2);
      const tagKeys = droppedTags(resource, before);
      if (tagKeys.length > 0) await context.call("logs", "UntagResource", { resourceArn, tagKeys });
      if (Object.keys(tagsOf(resource)).length > 0)
        await context.call("logs", "TagResource", { resourceArn, tags: tagsOf(resource) });
      return made;
    },
    delete: (context, { id }) => gone(context.call("logs", "DeleteLogGroup", { logGroupName: id }), MISSING),
    read: (context, { id: logGroupName }) =>
      unlessGone(async () => {
        const { logGroups = [] } = await context.call("logs", "DescribeLogGroups", {
          logGroupNamePrefix: logGroupName,
        });
        const group = logGroups.find((each) => each.logGroupName === logGroupName);
        const resourceArn = groupArn(context, logGroupName).slice(0, -2);
        const { tags } = await context.call("logs", "ListTagsForResource", { resourceArn });
        const logGroupIdentifiers = [logGroupName];
        const { indexPolicies = [] } = await context.call("logs", "DescribeIndexPolicies", {
          logGroupIdentifiers,
        });
        return {
          FieldIndexPolicies: indexPolicies.length > 0 ? indexPolicies.map(documentOf) : undefined,
          KmsKeyId: group?.kmsKeyId,
          LogGroupClass: group?.logGroupClass ?? "STANDARD",
          LogGroupName: logGroupName,
          RetentionInDays: group?.retentionInDays,
          Tags: tagList(tags),
        };
      }, MISSING),
  },
  "AWS::Logs::LogStream": {
    attributes: [],
    properties: { LogGroupName: "replace", LogStreamName: "replace" },
    required: ["LogGroupName"],
    async create(context, resource) {
      const logStreamName = text(resource.properties.LogStreamName) ?? resource.name(512);
      await context.call("logs", "CreateLogStream", {
        logGroupName: text(resource.properties.LogGroupName),
        logStreamName,
      });
      return { id: logStreamName, attributes: {} };
    },
    delete: (context, { id }, properties) =>
      gone(
        context.call("logs", "DeleteLogStream", {
          logGroupName: text(properties.LogGroupName),
          logStreamName: id,
        }),
        MISSING,
      ),
  },
  "AWS::Logs::MetricFilter": {
    attributes: [],
    properties: {
      ApplyOnTransformedLogs: "update",
      FilterName: "replace",
      FilterPattern: "update",
      LogGroupName: "replace",
      MetricTransformations: "update",
    },
    required: ["FilterPattern", "LogGroupName", "MetricTransformations"],
    async create(context, resource) {
      const name = text(resource.properties.FilterName) ?? resource.name(512);
      await putFilter(context, name, resource.properties);
      return { id: name, attributes: {} };
    },
    async update(context, { properties }, made) {
      await putFilter(context, made.id, properties);
      return made;
    },
    delete: (context, { id }, properties) =>
      gone(
        context.call("logs", "DeleteMetricFilter", {
          filterName: id,
          logGroupName: text(properties.LogGroupName),
        }),
        MISSING,
      ),
  },
  "AWS::Logs::SubscriptionFilter": {
    attributes: [],
    properties: {
      DestinationArn: "update",
      Distribution: "update",
      FilterName: "replace",
      FilterPattern: "update",
      LogGroupName: "replace",
      RoleArn: "update",
    },
    required: ["DestinationArn", "FilterPattern", "LogGroupName"],
    async create(context, resource) {
      const name = text(resource.properties.FilterName) ?? resource.name(512);
      await putSubscription(context, name, resource.properties);
      return { id: name, attributes: {} };
    },
    async update(context, { properties }, made) {
      await putSubscription(context, made.id, properties);
      return made;
    },
    delete: (context, { id }, properties) =>
      gone(
        context.call("logs", "DeleteSubscriptionFilter", {
          filterName: id,
          logGroupName: text(properties.LogGroupName),
        }),
        MISSING,
      ),
  },
};
