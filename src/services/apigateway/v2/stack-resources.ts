import type { Context, ResourceTypes } from "../../define.ts";
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
} from "../../resource-types.ts";

const MISSING = "NotFoundException";

const updateAll = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, "update" as const]));

/** Numbers and truths that a template may write as text, by their names. */
const NUMBERS = new Set([
  "MaxAge",
  "TimeoutInMillis",
  "AuthorizerResultTtlInSeconds",
  "ThrottlingBurstLimit",
  "ThrottlingRateLimit",
]);
const FLAGS = new Set([
  "AllowCredentials",
  "ApiKeyRequired",
  "AutoDeploy",
  "DisableExecuteApiEndpoint",
  "DisableSchemaValidation",
  "EnableSimpleResponses",
  "DetailedMetricsEnabled",
  "DataTraceEnabled",
]);

function typed(value: Property, name = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => typed(item as Property));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([each, member]) => [each, typed(member, each)]));
  }
  if (NUMBERS.has(name)) return number(value);
  return FLAGS.has(name) ? flag(value) : value;
}

/** What the API takes under the same names, but for those named. */
const inputOf = (properties: Properties, ...without: readonly string[]) =>
  Object.fromEntries(
    Object.entries(properties).flatMap(([name, value]) =>
      without.includes(name) ? [] : [[name, typed(value, name)]],
    ),
  );

const apiIn = (properties: Properties) => ({ ApiId: text(properties.ApiId) });

function api({ scope }: Context, id: string, endpoint: string) {
  return {
    id,
    attributes: {
      ApiId: id,
      ApiEndpoint: endpoint || `https://${id}.execute-api.${scope.region}.amazonaws.com`,
    },
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_ApiGatewayV2.html */
export const v2Resources: ResourceTypes = {
  "AWS::ApiGatewayV2::Api": {
    attributes: ["ApiEndpoint", "ApiId"],
    properties: {
      ...updateAll(
        "ApiKeySelectionExpression",
        "Body",
        "BodyS3Location",
        "CorsConfiguration",
        "CredentialsArn",
        "Description",
        "DisableExecuteApiEndpoint",
        "DisableSchemaValidation",
        "FailOnWarnings",
        "IpAddressType",
        "Name",
        "RouteKey",
        "RouteSelectionExpression",
        "Tags",
        "Target",
        "Version",
      ),
      BasePath: "accepted",
      ProtocolType: "replace",
    },
    async create(context, resource) {
      const { properties } = resource;
      if (properties.Body !== undefined) {
        const Body = typeof properties.Body === "string" ? properties.Body : JSON.stringify(properties.Body);
        const { ApiId = "", ApiEndpoint = "" } = await context.call("apigatewayv2", "ImportApi", { Body });
        return api(context, ApiId, ApiEndpoint);
      }
      const input = inputOf(properties, "BasePath", "Body", "BodyS3Location", "FailOnWarnings", "Tags");
      const { ApiId = "", ApiEndpoint = "" } = await context.call("apigatewayv2", "CreateApi", {
        ...input,
        Tags: tagsOf(resource),
      } as never);
      return api(context, ApiId, ApiEndpoint);
    },
    async update(context, { properties }, made) {
      if (properties.Body !== undefined) {
        const Body = typeof properties.Body === "string" ? properties.Body : JSON.stringify(properties.Body);
        await context.call("apigatewayv2", "ReimportApi", { ApiId: made.id, Body });
        return made;
      }
      const input = inputOf(
        properties,
        "BasePath",
        "Body",
        "BodyS3Location",
        "FailOnWarnings",
        "ProtocolType",
        "Tags",
      );
      await context.call("apigatewayv2", "UpdateApi", { ApiId: made.id, ...input } as never);
      return made;
    },
    delete: (context, { id }) => gone(context.call("apigatewayv2", "DeleteApi", { ApiId: id }), MISSING),
  },
  "AWS::ApiGatewayV2::Integration": {
    attributes: ["IntegrationId"],
    properties: {
      ...updateAll(
        "ConnectionId",
        "ConnectionType",
        "ContentHandlingStrategy",
        "CredentialsArn",
        "Description",
        "IntegrationMethod",
        "IntegrationSubtype",
        "IntegrationType",
        "IntegrationUri",
        "PassthroughBehavior",
        "PayloadFormatVersion",
        "RequestParameters",
        "RequestTemplates",
        "ResponseParameters",
        "TemplateSelectionExpression",
        "TimeoutInMillis",
        "TlsConfig",
      ),
      ApiId: "replace",
    },
    required: ["ApiId", "IntegrationType"],
    async create(context, { properties }) {
      const { IntegrationId = "" } = await context.call(
        "apigatewayv2",
        "CreateIntegration",
        integrationOf(properties) as never,
      );
      return { id: IntegrationId, attributes: { IntegrationId } };
    },
    async update(context, { properties }, made) {
      await context.call("apigatewayv2", "UpdateIntegration", {
        IntegrationId: made.id,
        ...integrationOf(properties),
      } as never);
      return made;
    },
    delete: (context, { id }, properties) =>
      gone(
        context.call("apigatewayv2", "DeleteIntegration", { ...apiIn(properties), IntegrationId: id }),
        MISSING,
      ),
  },
  "AWS::ApiGatewayV2::Route": {
    attributes: ["RouteId"],
    properties: {
      ...updateAll(
        "ApiKeyRequired",
        "AuthorizationScopes",
        "AuthorizationType",
        "AuthorizerId",
        "ModelSelectionExpression",
        "OperationName",
        "RequestModels",
        "RequestParameters",
        "RouteKey",
        "RouteResponseSelectionExpression",
        "Target",
      ),
      ApiId: "replace",
    },
    required: ["ApiId", "RouteKey"],
    async create(context, { properties }) {
      const { RouteId = "" } = await context.call(
        "apigatewayv2",
        "CreateRoute",
        inputOf(properties) as never,
      );
      return { id: RouteId, attributes: { RouteId } };
    },
    async update(context, { properties }, made) {
      await context.call("apigatewayv2", "UpdateRoute", {
        RouteId: made.id,
        ...inputOf(properties),
      } as never);
      return made;
    },
    delete: (context, { id }, properties) =>
      gone(context.call("apigatewayv2", "DeleteRoute", { ...apiIn(properties), RouteId: id }), MISSING),
  },
  "AWS::ApiGatewayV2::Stage": {
    attributes: [],
    properties: {
      ...updateAll(
        "AccessLogSettings",
        "AutoDeploy",
        "ClientCertificateId",
        "DefaultRouteSettings",
        "DeploymentId",
        "Description",
        "RouteSettings",
        "StageVariables",
        "Tags",
      ),
      AccessPolicyId: "accepted",
      ApiId: "replace",
      StageName: "replace",
    },
    required: ["ApiId", "StageName"],
    async create(context, resource) {
      const StageName = text(resource.properties.StageName) ?? "";
      await context.call("apigatewayv2", "CreateStage", {
        ...stageOf(resource.properties),
        StageName,
        Tags: tagsOf(resource),
      } as never);
      return { id: StageName, attributes: {} };
    },
    async update(context, { properties }, made) {
      await context.call("apigatewayv2", "UpdateStage", {
        ...stageOf(properties),
        StageName: made.id,
      } as never);
      return made;
    },
    delete: (context, { id }, properties) =>
      gone(context.call("apigatewayv2", "DeleteStage", { ...apiIn(properties), StageName: id }), MISSING),
  },
  "AWS::ApiGatewayV2::Deployment": {
    attributes: ["DeploymentId"],
    properties: { ApiId: "replace", Description: "update", StageName: "replace" },
    required: ["ApiId"],
    async create(context, { properties }) {
      const { DeploymentId = "" } = await context.call("apigatewayv2", "CreateDeployment", {
        ...apiIn(properties),
        ...given({ Description: text(properties.Description), StageName: text(properties.StageName) }),
      });
      return { id: DeploymentId, attributes: { DeploymentId } };
    },
    update: async (_context, _resource, made) => made,
    delete: (context, { id }, properties) =>
      gone(
        context.call("apigatewayv2", "DeleteDeployment", { ...apiIn(properties), DeploymentId: id }),
        MISSING,
        "BadRequestException",
      ),
  },
  "AWS::ApiGatewayV2::Authorizer": {
    attributes: ["AuthorizerId"],
    properties: {
      ...updateAll(
        "AuthorizerCredentialsArn",
        "AuthorizerPayloadFormatVersion",
        "AuthorizerResultTtlInSeconds",
        "AuthorizerType",
        "AuthorizerUri",
        "EnableSimpleResponses",
        "IdentitySource",
        "IdentityValidationExpression",
        "JwtConfiguration",
        "Name",
      ),
      ApiId: "replace",
    },
    required: ["ApiId", "AuthorizerType", "Name"],
    async create(context, { properties }) {
      const { AuthorizerId = "" } = await context.call(
        "apigatewayv2",
        "CreateAuthorizer",
        authorizerOf(properties) as never,
      );
      return { id: AuthorizerId, attributes: { AuthorizerId } };
    },
    async update(context, { properties }, made) {
      await context.call("apigatewayv2", "UpdateAuthorizer", {
        AuthorizerId: made.id,
        ...authorizerOf(properties),
      } as never);
      return made;
    },
    delete: (context, { id }, properties) =>
      gone(
        context.call("apigatewayv2", "DeleteAuthorizer", { ...apiIn(properties), AuthorizerId: id }),
        MISSING,
      ),
  },
  "AWS::ApiGatewayV2::DomainName": {
    attributes: ["RegionalDomainName", "RegionalHostedZoneId"],
    properties: {
      DomainName: "replace",
      DomainNameConfigurations: "update",
      MutualTlsAuthentication: "accepted",
      RoutingMode: "accepted",
      Tags: "accepted",
    },
    required: ["DomainName"],
    async create(context, { properties }) {
      const DomainName = text(properties.DomainName) ?? "";
      const { DomainNameConfigurations = [] } = await context.call(
        "apigatewayv2",
        "CreateDomainName",
        inputOf(properties, "MutualTlsAuthentication", "RoutingMode", "Tags") as never,
      );
      const { ApiGatewayDomainName = "", HostedZoneId = "" } = DomainNameConfigurations[0] ?? {};
      return {
        id: DomainName,
        attributes: { RegionalDomainName: ApiGatewayDomainName, RegionalHostedZoneId: HostedZoneId },
      };
    },
    update: async (_context, _resource, made) => made,
    delete: (context, { id }) =>
      gone(context.call("apigatewayv2", "DeleteDomainName", { DomainName: id }), MISSING),
  },
  "AWS::ApiGatewayV2::ApiMapping": {
    attributes: ["ApiMappingId"],
    properties: { ApiId: "update", ApiMappingKey: "update", DomainName: "replace", Stage: "update" },
    required: ["ApiId", "DomainName", "Stage"],
    async create(context, { properties }) {
      const { ApiMappingId = "" } = await context.call(
        "apigatewayv2",
        "CreateApiMapping",
        inputOf(properties) as never,
      );
      return { id: ApiMappingId, attributes: { ApiMappingId } };
    },
    async update(context, { properties }, made) {
      await context.call("apigatewayv2", "UpdateApiMapping", {
        ApiMappingId: made.id,
        ...inputOf(properties),
      } as never);
      return made;
    },
    delete: (context, { id }, properties) =>
      gone(
        context.call("apigatewayv2", "DeleteApiMapping", {
          DomainName: text(properties.DomainName),
          ApiMappingId: id,
        }),
        MISSING,
      ),
  },
};

/** Mappings of answers are lists in a template and maps in the API. */
function integrationOf(properties: Properties) {
  const responses = Object.entries(members(properties.ResponseParameters)).map(([status, each]) => {
    const pairs = list(members(each).ResponseParameters).map((pair) => [
      text(members(pair).Destination) ?? "",
      text(members(pair).Source) ?? "",
    ]);
    return [status, Array.isArray(members(each).ResponseParameters) ? Object.fromEntries(pairs) : each];
  });
  return {
    ...inputOf(properties, "ResponseParameters"),
    ...(responses.length > 0 ? { ResponseParameters: Object.fromEntries(responses) } : {}),
  };
}

function stageOf(properties: Properties) {
  const { DestinationArn } = members(properties.AccessLogSettings);
  const input = inputOf(properties, "AccessPolicyId", "StageName", "Tags");
  if (!DestinationArn) return input;
  const { Format } = members(properties.AccessLogSettings);
  return {
    ...input,
    AccessLogSettings: { DestinationArn: text(DestinationArn)?.replace(/:\*$/, ""), Format: text(Format) },
  };
}

/** Sources may be one text. */
function authorizerOf(properties: Properties) {
  const { IdentitySource: source } = properties;
  const sources = Array.isArray(source) ? source : source === undefined ? [] : [source];
  return {
    ...inputOf(properties, "IdentitySource"),
    IdentitySource: sources.map((each) => text(each as Property)),
  };
}
