import type { Context, ResourceTypes } from "../define.ts";
import {
  type Change,
  droppedTags,
  gone,
  type Made,
  type Properties,
  type ResourceInput,
  tagsOf,
  text,
} from "../resource-types.ts";

const MISSING = ["ResourceNotFound", "ResourceNotFoundException", "DashboardNotFoundError"];

const NUMBERS = new Set([
  "ActionsSuppressorExtensionPeriod",
  "ActionsSuppressorWaitPeriod",
  "DatapointsToAlarm",
  "EvaluationPeriods",
  "EvaluationInterval",
  "Period",
  "Threshold",
]);
const FLAGS = new Set(["ActionsEnabled", "ReturnData"]);

/** Properties are named as the API's members are; templates may write numbers and truths as text. */
function inputOf(properties: Properties): Record<string, unknown> {
  const { Tags: _, ...rest } = properties;
  return JSON.parse(JSON.stringify(rest), (name, value: unknown) => {
    if (typeof value !== "string") return value;
    if (NUMBERS.has(name)) return Number(value);
    return FLAGS.has(name) ? value === "true" : value;
  }) as Record<string, unknown>;
}

const tagList = (resource: ResourceInput) =>
  Object.entries(tagsOf(resource)).map(([Key, Value]) => ({ Key, Value }));

const alarmArn = ({ scope }: Context, name: string): string =>
  `arn:aws:cloudwatch:${scope.region}:${scope.account}:alarm:${name}`;

async function putAlarm(
  context: Context,
  operation: "PutMetricAlarm" | "PutCompositeAlarm",
  resource: ResourceInput,
  known?: Made,
  before: Properties = {},
): Promise<Made> {
  const AlarmName = known?.id ?? text(resource.properties.AlarmName) ?? resource.name(255);
  const Tags = tagList(resource);
  const input = { ...inputOf(resource.properties), AlarmName, ...(Tags.length > 0 ? { Tags } : {}) };
  await context.call("cloudwatch", operation, input as never);
  const arn = alarmArn(context, AlarmName);
  // Of an alarm that there is, tags are not the put's to change.
  if (known) await retag(context, arn, resource, before);
  return { id: AlarmName, attributes: { Arn: arn } };
}

async function retag(context: Context, ResourceARN: string, resource: ResourceInput, before: Properties) {
  const TagKeys = droppedTags(resource, before);
  if (TagKeys.length > 0) await context.call("cloudwatch", "UntagResource", { ResourceARN, TagKeys });
  const Tags = tagList(resource);
  if (Tags.length > 0) await context.call("cloudwatch", "TagResource", { ResourceARN, Tags });
}

const alarmType = (
  operation: "PutMetricAlarm" | "PutCompositeAlarm",
  names: readonly string[],
  required: readonly string[],
): ResourceTypes[string] => ({
  properties: {
    ...Object.fromEntries(names.map((name): [string, Change] => [name, "update"])),
    AlarmName: "replace",
    Tags: "update",
  },
  required,
  create: (context, resource) => putAlarm(context, operation, resource),
  update: (context, resource, made, before) => putAlarm(context, operation, resource, made, before),
  delete: (context, { id }) =>
    gone(context.call("cloudwatch", "DeleteAlarms", { AlarmNames: [id] }), ...MISSING),
});

const ACTIONS = [
  "ActionsEnabled",
  "AlarmActions",
  "AlarmDescription",
  "InsufficientDataActions",
  "OKActions",
];

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_CloudWatch.html */
export const resources: ResourceTypes = {
  "AWS::CloudWatch::Alarm": alarmType(
    "PutMetricAlarm",
    [
      ...ACTIONS,
      "ComparisonOperator",
      "DatapointsToAlarm",
      "Dimensions",
      "EvaluateLowSampleCountPercentile",
      "EvaluationPeriods",
      "ExtendedStatistic",
      "MetricName",
      "Metrics",
      "Namespace",
      "Period",
      "Statistic",
      "Threshold",
      "ThresholdMetricId",
      "TreatMissingData",
      "Unit",
    ],
    ["ComparisonOperator", "EvaluationPeriods"],
  ),
  "AWS::CloudWatch::CompositeAlarm": alarmType(
    "PutCompositeAlarm",
    [
      ...ACTIONS,
      "ActionsSuppressor",
      "ActionsSuppressorExtensionPeriod",
      "ActionsSuppressorWaitPeriod",
      "AlarmRule",
    ],
    ["AlarmRule"],
  ),
  "AWS::CloudWatch::Dashboard": {
    properties: { DashboardBody: "update", DashboardName: "replace", Tags: "update" },
    required: ["DashboardBody"],
    create: (context, resource) => putDashboard(context, resource),
    async update(context, resource, made, before) {
      await putDashboard(context, resource, made);
      const arn = `arn:aws:cloudwatch::${context.scope.account}:dashboard/${made.id}`;
      await retag(context, arn, resource, before);
      return made;
    },
    delete: (context, { id }) =>
      gone(context.call("cloudwatch", "DeleteDashboards", { DashboardNames: [id] }), ...MISSING),
  },
};

async function putDashboard(context: Context, resource: ResourceInput, known?: Made): Promise<Made> {
  const DashboardName = known?.id ?? text(resource.properties.DashboardName) ?? resource.name(255);
  const DashboardBody = text(resource.properties.DashboardBody) ?? "";
  await context.call("cloudwatch", "PutDashboard", { DashboardName, DashboardBody, Tags: tagList(resource) });
  return { id: DashboardName, attributes: {} };
}
