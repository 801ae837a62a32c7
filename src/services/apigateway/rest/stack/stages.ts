// How an API goes out: deployments and stages.
import type { ResourceTypes } from "../../../define.ts";
import {
  flag,
  given,
  gone,
  list,
  members,
  type Properties,
  type Property,
  tagsOf,
  text,
} from "../../../resource-types.ts";
import { apiIn, MISSING, replaceAll, updateAll, words } from "./properties.ts";

const slashes = (path: string) => path.replaceAll("~", "~0").replaceAll("/", "~1");

/** The settings of a stage that are changed one by one. */
function stagePatches(properties: Properties) {
  const patches: { op: "replace"; path: string; value: string }[] = [];
  const add = (path: string, value: Property | undefined) => {
    const written = text(value);
    if (written !== undefined) patches.push({ op: "replace", path, value: written });
  };
  const { DestinationArn, Format } = members(properties.AccessLogSetting);
  add("/accessLogSettings/destinationArn", text(DestinationArn)?.replace(/:\*$/, ""));
  add("/accessLogSettings/format", Format);
  add("/tracingEnabled", properties.TracingEnabled);
  add("/clientCertificateId", properties.ClientCertificateId);
  for (const each of list(properties.MethodSettings)) {
    const { ResourcePath = "/*", HttpMethod = "*", ...settings } = members(each);
    const written = text(ResourcePath) ?? "/*";
    const place = written === "/*" ? "/*/*" : `/${slashes(written)}/${text(HttpMethod)}`;
    for (const [name, path] of Object.entries(SETTING_PATHS)) add(`${place}/${path}`, settings[name]);
  }
  return patches;
}

const SETTING_PATHS: Readonly<Record<string, string>> = {
  CacheDataEncrypted: "caching/dataEncrypted",
  CacheTtlInSeconds: "caching/ttlInSeconds",
  CachingEnabled: "caching/enabled",
  DataTraceEnabled: "logging/dataTrace",
  LoggingLevel: "logging/loglevel",
  MetricsEnabled: "metrics/enabled",
  ThrottlingBurstLimit: "throttling/burstLimit",
  ThrottlingRateLimit: "throttling/rateLimit",
};

export const stages: ResourceTypes = {
  "AWS::ApiGateway::Deployment": {
    properties: {
      DeploymentCanarySettings: "accepted",
      Description: "replace",
      RestApiId: "replace",
      StageDescription: "accepted",
      StageName: "replace",
    },
    required: ["RestApiId"],
    async create(context, { properties }) {
      const { id = "" } = await context.call("apigateway", "CreateDeployment", {
        ...apiIn(properties),
        ...given({ description: text(properties.Description), stageName: text(properties.StageName) }),
      });
      return { id, attributes: { DeploymentId: id } };
    },
    update: async (_context, _resource, made) => made,
    async delete(context, { id }, properties) {
      const stageName = text(properties.StageName);
      if (stageName)
        await gone(context.call("apigateway", "DeleteStage", { ...apiIn(properties), stageName }), MISSING);
      await gone(
        context.call("apigateway", "DeleteDeployment", { ...apiIn(properties), deploymentId: id }),
        MISSING,
      );
    },
  },
  "AWS::ApiGateway::Stage": {
    properties: {
      ...updateAll(
        "AccessLogSetting",
        "CacheClusterEnabled",
        "CacheClusterSize",
        "ClientCertificateId",
        "DeploymentId",
        "Description",
        "DocumentationVersion",
        "MethodSettings",
        "Tags",
        "TracingEnabled",
        "Variables",
      ),
      CanarySetting: "accepted",
      ...replaceAll("RestApiId", "StageName"),
    },
    required: ["RestApiId", "StageName"],
    async create(context, resource) {
      const { properties } = resource;
      const stageName = text(properties.StageName) ?? "";
      const cacheClusterSize = text(properties.CacheClusterSize) as "0.5" | undefined;
      await context.call("apigateway", "CreateStage", {
        ...apiIn(properties),
        stageName,
        deploymentId: text(properties.DeploymentId),
        variables: words(properties.Variables),
        tags: tagsOf(resource),
        ...given({
          description: text(properties.Description),
          documentationVersion: text(properties.DocumentationVersion),
          cacheClusterEnabled: flag(properties.CacheClusterEnabled),
          cacheClusterSize,
        }),
      });
      const patchOperations = stagePatches(properties);
      if (patchOperations.length > 0)
        await context.call("apigateway", "UpdateStage", { ...apiIn(properties), stageName, patchOperations });
      return { id: stageName, attributes: {} };
    },
    async update(context, { properties }, made, before) {
      const after = words(properties.Variables);
      const removed = Object.keys(members(before.Variables)).filter((name) => !(name in after));
      const patchOperations = [
        { op: "replace" as const, path: "/deploymentId", value: text(properties.DeploymentId) ?? "" },
        ...Object.entries(after).map(([name, value]) => ({
          op: "replace" as const,
          path: `/variables/${name}`,
          value,
        })),
        ...removed.map((name) => ({ op: "remove" as const, path: `/variables/${name}` })),
        ...stagePatches(properties),
      ];
      await context.call("apigateway", "UpdateStage", {
        ...apiIn(properties),
        stageName: made.id,
        patchOperations,
      });
      return made;
    },
    delete: (context, { id }, properties) =>
      gone(context.call("apigateway", "DeleteStage", { ...apiIn(properties), stageName: id }), MISSING),
  },
};
