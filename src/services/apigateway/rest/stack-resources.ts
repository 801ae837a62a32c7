import type { Context } from "../../define.ts";
import {
  flag,
  given,
  gone,
  list,
  members,
  number,
  type Properties,
  type Property,
  type ResourceTypes,
  tagsOf,
  text,
} from "../../resource-types.ts";

const MISSING = "NotFoundException";

const lower = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

/** Templates write members with a capital that the API writes without; names of a map stay as they are. */
function lowered(value: Property | undefined, maps: ReadonlySet<string> = MAPS): unknown {
  if (Array.isArray(value)) return value.map((item) => lowered(item as Property, maps));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      lower(name),
      maps.has(name) ? member : lowered(member, maps),
    ]),
  );
}

const MAPS = new Set([
  "RequestParameters",
  "RequestTemplates",
  "RequestModels",
  "ResponseParameters",
  "ResponseTemplates",
  "ResponseModels",
  "Variables",
  "StageVariableOverrides",
]);

const words = (value: Property | undefined) =>
  Object.fromEntries(Object.entries(members(value)).map(([name, each]) => [name, text(each) ?? ""]));
const replaceAll = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, "replace" as const]));
const updateAll = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, "update" as const]));

async function restApi(context: Context, restApiId: string) {
  const { rootResourceId = "" } = await context.call("apigateway", "GetRestApi", { restApiId });
  return { id: restApiId, attributes: { RestApiId: restApiId, RootResourceId: rootResourceId } };
}

async function putBody(context: Context, restApiId: string, properties: Properties): Promise<void> {
  const { Body, BodyS3Location, Mode } = properties;
  let body: Uint8Array | undefined;
  if (Body !== undefined) body = Buffer.from(typeof Body === "string" ? Body : JSON.stringify(Body));
  else if (BodyS3Location !== undefined) {
    const { Bucket, Key } = members(BodyS3Location);
    const answer = await context.call("s3", "GetObject", { Bucket: text(Bucket), Key: text(Key) });
    const parts: Uint8Array[] = [];
    for await (const part of answer.Body instanceof Uint8Array ? [answer.Body] : (answer.Body ?? []))
      parts.push(part);
    body = Buffer.concat(parts);
  }
  if (body) {
    const mode = (text(Mode) as "merge" | undefined) ?? "overwrite";
    await context.call("apigateway", "PutRestApi", {
      restApiId,
      mode,
      body,
      parameters: words(properties.Parameters),
    });
  }
}

const settingsOf = (properties: Properties) =>
  given({
    apiKeySource: text(properties.ApiKeySourceType) as "HEADER",
    binaryMediaTypes:
      properties.BinaryMediaTypes === undefined
        ? undefined
        : list(properties.BinaryMediaTypes).map((each) => text(each) ?? ""),
    description: text(properties.Description),
    disableExecuteApiEndpoint: flag(properties.DisableExecuteApiEndpoint),
    endpointConfiguration:
      properties.EndpointConfiguration === undefined
        ? undefined
        : (lowered(properties.EndpointConfiguration) as object),
    minimumCompressionSize: number(properties.MinimumCompressionSize),
    policy: text(properties.Policy),
  });

async function putMethod(context: Context, properties: Properties): Promise<void> {
  const place = {
    restApiId: text(properties.RestApiId),
    resourceId: text(properties.ResourceId),
    httpMethod: text(properties.HttpMethod),
  };
  await context.call("apigateway", "PutMethod", {
    ...place,
    ...given({
      apiKeyRequired: flag(properties.ApiKeyRequired),
      authorizationScopes: properties.AuthorizationScopes as never,
      authorizationType: text(properties.AuthorizationType) ?? "NONE",
      authorizerId: text(properties.AuthorizerId),
      operationName: text(properties.OperationName),
      requestModels: words(properties.RequestModels),
      requestParameters: Object.fromEntries(
        Object.entries(members(properties.RequestParameters)).map(([name, each]) => [
          name,
          flag(each) ?? false,
        ]),
      ),
      requestValidatorId: text(properties.RequestValidatorId),
    }),
  });
  for (const each of list(properties.MethodResponses)) {
    const { StatusCode, ResponseModels, ResponseParameters } = members(each);
    const flags = Object.entries(members(ResponseParameters)).map(([name, value]) => [
      name,
      flag(value) ?? false,
    ]);
    await context.call("apigateway", "PutMethodResponse", {
      ...place,
      statusCode: text(StatusCode),
      responseModels: words(ResponseModels),
      responseParameters: Object.fromEntries(flags),
    });
  }
  if (properties.Integration === undefined) return;
  const { IntegrationResponses, IntegrationHttpMethod, TimeoutInMillis, ...rest } = members(
    properties.Integration,
  );
  await context.call("apigateway", "PutIntegration", {
    ...(lowered(rest) as object),
    ...place,
    ...given({
      integrationHttpMethod: text(IntegrationHttpMethod),
      timeoutInMillis: number(TimeoutInMillis),
    }),
  } as never);
  for (const each of list(IntegrationResponses)) {
    const { StatusCode, ...response } = members(each);
    await context.call("apigateway", "PutIntegrationResponse", {
      ...(lowered(response) as object),
      ...place,
      statusCode: text(StatusCode),
    } as never);
  }
}

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

const apiIn = (properties: Properties) => ({ restApiId: text(properties.RestApiId) });

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_ApiGateway.html */
export const restResources: ResourceTypes = {
  "AWS::ApiGateway::RestApi": {
    properties: {
      ...updateAll(
        "ApiKeySourceType",
        "BinaryMediaTypes",
        "Body",
        "BodyS3Location",
        "Description",
        "DisableExecuteApiEndpoint",
        "FailOnWarnings",
        "MinimumCompressionSize",
        "Mode",
        "Name",
        "Parameters",
        "Policy",
        "Tags",
      ),
      CloneFrom: "replace",
      EndpointConfiguration: "accepted",
    },
    async create(context, resource) {
      const { properties } = resource;
      const name =
        text(properties.Name) ?? text(members(members(properties.Body).info).title) ?? resource.name(128);
      const { id = "" } = await context.call("apigateway", "CreateRestApi", {
        name,
        ...settingsOf(properties),
        cloneFrom: text(properties.CloneFrom),
        tags: tagsOf(resource),
      });
      await putBody(context, id, properties);
      return restApi(context, id);
    },
    async update(context, { properties }, { id }) {
      await putBody(context, id, properties);
      const plain = {
        name: "Name",
        description: "Description",
        policy: "Policy",
        minimumCompressionSize: "MinimumCompressionSize",
        disableExecuteApiEndpoint: "DisableExecuteApiEndpoint",
      };
      const patchOperations = Object.entries(plain).flatMap(([path, name]) => {
        const value = text(properties[name]);
        return value === undefined ? [] : [{ op: "replace" as const, path: `/${path}`, value }];
      });
      await context.call("apigateway", "UpdateRestApi", { restApiId: id, patchOperations });
      return restApi(context, id);
    },
    delete: (context, { id }) =>
      gone(context.call("apigateway", "DeleteRestApi", { restApiId: id }), MISSING),
  },
  "AWS::ApiGateway::Resource": {
    properties: replaceAll("ParentId", "PathPart", "RestApiId"),
    required: ["ParentId", "PathPart", "RestApiId"],
    async create(context, { properties }) {
      const parentId = text(properties.ParentId);
      const pathPart = text(properties.PathPart);
      const { id = "" } = await context.call("apigateway", "CreateResource", {
        ...apiIn(properties),
        parentId,
        pathPart,
      });
      return { id, attributes: { ResourceId: id } };
    },
    delete: (context, { id }, properties) =>
      gone(context.call("apigateway", "DeleteResource", { ...apiIn(properties), resourceId: id }), MISSING),
  },
  "AWS::ApiGateway::Method": {
    properties: {
      ...replaceAll("HttpMethod", "ResourceId", "RestApiId"),
      ...updateAll(
        "ApiKeyRequired",
        "AuthorizationScopes",
        "AuthorizationType",
        "AuthorizerId",
        "Integration",
        "MethodResponses",
        "OperationName",
        "RequestModels",
        "RequestParameters",
        "RequestValidatorId",
      ),
    },
    required: ["HttpMethod", "ResourceId", "RestApiId"],
    async create(context, resource) {
      await putMethod(context, resource.properties);
      return { id: resource.name(128), attributes: {} };
    },
    async update(context, { properties }, made) {
      const { ResourceId, HttpMethod } = properties;
      await gone(
        context.call("apigateway", "DeleteMethod", {
          ...apiIn(properties),
          resourceId: text(ResourceId),
          httpMethod: text(HttpMethod),
        }),
        MISSING,
      );
      await putMethod(context, properties);
      return made;
    },
    delete: (context, _made, properties) =>
      gone(
        context.call("apigateway", "DeleteMethod", {
          ...apiIn(properties),
          resourceId: text(properties.ResourceId),
          httpMethod: text(properties.HttpMethod),
        }),
        MISSING,
      ),
  },
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
  "AWS::ApiGateway::Model": {
    properties: replaceAll("ContentType", "Description", "Name", "RestApiId", "Schema"),
    required: ["RestApiId"],
    async create(context, resource) {
      const { properties } = resource;
      const name = text(properties.Name) ?? resource.name(128).replaceAll("-", "");
      await context.call("apigateway", "CreateModel", {
        ...apiIn(properties),
        name,
        contentType: text(properties.ContentType) ?? "application/json",
        ...given({ description: text(properties.Description), schema: text(properties.Schema) }),
      });
      return { id: name, attributes: {} };
    },
    delete: (context, { id }, properties) =>
      gone(context.call("apigateway", "DeleteModel", { ...apiIn(properties), modelName: id }), MISSING),
  },
  "AWS::ApiGateway::RequestValidator": {
    properties: replaceAll("Name", "RestApiId", "ValidateRequestBody", "ValidateRequestParameters"),
    required: ["RestApiId"],
    async create(context, { properties }) {
      const { id = "" } = await context.call("apigateway", "CreateRequestValidator", {
        ...apiIn(properties),
        ...given({
          name: text(properties.Name),
          validateRequestBody: flag(properties.ValidateRequestBody),
          validateRequestParameters: flag(properties.ValidateRequestParameters),
        }),
      });
      return { id, attributes: { RequestValidatorId: id } };
    },
    delete: (context, { id }, properties) =>
      gone(
        context.call("apigateway", "DeleteRequestValidator", {
          ...apiIn(properties),
          requestValidatorId: id,
        }),
        MISSING,
      ),
  },
  "AWS::ApiGateway::GatewayResponse": {
    properties: replaceAll(
      "ResponseParameters",
      "ResponseTemplates",
      "ResponseType",
      "RestApiId",
      "StatusCode",
    ),
    required: ["ResponseType", "RestApiId"],
    async create(context, resource) {
      const { properties } = resource;
      await context.call("apigateway", "PutGatewayResponse", {
        ...apiIn(properties),
        responseType: text(properties.ResponseType) as "THROTTLED",
        ...given({ statusCode: text(properties.StatusCode) }),
        responseParameters: words(properties.ResponseParameters),
        ...(properties.ResponseTemplates ? { responseTemplates: words(properties.ResponseTemplates) } : {}),
      });
      return { id: resource.name(128), attributes: {} };
    },
    delete: (context, _made, properties) =>
      gone(
        context.call("apigateway", "DeleteGatewayResponse", {
          ...apiIn(properties),
          responseType: text(properties.ResponseType) as "THROTTLED",
        }),
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
