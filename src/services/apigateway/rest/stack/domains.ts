// Names of somebody's own, and what of them leads to a stage.
import type { ResourceTypes } from "../../../define.ts";
import { given, gone, list, members, type Properties, tagsOf, text } from "../../../resource-types.ts";
import { lowered, MISSING, patchesOf, replaceAll, retag, updateAll } from "./properties.ts";

const PATHS = {
  CertificateArn: "/certificateArn",
  OwnershipVerificationCertificateArn: "/ownershipVerificationCertificateArn",
  RegionalCertificateArn: "/regionalCertificateArn",
  RoutingMode: "/routingMode",
  SecurityPolicy: "/securityPolicy",
};

const TRUST_PATHS = {
  TruststoreUri: "/mutualTlsAuthentication/truststoreUri",
  TruststoreVersion: "/mutualTlsAuthentication/truststoreVersion",
};

const typeOf = ({ EndpointConfiguration }: Properties) =>
  text(list(members(EndpointConfiguration).Types)[0]) ?? "EDGE";

export const domains: ResourceTypes = {
  "AWS::ApiGateway::DomainName": {
    properties: {
      ...replaceAll("DomainName"),
      EndpointAccessMode: "accepted",
      ...updateAll(
        "CertificateArn",
        "EndpointConfiguration",
        "OwnershipVerificationCertificateArn",
        "RegionalCertificateArn",
        "RoutingMode",
        "SecurityPolicy",
        "Tags",
      ),
      MutualTlsAuthentication: "accepted",
    },
    async create(context, resource) {
      const { Tags: _tags, EndpointAccessMode: _mode, ...properties } = resource.properties;
      const made = await context.call("apigateway", "CreateDomainName", {
        ...(lowered(properties) as object),
        tags: tagsOf(resource),
      } as never);
      return {
        id: made.domainName ?? "",
        attributes: given({
          DomainNameArn: made.domainNameArn ?? "",
          DistributionDomainName: made.distributionDomainName ?? "",
          DistributionHostedZoneId: made.distributionHostedZoneId ?? "",
          RegionalDomainName: made.regionalDomainName ?? "",
          RegionalHostedZoneId: made.regionalHostedZoneId ?? "",
        }),
      };
    },
    async update(context, resource, made, before) {
      const { properties } = resource;
      const [type, old] = [typeOf(properties), typeOf(before)];
      const patchOperations = [
        ...patchesOf(PATHS, properties, before),
        ...patchesOf(
          TRUST_PATHS,
          members(properties.MutualTlsAuthentication),
          members(before.MutualTlsAuthentication),
        ),
        ...(type === old
          ? []
          : [{ op: "replace" as const, path: `/endpointConfiguration/types/${old}`, value: type }]),
      ];
      await context.call("apigateway", "UpdateDomainName", { domainName: made.id, patchOperations });
      await retag(context, `domainnames/${made.id}`, tagsOf(resource));
      return made;
    },
    delete: (context, { id }) =>
      gone(context.call("apigateway", "DeleteDomainName", { domainName: id }), MISSING),
  },
  "AWS::ApiGateway::BasePathMapping": {
    properties: { ...replaceAll("BasePath", "DomainName"), ...updateAll("Id", "RestApiId", "Stage") },
    required: ["DomainName"],
    async create(context, { properties }) {
      const domainName = text(properties.DomainName);
      const { basePath = "" } = await context.call("apigateway", "CreateBasePathMapping", {
        domainName,
        restApiId: text(properties.RestApiId),
        ...given({ basePath: text(properties.BasePath), stage: text(properties.Stage) }),
      });
      return { id: `${domainName}|${basePath}`, attributes: {} };
    },
    async update(context, { properties }, made, before) {
      const paths = { RestApiId: "/restapiId", Stage: "/stage" };
      const patchOperations = patchesOf(paths, properties, before).map(({ path, value = "" }) => ({
        op: "replace" as const,
        path,
        value,
      }));
      await context.call("apigateway", "UpdateBasePathMapping", { ...placeOf(made.id), patchOperations });
      return made;
    },
    delete: (context, { id }) =>
      gone(context.call("apigateway", "DeleteBasePathMapping", placeOf(id)), MISSING),
  },
};

/** `api.example.com|orders`; `(none)` stands for no path. */
function placeOf(id: string) {
  const bar = id.indexOf("|");
  return { domainName: id.slice(0, bar), basePath: id.slice(bar + 1) };
}
