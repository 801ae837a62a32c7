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
import { apiIn, lowered, MISSING, patchesOf, replaceAll, retag, updateAll, words } from "./properties.ts";

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
  const { DeploymentId, PercentTraffic, StageVariableOverrides, UseStageCache } = members(
    properties.CanarySetting,
  );
  add("/canarySettings/deploymentId", DeploymentId);
  add("/canarySettings/percentTraffic", PercentTraffic);
  add("/canarySettings/useStageCache", UseStageCache);
  for (const [name, value] of Object.entries(members(StageVariableOverrides))) {
    add(`/canarySettings/stageVariableOverrides/${name}`, value);
  }
  for (const each of list(properties.MethodSettings)) {
    const settings = members(each);
    for (const [name, path] of Object.entries(SETTING_PATHS)) add(`${placeOf(each)}/${path}`, settings[name]);
  }
  return patches;
}

/** Where a setting of methods lies: `/*` stands for every path with every method. */
function placeOf(setting: Property): string {
  const { ResourcePath, HttpMethod = "*" } = members(setting);
  const path = text(ResourcePath) ?? "/*";
  return path === "/*" ? "/*/*" : `/${slashes(path)}/${text(HttpMethod)}`;
}

/** Takes away what a template said before; what it still says is said anew. */
function unsaidPatches(properties: Properties, before: Properties) {
  const gone = (name: string) => before[name] !== undefined && properties[name] === undefined;
  const paths = list(before.MethodSettings).map(placeOf);
  if (gone("AccessLogSetting")) paths.push("/accessLogSettings");
  if (gone("CanarySetting")) paths.push("/canarySettings");
  if (gone("TracingEnabled")) paths.push("/tracingEnabled");
  if (gone("ClientCertificateId")) paths.push("/clientCertificateId");
  return [...new Set(paths)].map((path) => ({ op: "remove" as const, path }));
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

const STAGE_PATHS = {
  CacheClusterEnabled: "/cacheClusterEnabled",
  CacheClusterSize: "/cacheClusterSize",
  Description: "/description",
  DocumentationVersion: "/documentationVersion",
};

/** What a stage's description says of all its methods, and of single ones. */
function methodsOf(described: Properties): Property {
  const ofAll = Object.fromEntries(
    Object.keys(SETTING_PATHS).flatMap((name) => {
      const value = described[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const all = Object.keys(ofAll).length > 0 ? [{ ResourcePath: "/*", HttpMethod: "*", ...ofAll }] : [];
  return [...all, ...list(described.MethodSettings)];
}

export const stages: ResourceTypes = {
  "AWS::ApiGateway::Deployment": {
    properties: {
      DeploymentCanarySettings: "replace",
      Description: "replace",
      RestApiId: "replace",
      StageDescription: "replace",
      StageName: "replace",
    },
    required: ["RestApiId"],
    async create(context, { properties }) {
      const stageName = text(properties.StageName);
      const described = members(properties.StageDescription);
      const canary = properties.DeploymentCanarySettings;
      const { id = "" } = await context.call("apigateway", "CreateDeployment", {
        ...apiIn(properties),
        ...given({
          description: text(properties.Description),
          stageName,
          stageDescription: text(described.Description),
          cacheClusterEnabled: flag(described.CacheClusterEnabled),
          cacheClusterSize: text(described.CacheClusterSize) as "0.5" | undefined,
          tracingEnabled: flag(described.TracingEnabled),
          canarySettings: canary === undefined ? undefined : (lowered(canary) as object),
        }),
        ...(described.Variables === undefined ? {} : { variables: words(described.Variables) }),
      });
      const patchOperations = stagePatches({ ...described, MethodSettings: methodsOf(described) });
      if (stageName && patchOperations.length > 0)
        await context.call("apigateway", "UpdateStage", { ...apiIn(properties), stageName, patchOperations });
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
        "CanarySetting",
        "ClientCertificateId",
        "DeploymentId",
        "Description",
        "DocumentationVersion",
        "MethodSettings",
        "Tags",
        "TracingEnabled",
        "Variables",
      ),
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
    async update(context, resource, made, before) {
      const { properties } = resource;
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
        ...patchesOf(STAGE_PATHS, properties, before),
        ...unsaidPatches(properties, before),
        ...stagePatches(properties),
      ];
      await context.call("apigateway", "UpdateStage", {
        ...apiIn(properties),
        stageName: made.id,
        patchOperations,
      });
      const { restApiId = "" } = apiIn(properties);
      await retag(context, `restapis/${restApiId}/stages/${made.id}`, tagsOf(resource));
      return made;
    },
    delete: (context, { id }, properties) =>
      gone(context.call("apigateway", "DeleteStage", { ...apiIn(properties), stageName: id }), MISSING),
  },
};
