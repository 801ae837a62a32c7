import { type Dict, dictOf, isDict, isNothing, textOf, truthy, type Value } from "../dict.ts";
import { ref } from "../intrinsics.ts";
import { logicalId } from "../logical-id.ts";
import { badResource } from "../problems.ts";
import { Resource } from "../resource.ts";
import type { Macro } from "../schema.ts";
import type { Translation } from "../translation.ts";
import { basePaths, recordSetGroup, regionalTarget, truststore } from "./record-sets.ts";

/** The domain name of an HTTP or WebSocket API, what its paths lead to, its DNS records. */
export function v2Domain(
  macro: Macro,
  translation: Translation,
  options: { readonly api: Resource; readonly tag: string; readonly attributes: Dict },
): Resource[] {
  const { id, properties } = macro;
  const config = properties.get("Domain");
  if (!isDict(config)) return [];
  const name = config.get("DomainName");
  const certificate = config.get("CertificateArn");
  if (isNothing(name) || isNothing(certificate)) {
    throw badResource(id, "Custom Domains only works if both DomainName and CertificateArn are provided.");
  }
  const domainId = `ApiGatewayDomainNameV2${logicalId("", name)}`;
  config.set("ApiDomainName", domainId);
  const { attributes } = options;
  const domain = new Resource("AWS::ApiGatewayV2::DomainName", domainId, { attributes });
  if (isNothing(config.get("EndpointConfiguration"))) config.set("EndpointConfiguration", "REGIONAL");
  if (config.get("EndpointConfiguration") !== "REGIONAL")
    throw badResource(id, "EndpointConfiguration for Custom Domains must be one of ['REGIONAL'].");
  const when = (member: string) => (truthy(config.get(member)) ? config.get(member) : undefined);
  domain.set({
    DomainName: name,
    Tags: dictOf({ [options.tag]: "SAM" }),
    DomainNameConfigurations: [
      {
        CertificateArn: certificate,
        EndpointType: "REGIONAL",
        OwnershipVerificationCertificateArn: when("OwnershipVerificationCertificateArn"),
        SecurityPolicy: when("SecurityPolicy"),
      },
    ],
    MutualTlsAuthentication: mutualTls(id, when("MutualTlsAuthentication")),
  });
  const mappings = apiMappings(id, config, options.api, domainId, attributes);
  // WebSocket APIs do not share groups of records, as they do not in AWS's own transform.
  const isSocketApi = macro.type === "AWS::Serverless::WebSocketApi";
  const groups = isSocketApi ? new Map<string, Resource>() : translation.recordSets;
  const records = recordSetGroup(macro, groups, config, () => regionalTarget(domainId));
  return [domain, ...mappings, ...(records ? [records] : [])];
}

function mutualTls(id: string, given: Value | undefined): Dict | undefined {
  if (given === undefined) return undefined;
  const fields = "['TruststoreUri', 'TruststoreVersion']";
  if (!isDict(given)) {
    throw badResource(
      id,
      `MutualTlsAuthentication must be a map with at least one of the following fields ${fields}.`,
    );
  }
  const tls = truststore(given);
  if (tls) return tls;
  const invalid = given.keys().filter((name) => name !== "TruststoreUri" && name !== "TruststoreVersion");
  throw badResource(invalid.sort().join(","), `Available MutualTlsAuthentication fields are ${fields}.`);
}

function apiMappings(id: string, config: Dict, api: Resource, domainId: string, attributes: Dict) {
  const mapping = (name: string, key: string | undefined) =>
    new Resource("AWS::ApiGatewayV2::ApiMapping", name, { attributes }).set({
      DomainName: ref(domainId),
      ApiId: api.ref,
      Stage: ref(`${api.id}.Stage`),
      ApiMappingKey: key,
    });
  const paths = basePaths(config);
  if (!paths) return [mapping(`${id}ApiMapping`, undefined)];
  return paths.map((path) => {
    if (typeof path !== "string") throw badResource(id, "Basepath must be a string.");
    const text = textOf(path);
    if (/[^0-9a-zA-Z/\-_]/.test(text)) throw badResource(id, "Invalid Basepath name provided.");
    return mapping(`${id}${text.replace(/[-_/]+/g, "")}ApiMapping`, text.replace(/^\/+|\/+$/g, ""));
  });
}
