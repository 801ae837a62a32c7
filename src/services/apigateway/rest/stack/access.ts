// Who may call an API, and how much.
import type { ResourceTypes } from "../../../define.ts";
import {
  flag,
  given,
  gone,
  list,
  members,
  number,
  type Properties,
  type Property,
  tagsOf,
  text,
} from "../../../resource-types.ts";
import {
  apiIn,
  lowered,
  MISSING,
  patchesOf,
  replaceAll,
  retag,
  setPatches,
  updateAll,
} from "./properties.ts";

const authorizerOf = (properties: Properties) =>
  given({
    authType: text(properties.AuthType),
    authorizerCredentials: text(properties.AuthorizerCredentials),
    authorizerResultTtlInSeconds: number(properties.AuthorizerResultTtlInSeconds),
    authorizerUri: text(properties.AuthorizerUri),
    identitySource: text(properties.IdentitySource),
    identityValidationExpression: text(properties.IdentityValidationExpression),
    providerARNs: properties.ProviderARNs as never,
  });

const AUTHORIZER_PATHS = {
  AuthType: "/authType",
  AuthorizerCredentials: "/authorizerCredentials",
  AuthorizerResultTtlInSeconds: "/authorizerResultTtlInSeconds",
  AuthorizerUri: "/authorizerUri",
  IdentitySource: "/identitySource",
  IdentityValidationExpression: "/identityValidationExpression",
  Name: "/name",
  Type: "/type",
};

const stageTexts = (properties: Properties) =>
  list(properties.ApiStages).map((each) => `${text(members(each).ApiId)}:${text(members(each).Stage)}`);

/** Throttles of methods are for a stage that is new to the plan, too. */
function planPatches(after: Properties, before: Properties) {
  const [now, old] = [stageTexts(after), stageTexts(before)];
  const replace = (path: string, value: string | undefined) =>
    value === undefined ? [] : [{ op: "replace" as const, path, value }];
  const limits = (path: string, value: Property | undefined) => [
    ...replace(`${path}/rateLimit`, text(members(value).RateLimit)),
    ...replace(`${path}/burstLimit`, text(members(value).BurstLimit)),
  ];
  const { Limit, Period, Offset } = members(after.Quota);
  return [
    ...replace("/name", text(after.UsagePlanName)),
    ...replace("/description", text(after.Description)),
    ...old
      .filter((each) => !now.includes(each))
      .map((value) => ({ op: "remove" as const, path: "/apiStages", value })),
    ...now
      .filter((each) => !old.includes(each))
      .map((value) => ({ op: "add" as const, path: "/apiStages", value })),
    ...list(after.ApiStages).flatMap((each, index) =>
      Object.entries(members(members(each).Throttle)).flatMap(([method, value]) =>
        limits(`/apiStages/${now[index]}/throttle/${escapedMethod(method)}`, value),
      ),
    ),
    ...(after.Throttle === undefined
      ? before.Throttle === undefined
        ? []
        : [{ op: "remove" as const, path: "/throttle" }]
      : limits("/throttle", after.Throttle)),
    ...(after.Quota === undefined
      ? before.Quota === undefined
        ? []
        : [{ op: "remove" as const, path: "/quota" }]
      : [
          ...replace("/quota/limit", text(Limit)),
          ...replace("/quota/period", text(Period)),
          ...replace("/quota/offset", text(Offset)),
        ]),
  ];
}

/** `/pets/GET`: the path is one part, the verb another. */
function escapedMethod(method: string): string {
  const slash = method.lastIndexOf("/");
  const path = method.slice(0, slash).replaceAll("~", "~0").replaceAll("/", "~1");
  return `${path}/${method.slice(slash + 1)}`;
}

export const access: ResourceTypes = {
  "AWS::ApiGateway::Authorizer": {
    properties: {
      RestApiId: "replace",
      ...updateAll(...Object.keys(AUTHORIZER_PATHS), "ProviderARNs"),
    },
    required: ["Name", "RestApiId", "Type"],
    async create(context, { properties }) {
      const { id = "" } = await context.call("apigateway", "CreateAuthorizer", {
        ...apiIn(properties),
        name: text(properties.Name),
        type: text(properties.Type) as "TOKEN",
        ...authorizerOf(properties),
      });
      return { id, attributes: { AuthorizerId: id } };
    },
    async update(context, { properties }, made, before) {
      const poolsOf = ({ ProviderARNs }: Properties) => list(ProviderARNs).map((each) => text(each) ?? "");
      await context.call("apigateway", "UpdateAuthorizer", {
        ...apiIn(properties),
        authorizerId: made.id,
        patchOperations: [
          ...patchesOf(AUTHORIZER_PATHS, properties, before),
          ...setPatches("/providerARNs", poolsOf(properties), poolsOf(before)),
        ],
      });
      return made;
    },
    delete: (context, { id }, properties) =>
      gone(
        context.call("apigateway", "DeleteAuthorizer", { ...apiIn(properties), authorizerId: id }),
        MISSING,
      ),
  },
  "AWS::ApiGateway::ApiKey": {
    properties: {
      ...replaceAll("GenerateDistinctId", "Value"),
      ...updateAll("CustomerId", "Description", "Enabled", "Name", "Tags"),
      StageKeys: "accepted",
    },
    async create(context, resource) {
      const { properties } = resource;
      const { id = "" } = await context.call("apigateway", "CreateApiKey", {
        name: text(properties.Name) ?? resource.name(128),
        tags: tagsOf(resource),
        ...given({
          customerId: text(properties.CustomerId),
          description: text(properties.Description),
          enabled: flag(properties.Enabled),
          value: text(properties.Value),
        }),
      });
      return { id, attributes: { APIKeyId: id } };
    },
    async update(context, resource, made, before) {
      const { properties } = resource;
      const paths = { CustomerId: "/customerId", Description: "/description", Name: "/name" };
      const patchOperations = [
        { op: "replace" as const, path: "/enabled", value: String(flag(properties.Enabled) ?? false) },
        ...patchesOf(paths, properties, before),
      ];
      await context.call("apigateway", "UpdateApiKey", { apiKey: made.id, patchOperations });
      await retag(context, `apikeys/${made.id}`, tagsOf(resource));
      return made;
    },
    delete: (context, { id }) => gone(context.call("apigateway", "DeleteApiKey", { apiKey: id }), MISSING),
  },
  "AWS::ApiGateway::UsagePlan": {
    properties: updateAll("ApiStages", "Description", "Quota", "Tags", "Throttle", "UsagePlanName"),
    async create(context, resource) {
      const { properties } = resource;
      const { id = "" } = await context.call("apigateway", "CreateUsagePlan", {
        name: text(properties.UsagePlanName) ?? resource.name(128),
        tags: tagsOf(resource),
        ...given({
          description: text(properties.Description),
          apiStages: lowered(properties.ApiStages) as never,
          quota: lowered(properties.Quota) as never,
          throttle: lowered(properties.Throttle) as never,
        }),
      });
      return { id, attributes: { Id: id } };
    },
    async update(context, resource, made, before) {
      const patchOperations = planPatches(resource.properties, before);
      await context.call("apigateway", "UpdateUsagePlan", { usagePlanId: made.id, patchOperations });
      await retag(context, `usageplans/${made.id}`, tagsOf(resource));
      return made;
    },
    async delete(context, { id }, properties) {
      const patchOperations = stageTexts(properties).map((value) => ({
        op: "remove" as const,
        path: "/apiStages",
        value,
      }));
      await gone(
        context.call("apigateway", "UpdateUsagePlan", { usagePlanId: id, patchOperations }),
        MISSING,
      );
      await gone(context.call("apigateway", "DeleteUsagePlan", { usagePlanId: id }), MISSING);
    },
  },
  "AWS::ApiGateway::UsagePlanKey": {
    properties: replaceAll("KeyId", "KeyType", "UsagePlanId"),
    required: ["KeyId", "KeyType", "UsagePlanId"],
    async create(context, { properties }) {
      const keyId = text(properties.KeyId);
      const usagePlanId = text(properties.UsagePlanId);
      await context.call("apigateway", "CreateUsagePlanKey", {
        keyId,
        keyType: text(properties.KeyType),
        usagePlanId,
      });
      return { id: `${keyId}:${usagePlanId}`, attributes: { Id: `${keyId}:${usagePlanId}` } };
    },
    delete: (context, _made, properties) =>
      gone(
        context.call("apigateway", "DeleteUsagePlanKey", {
          keyId: text(properties.KeyId),
          usagePlanId: text(properties.UsagePlanId),
        }),
        MISSING,
      ),
  },
};
