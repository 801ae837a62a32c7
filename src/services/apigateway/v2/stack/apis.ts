// HTTP and WebSocket APIs, and how they go out.
import type { Context, ResourceTypes } from "../../../define.ts";
import { flag, given, gone, members, type Properties, tagsOf, text } from "../../../resource-types.ts";
import { apiIn, inputOf, MISSING, retag, unsaid, updateAll, withUnsaid } from "./properties.ts";

/** What says how a document is imported, and is no property of an API. */
const OF_IMPORTS = ["BasePath", "Body", "BodyS3Location", "FailOnWarnings"];

/** What APIs and stages are by themselves. */
const OF_APIS = {
  Description: "",
  DisableExecuteApiEndpoint: false,
  DisableSchemaValidation: false,
  Version: "",
};
const OF_STAGES = {
  unset: { AutoDeploy: false, Description: "" },
  maps: ["RouteSettings", "StageVariables"],
};

function api({ scope }: Context, id: string, endpoint: string) {
  return {
    id,
    attributes: {
      ApiId: id,
      ApiEndpoint: endpoint || `https://${id}.execute-api.${scope.region}.amazonaws.com`,
    },
  };
}

/** The document that the API is made of, where there is one. */
async function bodyOf(context: Context, { Body, BodyS3Location }: Properties): Promise<string | undefined> {
  if (Body !== undefined) return typeof Body === "string" ? Body : JSON.stringify(Body);
  if (BodyS3Location === undefined) return undefined;
  const { Bucket, Key, Version } = members(BodyS3Location);
  const answer = await context.call("s3", "GetObject", {
    Bucket: text(Bucket),
    Key: text(Key),
    ...given({ VersionId: text(Version) }),
  });
  const parts: Uint8Array[] = [];
  for await (const part of answer.Body instanceof Uint8Array ? [answer.Body] : (answer.Body ?? []))
    parts.push(part);
  return Buffer.concat(parts).toString();
}

const importOf = ({ BasePath, FailOnWarnings }: Properties) =>
  given({ Basepath: text(BasePath), FailOnWarnings: flag(FailOnWarnings) });

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

export const apis: ResourceTypes = {
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
      BasePath: "update",
      ProtocolType: "replace",
    },
    async create(context, resource) {
      const { properties } = resource;
      const Body = await bodyOf(context, properties);
      if (Body !== undefined) {
        const { ApiId = "", ApiEndpoint = "" } = await context.call("apigatewayv2", "ImportApi", {
          Body,
          ...importOf(properties),
        });
        await retag(context, `apis/${ApiId}`, tagsOf(resource));
        return api(context, ApiId, ApiEndpoint);
      }
      const { ApiId = "", ApiEndpoint = "" } = await context.call("apigatewayv2", "CreateApi", {
        ...inputOf(properties, ...OF_IMPORTS, "Tags"),
        Tags: tagsOf(resource),
      } as never);
      return api(context, ApiId, ApiEndpoint);
    },
    async update(context, resource, made, before) {
      const { properties } = resource;
      const Body = await bodyOf(context, properties);
      if (Body !== undefined) {
        await context.call("apigatewayv2", "ReimportApi", { ApiId: made.id, Body, ...importOf(properties) });
      } else {
        const input = withUnsaid(
          inputOf(properties, ...OF_IMPORTS, "ProtocolType", "Tags"),
          unsaid(properties, before, { unset: OF_APIS }),
        );
        await context.call("apigatewayv2", "UpdateApi", { ApiId: made.id, ...input } as never);
        if (before.CorsConfiguration !== undefined && properties.CorsConfiguration === undefined)
          await context.call("apigatewayv2", "DeleteCorsConfiguration", { ApiId: made.id });
      }
      await retag(context, `apis/${made.id}`, tagsOf(resource));
      return made;
    },
    delete: (context, { id }) => gone(context.call("apigatewayv2", "DeleteApi", { ApiId: id }), MISSING),
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
    async update(context, resource, made, before) {
      const { properties } = resource;
      const asked = withUnsaid(stageOf(properties), unsaid(properties, before, OF_STAGES));
      await context.call("apigatewayv2", "UpdateStage", { ...asked, StageName: made.id } as never);
      if (before.AccessLogSettings !== undefined && properties.AccessLogSettings === undefined) {
        const place = { ...apiIn(properties), StageName: made.id };
        await context.call("apigatewayv2", "DeleteAccessLogSettings", place);
      }
      await retag(context, `apis/${text(properties.ApiId)}/stages/${made.id}`, tagsOf(resource));
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
    async update(context, { properties }, made) {
      await context.call("apigatewayv2", "UpdateDeployment", {
        ...apiIn(properties),
        DeploymentId: made.id,
        Description: text(properties.Description) ?? "",
      });
      return made;
    },
    delete: (context, { id }, properties) =>
      gone(
        context.call("apigatewayv2", "DeleteDeployment", { ...apiIn(properties), DeploymentId: id }),
        MISSING,
        "BadRequestException",
      ),
  },
};
