// Names of somebody's own, and what of them leads to a stage.
import type { Context, ResourceTypes } from "../../../define.ts";
import { gone, type Properties, tagsOf, text } from "../../../resource-types.ts";
import { inputOf, MISSING, part, retag, updateAll } from "./properties.ts";

export const domains: ResourceTypes = {
  "AWS::ApiGatewayV2::DomainName": {
    properties: {
      DomainName: "replace",
      ...updateAll("DomainNameConfigurations", "RoutingMode", "Tags"),
      MutualTlsAuthentication: "accepted",
    },
    required: ["DomainName"],
    async create(context, resource) {
      const made = await context.call("apigatewayv2", "CreateDomainName", {
        ...inputOf(resource.properties, "Tags"),
        Tags: tagsOf(resource),
      } as never);
      const { ApiGatewayDomainName = "", HostedZoneId = "" } = made.DomainNameConfigurations?.[0] ?? {};
      return {
        id: made.DomainName ?? "",
        attributes: {
          DomainNameArn: made.DomainNameArn ?? "",
          RegionalDomainName: ApiGatewayDomainName,
          RegionalHostedZoneId: HostedZoneId,
        },
      };
    },
    async update(context, resource, made) {
      const input = inputOf(resource.properties, "Tags");
      await context.call("apigatewayv2", "UpdateDomainName", input as never);
      await retag(context, `domainnames/${made.id}`, tagsOf(resource));
      return made;
    },
    delete: (context, { id }) =>
      gone(context.call("apigatewayv2", "DeleteDomainName", { DomainName: id }), MISSING),
  },
  "AWS::ApiGatewayV2::ApiMapping": part({
    kind: "ApiMapping" as "Route",
    place: ["DomainName"],
    required: ["ApiId", "Stage"],
    update: ["ApiId", "ApiMappingKey", "Stage"],
  }),
  "AWS::ApiGatewayV2::RoutingRule": {
    properties: { DomainNameArn: "replace", ...updateAll("Actions", "Conditions", "Priority") },
    required: ["Actions", "Conditions", "DomainNameArn", "Priority"],
    async create(context, { properties }) {
      const made = await context.call("apigatewayv2", "CreateRoutingRule", ruleOf(properties) as never);
      const { RoutingRuleId = "", RoutingRuleArn = "" } = made;
      return { id: RoutingRuleArn, attributes: { RoutingRuleArn, RoutingRuleId } };
    },
    async update(context, { properties }, made) {
      const RoutingRuleId = idOf(made.id);
      await context.call("apigatewayv2", "PutRoutingRule", { RoutingRuleId, ...ruleOf(properties) } as never);
      return made;
    },
    delete: (context: Context, { id }, properties) =>
      gone(
        context.call("apigatewayv2", "DeleteRoutingRule", {
          DomainName: nameOf(properties),
          RoutingRuleId: idOf(id),
        }),
        MISSING,
      ),
  },
};

const ruleOf = (properties: Properties) => ({
  ...inputOf(properties, "DomainNameArn"),
  DomainName: nameOf(properties),
});

/** `arn:aws:apigateway:us-east-1::/domainnames/api.example.com` */
const nameOf = ({ DomainNameArn }: Properties) =>
  text(DomainNameArn)?.replace(/^.*\/domainnames\//, "") ?? "";

const idOf = (arn: string) => arn.slice(arn.lastIndexOf("/") + 1);
