import { formatArn } from "../../kernel/arn.ts";
import type { Context, ResourceTypes } from "../define.ts";
import {
  droppedTags,
  given,
  gone,
  type Properties,
  type Property,
  type ResourceInput,
  tagsOf,
  text,
} from "../resource-types.ts";

/** `AlarmConfiguration` of a template is `alarmConfiguration` of the API, all the way down. */
function lowered(value: Property | undefined): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, held]) => [
      name.charAt(0).toLowerCase() + name.slice(1),
      lowered(held),
    ]),
  );
}

const settingsOf = (properties: Properties, names: readonly string[]) =>
  given(
    Object.fromEntries(
      names.map((name) => [name.charAt(0).toLowerCase() + name.slice(1), lowered(properties[name])]),
    ),
  );

const GROUP_SETTINGS = [
  "AlarmConfiguration",
  "AutoRollbackConfiguration",
  "AutoScalingGroups",
  "BlueGreenDeploymentConfiguration",
  "DeploymentConfigName",
  "DeploymentStyle",
  "ECSServices",
  "Ec2TagFilters",
  "Ec2TagSet",
  "LoadBalancerInfo",
  "OnPremisesInstanceTagFilters",
  "OnPremisesTagSet",
  "OutdatedInstancesStrategy",
  "ServiceRoleArn",
  "TerminationHookEnabled",
  "TriggerConfigurations",
] as const;

const tagList = (tags: Record<string, string>) =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_CodeDeploy.html */
export const resources: ResourceTypes = {
  "AWS::CodeDeploy::Application": {
    attributes: [],
    properties: { ApplicationName: "replace", ComputePlatform: "replace", Tags: "update" },
    async create(context, resource) {
      const name = text(resource.properties.ApplicationName) ?? resource.name(100);
      await context.call("codedeploy", "CreateApplication", {
        applicationName: name,
        computePlatform: text(resource.properties.ComputePlatform) as "Lambda",
        tags: tagList(tagsOf(resource)),
      });
      return { id: name, attributes: {} };
    },
    async update(context, resource, made, before) {
      await retag(context, `application:${made.id}`, resource, before);
      return made;
    },
    delete: (context, { id }) =>
      gone(context.call("codedeploy", "DeleteApplication", { applicationName: id })),
  },
  "AWS::CodeDeploy::DeploymentConfig": {
    attributes: [],
    properties: {
      ComputePlatform: "replace",
      DeploymentConfigName: "replace",
      MinimumHealthyHosts: "replace",
      TrafficRoutingConfig: "replace",
      ZonalConfig: "replace",
    },
    async create(context, { properties, name: named }) {
      const name = text(properties.DeploymentConfigName) ?? named(100);
      const settings = ["ComputePlatform", "MinimumHealthyHosts", "TrafficRoutingConfig", "ZonalConfig"];
      await context.call("codedeploy", "CreateDeploymentConfig", {
        deploymentConfigName: name,
        ...numbered(settingsOf(properties, settings)),
      } as never);
      return { id: name, attributes: {} };
    },
    delete: (context, { id }) =>
      gone(context.call("codedeploy", "DeleteDeploymentConfig", { deploymentConfigName: id })),
  },
  "AWS::CodeDeploy::DeploymentGroup": {
    attributes: [],
    properties: {
      ...Object.fromEntries(GROUP_SETTINGS.map((name) => [name, "update" as const])),
      ApplicationName: "replace",
      Deployment: "accepted",
      DeploymentGroupName: "replace",
      Tags: "update",
    },
    required: ["ApplicationName", "ServiceRoleArn"],
    async create(context, resource) {
      const { properties } = resource;
      const name = text(properties.DeploymentGroupName) ?? resource.name(100);
      await context.call("codedeploy", "CreateDeploymentGroup", {
        applicationName: text(properties.ApplicationName),
        deploymentGroupName: name,
        tags: tagList(tagsOf(resource)),
        ...settingsOf(properties, GROUP_SETTINGS),
      } as never);
      return { id: name, attributes: {} };
    },
    async update(context, resource, made, before) {
      const { properties } = resource;
      const left = GROUP_SETTINGS.filter(
        (name) => before[name] !== undefined && properties[name] === undefined,
      );
      const reset = {
        alarmConfiguration: { enabled: false, alarms: [] },
        autoRollbackConfiguration: { enabled: false },
        triggerConfigurations: [],
      };
      const dropped = Object.entries(reset).filter(([name]) =>
        left.some((each) => each.toLowerCase() === name.toLowerCase()),
      );
      await context.call("codedeploy", "UpdateDeploymentGroup", {
        applicationName: text(properties.ApplicationName),
        currentDeploymentGroupName: made.id,
        ...Object.fromEntries(dropped),
        ...settingsOf(properties, GROUP_SETTINGS),
      } as never);
      const of = `deploymentgroup:${text(properties.ApplicationName)}/${made.id}`;
      await retag(context, of, resource, before);
      return made;
    },
    delete: (context, { id }, properties) =>
      gone(
        context.call("codedeploy", "DeleteDeploymentGroup", {
          applicationName: text(properties.ApplicationName),
          deploymentGroupName: id,
        }),
      ),
  },
};

/** `of`: the resource in the ARN. */
async function retag(context: Context, of: string, resource: ResourceInput, before: Properties) {
  const ResourceArn = formatArn("codedeploy", context.scope, of);
  const TagKeys = droppedTags(resource, before);
  if (TagKeys.length > 0) await context.call("codedeploy", "UntagResource", { ResourceArn, TagKeys });
  const Tags = tagList(tagsOf(resource));
  if (Tags.length > 0) await context.call("codedeploy", "TagResource", { ResourceArn, Tags });
}

/** Percentages and intervals may be text in templates. */
function numbered(settings: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(settings), (name, value) =>
    /Percentage$|Interval$|^value$/.test(name) && typeof value === "string" ? Number(value) : value,
  ) as Record<string, unknown>;
}
