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
  tagsOf,
  text,
} from "../../../resource-types.ts";
import { apiIn, lowered, MISSING, replaceAll, updateAll } from "./properties.ts";

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

export const access: ResourceTypes = {
  "AWS::ApiGateway::Authorizer": {
    properties: replaceAll(
      "AuthType",
      "AuthorizerCredentials",
      "AuthorizerResultTtlInSeconds",
      "AuthorizerUri",
      "IdentitySource",
      "IdentityValidationExpression",
      "Name",
      "ProviderARNs",
      "RestApiId",
      "Type",
    ),
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
    async update(context, { properties }, made) {
      const patchOperations = [
        { op: "replace" as const, path: "/enabled", value: String(flag(properties.Enabled) ?? false) },
      ];
      await context.call("apigateway", "UpdateApiKey", { apiKey: made.id, patchOperations });
      return made;
    },
    delete: (context, { id }) => gone(context.call("apigateway", "DeleteApiKey", { apiKey: id }), MISSING),
  },
  "AWS::ApiGateway::UsagePlan": {
    properties: {
      ...replaceAll("ApiStages", "Description", "Quota", "Throttle", "UsagePlanName"),
      Tags: "accepted",
    },
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
    async delete(context, { id }, properties) {
      const stages = list(properties.ApiStages).map(
        (each) => `${text(members(each).ApiId)}:${text(members(each).Stage)}`,
      );
      const patchOperations = stages.map((value) => ({ op: "remove" as const, path: "/apiStages", value }));
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
  "AWS::ApiGateway::Account": {
    properties: { CloudWatchRoleArn: "accepted" },
    create: async (_context, resource) => ({ id: resource.name(128), attributes: {} }),
    update: async (_context, _resource, made) => made,
    async delete() {},
  },
};
