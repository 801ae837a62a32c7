// What an API is made of.
import type { ResourceTypes } from "../../../define.ts";
import {
  gone,
  list,
  members,
  type Properties,
  type Property,
  tagsOf,
  text,
} from "../../../resource-types.ts";
import { inputOf, MISSING, part, retag, updateAll } from "./properties.ts";

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

/** Sources may be one text. */
function authorizerOf(properties: Properties) {
  const { IdentitySource: source } = properties;
  const sources = Array.isArray(source) ? source : source === undefined ? [] : [source];
  return {
    ...inputOf(properties, "IdentitySource"),
    IdentitySource: sources.map((each) => text(each as Property)),
  };
}

/** The operations are typed by their names, of which each kind has its own. */
const kindOf = (kind: string) => kind as "Route";

export const parts: ResourceTypes = {
  "AWS::ApiGatewayV2::Integration": part({
    kind: kindOf("Integration"),
    place: ["ApiId"],
    required: ["IntegrationType"],
    input: integrationOf,
    unset: { Description: "", RequestTemplates: {} },
    maps: ["RequestParameters", "ResponseParameters"],
    update: [
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
    ],
  }),
  "AWS::ApiGatewayV2::IntegrationResponse": part({
    kind: kindOf("IntegrationResponse"),
    place: ["ApiId", "IntegrationId"],
    required: ["IntegrationResponseKey"],
    update: [
      "ContentHandlingStrategy",
      "IntegrationResponseKey",
      "ResponseParameters",
      "ResponseTemplates",
      "TemplateSelectionExpression",
    ],
  }),
  "AWS::ApiGatewayV2::Route": part({
    kind: "Route",
    place: ["ApiId"],
    required: ["RouteKey"],
    unset: {
      ApiKeyRequired: false,
      AuthorizationScopes: [],
      AuthorizationType: "NONE",
      OperationName: "",
      RequestModels: {},
      Target: "",
    },
    maps: ["RequestParameters"],
    update: [
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
    ],
  }),
  "AWS::ApiGatewayV2::RouteResponse": part({
    kind: kindOf("RouteResponse"),
    place: ["ApiId", "RouteId"],
    required: ["RouteResponseKey"],
    update: ["ModelSelectionExpression", "ResponseModels", "ResponseParameters", "RouteResponseKey"],
  }),
  "AWS::ApiGatewayV2::Model": part({
    kind: kindOf("Model"),
    place: ["ApiId"],
    required: ["Name", "Schema"],
    update: ["ContentType", "Description", "Name", "Schema"],
    input: modelOf,
  }),
  "AWS::ApiGatewayV2::Authorizer": part({
    kind: kindOf("Authorizer"),
    place: ["ApiId"],
    required: ["AuthorizerType", "Name"],
    input: authorizerOf,
    unset: { AuthorizerCredentialsArn: "", EnableSimpleResponses: false },
    update: [
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
    ],
  }),
  "AWS::ApiGatewayV2::VpcLink": {
    properties: {
      ...updateAll("Name", "Tags"),
      SecurityGroupIds: "replace",
      SubnetIds: "replace",
    },
    required: ["Name", "SubnetIds"],
    async create(context, resource) {
      const input = inputOf(resource.properties, "Tags");
      const { VpcLinkId = "" } = await context.call("apigatewayv2", "CreateVpcLink", {
        ...input,
        Tags: tagsOf(resource),
      } as never);
      return { id: VpcLinkId, attributes: { VpcLinkId } };
    },
    async update(context, resource, made) {
      const Name = text(resource.properties.Name);
      await context.call("apigatewayv2", "UpdateVpcLink", {
        VpcLinkId: made.id,
        ...(Name === undefined ? {} : { Name }),
      });
      await retag(context, `vpclinks/${made.id}`, tagsOf(resource));
      return made;
    },
    delete: (context, { id }) =>
      gone(context.call("apigatewayv2", "DeleteVpcLink", { VpcLinkId: id }), MISSING),
  },
};

/** A schema is written as JSON in a template, and as its text in the API. */
function modelOf(properties: Properties) {
  return { ...inputOf(properties, "Schema"), Schema: text(properties.Schema) };
}
