import type * as sdk from "@aws-sdk/client-api-gateway";
import {
  choiceRule,
  flagRule,
  mapRule,
  numberRule,
  type PatchOp,
  type PatchRule,
  readNumber,
  textRule,
} from "./patch.ts";

const ALL: readonly PatchOp[] = ["add", "replace", "remove"];

/** Settings of methods: `/{path}/{method}/logging/loglevel`, where `*` stands for all. */
const SETTINGS: readonly (readonly [path: string, rule: PatchRule<sdk.MethodSetting>])[] = [
  ["metrics/enabled", flagRule("", "metricsEnabled")],
  ["logging/loglevel", choiceRule("/loggingLevel", "loggingLevel", ["OFF", "ERROR", "INFO"])],
  ["logging/dataTrace", flagRule("", "dataTraceEnabled")],
  ["throttling/burstLimit", numberRule("", "throttlingBurstLimit")],
  ["throttling/rateLimit", numberRule("", "throttlingRateLimit")],
  ["caching/enabled", flagRule("", "cachingEnabled")],
  ["caching/ttlInSeconds", numberRule("", "cacheTtlInSeconds")],
  ["caching/dataEncrypted", flagRule("", "cacheDataEncrypted")],
  ["caching/requireAuthorizationForCacheControl", flagRule("", "requireAuthorizationForCacheControl")],
  [
    "caching/unauthorizedCacheControlHeaderStrategy",
    choiceRule("/unauthorizedCacheControlHeaderStrategy", "unauthorizedCacheControlHeaderStrategy", [
      "FAIL_WITH_403",
      "SUCCEED_WITH_RESPONSE_HEADER",
      "SUCCEED_WITHOUT_RESPONSE_HEADER",
    ]),
  ],
];

/** What a method that nothing was set for has. */
const UNSET: sdk.MethodSetting = {
  metricsEnabled: false,
  loggingLevel: "OFF",
  dataTraceEnabled: false,
  throttlingBurstLimit: 5000,
  throttlingRateLimit: 10_000,
  cachingEnabled: false,
  cacheTtlInSeconds: 300,
  cacheDataEncrypted: false,
  requireAuthorizationForCacheControl: true,
  unauthorizedCacheControlHeaderStrategy: "SUCCEED_WITH_RESPONSE_HEADER",
};

function settingRule(path: string, rule: PatchRule<sdk.MethodSetting>): PatchRule<sdk.Stage> {
  return {
    path: `/{}/{}/${path}`,
    ops: ALL,
    apply(stage, patch) {
      const [resource = "", method = ""] = patch.names;
      // Slashes are told escaped, as they were given.
      const key = `${resource.replaceAll("~", "~0").replaceAll("/", "~1")}/${method}`;
      const settings = { ...stage.methodSettings };
      const setting = { ...UNSET, ...settings[key] };
      rule.apply(setting, patch);
      settings[key] = setting;
      stage.methodSettings = settings;
    },
  };
}

const canaryOf = (stage: sdk.Stage) => {
  stage.canarySettings ??= { percentTraffic: 0 };
  return stage.canarySettings;
};

const accessLogOf = (stage: sdk.Stage) => {
  stage.accessLogSettings ??= {};
  return stage.accessLogSettings;
};

function within<Inner>(
  innerOf: (stage: sdk.Stage) => Inner,
  path: string,
  rule: PatchRule<Inner>,
): PatchRule<sdk.Stage> {
  return { path, ops: ALL, apply: (stage, patch) => rule.apply(innerOf(stage), patch) };
}

/** https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateStage-Patch */
export const STAGE_RULES: readonly PatchRule<sdk.Stage>[] = [
  textRule("/description", "description"),
  {
    path: "/deploymentId",
    ops: ["replace", "copy"],
    apply(stage, { op, value, from }) {
      // A canary is promoted by copying its deployment.
      const id =
        op === "copy" && from === "/canarySettings/deploymentId" ? stage.canarySettings?.deploymentId : value;
      if (id !== undefined) stage.deploymentId = id;
    },
  },
  flagRule("/cacheClusterEnabled", "cacheClusterEnabled"),
  {
    path: "/cacheClusterSize",
    ops: ["replace"],
    apply(stage, { value }) {
      stage.cacheClusterSize = value as sdk.CacheClusterSize;
    },
  },
  textRule("/clientCertificateId", "clientCertificateId"),
  textRule("/documentationVersion", "documentationVersion"),
  flagRule("/tracingEnabled", "tracingEnabled"),
  textRule("/webAclArn", "webAclArn"),
  {
    path: "/variables",
    ops: ["copy", "remove"],
    apply(stage, { op, from }) {
      if (op === "remove") delete stage.variables;
      else if (from === "/canarySettings/stageVariableOverrides") {
        stage.variables = { ...stage.variables, ...stage.canarySettings?.stageVariableOverrides };
      }
    },
  },
  mapRule(
    "/variables",
    (stage) => {
      stage.variables ??= {};
      return stage.variables;
    },
    (value) => value,
  ),
  {
    path: "/accessLogSettings",
    ops: ["remove"],
    apply(stage) {
      delete stage.accessLogSettings;
    },
  },
  within(accessLogOf, "/accessLogSettings/destinationArn", textRule("", "destinationArn")),
  within(accessLogOf, "/accessLogSettings/format", textRule("", "format")),
  {
    path: "/canarySettings",
    ops: ["remove"],
    apply(stage) {
      delete stage.canarySettings;
    },
  },
  {
    path: "/canarySettings/percentTraffic",
    ops: ["add", "replace"],
    apply(stage, { value }) {
      canaryOf(stage).percentTraffic = readNumber(value);
    },
  },
  within(canaryOf, "/canarySettings/deploymentId", textRule("", "deploymentId")),
  within(canaryOf, "/canarySettings/useStageCache", flagRule("", "useStageCache")),
  mapRule(
    "/canarySettings/stageVariableOverrides",
    (stage) => {
      const canary = canaryOf(stage);
      canary.stageVariableOverrides ??= {};
      return canary.stageVariableOverrides;
    },
    (value) => value,
  ),
  ...SETTINGS.map(([path, rule]) => settingRule(path, rule)),
  {
    path: "/{}/{}",
    ops: ["remove"],
    apply(stage, { names: [resource = "", method = ""] }) {
      const key = `${resource.replaceAll("~", "~0").replaceAll("/", "~1")}/${method}`;
      const { [key]: _gone, ...rest } = stage.methodSettings ?? {};
      stage.methodSettings = rest;
    },
  },
];
