// What an API is made of, down to its methods, models and answers.
import type { Context, ResourceTypes } from "../../../define.ts";
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
import {
  apiIn,
  lowered,
  MISSING,
  patchesOf,
  replaceAll,
  retag,
  setPatches,
  updateAll,
  words,
} from "./properties.ts";

async function restApi(context: Context, restApiId: string) {
  const { rootResourceId = "" } = await context.call("apigateway", "GetRestApi", { restApiId });
  return { id: restApiId, attributes: { RestApiId: restApiId, RootResourceId: rootResourceId } };
}

async function putBody(context: Context, restApiId: string, properties: Properties): Promise<void> {
  const { Body, BodyS3Location, Mode } = properties;
  let body: Uint8Array | undefined;
  if (Body !== undefined) body = Buffer.from(typeof Body === "string" ? Body : JSON.stringify(Body));
  else if (BodyS3Location !== undefined) {
    const { Bucket, Key, Version } = members(BodyS3Location);
    const answer = await context.call("s3", "GetObject", {
      Bucket: text(Bucket),
      Key: text(Key),
      ...given({ VersionId: text(Version) }),
    });
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
      ...given({ failOnWarnings: flag(properties.FailOnWarnings) }),
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

const API_PATHS = {
  Name: "/name",
  Description: "/description",
  Policy: "/policy",
  MinimumCompressionSize: "/minimumCompressionSize",
  DisableExecuteApiEndpoint: "/disableExecuteApiEndpoint",
  ApiKeySourceType: "/apiKeySource",
};

/** One kind of endpoint becomes another. */
function endpointPatches(after: Properties, before: Properties) {
  const [value] = list(members(after.EndpointConfiguration).Types).map((each) => text(each) ?? "");
  const [old = "EDGE"] = list(members(before.EndpointConfiguration).Types).map((each) => text(each) ?? "");
  if (value === undefined || value === old) return [];
  return [{ op: "replace" as const, path: `/endpointConfiguration/types/${old}`, value }];
}

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

async function putGatewayResponse(context: Context, properties: Properties): Promise<void> {
  await context.call("apigateway", "PutGatewayResponse", {
    ...apiIn(properties),
    responseType: text(properties.ResponseType) as "THROTTLED",
    ...given({ statusCode: text(properties.StatusCode) }),
    responseParameters: words(properties.ResponseParameters),
    ...(properties.ResponseTemplates ? { responseTemplates: words(properties.ResponseTemplates) } : {}),
  });
}

export const apis: ResourceTypes = {
  "AWS::ApiGateway::RestApi": {
    properties: {
      ...updateAll(
        "ApiKeySourceType",
        "BinaryMediaTypes",
        "Body",
        "BodyS3Location",
        "Description",
        "DisableExecuteApiEndpoint",
        "EndpointConfiguration",
        "FailOnWarnings",
        "MinimumCompressionSize",
        "Mode",
        "Name",
        "Parameters",
        "Policy",
        "Tags",
      ),
      CloneFrom: "replace",
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
    async update(context, resource, { id }, before) {
      const { properties } = resource;
      await putBody(context, id, properties);
      const typesOf = ({ BinaryMediaTypes }: Properties) =>
        list(BinaryMediaTypes).map((each) => text(each) ?? "");
      const patchOperations = [
        ...patchesOf(API_PATHS, properties, before),
        ...setPatches("/binaryMediaTypes", typesOf(properties), typesOf(before)),
        ...endpointPatches(properties, before),
      ];
      await context.call("apigateway", "UpdateRestApi", { restApiId: id, patchOperations });
      await retag(context, `restapis/${id}`, tagsOf(resource));
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
  "AWS::ApiGateway::Model": {
    properties: { ...replaceAll("ContentType", "Name", "RestApiId"), ...updateAll("Description", "Schema") },
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
    async update(context, { properties }, made, before) {
      const paths = { Description: "/description", Schema: "/schema" };
      const patchOperations = patchesOf(paths, properties, before);
      await context.call("apigateway", "UpdateModel", {
        ...apiIn(properties),
        modelName: made.id,
        patchOperations,
      });
      return made;
    },
    delete: (context, { id }, properties) =>
      gone(context.call("apigateway", "DeleteModel", { ...apiIn(properties), modelName: id }), MISSING),
  },
  "AWS::ApiGateway::RequestValidator": {
    properties: {
      ...replaceAll("Name", "RestApiId"),
      ...updateAll("ValidateRequestBody", "ValidateRequestParameters"),
    },
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
    async update(context, { properties }, made) {
      const value = (name: string) => String(flag(properties[name]) ?? false);
      await context.call("apigateway", "UpdateRequestValidator", {
        ...apiIn(properties),
        requestValidatorId: made.id,
        patchOperations: [
          { op: "replace", path: "/validateRequestBody", value: value("ValidateRequestBody") },
          { op: "replace", path: "/validateRequestParameters", value: value("ValidateRequestParameters") },
        ],
      });
      return made;
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
    properties: {
      ...replaceAll("ResponseType", "RestApiId"),
      ...updateAll("ResponseParameters", "ResponseTemplates", "StatusCode"),
    },
    required: ["ResponseType", "RestApiId"],
    async create(context, resource) {
      await putGatewayResponse(context, resource.properties);
      return { id: resource.name(128), attributes: {} };
    },
    async update(context, { properties }, made) {
      await putGatewayResponse(context, properties);
      return made;
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
};
