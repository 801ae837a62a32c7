import { type Dict, dictOf, isNothing, textOf, truthy, type Value } from "../dict.ts";
import { expectMap, expectSomething, expectStrings } from "../expect.ts";
import { getAtt, ref } from "../intrinsics.ts";
import { isAlphanumeric, logicalId } from "../logical-id.ts";
import { badResource } from "../problems.ts";
import { handedOn, Resource } from "../resource.ts";
import type { Macro } from "../schema.ts";
import type { Translation } from "../translation.ts";
import { basePaths, recordSetGroup, regionalTarget, truststore } from "./record-sets.ts";

/** The hosted zone of all distributions of CloudFront. */
const CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2";

interface Domain {
  readonly resources: Resource[];
  readonly associations: Resource[];
}

/** The API's own domain name: the name, what its paths lead to, its DNS records. */
export function restApiDomain(macro: Macro, translation: Translation, api: Resource): Domain {
  const { id, properties } = macro;
  const given = properties.get("Domain");
  if (isNothing(given)) return { resources: [], associations: [] };
  const owner = { resource: id };
  const config = expectMap(given, owner, "Domain");
  const name = expectSomething(config.get("DomainName"), owner, "Domain.DomainName");
  const certificate = expectSomething(config.get("CertificateArn"), owner, "Domain.CertificateArn");
  const isPrivate = config.get("EndpointConfiguration") === "PRIVATE";
  const domainId = `ApiGatewayDomainName${isPrivate ? "V2" : ""}${logicalId("", name)}`;
  if (!isPrivate) config.set("ApiDomainName", domainId);
  const domain = domainName(macro, config, domainId, isPrivate, certificate);
  const mappings = basePathMappings(macro, config, api, domainId, isPrivate);
  const association = config.get("AccessAssociation");
  const associations =
    isPrivate && !isNothing(association) ? [accessAssociation(macro, association, domainId)] : [];
  const records = recordSetGroup(macro, translation.recordSets, config, (route53) =>
    aliasTarget(config, route53, isPrivate ? name : domainId),
  );
  return { resources: [domain, ...mappings, ...(records ? [records] : [])], associations };
}

function domainName(
  { id, attributes }: Macro,
  config: Dict,
  domainId: string,
  isPrivate: boolean,
  certificate: Value,
): Resource {
  if (isNothing(config.get("EndpointConfiguration"))) config.set("EndpointConfiguration", "REGIONAL");
  const endpoint = config.get("EndpointConfiguration") ?? null;
  if (endpoint !== "EDGE" && endpoint !== "REGIONAL" && endpoint !== "PRIVATE") {
    throw badResource(
      id,
      "EndpointConfiguration for Custom Domains must be one of ['EDGE', 'REGIONAL', 'PRIVATE'].",
    );
  }
  const type = `AWS::ApiGateway::DomainName${isPrivate ? "V2" : ""}`;
  const domain = new Resource(type, domainId, { attributes: handedOn(attributes) });
  const when = (name: string) => (truthy(config.get(name)) ? config.get(name) : undefined);
  const tls = when("MutualTlsAuthentication");
  domain.set({
    DomainName: config.get("DomainName"),
    [endpoint === "REGIONAL" ? "RegionalCertificateArn" : "CertificateArn"]: certificate,
    EndpointConfiguration: { Types: [endpoint], IpAddressType: when("IpAddressType") },
    MutualTlsAuthentication: isPrivate || tls === undefined ? undefined : mutualTls(id, tls),
    SecurityPolicy: when("SecurityPolicy"),
    EndpointAccessMode: when("EndpointAccessMode"),
  });
  if (isPrivate) domain.set({ Policy: when("Policy") });
  else refuse(domain, "Policy", when("Policy"));
  const ownership = when("OwnershipVerificationCertificateArn");
  if (isPrivate) refuse(domain, "OwnershipVerificationCertificateArn", ownership);
  else domain.set({ OwnershipVerificationCertificateArn: ownership });
  return domain;
}

/** A property that this kind of domain does not have. */
function refuse(domain: Resource, name: string, value: Value | undefined): void {
  if (value === undefined) return;
  throw badResource(domain.id, `property ${name} not defined for resource of type ${domain.type}`);
}

function mutualTls(id: string, given: Value): Dict {
  const tls = truststore(expectMap(given, { resource: id }, "Domain.MutualTlsAuthentication"));
  if (tls) return tls;
  throw badResource(
    id,
    "Available Domain.MutualTlsAuthentication fields are ['TruststoreUri', 'TruststoreVersion'].",
  );
}

function basePathMappings(
  { id, attributes }: Macro,
  config: Dict,
  api: Resource,
  domainId: string,
  isPrivate: boolean,
): Resource[] {
  const mapping = (name: string, path: string | undefined) => {
    const type = `AWS::ApiGateway::BasePathMapping${isPrivate ? "V2" : ""}`;
    return new Resource(type, name, { attributes: handedOn(attributes) }).set({
      [isPrivate ? "DomainNameArn" : "DomainName"]: ref(domainId),
      RestApiId: api.ref,
      Stage: ref(`${api.id}.Stage`),
      BasePath: path,
    });
  };
  const paths = basePaths(config);
  if (!paths) return [mapping(`${id}BasePathMapping`, undefined)];
  const isNormal = !config.has("NormalizeBasePath") || truthy(config.get("NormalizeBasePath"));
  return expectStrings(paths, { resource: id }, "Domain.BasePath").map((path) => {
    const normal = [...textOf(path)].filter(isAlphanumeric).join("");
    const name = `${id}${normal}BasePathMapping`;
    return mapping(name, isNormal ? normal : path);
  });
}

function accessAssociation({ id, attributes }: Macro, given: Value, domainId: string): Resource {
  const config = expectMap(given, { resource: id }, "Domain.AccessAssociation");
  const endpoint = config.get("VpcEndpointId") ?? null;
  const name = logicalId("DomainNameAccessAssociation", [endpoint, domainId]);
  const type = "AWS::ApiGateway::DomainNameAccessAssociation";
  return new Resource(type, name, { attributes: handedOn(attributes) }).set({
    DomainNameArn: ref(domainId),
    AccessAssociationSourceType: "VPCE",
    AccessAssociationSource: endpoint,
  });
}

/** Where the name leads: the region's endpoint, the distribution, or an endpoint in a network. */
function aliasTarget(config: Dict, route53: Dict, domain: Value): Dict {
  const endpoint = config.get("EndpointConfiguration");
  if (endpoint === "REGIONAL") return regionalTarget(String(domain));
  if (endpoint === "EDGE") {
    if (isNothing(route53.get("DistributionDomainName")))
      route53.set("DistributionDomainName", getAtt(String(domain), "DistributionDomainName"));
    return dictOf({
      HostedZoneId: CLOUDFRONT_ZONE,
      DNSName: route53.get("DistributionDomainName"),
    });
  }
  return dictOf({
    HostedZoneId: route53.get("VpcEndpointHostedZoneId") ?? null,
    DNSName: route53.get("VpcEndpointDomainName") ?? null,
  });
}
